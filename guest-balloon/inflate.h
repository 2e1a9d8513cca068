/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Moves each vnode's stock towards the host's target. Context: the session's work, or once that is
 * stopped who stopped it: never two at once, except where it says so.
 */
#ifndef _DYNMEM_BALLOON_ADJUST_H
#define _DYNMEM_BALLOON_ADJUST_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "../include/uapi/virtio_dynmem.h"
#include "batch.h"

struct dynmem_balloon_channel;
struct dynmem_balloon_targets;

/**
 * struct dynmem_balloon_inflate - the way from the stock to the targets
 * @channel: the way to the host
 * @targets: the host's
 * @next: whose turn it is to give a unit
 * @gathered: from the guest's allocator, and not yet said to the host
 * @since: when its first unit was gathered, in jiffies
 * @sent: said to the host, which has not been heard on it
 * @taken: from the stock, for a moment
 * @pause: set by anyone to stop inflation at once, cleared by the session
 * @returned: pages of each vnode that were freed to the guest, ever; atomic
 * @returned_at: when the last of them were, in jiffies; atomic
 * @waiters: woken when any of @returned grows
 */
struct dynmem_balloon_inflate {
	struct dynmem_balloon_channel *channel;
	struct dynmem_balloon_targets *targets;
	unsigned int next;
	struct dynmem_balloon_batch gathered;
	unsigned long since;
	struct dynmem_balloon_batch sent;
	struct dynmem_balloon_batch taken;
	bool pause;
	atomic64_t returned[VIRTIO_DYNMEM_MAX_VNODES];
	unsigned long returned_at[VIRTIO_DYNMEM_MAX_VNODES];
	wait_queue_head_t waiters;
};

int dynmem_balloon_inflate_init(struct dynmem_balloon_inflate *inflate,
				struct dynmem_balloon_channel *channel,
				struct dynmem_balloon_targets *targets);
void dynmem_balloon_inflate_exit(struct dynmem_balloon_inflate *inflate);
void dynmem_balloon_inflate_drop(struct dynmem_balloon_inflate *inflate);
void dynmem_balloon_inflate_relieve(struct dynmem_balloon_inflate *inflate);
int dynmem_balloon_inflate_collect(struct dynmem_balloon_inflate *inflate);
int dynmem_balloon_inflate_step(struct dynmem_balloon_inflate *inflate);
int dynmem_balloon_inflate_announce(struct dynmem_balloon_inflate *inflate);
void dynmem_balloon_inflate_give_back(struct dynmem_balloon_inflate *inflate);

#endif
