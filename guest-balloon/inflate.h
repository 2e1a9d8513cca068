/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Moves each vnode's stock towards the host's target. Context: the session's work, or once that is
 * stopped who stopped it: never two at once, except where it says so.
 */
#ifndef _DYNMEM_BALLOON_INFLATE_H
#define _DYNMEM_BALLOON_INFLATE_H

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

/**
 * dynmem_balloon_inflate_init - make ready to move pages
 * @inflate: zeroed
 * @channel: the way to the host
 * @targets: the host's
 *
 * Return: 0 or -ENOMEM.
 */
int dynmem_balloon_inflate_init(struct dynmem_balloon_inflate *inflate,
				struct dynmem_balloon_channel *channel,
				struct dynmem_balloon_targets *targets);

/**
 * dynmem_balloon_inflate_exit - free what dynmem_balloon_inflate_init() took; the stock stays
 * @inflate: the way from the stock to the targets; nothing is gathered or sent
 */
void dynmem_balloon_inflate_exit(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_drop - free what has been gathered and not yet said to the host
 * @inflate: the way from the stock to the targets
 */
void dynmem_balloon_inflate_drop(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_relieve - the guest runs short of memory: let it have what it may
 * @inflate: the way from the stock to the targets
 *
 * What has been gathered is free at once, and the next step takes back what is granted, however
 * shortly before the host refused that.
 */
void dynmem_balloon_inflate_relieve(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_collect - wait for what the host makes of the last batch it was told of
 * @inflate: the way from the stock to the targets
 *
 * Return: above 0 if there was such a batch, else 0, or an error as of
 * dynmem_balloon_inflate_step().
 */
int dynmem_balloon_inflate_collect(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_step - come a bit nearer to the targets
 * @inflate: the way from the stock to the targets
 *
 * Memory that the guest may have back goes first. When the balloon is as large as it can be, single
 * pages in it are replaced by blocks.
 *
 * Return: above 0 if there may be more to do; 0 if there is nothing to do for now, and nothing that
 * the host has not answered; or an error of dynmem_balloon_channel_request(); -ESTALE also if
 * everything should be announced again.
 */
int dynmem_balloon_inflate_step(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_announce - tell the host of everything in the stock, after a HELLO
 * @inflate: the way from the stock to the targets
 *
 * What the host does not want is freed. Pages that the kernel was about to move when they were told
 * to stay may be missed: the host will refuse to return them, and then all is announced again.
 *
 * Return: 0 or what dynmem_balloon_channel_request() said.
 */
int dynmem_balloon_inflate_announce(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_give_back - empty the stock, whatever the host says
 * @inflate: the way from the stock to the targets; it counts how much was returned
 *
 * Pages that the host could not put memory behind are lost: to touch them would kill the VM.
 */
void dynmem_balloon_inflate_give_back(struct dynmem_balloon_inflate *inflate);

#endif
