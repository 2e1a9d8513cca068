/* SPDX-License-Identifier: GPL-2.0 */
/* device: what the parts of a VM's device share. No other layer includes this. */
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
#include "vm/retouch.h"

#define DYNMEM_FEATURES (BIT_ULL(VIRTIO_F_VERSION_1) | BIT_ULL(VIRTIO_RING_F_EVENT_IDX) | \
			 BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC) | \
			 BIT_ULL(VIRTIO_BALLOON_F_MUST_TELL_HOST) | \
			 BIT_ULL(VIRTIO_BALLOON_F_STATS_VQ) | BIT_ULL(VIRTIO_BALLOON_F_DYNMEM))

/* What a VM is offered only if the operator says so. */
#define DYNMEM_FEATURES_OPTIONAL BIT_ULL(VIRTIO_BALLOON_F_REPORTING)

/*
 * A driver numbers the queues it uses without gaps. With DYNMEM: 0 is the request queue. Without:
 * inflate, deflate, and statistics if they were negotiated. Then comes free page reporting, if it
 * was negotiated.
 */
#define DYNMEM_QUEUES		4
#define DYNMEM_QUEUE_REQUEST	0
#define DYNMEM_QUEUE_INFLATE	0
#define DYNMEM_QUEUE_DEFLATE	1
#define DYNMEM_QUEUE_STATISTICS	2

/* Bits of @pending above the queues' own. */
#define DYNMEM_PENDING_RESERVE	7	/* the guest may use all of its memory again: to_reserve */
#define DYNMEM_PENDING_START	8	/* the driver has begun or goes on */
#define DYNMEM_PENDING_STATS	9	/* it is time for new statistics */
#define DYNMEM_PENDING_LOOK	10	/* it is time to look at what is given */

struct dynmem_vm_ops;
struct vhost_task;

/**
 * struct dynmem_vdpa - the device of one VM
 * @vm, @ops: whose, and who is told
 *
 * Under RCU: @task, which serves the rings; NULL when no VMM has attached. A kick takes no lock.
 *
 * Guarded by @lock, which is held for moments, while the driver is interrupted too, and never taken
 * by a kick:
 * @live: interrupts may be raised
 * @config_cb, and @cb in each ring
 * @opening: a process opens the character device, unless that has failed
 * @opening_since: when that began, jiffies
 * @opened: a process has the character device open
 * @referenced: and so a reference to the module
 * @doomed: to be deleted; no VMM can attach any more
 * @deleted: that has begun
 * @registered: it can be
 *
 * Guarded by @io_lock, held only while rings in guest memory are read or written, and never over a
 * page fault, an allocation or a wait for the guest: the vDPA core waits for it with locks held
 * that the whole host needs.
 * @starting: the driver is ready, the task has yet to find out where the rings stand
 * @running: requests may be taken from the rings
 * @resets: so that an answer from before a reset is dropped
 * @features, @status (also read without), @ring
 * @served: rings have been served since what is given was last reserved for the guest
 * @to_reserve: that is to be done (waiters: @idle)
 * @busy: the task is at work (waiters: @idle)
 * @holding: a statistics buffer is held, which the next statistics are asked for with
 *
 * With locks of their own: how often a VMM tries to attach (@attempts), and how often it is told
 * that this is too often (@complaints); @gone, completed when the device is unregistered.
 *
 * Changed by bind and unbind, which vhost-vdpa serialises with reset and the rest: @bound. Started
 * there before @task and stopped after it: @workers
 *
 * Touched by the vhost task only: the request that it carries out and the statistics buffer that it
 * holds (@elem, @held), @chan, @stock, @retouch, the steps that are left for it until the
 * next second (@look_steps), whether what is given is still reserved for the guest, as it was since
 * the last reset (@reserved), and from which guest page on (@unreserved). Atomic: @pending. With a
 * lock of its own: @config
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
	struct dynmem_standard stock;
	struct timer_list stats_timer;
	struct dynmem_retouch retouch;
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

/* Interrupts the driver for a change of config space, if it may be interrupted. */
void dynmem_device_raise_config(struct dynmem_vdpa *dev);

/* Calls @cb of this device back, if the driver may be interrupted. */
void dynmem_device_interrupt(struct dynmem_vdpa *dev, const struct vdpa_callback *cb);

/* Has the task look at queue @what or at DYNMEM_PENDING_*. Any context, no lock. */
void dynmem_device_wake(struct dynmem_vdpa *dev, unsigned int what);

#endif
