/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A session with the host. The driver begins it with HELLO, sends reports and moves pages between
 * two reports.
 */
#ifndef _DYNMEM_BALLOON_SESSION_H
#define _DYNMEM_BALLOON_SESSION_H

#include <linux/types.h>
#include <linux/workqueue.h>

#include "channel.h"
#include "inflate.h"
#include "report.h"
#include "reporting.h"
#include "targets.h"

/**
 * struct dynmem_balloon_session - the session with a device
 * @channel: the channel to the host
 * @targets: the host's targets
 * @inflate: state of inflation and deflation
 * @report: figures of the last report
 * @reporting: free page reporting, which the kernel runs in a work item of its own
 * @queue: ordered and freezable; runs @serve and @sample, never both at the same time
 * @serve: sends all requests that are due, and moves pages
 * @sample: looks for a jump in the guest's figures while @serve is idle
 * @doorbell: config space has changed; atomic
 * @rescues: number of tasks in dynmem_balloon_session_rescue(); atomic
 * @rescued: @inflate.returned of each vnode, in pages, at the end of the last rescue
 * @rescued_at: when the last rescue ended, in jiffies
 * @patience: how long the next rescue may wait, in jiffies
 * @killing: 1 + the vnode for which the guest is about to kill a process, or 0; atomic
 * @greeted: the host has answered HELLO, and the stock is announced; written by @serve, read by
 *	reclaim
 * @over: the session stops or the device is lost, so @serve and @sample do nothing
 * @plugs: memory that is plugged in comes into the balloon (plug.h); set before the session starts
 * @changed: memory has come online since the last HELLO
 * @removing: memory of absent blocks (plug.h) was removed, which the host is to be told
 * @removed_at: when @removing was set, in jiffies
 * @tell_at: when the host is told, or told again, in jiffies
 * @resting: the machine is about to sleep, so @serve and @sample do nothing
 * @reported: when the last report was sent, in jiffies
 * @needed: when the last NEED was sent, in jiffies; written by @serve, read by reclaim
 *
 * The session has no lock of its own. Several tasks use the atomic members and @over, @changed
 * and @resting without a lock. The kernel's oom_lock guards @rescued, @rescued_at and
 * @patience. All other members belong to the work on @queue, but reclaim may read @greeted and
 * @needed. While that work is stopped, main.c may use them under its session_lock.
 */
struct dynmem_balloon_session {
	struct dynmem_balloon_channel channel;
	struct dynmem_balloon_targets targets;
	struct dynmem_balloon_inflate inflate;
	struct dynmem_balloon_report report;
	struct dynmem_balloon_reporting reporting;
	struct workqueue_struct *queue;
	struct delayed_work serve;
	struct delayed_work sample;
	atomic_t doorbell;
	atomic_t rescues;
	u64 rescued[VIRTIO_DYNMEM_MAX_VNODES];
	unsigned long rescued_at;
	unsigned long patience;
	atomic_t killing;
	bool greeted;
	bool over;
	bool plugs;
	bool changed;
	bool removing;
	unsigned long removed_at;
	unsigned long tell_at;
	bool resting;
	unsigned long reported;
	unsigned long needed;
};

/**
 * dynmem_balloon_session_alloc - allocate a session
 * @vdev: the device; its @priv leads to the session
 *
 * Return: the session, or NULL if there is no memory for it.
 */
struct dynmem_balloon_session *dynmem_balloon_session_alloc(struct virtio_device *vdev);

/**
 * dynmem_balloon_session_free - undo dynmem_balloon_session_alloc()
 * @session: must be stopped, or never started
 */
void dynmem_balloon_session_free(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_start - open the device and begin to serve it
 * @session: must not be running; no other session may be running either
 *
 * Return: 0 or an error of the transport.
 */
int dynmem_balloon_session_start(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_stop - end the session and close the device
 * @session: must be running; no task may be in dynmem_balloon_session_rescue() or call it any more
 * @give_back: if true, asks the host to return the whole stock, and frees the stock; if false, the
 *	stock is kept (retain.h)
 *
 * Context: sleeps until the host has answered the requests. If the host does not answer, sleeps for
 * about 30 seconds at most.
 */
void dynmem_balloon_session_stop(struct dynmem_balloon_session *session, bool give_back);

/**
 * dynmem_balloon_session_rest - stop the session's work until dynmem_balloon_session_wake()
 * @session: must be running
 *
 * Must be called before the machine sleeps, because work that runs for long would keep the kernel
 * from freezing tasks.
 *
 * Context: as dynmem_balloon_session_stop().
 */
void dynmem_balloon_session_rest(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_wake - end dynmem_balloon_session_rest()
 * @session: must be running, and may be resting or just started
 */
void dynmem_balloon_session_wake(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_ring - note that the host has changed config space, and start the work
 * @session: may be stopped
 *
 * Context: any.
 */
void dynmem_balloon_session_ring(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_changed - note that memory of the guest came online
 * @session: must be running
 *
 * The driver sends a new HELLO, which names the memory of each vnode.
 *
 * Context: any.
 */
void dynmem_balloon_session_changed(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_pause - stop the session's work until dynmem_balloon_session_go_on()
 * @session: must be running
 *
 * Afterwards no block is between stock and allocator (stock.h).
 *
 * Context: as dynmem_balloon_session_stop().
 */
void dynmem_balloon_session_pause(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_go_on - end dynmem_balloon_session_pause()
 * @session: must be running
 */
void dynmem_balloon_session_go_on(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_low - ask the host for memory, as the kernel has begun to reclaim
 * @session: must be running
 *
 * This has an effect only if the stock holds pages, less than half of the floor is available, and
 * no NEED was sent in the last 200 ms. The periodic samples alone would be too late when a program
 * fills memory as fast as it can.
 *
 * Context: reclaim; does not sleep.
 */
void dynmem_balloon_session_low(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_rescue - ask the host for memory before the guest kills a process
 * @session: must be running
 *
 * Context: a task whose allocation has failed. The task holds the kernel's oom_lock, and may hold
 * any other locks. Sleeps for up to a second.
 *
 * Return: the number of pages that were freed to the guest during this call or shortly before.
 */
u64 dynmem_balloon_session_rescue(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_of - the session with a device
 * @vdev: a device that is bound to this driver
 *
 * Return: the session that dynmem_balloon_session_alloc() allocated for it.
 */
static inline struct dynmem_balloon_session *dynmem_balloon_session_of(struct virtio_device *vdev)
{
	return container_of(vdev->priv, struct dynmem_balloon_session, channel);
}

#endif
