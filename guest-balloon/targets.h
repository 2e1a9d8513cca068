/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host's targets. A target says how much of a vnode's memory the balloon shall hold. While the
 * balloon holds less, this file also decides which units the vnode can be asked for.
 *
 * Context, unless a function names another one: the session's work or, after that work is stopped,
 * the task that stopped it.
 */
#ifndef _DYNMEM_BALLOON_TARGETS_H
#define _DYNMEM_BALLOON_TARGETS_H

#include <linux/types.h>

#include "../include/uapi/virtio_dynmem.h"
#include "units.h"

struct dynmem_balloon_channel;

/**
 * struct dynmem_balloon_backoff - a wait that doubles from one failure to the next
 * @until: when the wait ends, in jiffies; valid only if @delay is not 0
 * @delay: length of the last wait, in jiffies; 0 after a success
 */
struct dynmem_balloon_backoff {
	unsigned long until;
	unsigned long delay;
};

/**
 * struct dynmem_balloon_course - target of a vnode's stock, and the waits on the way to the target
 * @target: pages that the stock shall hold
 * @unavailable: pages by which the stock was below the target when the driver last found no page to
 *	take from the vnode; 0 after the vnode has given a unit
 * @retry: wait after the host has refused to take or to return pages
 * @replace: wait after single pages could not be replaced by blocks, because no block was free or
 *	the host has refused pages
 * @none_before: for each kind of unit: the vnode is not asked for this kind before this time, in
 *	jiffies
 * @settled: the stock has reached the target in this session, so the guest can touch no more memory
 *	than the host has granted
 */
struct dynmem_balloon_course {
	u64 target;
	u64 unavailable;
	struct dynmem_balloon_backoff retry;
	struct dynmem_balloon_backoff replace;
	unsigned long none_before[DYNMEM_BALLOON_KINDS];
	bool settled;
};

/**
 * struct dynmem_balloon_targets - the targets of all vnodes
 * @channel: the channel to the host
 * @known: the host has sent targets since HELLO
 * @generation: generation of these targets; the host increments it with each change
 * @vnodes: number of vnodes that have a target
 * @course: target and waits of each vnode
 *
 * No lock: members are written only in the context that the head of this file names. Only
 * dynmem_balloon_targets_total() may be called in other contexts. It reads @known, @vnodes and the
 * targets of the vnodes.
 */
struct dynmem_balloon_targets {
	struct dynmem_balloon_channel *channel;
	bool known;
	u32 generation;
	unsigned int vnodes;
	struct dynmem_balloon_course course[VIRTIO_DYNMEM_MAX_VNODES];
};

/**
 * dynmem_balloon_targets_init - start without targets
 * @targets: must be zeroed
 * @channel: the channel to the host
 */
void dynmem_balloon_targets_init(struct dynmem_balloon_targets *targets,
				 struct dynmem_balloon_channel *channel);

/**
 * dynmem_balloon_targets_forget - leave the stock as it is until the host sends targets
 * @targets: the targets
 *
 * The next targets are stored whatever their generation, since another host may be behind the
 * device. Waits after refusals go on, so that a host that refuses everything is not asked all the
 * time.
 */
void dynmem_balloon_targets_forget(struct dynmem_balloon_targets *targets);

/**
 * dynmem_balloon_targets_heed - store the targets that came with an answer
 * @targets: the targets
 * @wire: targets as sent by the host; ignored unless they are newer than the stored ones
 */
void dynmem_balloon_targets_heed(struct dynmem_balloon_targets *targets,
				 const struct virtio_dynmem_targets *wire);

/**
 * dynmem_balloon_targets_read_config - store the targets in config space, if they are newer
 * @targets: the targets
 */
void dynmem_balloon_targets_read_config(struct dynmem_balloon_targets *targets);

/**
 * dynmem_balloon_targets_put_off - begin a wait twice as long as the last one
 * @backoff: one of a vnode's waits
 *
 * The first wait is 1 second, the longest 60 seconds.
 */
void dynmem_balloon_targets_put_off(struct dynmem_balloon_backoff *backoff);

/**
 * dynmem_balloon_targets_is_due - whether a wait has ended
 * @backoff: one of a vnode's waits
 *
 * Return: true also if there was no wait.
 */
bool dynmem_balloon_targets_is_due(const struct dynmem_balloon_backoff *backoff);

/**
 * dynmem_balloon_targets_deficit - how far a vnode's stock is below its target
 * @targets: the targets
 * @vnode: below @targets->vnodes
 *
 * Pages between stock and allocator count as held by the stock.
 *
 * Return: in pages; 0 while the vnode must wait after a refusal.
 */
u64 dynmem_balloon_targets_deficit(const struct dynmem_balloon_targets *targets,
				   unsigned int vnode);

/**
 * dynmem_balloon_targets_kind - the kind of unit that a vnode can be asked for now
 * @targets: the targets
 * @vnode: below @targets->vnodes
 *
 * Return: blocks if the vnode can be asked for blocks; else pages if it can be asked for pages;
 * else DYNMEM_BALLOON_KINDS.
 */
enum dynmem_balloon_kind dynmem_balloon_targets_kind(const struct dynmem_balloon_targets *targets,
						     unsigned int vnode);

/**
 * dynmem_balloon_targets_note_none - note that a vnode can give no unit of a kind
 * @targets: the targets
 * @vnode: below @targets->vnodes
 * @kind: kind of the units that the vnode cannot give
 *
 * The vnode is not asked for this kind for 1 second. If @kind is single pages, the vnode can give
 * no memory at all, so its whole deficit is noted as unavailable.
 */
void dynmem_balloon_targets_note_none(struct dynmem_balloon_targets *targets, unsigned int vnode,
				      enum dynmem_balloon_kind kind);

/**
 * dynmem_balloon_targets_unavailable - the part of a vnode's deficit that the guest could not find
 * @targets: the targets
 * @vnode: below VIRTIO_DYNMEM_MAX_VNODES
 *
 * Return: in pages; 0 if the guest has no such vnode.
 */
u64 dynmem_balloon_targets_unavailable(const struct dynmem_balloon_targets *targets,
				       unsigned int vnode);

/**
 * dynmem_balloon_targets_total - how large the balloon of the whole guest shall be
 * @targets: the targets
 *
 * Context: any. While the targets change, the sum may mix old and new targets.
 *
 * Return: in pages, 0 if the host has sent no targets.
 */
u64 dynmem_balloon_targets_total(const struct dynmem_balloon_targets *targets);

#endif
