/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A batch: units of one kind, of any vnodes, that are between stock and allocator, and that one
 * request tells the host of. Its answer decides range by range what becomes of them: a page goes
 * back to the guest only after the host has said so.
 */
#ifndef _DYNMEM_BALLOON_BATCH_H
#define _DYNMEM_BALLOON_BATCH_H

#include <linux/types.h>

#include "channel.h"
#include "stock.h"

/* Units in a batch: 1 GiB of blocks; pages as many as fit into a request when each lies apart. */
#define DYNMEM_BALLOON_BATCH_BLOCKS	512
#define DYNMEM_BALLOON_BATCH_PAGES	DYNMEM_BALLOON_RANGES

/**
 * struct dynmem_balloon_batch - units that move together
 * @kind: enum dynmem_balloon_kind
 * @count: units; 0: there is no batch
 * @pfns: their first pages; room for either kind
 */
struct dynmem_balloon_batch {
	unsigned int kind;
	size_t count;
	u64 *pfns;
};

/**
 * struct dynmem_balloon_outcome - what the host made of batches
 * @accepted: pages
 * @refused: pages
 * @failed: pages, of those refused, with which the host tried and could not
 * @reason: of the last refusal, enum virtio_dynmem_reason
 * @vnodes: bit set of those that something was said of
 * @refused_of: and of those of which something was refused
 */
struct dynmem_balloon_outcome {
	u64 accepted;
	u64 refused;
	u64 failed;
	u16 reason;
	unsigned long vnodes;
	unsigned long refused_of;
};

/**
 * struct dynmem_balloon_batch_op - what is said of pages that move, and what becomes of them
 * @type: VIRTIO_DYNMEM_INFLATE or VIRTIO_DYNMEM_DEFLATE
 * @flags: VIRTIO_DYNMEM_F_*
 * @accepted: of what the host accepted
 * @refused: of what it refused
 * @failed: of what it refused because it tried and could not
 * @unsaid: of all of it, when the request had no effect
 * @unknown: of all of it, when nobody knows what effect it had
 */
struct dynmem_balloon_batch_op {
	u16 type;
	u32 flags;
	enum dynmem_balloon_disposition accepted;
	enum dynmem_balloon_disposition refused;
	enum dynmem_balloon_disposition failed;
	enum dynmem_balloon_disposition unsaid;
	enum dynmem_balloon_disposition unknown;
};

extern const struct dynmem_balloon_batch_op dynmem_balloon_batch_inflate;
extern const struct dynmem_balloon_batch_op dynmem_balloon_batch_announce;
extern const struct dynmem_balloon_batch_op dynmem_balloon_batch_deflate;
extern const struct dynmem_balloon_batch_op dynmem_balloon_batch_leave;

/**
 * dynmem_balloon_batch_init - make room for a batch
 * @batch: zeroed
 *
 * Return: 0 or -ENOMEM.
 */
int dynmem_balloon_batch_init(struct dynmem_balloon_batch *batch);

/**
 * dynmem_balloon_batch_exit - free the room for a batch
 * @batch: empty, or never made room for
 */
void dynmem_balloon_batch_exit(struct dynmem_balloon_batch *batch);

/**
 * dynmem_balloon_batch_take - make a batch of what the stock holds
 * @batch: empty
 * @vnode: whose stock
 * @kind: pages or blocks
 * @units: how many, no more than a full batch is taken
 *
 * Return: how many were taken.
 */
size_t dynmem_balloon_batch_take(struct dynmem_balloon_batch *batch, unsigned int vnode,
				 enum dynmem_balloon_kind kind, u64 units);

/**
 * dynmem_balloon_batch_pages_of - how much of a batch is of one vnode
 * @batch: may be empty
 * @vnode: which
 *
 * Return: in pages.
 */
u64 dynmem_balloon_batch_pages_of(const struct dynmem_balloon_batch *batch, unsigned int vnode);

/**
 * dynmem_balloon_batch_free - give a batch to the guest that the host has not been told of
 * @batch: empty afterwards
 */
void dynmem_balloon_batch_free(struct dynmem_balloon_batch *batch);

/**
 * dynmem_balloon_batch_send - tell the host of a batch
 * @batch: not empty; owed to dynmem_balloon_batch_settle() if this succeeds, else settled
 * @exchange: by which way; free
 * @op: what is to become of it
 *
 * Return: 0 or what dynmem_balloon_channel_send() said.
 */
int dynmem_balloon_batch_send(struct dynmem_balloon_batch *batch,
			      struct dynmem_balloon_exchange *exchange,
			      const struct dynmem_balloon_batch_op *op);

/**
 * dynmem_balloon_batch_settle - wait for the host's answer and do as it says
 * @batch: sent; empty afterwards
 * @exchange: by which way
 * @op: as given to dynmem_balloon_batch_send()
 * @outcome: added to
 *
 * Context: sleeps.
 *
 * Return: 0 or what dynmem_balloon_channel_wait() said.
 */
int dynmem_balloon_batch_settle(struct dynmem_balloon_batch *batch,
				struct dynmem_balloon_exchange *exchange,
				const struct dynmem_balloon_batch_op *op,
				struct dynmem_balloon_outcome *outcome);

/**
 * dynmem_balloon_batch_move - tell the host of a batch, wait for its answer and do as it says
 * @batch: empty afterwards
 * @exchange: by which way; free
 * @op: what is to become of it
 * @outcome: added to
 *
 * Context: sleeps.
 *
 * Return: 0 or what dynmem_balloon_channel_send() or dynmem_balloon_channel_wait() said.
 */
int dynmem_balloon_batch_move(struct dynmem_balloon_batch *batch,
			      struct dynmem_balloon_exchange *exchange,
			      const struct dynmem_balloon_batch_op *op,
			      struct dynmem_balloon_outcome *outcome);

/**
 * dynmem_balloon_batch_pages - how large a batch is
 * @batch: of any kind
 *
 * Return: in pages.
 */
static inline u64 dynmem_balloon_batch_pages(const struct dynmem_balloon_batch *batch)
{
	return (u64)batch->count * dynmem_balloon_units_pages(batch->kind);
}

/**
 * dynmem_balloon_batch_limit - units in a full batch
 * @kind: of units
 *
 * Return: how many.
 */
static inline size_t dynmem_balloon_batch_limit(enum dynmem_balloon_kind kind)
{
	return kind == DYNMEM_BALLOON_BLOCKS ? DYNMEM_BALLOON_BATCH_BLOCKS :
					       DYNMEM_BALLOON_BATCH_PAGES;
}

#endif
