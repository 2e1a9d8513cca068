/* SPDX-License-Identifier: GPL-2.0 */
/*
 * device: what the two halves of a VM's device share. vdpa.c is the half that the VMM calls
 * through the vDPA bus, serve.c the half that serves the rings. Nobody else includes this.
 */
#ifndef _DYNMEM_DEVICE_H
#define _DYNMEM_DEVICE_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/timer.h>
#include <linux/vdpa.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "config.h"
#include "helpers.h"
#include "request.h"
#include "retouch.h"
#include "stock.h"
#include "vring.h"

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
 * @opened: a process has the character device open
 * @doomed: to be deleted; a new open is refused
 * @deleted: somebody is unregistering it
 * @registered: it can be
 *
 * Guarded by @io_lock, held only while rings in guest memory are read or written:
 * @starting: the driver is ready, the task has yet to find out where the rings stand
 * @running: requests may be taken from the rings
 * @resets: so that an answer from before a reset is dropped
 * @features, @status (also read without), @ring
 * @busy: a request is being carried out (waiters: @idle)
 * @elem: that request
 * @holding, @held: the statistics buffer that the next statistics are asked for with
 *
 * Changed by bind and unbind, which vhost-vdpa serialises with reset and the rest: @bound. Started
 * there before @task and stopped after it: @helpers
 *
 * Touched by the vhost task only: @chan, @stock, @retouch, the steps that are left for it until the
 * next second (@look_steps), whether what is given is still reserved for the guest, as it was since
 * the last reset (@secured), and from which guest page on (@unsecured). Atomic: @pending. With a
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
	bool opened;
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
	bool busy;
	wait_queue_head_t idle;
	struct dynmem_elem elem;
	bool holding;
	struct dynmem_elem held;

	bool bound;
	unsigned long pending;
	struct dynmem_helpers helpers;
	struct dynmem_channel chan;
	struct dynmem_stock stock;
	struct timer_list stats_timer;
	struct dynmem_retouch retouch;
	u64 look_steps;
	struct timer_list look_timer;
	bool secured;
	u64 unsecured;
	struct dynmem_config config;
	struct work_struct delete_work;
};

static inline struct dynmem_vdpa *to_dynmem_vdpa(struct vdpa_device *vdev)
{
	return container_of(vdev, struct dynmem_vdpa, vdpa);
}

/* vdpa.c: interrupts the driver for a change of config space, if it may be interrupted. */
void dynmem_vdpa_raise_config(struct dynmem_vdpa *dev);

/* vdpa.c: calls @cb of this device back, if the driver may be interrupted. */
void dynmem_vdpa_interrupt(struct dynmem_vdpa *dev, const struct vdpa_callback *cb);

/* vdpa.c: has the task look at queue @what or at DYNMEM_PENDING_*. Any context, no lock. */
void dynmem_vdpa_wake(struct dynmem_vdpa *dev, unsigned int what);

/* serve.c: what serving needs, before the task is created and after it has ended. */
int dynmem_server_init(struct dynmem_vdpa *dev);
void dynmem_server_exit(struct dynmem_vdpa *dev);

/* serve.c: the task's function, and what is done when it is killed with its VMM. */
bool dynmem_server_work(void *data);
void dynmem_server_killed(void *data);

#endif
