/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vring: the device side of a split virtqueue in guest memory. Requests are completed in the order
 * in which they came. So after a stop the ring continues at the used index in guest memory.
 *
 * The guest may write to a ring at any time. So each field is read only once, and is checked before
 * it is used. A malformed ring stays broken until the next reset.
 *
 * Context: the VM's vhost task. Functions that are called under the device's io_lock access guest
 * memory without page faults, since the VMM can leave a fault unanswered. If memory is absent, such
 * a function returns -EAGAIN and does not advance the ring. The caller then drops the lock, faults
 * in the memory that @absent of the ring describes, and calls the function again.
 */
#ifndef _DYNMEM_VRING_H
#define _DYNMEM_VRING_H

#include <linux/types.h>
#include <linux/vdpa.h>

struct dynmem_guestmem;

#define DYNMEM_VRING_MAX	1024	/* the most entries of a queue; QEMU always uses 1024 */
#define DYNMEM_ELEM_SEGS	64	/* the most segments of a request that are accepted */

/**
 * struct dynmem_absent - guest memory that could not be copied without a page fault
 * @gpa: guest-physical address
 * @len: number of bytes
 * @write: the memory was to be written
 */
struct dynmem_absent {
	u64 gpa;
	size_t len;
	bool write;
};

/**
 * struct dynmem_vring - one virtqueue; guarded by the device's io_lock, except for @cb
 * @gm: the guest's memory
 * @desc: guest-physical address of the descriptor table
 * @avail: guest-physical address of the available ring
 * @used: guest-physical address of the used ring
 * @num: number of entries, a power of 2; 0: the driver does not use the queue
 * @ready: the VMM has enabled the queue; QEMU enables even queues that the driver does not use
 * @event_idx: VIRTIO_RING_F_EVENT_IDX was negotiated
 * @indirect: VIRTIO_RING_F_INDIRECT_DESC was negotiated
 * @next_avail: next entry of the available ring to read
 * @next_used: next entry of the used ring to write
 * @signalled: with @event_idx: value of @next_used in the last dynmem_vring_wants_interrupt()
 * @absent: the memory that was absent when a function last returned -EAGAIN
 * @cb: interrupts the driver; guarded by @lock of struct dynmem_vdpa
 */
struct dynmem_vring {
	struct dynmem_guestmem *gm;
	u64 desc;
	u64 avail;
	u64 used;
	u32 num;
	bool ready;
	bool event_idx;
	bool indirect;
	u16 next_avail;
	u16 next_used;
	u16 signalled;
	struct dynmem_absent absent;
	struct vdpa_callback cb;
};

/**
 * struct dynmem_seg - a segment of a request
 * @gpa: guest-physical address
 * @len: number of bytes
 */
struct dynmem_seg {
	u64 gpa;
	u32 len;
};

/**
 * struct dynmem_elem - one request taken from a ring
 * @head: index of the first descriptor of the request
 * @nr_out: number of segments that the device reads; they come first in @seg
 * @nr_in: number of segments that the device writes
 * @out_len: bytes that the device can read
 * @in_len: bytes that the device can write
 * @seg: the segments
 */
struct dynmem_elem {
	u16 head;
	unsigned int nr_out;
	unsigned int nr_in;
	u64 out_len;
	u64 in_len;
	struct dynmem_seg seg[DYNMEM_ELEM_SEGS];
};

/**
 * dynmem_vring_start() - continue a ring at its first unanswered request
 * @ring: the ring, whose addresses, size and features the caller has set
 *
 * Return: the used index in guest memory, which is 0 for a driver that has just begun; -EAGAIN;
 * -EFAULT
 */
int dynmem_vring_start(struct dynmem_vring *ring);

/**
 * dynmem_vring_pop() - take the next request
 * @ring: a started ring
 * @elem: the result
 *
 * Return: 1: there was a request; 0: there was none; -EAGAIN; -EFAULT, -EINVAL, -ELOOP, -E2BIG: the
 * ring is broken
 */
int dynmem_vring_pop(struct dynmem_vring *ring, struct dynmem_elem *elem);

/**
 * dynmem_vring_push() - answer a request
 * @ring: a started ring
 * @elem: the oldest unanswered request
 * @written: number of bytes that were written to the writable segments
 *
 * Return: 0; -EAGAIN; -EFAULT
 */
int dynmem_vring_push(struct dynmem_vring *ring, const struct dynmem_elem *elem, u32 written);

/**
 * dynmem_vring_wants_interrupt() - whether the driver wants an interrupt for the last answers
 * @ring: a started ring; at least one request was answered since the last call
 *
 * Return: 1: the driver wants an interrupt; 0: it wants none; -EAGAIN; -EFAULT
 */
int dynmem_vring_wants_interrupt(struct dynmem_vring *ring);

/**
 * dynmem_vring_rearm() - have the driver kick when it adds the next request
 * @ring: a started ring that was found empty
 *
 * Return: 1: there is a request now, so take it; 0: there is none, and the driver will kick;
 * -EAGAIN; -EFAULT
 */
int dynmem_vring_rearm(struct dynmem_vring *ring);

/**
 * dynmem_elem_read() - copy from the readable bytes of a request
 * @ring: the ring that the request came from
 * @elem: the request
 * @offset: offset of the first byte in the readable bytes
 * @buf: the result
 * @len: number of bytes
 *
 * Context: no lock is held; may wait for a page fault.
 * Return: 0; -EFAULT; -EINVAL: the request has too few readable bytes
 */
int dynmem_elem_read(struct dynmem_vring *ring, const struct dynmem_elem *elem, u64 offset,
		     void *buf, size_t len);

/**
 * dynmem_elem_write() - copy to the writable bytes of a request
 * @ring: the ring that the request came from
 * @elem: the request
 * @offset: offset of the first byte in the writable bytes
 * @buf: the bytes
 * @len: number of bytes
 *
 * Return: 0; -EAGAIN; -EFAULT; -EINVAL: the request has too few writable bytes
 */
int dynmem_elem_write(struct dynmem_vring *ring, const struct dynmem_elem *elem, u64 offset,
		      const void *buf, size_t len);

/* Faults in absent memory; no lock is held. Return: 0; -EFAULT: @absent is no guest memory. */
int dynmem_absent_fault_in(struct dynmem_guestmem *gm, const struct dynmem_absent *absent);

#endif
