/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Moves each vnode's stock towards the host's target. Context: the session's work, or once that is
 * stopped who stopped it: never two at once, except where it says so.
 */
#ifndef DYNMEM_BALLOON_ADJUST_H
#define DYNMEM_BALLOON_ADJUST_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "../include/uapi/virtio_dynmem.h"
#include "batch.h"

struct dynmem_balloon_channel;

/**
 * struct dynmem_balloon_course - where a vnode's stock is going
 * @target: pages that it shall hold
 * @unavailable: pages of the way there that could not be found
 * @not_before: when to try again, in jiffies; counts only if @delay
 * @delay: how long to wait after the next refusal or failure, in jiffies
 * @none_before: when to look for units of a kind again, in jiffies
 * @no_replacing_before: when to look for blocks in place of single pages again, in jiffies
 * @replace_delay: how long that was put off the last time, 0 once there were some; in jiffies
 * @settled: the stock has held as much as it shall once in this session: since then the guest can
 *	touch no more than it was granted
 */
struct dynmem_balloon_course {
	u64 target;
	u64 unavailable;
	unsigned long not_before;
	unsigned long delay;
	unsigned long none_before[DYNMEM_BALLOON_KINDS];
	unsigned long no_replacing_before;
	unsigned long replace_delay;
	bool settled;
};

/**
 * struct dynmem_balloon_adjust - the way from the stock to the targets
 * @channel: the way to the host
 * @known: the host has told a target since HELLO
 * @generation: of the targets
 * @vnodes: how many of @course have a target
 * @course: of each vnode
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
struct dynmem_balloon_adjust {
	struct dynmem_balloon_channel *channel;
	bool known;
	u32 generation;
	unsigned int vnodes;
	struct dynmem_balloon_course course[VIRTIO_DYNMEM_MAX_VNODES];
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

int dynmem_balloon_adjust_init(struct dynmem_balloon_adjust *adjust,
			       struct dynmem_balloon_channel *channel);
void dynmem_balloon_adjust_exit(struct dynmem_balloon_adjust *adjust);
void dynmem_balloon_adjust_drop(struct dynmem_balloon_adjust *adjust);
void dynmem_balloon_adjust_relieve(struct dynmem_balloon_adjust *adjust);
int dynmem_balloon_adjust_collect(struct dynmem_balloon_adjust *adjust);
void dynmem_balloon_adjust_forget(struct dynmem_balloon_adjust *adjust);
void dynmem_balloon_adjust_targets(struct dynmem_balloon_adjust *adjust,
				   const struct virtio_dynmem_targets *targets);
void dynmem_balloon_adjust_read_config(struct dynmem_balloon_adjust *adjust);
int dynmem_balloon_adjust_step(struct dynmem_balloon_adjust *adjust);
int dynmem_balloon_adjust_announce(struct dynmem_balloon_adjust *adjust);
void dynmem_balloon_adjust_give_back(struct dynmem_balloon_adjust *adjust);
u64 dynmem_balloon_adjust_unavailable(const struct dynmem_balloon_adjust *adjust,
				      unsigned int vnode);
u64 dynmem_balloon_adjust_target(const struct dynmem_balloon_adjust *adjust);

#endif
