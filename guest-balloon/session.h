/* SPDX-License-Identifier: GPL-2.0 */
/* A session with the host: HELLO, reports, and the moving of pages in between. */
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
 * struct dynmem_balloon_session - one device and what is going on with it
 * @channel: the way to the host
 * @targets: the host's
 * @inflate: the way from the stock to the targets
 * @report: what was said of the guest last
 * @reporting: of free pages; not part of the session's work
 * @queue: ordered and freezable; runs @serve and @sample, never both at once
 * @serve: says and does whatever is due
 * @sample: looks for a jump while nothing is going on
 * @doorbell: the host rang; atomic
 * @rescues: tasks that wait in dynmem_balloon_session_rescue(); atomic
 * @rescued: pages of each vnode returned by the end of the last rescue; of who is about to kill
 * @rescued_at: when that was, in jiffies; of who is about to kill
 * @patience: how long a task that is about to kill may wait, in jiffies; of who is about to kill
 * @killing: the guest is about to kill for memory: for which vnode, plus 1, or 0; atomic
 * @greeted: HELLO is answered and all that is held announced; @serve alone
 * @over: nothing more can be said; @serve alone
 * @told_end: the page behind all memory that the host has been told of; @serve alone
 * @grown: the guest has memory that the host has not been told of; atomic
 * @resting: the machine is about to sleep: @serve and @sample do nothing
 * @reported: when the last report was sent, in jiffies; @serve alone
 * @needed: when NEED was said last, in jiffies; @serve alone
 *
 * @channel, @targets, @inflate and @report belong to whatever runs on @queue, and to main.c when
 * that has been stopped. The kernel lets one task at a time be about to kill (oom_lock).
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
	u64 told_end;
	bool grown;
	bool resting;
	unsigned long reported;
	unsigned long needed;
};

/**
 * dynmem_balloon_session_alloc - prepare for a session
 * @vdev: with which device; its @priv is the session's
 *
 * Return: NULL if there is no memory for it.
 */
struct dynmem_balloon_session *dynmem_balloon_session_alloc(struct virtio_device *vdev);

/**
 * dynmem_balloon_session_free - undo dynmem_balloon_session_alloc()
 * @session: stopped, or never started
 */
void dynmem_balloon_session_free(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_start - open the device and begin
 * @session: not running; the only one
 *
 * A driver that holds nothing is a new one to the host; one that does is the one it was.
 *
 * Return: 0 or what the transport said.
 */
int dynmem_balloon_session_start(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_stop - end it and close the device
 * @session: running; nobody is to be rescued
 * @give_back: return the whole stock to the guest, after telling the host
 *
 * Context: sleeps until a request that is on its way is answered, for some 30 seconds at most.
 */
void dynmem_balloon_session_stop(struct dynmem_balloon_session *session, bool give_back);

/**
 * dynmem_balloon_session_rest - do nothing more until dynmem_balloon_session_wake()
 * @session: running
 *
 * The machine is about to sleep, for which work that runs on for long would be in the way.
 *
 * Context: as dynmem_balloon_session_stop().
 */
void dynmem_balloon_session_rest(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_wake - go on
 * @session: running; resting, or just begun
 */
void dynmem_balloon_session_wake(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_ring - the host has changed config space
 * @session: may be running
 *
 * Context: any.
 */
void dynmem_balloon_session_ring(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_grown - the guest has more memory than before
 * @session: running
 * @first: its first page
 *
 * The host has seen it come, and takes it for the last vnode's where it cannot tell: only a guest
 * with several nodes has more to say.
 *
 * Context: any.
 */
void dynmem_balloon_session_grown(struct dynmem_balloon_session *session, u64 first);

/**
 * dynmem_balloon_session_low - the kernel has begun to reclaim memory: ask for some if it is time
 * @session: running
 *
 * Samples are too far apart for a program that fills memory as fast as it can.
 *
 * Context: reclaim; does not wait.
 */
void dynmem_balloon_session_low(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_rescue - the guest is about to kill for memory: ask the host for some
 * @session: running
 *
 * Everything that takes is done by serve(), which has what it needs and allocates nothing to give.
 * Once a task has waited and got nothing, those after it only ask, until the host gives something
 * that helps them or nobody has been about to kill for a while: in a storm of kills the wait is no
 * use to anyone. Where a task is bound to a node, what comes back on another does not help.
 *
 * Context: an allocation that failed, with any locks held, one at a time; sleeps, for up to a
 * second.
 *
 * Return: pages that came back.
 */
u64 dynmem_balloon_session_rescue(struct dynmem_balloon_session *session);

/**
 * dynmem_balloon_session_of - the session with a device
 * @vdev: bound to this driver
 *
 * Return: what dynmem_balloon_session_alloc() returned for it.
 */
static inline struct dynmem_balloon_session *dynmem_balloon_session_of(struct virtio_device *vdev)
{
	return container_of(vdev->priv, struct dynmem_balloon_session, channel);
}

#endif
