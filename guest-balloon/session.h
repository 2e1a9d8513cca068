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

struct dynmem_balloon_session *dynmem_balloon_session_alloc(struct virtio_device *vdev);
void dynmem_balloon_session_free(struct dynmem_balloon_session *session);
int dynmem_balloon_session_start(struct dynmem_balloon_session *session);
void dynmem_balloon_session_stop(struct dynmem_balloon_session *session, bool give_back);
void dynmem_balloon_session_rest(struct dynmem_balloon_session *session);
void dynmem_balloon_session_wake(struct dynmem_balloon_session *session);
void dynmem_balloon_session_ring(struct dynmem_balloon_session *session);
void dynmem_balloon_session_grown(struct dynmem_balloon_session *session, u64 first);
void dynmem_balloon_session_low(struct dynmem_balloon_session *session);
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
