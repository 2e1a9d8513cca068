// SPDX-License-Identifier: GPL-2.0
/* Sends batches to the host, and puts their pages where the answers say; see batch.h. */
#include <linux/minmax.h>
#include <linux/mm.h>

#include "batch.h"
#include "ranges.h"

#define BATCH_UNITS	max(DYNMEM_BALLOON_BATCH_BLOCKS, DYNMEM_BALLOON_BATCH_PAGES)

const struct dynmem_balloon_batch_op dynmem_balloon_batch_inflate = {
	.type = VIRTIO_DYNMEM_INFLATE,
	.accepted = DYNMEM_BALLOON_HOLD,
	.refused = DYNMEM_BALLOON_FREE,
	.failed = DYNMEM_BALLOON_FREE,
	.unsaid = DYNMEM_BALLOON_FREE,
	.unknown = DYNMEM_BALLOON_HOLD,
};

const struct dynmem_balloon_batch_op dynmem_balloon_batch_announce = {
	.type = VIRTIO_DYNMEM_INFLATE,
	.flags = VIRTIO_DYNMEM_F_HELD,
	.accepted = DYNMEM_BALLOON_HOLD,
	.refused = DYNMEM_BALLOON_FREE,
	.failed = DYNMEM_BALLOON_FREE,
	.unsaid = DYNMEM_BALLOON_HOLD,
	.unknown = DYNMEM_BALLOON_HOLD,
};

const struct dynmem_balloon_batch_op dynmem_balloon_batch_deflate = {
	.type = VIRTIO_DYNMEM_DEFLATE,
	.accepted = DYNMEM_BALLOON_FREE,
	.refused = DYNMEM_BALLOON_HOLD,
	.failed = DYNMEM_BALLOON_HOLD,
	.unsaid = DYNMEM_BALLOON_HOLD,
	.unknown = DYNMEM_BALLOON_HOLD,
};

/*
 * When the driver leaves, it frees its pages even if the host refuses to return them. It leaks only
 * pages behind which the host could not put memory: touching these pages would kill the VM.
 */
const struct dynmem_balloon_batch_op dynmem_balloon_batch_leave = {
	.type = VIRTIO_DYNMEM_DEFLATE,
	.flags = VIRTIO_DYNMEM_F_LEAVING,
	.accepted = DYNMEM_BALLOON_FREE,
	.refused = DYNMEM_BALLOON_FREE,
	.failed = DYNMEM_BALLOON_LEAK,
	.unsaid = DYNMEM_BALLOON_FREE,
	.unknown = DYNMEM_BALLOON_FREE,
};

int dynmem_balloon_batch_init(struct dynmem_balloon_batch *batch)
{
	batch->pfns = kvmalloc_array(BATCH_UNITS, sizeof(u64), GFP_KERNEL);
	return batch->pfns ? 0 : -ENOMEM;
}

void dynmem_balloon_batch_exit(struct dynmem_balloon_batch *batch)
{
	kvfree(batch->pfns);
}

size_t dynmem_balloon_batch_take(struct dynmem_balloon_batch *batch, unsigned int vnode,
				 enum dynmem_balloon_kind kind, u64 units)
{
	size_t count = min_t(u64, units, dynmem_balloon_batch_limit(kind));

	batch->kind = kind;
	batch->count = dynmem_balloon_stock_take(vnode, kind, batch->pfns, count);
	return batch->count;
}

/*
 * Looks at a sorted batch from unit @at on. Return: the number of units that follow each other
 * without a gap and belong to the same vnode.
 */
static size_t batch_run(const struct dynmem_balloon_batch *batch, size_t at)
{
	unsigned int vnode = dynmem_balloon_stock_vnode(batch->pfns[at]);
	size_t run = dynmem_balloon_ranges_run(batch->pfns + at, batch->count - at,
					       dynmem_balloon_units_pages(batch->kind));

	while (dynmem_balloon_stock_vnode(batch->pfns[at + run - 1]) != vnode)
		run--;
	return run;
}

static void batch_settle_all(struct dynmem_balloon_batch *batch, enum dynmem_balloon_disposition to)
{
	unsigned int unit = dynmem_balloon_units_pages(batch->kind);
	size_t i;

	for (i = 0; i < batch->count; i++)
		dynmem_balloon_stock_settle(batch->kind, batch->pfns[i], unit, 0, to, to);
	batch->count = 0;
}

u64 dynmem_balloon_batch_pages_of(const struct dynmem_balloon_batch *batch, unsigned int vnode)
{
	u64 units = 0;
	size_t i;

	for (i = 0; i < batch->count; i++)
		units += dynmem_balloon_stock_vnode(batch->pfns[i]) == vnode;
	return units * dynmem_balloon_units_pages(batch->kind);
}

void dynmem_balloon_batch_free(struct dynmem_balloon_batch *batch)
{
	batch_settle_all(batch, DYNMEM_BALLOON_FREE);
}

int dynmem_balloon_batch_send(struct dynmem_balloon_batch *batch,
			      struct dynmem_balloon_exchange *exchange,
			      const struct dynmem_balloon_batch_op *op)
{
	struct virtio_dynmem_range *range = dynmem_balloon_channel_payload(exchange);
	unsigned int unit = dynmem_balloon_units_pages(batch->kind);
	u32 ranges = 0;
	size_t at, run;
	int err;

	dynmem_balloon_ranges_sort(batch->pfns, batch->count);
	for (at = 0; at < batch->count; at += run) {
		run = batch_run(batch, at);
		range[ranges++] = (struct virtio_dynmem_range) {
			.first = cpu_to_le64(batch->pfns[at]),
			.pages = cpu_to_le32(run * unit),
			.vnode = cpu_to_le16(dynmem_balloon_stock_vnode(batch->pfns[at])),
		};
	}
	err = dynmem_balloon_channel_send(exchange, op->type, op->flags, ranges,
					  ranges * sizeof(*range));
	if (err)
		batch_settle_all(batch, op->unsaid);
	return err;
}

/* Whether the host has accepted any page of a request. */
static bool answer_has_progress(const struct dynmem_balloon_exchange *exchange)
{
	const struct virtio_dynmem_result *result = dynmem_balloon_channel_results(exchange);
	u32 i;

	for (i = 0; i < exchange->count; i++)
		if (result[i].pages)
			return true;
	return false;
}

static void batch_settle_by_answer(struct dynmem_balloon_batch *batch,
				   const struct dynmem_balloon_exchange *exchange,
				   const struct dynmem_balloon_batch_op *op,
				   struct dynmem_balloon_outcome *outcome)
{
	const struct virtio_dynmem_range *range = dynmem_balloon_channel_payload(exchange);
	const struct virtio_dynmem_result *result = dynmem_balloon_channel_results(exchange);
	bool progress = answer_has_progress(exchange), failed;
	u32 ranges, pages, accepted;
	u16 reason;

	for (ranges = exchange->count; ranges; ranges--, range++, result++) {
		pages = le32_to_cpu(range->pages);
		accepted = min(le32_to_cpu(result->pages), pages);
		reason = le16_to_cpu(result->reason);
		failed = reason == VIRTIO_DYNMEM_R_FAILED;
		outcome->accepted += accepted;
		outcome->vnodes |= BIT(le16_to_cpu(range->vnode));
		/*
		 * A host that ran out of time gives no reason. The pages that it left out can be
		 * sent again. They count as refused only if it accepted no page of the request.
		 */
		if (accepted < pages && (reason != VIRTIO_DYNMEM_R_NONE || !progress)) {
			outcome->refused += pages - accepted;
			outcome->refused_of |= BIT(le16_to_cpu(range->vnode));
			outcome->reason = reason;
		}
		if (failed)
			outcome->failed += pages - accepted;
		dynmem_balloon_stock_settle(batch->kind, le64_to_cpu(range->first), pages,
					    accepted, op->accepted,
					    failed ? op->failed : op->refused);
	}
	batch->count = 0;
}

int dynmem_balloon_batch_settle(struct dynmem_balloon_batch *batch,
				struct dynmem_balloon_exchange *exchange,
				const struct dynmem_balloon_batch_op *op,
				struct dynmem_balloon_outcome *outcome)
{
	int err = dynmem_balloon_channel_wait(exchange);

	if (err)
		batch_settle_all(batch,
				 dynmem_balloon_channel_no_effect(err) ? op->unsaid : op->unknown);
	else
		batch_settle_by_answer(batch, exchange, op, outcome);
	return err;
}

int dynmem_balloon_batch_move(struct dynmem_balloon_batch *batch,
			      struct dynmem_balloon_exchange *exchange,
			      const struct dynmem_balloon_batch_op *op,
			      struct dynmem_balloon_outcome *outcome)
{
	if (!batch->count)
		return 0;
	return dynmem_balloon_batch_send(batch, exchange, op) ?:
	       dynmem_balloon_batch_settle(batch, exchange, op, outcome);
}
