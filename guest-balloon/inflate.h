/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Moves each vnode's stock towards the host's target. Context: the session's work or, once that is
 * stopped, the task that stopped it; never two tasks at once.
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
 * @channel: the way to the host
 * @targets: the host's targets
 * @next: the vnode whose turn it is to give a unit
 * @gathered: units from the guest's allocator that the host has not been told of
 * @since: when the first unit of @gathered was allocated, in jiffies
 * @sent: units of an INFLATE that the host has not answered
 * @taken: scratch for batches that are sent and settled within one function
 * @pause: set by any task to stop inflation at once, cleared by the session; atomic
 * @returned: pages of each vnode freed to the guest since the driver was bound; atomic
 * @returned_at: when pages of each vnode were last freed, in jiffies; atomic
 * @waiters: woken when any of @returned grows
 *
 * No lock: members that are not atomic are used in the context above.
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
 * @inflate: zeroed
 * @channel: the way to the host
 * @targets: the host's targets
 *
 * Return: 0 or -ENOMEM.
 */
int dynmem_balloon_inflate_init(struct dynmem_balloon_inflate *inflate,
				struct dynmem_balloon_channel *channel,
				struct dynmem_balloon_targets *targets);

/**
 * dynmem_balloon_inflate_exit - free the batches; the stock stays
 * @inflate: state of inflation; nothing is gathered or sent
 */
void dynmem_balloon_inflate_exit(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_drop - free the gathered units that the host has not been told of
 * @inflate: state of inflation
 */
void dynmem_balloon_inflate_drop(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_relieve - the guest runs short of memory, so give it all that it may have
 * @inflate: state of inflation
 *
 * Gathered units are freed at once. The next step deflates to the targets, even if the host has
 * just refused that.
 */
void dynmem_balloon_inflate_relieve(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_collect - wait for the answer to the batch that was sent
 * @inflate: state of inflation
 *
 * Context: sleeps.
 *
 * Return: above 0 if a batch was sent, 0 if none was, or an error as of
 * dynmem_balloon_inflate_step().
 */
int dynmem_balloon_inflate_collect(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_step - bring the stock a step nearer to the targets
 * @inflate: state of inflation
 *
 * Vnodes above their target are deflated first, then the others inflated. If the balloon is as
 * large as it can be, single pages are replaced by blocks.
 *
 * Context: sleeps and reclaims.
 *
 * Return: above 0 if there may be more to do; 0 if there is nothing to do for now and no request
 * under way; or an error of dynmem_balloon_channel_request(). -ESTALE can also mean that host and
 * guest disagree on the balloon, and that the stock must be announced again.
 */
int dynmem_balloon_inflate_step(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_announce - tell the host of all that the stock holds, after a HELLO
 * @inflate: state of inflation
 *
 * Pages that the host refuses are freed. Pages that the kernel has isolated to move them may be
 * left out. The host refuses to return these later, and then the stock is announced again.
 *
 * Context: sleeps; after dynmem_balloon_migrate_stay().
 *
 * Return: 0 or an error of dynmem_balloon_channel_request().
 */
int dynmem_balloon_inflate_announce(struct dynmem_balloon_inflate *inflate);

/**
 * dynmem_balloon_inflate_give_back - free the whole stock, even if the host refuses
 * @inflate: state of inflation
 *
 * Pages that the host could not put memory behind are lost: to touch them would kill the VM.
 *
 * Context: sleeps; after dynmem_balloon_migrate_stay().
 */
void dynmem_balloon_inflate_give_back(struct dynmem_balloon_inflate *inflate);

#endif
