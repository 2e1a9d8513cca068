/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Inflates and deflates: brings the size of each vnode's stock step by step to the host's target.
 *
 * Context: the session's work or, after that work is stopped, the task that stopped it; never two
 * tasks at the same time.
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
 * struct dynmem_balloon_inflate - state of inflation and deflation
 * @channel: the channel to the host
 * @targets: the host's targets
 * @next: the vnode whose turn it is to give a unit
 * @gathered: units that were allocated for the balloon and that no request has named to the host
 * @since: when the first unit of @gathered was allocated, in jiffies
 * @sent: units of an INFLATE that the host has not answered yet
 * @taken: scratch for batches that are sent and settled within one function
 * @pause: set by any task to stop inflation at once, cleared by the session
 * @returned: number of pages of each vnode that were freed to the guest since the driver was bound
 * @returned_at: when pages of each vnode were last freed to the guest, in jiffies
 * @waiters: woken when any of @returned grows
 *
 * No lock: any task may write @pause, read @returned and @returned_at, and wait on @waiters. Every
 * other use of the members is in the context that the head of this file names.
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
 * dynmem_balloon_inflate_init - allocate the batches
 * @inflate: must be zeroed
 * @channel: the channel to the host
 * @targets: the host's targets
 *
 * Return: 0 or -ENOMEM.
 */
int dynmem_balloon_inflate_init(struct dynmem_balloon_inflate *inflate,
				struct dynmem_balloon_channel *channel,
				struct dynmem_balloon_targets *targets);

/**
 * dynmem_balloon_inflate_exit - free the batches; the stock stays
 * @inflate: state of inflation; its @gathered and @sent must be empty
 */
void dynmem_balloon_inflate_exit(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_drop - free the units that are gathered but not sent to the host
 * @inflate: state of inflation
 */
void dynmem_balloon_inflate_drop(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_relieve - free gathered units, and let all vnodes deflate without a wait
 * @inflate: state of inflation
 *
 * For a guest that is short of memory. Gathered units are freed at once. The next step deflates to
 * the targets, even in vnodes that wait because the host has refused to return pages.
 */
void dynmem_balloon_inflate_relieve(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_collect - wait for the answer to the batch that was sent
 * @inflate: state of inflation
 *
 * Context: sleeps.
 *
 * Return: above 0 if a batch had been sent; 0 if none had; or one of the errors that
 * dynmem_balloon_inflate_step() can return.
 */
int dynmem_balloon_inflate_collect(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_step - bring the stock a step nearer to the targets
 * @inflate: state of inflation
 *
 * If the stock of any vnode is above its target, this function deflates. Otherwise it inflates the
 * vnodes whose stock is below the target. If it can do neither, it replaces single pages by blocks.
 *
 * Context: sleeps and reclaims.
 *
 * Return: above 0 if there may be more to do; 0 if there is nothing to do for now and no request
 * under way; or an error of dynmem_balloon_channel_request(). -ESTALE can also mean that host and
 * guest disagree on which pages are in the balloon, so that the stock must be announced again.
 */
int dynmem_balloon_inflate_step(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_announce - announce the pages of the stock to the host, after a HELLO
 * @inflate: state of inflation
 *
 * Pages that the host refuses are freed. Pages that the kernel has isolated to move them may be
 * left out. When the driver wants to take such a page back later, the host refuses it as not
 * ballooned, and the session announces the stock again.
 *
 * Context: sleeps; moves must be forbidden, by dynmem_balloon_migrate_stay().
 *
 * Return: 0 or an error of dynmem_balloon_channel_request().
 */
int dynmem_balloon_inflate_announce(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_give_back - free the whole stock, even if the host refuses to return pages
 * @inflate: state of inflation
 *
 * If the host could not put memory behind a page, the page is leaked: touching it would kill the
 * VM.
 *
 * Context: sleeps; moves must be forbidden, by dynmem_balloon_migrate_stay().
 */
void dynmem_balloon_inflate_give_back(struct dynmem_balloon_inflate *inflate);

#endif
