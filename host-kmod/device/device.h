/* SPDX-License-Identifier: GPL-2.0 */
/* device: the state that the parts of a VM's device share. No other layer includes this file. */
#ifndef _DYNMEM_DEVICE_H
#define _DYNMEM_DEVICE_H

#include <linux/completion.h>
#include <linux/mutex.h>
#include <linux/ratelimit.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/vdpa.h>
#include <linux/virtio_balloon.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "device/config.h"
#include "device/request.h"
#include "device/standard.h"
#include "device/vring.h"
#include "device/workers.h"

#define DYNMEM_FEATURES (BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_RING_F_EVENT_IDX) | \
			 BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) | \
			 BIT_ULL(VIRTIO_BALLOON_F_MUST_TELL_HOST) | \
			 BIT_ULL(VIRTIO_BALLOON_F_STATS_VQ) | BIT_ULL(VIRTIO_BALLOON_F_DYNMEM))

/* Features that are offered only if the operator has switched them on. */
#define DYNMEM_FEATURES_OPTIONAL BIT_ULL(VIRTIO_BALLOON_F_REPORTING)

/*
 * A driver numbers the queues that it uses without gaps. With VIRTIO_BALLOON_F_DYNMEM, queue 0 is
 * the request queue. Without that feature, the queues are inflate, deflate and, if negotiated,
 * statistics. If free page reporting is negotiated, its queue is the last one.
 */
#define DYNMEM_QUEUES		4
#define DYNMEM_QUEUE_REQUEST	0
#define DYNMEM_QUEUE_INFLATE	0
#define DYNMEM_QUEUE_DEFLATE	1
#define DYNMEM_QUEUE_STATISTICS	2

/* Bits of @pending in struct dynmem_vdpa, above the bits of the queues. */
#define DYNMEM_PENDING_RESERVE	7	/* reserve ballooned memory if @to_reserve is set */
#define DYNMEM_PENDING_START	8	/* the driver is ready */
#define DYNMEM_PENDING_STATS	9	/* have the driver send new statistics */
#define DYNMEM_PENDING_LOOK	10	/* do the work that is due once a second */

struct dynmem_vm_ops;
struct vhost_task;

/**
 * struct dynmem_vdpa - the device of one VM
 * @vdpa: the part of the device that the vDPA core defines
 * @vm: the VM; constant
 * @ops: the operations of higher layers that the device calls; constant
 * @task: the vhost task that serves the rings; NULL while no VMM is attached. Protected by RCU,
 *	since a kick takes no lock
 * @lock: held briefly, also while the driver is interrupted; a kick never takes this lock
 * @live: interrupts may be raised. @lock guards the members from @live to @registered, and @cb of
 *	each ring
 * @config_cb: interrupts the driver when config space has changed
 * @opening: a process is opening the character device; stays set if the open fails
 * @opening_since: when the last open began, in jiffies
 * @opened: a process has the character device open
 * @referenced: the open character device holds a reference to this module
 * @doomed: the device is to be deleted, and no VMM can attach any more
 * @deleted: the deletion of the device has begun
 * @registered: the device has been registered, and may be deleted
 * @io_lock: guards the members from @starting to @holding. Also held while rings in guest memory
 *	are read or written. Never held across a page fault, an allocation or a wait for the guest,
 *	because the vDPA core waits for this lock while it holds locks that the whole host needs.
 *	Threads that wait on @idle read @to_reserve and @busy without the lock. dynmem_bind_end()
 *	reads @served without the lock after @task has ended
 * @starting: the driver is ready, but @task has not begun to start the rings
 * @running: requests may be taken from the rings
 * @resets: number of resets; the answer to a request from before a reset is dropped
 * @features: the negotiated features; also read without @io_lock
 * @status: the virtio status; also read without @io_lock
 * @ring: the virtqueues
 * @served: rings have been served since ballooned memory was last reserved for the guest
 * @to_reserve: @task is to reserve ballooned memory for the guest, and wakes @idle afterwards
 * @busy: @task is at work, and wakes @idle afterwards
 * @idle: threads wait here until @to_reserve and @busy are false
 * @holding: @held contains a statistics buffer of the driver. The device keeps the buffer until new
 *	statistics are due, and then returns the buffer to the driver
 * @bound: a VMM is attached. dynmem_bind_mm() and dynmem_bind_end() change this member; vhost-vdpa
 *	serialises them with reset and the other operations
 * @pending: bits of the queues to serve, and DYNMEM_PENDING_*; changed by atomic bit operations
 * @workers: threads that help @task; started before @task and stopped after it
 * @elem: the request that is being carried out. While @task runs, only @task uses the members from
 *	@elem to @unreserved. The only exception: @workers use the buffers of @chan in a job
 * @held: the statistics buffer that is kept until new statistics are due
 * @chan: the conversation with a dynmem_balloon driver
 * @standard: the state of a standard driver
 * @stats_timer: sets DYNMEM_PENDING_STATS when new statistics are due
 * @look_steps: number of steps that the search may still do in this second
 * @look_timer: sets DYNMEM_PENDING_LOOK once a second
 * @reserved: some of the ballooned memory that was reserved after the last reset may still be
 *	reserved
 * @unreserved: guest page; the reservations of the pages before it have been dropped
 * @config: the config space; has a lock of its own
 * @attempts: limits how often a VMM may try to attach; has a lock of its own
 * @complaints: limits the events about refused attempts; has a lock of its own
 * @delete_work: unregisters the device
 * @gone: completed when the device has been unregistered
 */
struct dynmem_vdpa {
	struct vdpa_device vdpa;
	struct dynmem_vm *vm;
	const struct dynmem_vm_ops *ops;

	struct vhost_task __rcu *task;

	spinlock_t lock;	/* see above */
	bool live;
	struct vdpa_callback config_cb;
	bool opening;
	unsigned long opening_since;
	bool opened;
	bool referenced;
	bool doomed;
	bool deleted;
	bool registered;

	struct mutex io_lock;	/* see above */
	bool starting;
	bool running;
	u32 resets;
	u64 features;
	u8 status;
	struct dynmem_vring ring[DYNMEM_QUEUES];
	bool served;
	bool to_reserve;
	bool busy;
	wait_queue_head_t idle;
	bool holding;

	bool bound;
	unsigned long pending;
	struct dynmem_workers workers;
	struct dynmem_elem elem;
	struct dynmem_elem held;
	struct dynmem_channel chan;
	struct dynmem_standard standard;
	struct timer_list stats_timer;
	u64 look_steps;
	struct timer_list look_timer;
	bool reserved;
	u64 unreserved;
	struct dynmem_config config;
	struct ratelimit_state attempts;
	struct ratelimit_state complaints;
	struct work_struct delete_work;
	struct completion gone;
};

static inline struct dynmem_vdpa *to_dynmem_vdpa(struct vdpa_device *vdev)
{
	return container_of(vdev, struct dynmem_vdpa, vdpa);
}

/* Reports a change of config space to the driver by an interrupt, if interrupts may be raised. */
void dynmem_device_raise_config(struct dynmem_vdpa *dev);

/* Raises an interrupt of this device by calling @cb, if interrupts may be raised. */
void dynmem_device_interrupt(struct dynmem_vdpa *dev, const struct vdpa_callback *cb);

/**
 * dynmem_device_wake() - give the task that serves the rings something to do
 * @dev: the device
 * @what: the number of a queue to serve, or DYNMEM_PENDING_*
 *
 * Context: any; takes no lock.
 */
void dynmem_device_wake(struct dynmem_vdpa *dev, unsigned int what);

#endif
