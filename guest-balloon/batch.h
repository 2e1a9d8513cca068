/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A batch is a set of units (units.h) that one request names to the host. All units of a batch are
 * of one kind; they may belong to several vnodes. While a unit is in a batch, it is neither in the
 * stock nor in the guest's allocator (stock.h). The host answers for each range of the request.
 * struct dynmem_balloon_batch_op says where the pages go after each kind of answer.
 */
#ifndef _DYNMEM_BALLOON_BATCH_H
#define _DYNMEM_BALLOON_BATCH_H

#include <linux/types.h>

#include "channel.h"
#include "stock.h"

/* Units in a full batch: blocks (1 GiB in total), or single pages (one for each possible range). */
#define DYNMEM_BALLOON_BATCH_BLOCKS	512
#define DYNMEM_BALLOON_BATCH_PAGES	DYNMEM_BALLOON_RANGES

/**
 * struct dynmem_balloon_batch - units that move together
 * @kind: enum dynmem_balloon_kind
 * @count: number of units; 0 if the batch is empty
 * @pfns: first page of each unit; the array has room for a full batch of either kind
 */
struct dynmem_balloon_batch {
	unsigned int kind;
	size_t count;
	u64 *pfns;
};

/**
 * struct dynmem_balloon_outcome - the sum of the host's answers to one or more batches
 * @accepted: pages that the host accepted
 * @refused: pages that the host refused
 * @failed: refused pages that the host tried to take or return, but could not
 * @reason: reason of the last refusal, enum virtio_dynmem_reason
 * @vnodes: bit set of the vnodes in the batches
 * @refused_of: bit set of the vnodes whose pages were refused
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
 * struct dynmem_balloon_batch_op - the request for a batch, and where its pages go
 * @type: VIRTIO_DYNMEM_INFLATE or VIRTIO_DYNMEM_DEFLATE
 * @flags: VIRTIO_DYNMEM_F_*
 * @accepted: where accepted pages go
 * @refused: where refused pages go, unless the reason is VIRTIO_DYNMEM_R_FAILED
 * @failed: where pages go that the host refused with VIRTIO_DYNMEM_R_FAILED
 * @unsaid: where all pages go if the request had no effect
 * @unknown: where all pages go if it is unknown whether the request had an effect
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

/* The guest gives pages. */
extern const struct dynmem_balloon_batch_op dynmem_balloon_batch_inflate;
/* The guest names pages that the stock has held since before this session's HELLO. */
extern const struct dynmem_balloon_batch_op dynmem_balloon_batch_announce;
/* The guest takes pages back. */
extern const struct dynmem_balloon_batch_op dynmem_balloon_batch_deflate;
/* The guest takes pages back because the driver is leaving. */
extern const struct dynmem_balloon_batch_op dynmem_balloon_batch_leave;

/**
 * dynmem_balloon_batch_init - allocate the array of a batch
 * @batch: must be zeroed
 *
 * Return: 0 or -ENOMEM.
 */
int dynmem_balloon_batch_init(struct dynmem_balloon_batch *batch);

/**
 * dynmem_balloon_batch_exit - free the array of a batch
 * @batch: must be empty; must be zeroed if it was never initialized
 */
void dynmem_balloon_batch_exit(struct dynmem_balloon_batch *batch);

/**
 * dynmem_balloon_batch_take - fill a batch with units from the stock
 * @batch: must be empty; filled with the units
 * @vnode: vnode whose units are taken
 * @kind: pages or blocks
 * @units: number of units wanted; no more than a full batch are taken
 *
 * Return: the number of units taken.
 */
size_t dynmem_balloon_batch_take(struct dynmem_balloon_batch *batch, unsigned int vnode,
				 enum dynmem_balloon_kind kind, u64 units);

/**
 * dynmem_balloon_batch_pages_of - how much of a batch belongs to one vnode
 * @batch: may be empty
 * @vnode: number of the vnode
 *
 * Return: in pages.
 */
u64 dynmem_balloon_batch_pages_of(const struct dynmem_balloon_batch *batch, unsigned int vnode);

/**
 * dynmem_balloon_batch_free - free the pages of a batch that was not sent to the host
 * @batch: empty afterwards
 */
void dynmem_balloon_batch_free(struct dynmem_balloon_batch *batch);

/**
 * dynmem_balloon_batch_send - send the request for a batch to the host
 * @batch: must not be empty. After success dynmem_balloon_batch_settle() must follow. After an
 *	error the batch is empty
 * @exchange: must not be in use
 * @op: the request, and where the pages go
 *
 * Return: 0 or an error of dynmem_balloon_channel_send().
 */
int dynmem_balloon_batch_send(struct dynmem_balloon_batch *batch,
			      struct dynmem_balloon_exchange *exchange,
			      const struct dynmem_balloon_batch_op *op);

/**
 * dynmem_balloon_batch_settle - wait for the host's answer, and put each page where @op says
 * @batch: must have been sent; empty afterwards
 * @exchange: as passed to dynmem_balloon_batch_send()
 * @op: as passed to dynmem_balloon_batch_send()
 * @outcome: the answer is added to it
 *
 * Context: sleeps.
 *
 * Return: 0 or an error of dynmem_balloon_channel_wait().
 */
int dynmem_balloon_batch_settle(struct dynmem_balloon_batch *batch,
				struct dynmem_balloon_exchange *exchange,
				const struct dynmem_balloon_batch_op *op,
				struct dynmem_balloon_outcome *outcome);

/**
 * dynmem_balloon_batch_move - send a batch, wait for the answer and put each page where @op says
 * @batch: may be empty; empty afterwards
 * @exchange: must not be in use
 * @op: the request, and where the pages go
 * @outcome: the answer is added to it
 *
 * Context: sleeps.
 *
 * Return: 0 or an error of dynmem_balloon_batch_send() or dynmem_balloon_batch_settle().
 */
int dynmem_balloon_batch_move(struct dynmem_balloon_batch *batch,
			      struct dynmem_balloon_exchange *exchange,
			      const struct dynmem_balloon_batch_op *op,
			      struct dynmem_balloon_outcome *outcome);

/**
 * dynmem_balloon_batch_pages - the size of a batch
 * @batch: may be empty
 *
 * Return: in pages.
 */
static inline u64 dynmem_balloon_batch_pages(const struct dynmem_balloon_batch *batch)
{
	return (u64)batch->count * dynmem_balloon_units_pages(batch->kind);
}

/**
 * dynmem_balloon_batch_limit - the size of a full batch
 * @kind: pages or blocks
 *
 * Return: in units.
 */
static inline size_t dynmem_balloon_batch_limit(enum dynmem_balloon_kind kind)
{
	return kind == DYNMEM_BALLOON_BLOCKS ? DYNMEM_BALLOON_BATCH_BLOCKS :
					       DYNMEM_BALLOON_BATCH_PAGES;
}

#endif
