/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vring: the device side of a split virtqueue that lives in guest memory. vdpa.c owns the rings
 * and calls everything here from the VM's vhost task. Requests are completed in the order they
 * came, so the used index in guest memory says where to go on after a stop.
 *
 * Everything in a ring is written by the guest at any time: each field is read once, and checked
 * before use. A ring that makes no sense is broken until the next reset.
 *
 * What is read and written under the device's io_lock is copied without page faults, as the VMM can
 * leave a fault unanswered. When memory is absent the function changes nothing and returns -EAGAIN:
 * the caller faults @absent of the ring in without the lock, and calls again.
 */
#ifndef _DYNMEM_VRING_H
#define _DYNMEM_VRING_H

#include <linux/types.h>
#include <linux/vdpa.h>

struct dynmem_guestmem;

#define DYNMEM_VRING_MAX	1024	/* entries; what QEMU gives, whatever is offered */
#define DYNMEM_ELEM_SEGS	64	/* segments of one request that are accepted */

/**
 * struct dynmem_absent - guest memory that could not be copied without a page fault
 * @gpa: where
 * @len: bytes
 * @write: it was to be written
 */
struct dynmem_absent {
	u64 gpa;
	size_t len;
	bool write;
};

/**
 * struct dynmem_vring - one virtqueue; guarded by the device's io_lock unless said otherwise
 * @gm: the memory its addresses are in
 * @desc, @avail, @used: guest-physical addresses
 * @num: entries, a power of 2; 0: the driver does not use the queue
 * @ready: set up by the driver
 * @event_idx: VIRTIO_RING_F_EVENT_IDX was negotiated
 * @indirect: VIRTIO_RING_F_INDIRECT_DESC was negotiated
 * @next_avail: next entry of the available ring to read
 * @next_used: next entry of the used ring to write
 * @signalled: @next_used when the driver was last interrupted
 * @absent: what the last function lacked that returned -EAGAIN
 * @cb: interrupts the driver; guarded by the device's lock
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

struct dynmem_seg {
	u64 gpa;
	u32 len;
};

/**
 * struct dynmem_elem - one request taken from a ring
 * @head: its descriptor
 * @nr_out, @nr_in: segments the device reads, and writes; @seg holds the former first
 * @out_len, @in_len: bytes in them
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
 * dynmem_vring_start() - take up a ring at the first unanswered request
 * @ring: addresses, size and features are set
 *
 * Return: the used index found in guest memory (0: a driver that has just begun); -EAGAIN; -EFAULT
 */
int dynmem_vring_start(struct dynmem_vring *ring);

/**
 * dynmem_vring_pop() - take the next request
 * @ring: started
 * @elem: filled
 *
 * Return: 1: there was one; 0: none; -EAGAIN; -EFAULT, -EINVAL, -ELOOP, -E2BIG: the ring is broken
 */
int dynmem_vring_pop(struct dynmem_vring *ring, struct dynmem_elem *elem);

/**
 * dynmem_vring_push() - answer a request
 * @ring: started
 * @elem: the oldest one not answered
 * @written: bytes written to its writable segments
 *
 * Return: 0; -EAGAIN; -EFAULT
 */
int dynmem_vring_push(struct dynmem_vring *ring, const struct dynmem_elem *elem, u32 written);

/**
 * dynmem_vring_wants_interrupt() - whether the driver is to be told of what was answered
 * @ring: pushed to since the last call
 *
 * Return: 1: it wants an interrupt; 0: it does not; -EAGAIN; -EFAULT
 */
int dynmem_vring_wants_interrupt(struct dynmem_vring *ring);

/**
 * dynmem_vring_rearm() - ask for a kick with the next request
 * @ring: found empty
 *
 * Return: 1: a request came meanwhile, look again; 0; -EAGAIN; -EFAULT
 */
int dynmem_vring_rearm(struct dynmem_vring *ring);

/*
 * Copies from the readable bytes of a request. It may wait for a page fault: no lock is held.
 * Return: 0; -EFAULT; -EINVAL: beyond them.
 */
int dynmem_elem_read(struct dynmem_vring *ring, const struct dynmem_elem *elem, u64 offset,
		     void *buf, size_t len);

/* Copies to the writable bytes of a request. Return: 0; -EAGAIN; -EFAULT; -EINVAL: beyond them. */
int dynmem_elem_write(struct dynmem_vring *ring, const struct dynmem_elem *elem, u64 offset,
		      const void *buf, size_t len);

/* Faults in what a ring lacked. No lock held. Return: 0, or -EFAULT: it is no memory. */
int dynmem_absent_fault_in(struct dynmem_guestmem *gm, const struct dynmem_absent *absent);

#endif
