// SPDX-License-Identifier: GPL-2.0
/* Says lots to the host and settles them by its answers; see lot.h. */
#include <linux/minmax.h>
#include <linux/mm.h>

#include "lot.h"
#include "ranges.h"

#define LOT_UNITS	max(DYNMEM_BALLOON_LOT_BLOCKS, DYNMEM_BALLOON_LOT_PAGES)

/* Pages that the guest gives. */
const struct dynmem_balloon_movement dynmem_balloon_inflate = {
	.type = VIRTIO_DYNMEM_INFLATE,
	.accepted = DYNMEM_BALLOON_HOLD,
	.refused = DYNMEM_BALLOON_FREE,
	.failed = DYNMEM_BALLOON_FREE,
	.unsaid = DYNMEM_BALLOON_FREE,
	.unknown = DYNMEM_BALLOON_HOLD,
};

/* Pages that it has held since before this session. */
const struct dynmem_balloon_movement dynmem_balloon_announce = {
	.type = VIRTIO_DYNMEM_INFLATE,
	.flags = VIRTIO_DYNMEM_F_HELD,
	.accepted = DYNMEM_BALLOON_HOLD,
	.refused = DYNMEM_BALLOON_FREE,
	.failed = DYNMEM_BALLOON_FREE,
	.unsaid = DYNMEM_BALLOON_HOLD,
	.unknown = DYNMEM_BALLOON_HOLD,
};

/* Pages that it takes back. */
const struct dynmem_balloon_movement dynmem_balloon_deflate = {
	.type = VIRTIO_DYNMEM_DEFLATE,
	.accepted = DYNMEM_BALLOON_FREE,
	.refused = DYNMEM_BALLOON_HOLD,
	.failed = DYNMEM_BALLOON_HOLD,
	.unsaid = DYNMEM_BALLOON_HOLD,
	.unknown = DYNMEM_BALLOON_HOLD,
};

/* There is no way back: what the host says is only heeded where touching a page would kill. */
const struct dynmem_balloon_movement dynmem_balloon_leave = {
	.type = VIRTIO_DYNMEM_DEFLATE,
	.flags = VIRTIO_DYNMEM_F_LEAVING,
	.accepted = DYNMEM_BALLOON_FREE,
	.refused = DYNMEM_BALLOON_FREE,
	.failed = DYNMEM_BALLOON_LEAK,
	.unsaid = DYNMEM_BALLOON_FREE,
	.unknown = DYNMEM_BALLOON_FREE,
};

/**
 * dynmem_balloon_lot_init - make room for a lot
 * @lot: zeroed
 *
 * Return: 0 or -ENOMEM.
 */
int dynmem_balloon_lot_init(struct dynmem_balloon_lot *lot)
{
	lot->pfns = kvmalloc_array(LOT_UNITS, sizeof(u64), GFP_KERNEL);
	return lot->pfns ? 0 : -ENOMEM;
}

/**
 * dynmem_balloon_lot_exit - free the room for a lot
 * @lot: empty, or never made room for
 */
void dynmem_balloon_lot_exit(struct dynmem_balloon_lot *lot)
{
	kvfree(lot->pfns);
}

/**
 * dynmem_balloon_lot_take - make a lot of what the stock holds
 * @lot: empty
 * @vnode: whose stock
 * @kind: pages or blocks
 * @units: how many, no more than a full lot is taken
 *
 * Return: how many were taken.
 */
size_t dynmem_balloon_lot_take(struct dynmem_balloon_lot *lot, unsigned int vnode,
			       enum dynmem_balloon_kind kind, u64 units)
{
	lot->kind = kind;
	lot->count = dynmem_balloon_blocks_take(vnode, kind, lot->pfns,
						min_t(u64, units, dynmem_balloon_lot_limit(kind)));
	return lot->count;
}

/* How many neighbours of one vnode are at @at in a lot that has been sorted. */
static size_t neighbours(const struct dynmem_balloon_lot *lot, size_t at)
{
	unsigned int vnode = dynmem_balloon_blocks_vnode(lot->pfns[at]);
	size_t run = dynmem_balloon_ranges_run(lot->pfns + at, lot->count - at,
					       dynmem_balloon_blocks_unit(lot->kind));

	while (dynmem_balloon_blocks_vnode(lot->pfns[at + run - 1]) != vnode)
		run--;
	return run;
}

static void settle_all(struct dynmem_balloon_lot *lot, enum dynmem_balloon_fate fate)
{
	unsigned int unit = dynmem_balloon_blocks_unit(lot->kind);
	size_t i;

	for (i = 0; i < lot->count; i++)
		dynmem_balloon_blocks_settle(lot->kind, lot->pfns[i], unit, 0, fate, fate);
	lot->count = 0;
}

/**
 * dynmem_balloon_lot_pages_of - how much of a lot is of one vnode
 * @lot: may be empty
 * @vnode: which
 *
 * Return: in pages.
 */
u64 dynmem_balloon_lot_pages_of(const struct dynmem_balloon_lot *lot, unsigned int vnode)
{
	u64 units = 0;
	size_t i;

	for (i = 0; i < lot->count; i++)
		units += dynmem_balloon_blocks_vnode(lot->pfns[i]) == vnode;
	return units * dynmem_balloon_blocks_unit(lot->kind);
}

/**
 * dynmem_balloon_lot_free - give a lot to the guest that the host has not been told of
 * @lot: empty afterwards
 */
void dynmem_balloon_lot_free(struct dynmem_balloon_lot *lot)
{
	settle_all(lot, DYNMEM_BALLOON_FREE);
}

/**
 * dynmem_balloon_lot_send - tell the host of a lot
 * @lot: not empty; owed to dynmem_balloon_lot_settle() if this succeeds, else settled
 * @exchange: by which way; free
 * @movement: what is to become of it
 *
 * Return: 0 or what dynmem_balloon_channel_send() said.
 */
int dynmem_balloon_lot_send(struct dynmem_balloon_lot *lot,
			    struct dynmem_balloon_exchange *exchange,
			    const struct dynmem_balloon_movement *movement)
{
	struct virtio_dynmem_range *range = dynmem_balloon_channel_payload(exchange);
	unsigned int unit = dynmem_balloon_blocks_unit(lot->kind);
	u32 ranges = 0;
	size_t at, run;
	int err;

	dynmem_balloon_ranges_sort(lot->pfns, lot->count);
	for (at = 0; at < lot->count; at += run) {
		run = neighbours(lot, at);
		range[ranges++] = (struct virtio_dynmem_range) {
			.first = cpu_to_le64(lot->pfns[at]),
			.pages = cpu_to_le32(run * unit),
			.vnode = cpu_to_le16(dynmem_balloon_blocks_vnode(lot->pfns[at])),
		};
	}
	err = dynmem_balloon_channel_send(exchange, movement->type, movement->flags, ranges,
					  ranges * sizeof(*range));
	if (err)
		settle_all(lot, movement->unsaid);
	return err;
}

static void settle_by_answer(struct dynmem_balloon_lot *lot,
			     const struct dynmem_balloon_exchange *exchange,
			     const struct dynmem_balloon_movement *movement,
			     struct dynmem_balloon_outcome *outcome)
{
	const struct virtio_dynmem_range *range = dynmem_balloon_channel_payload(exchange);
	const struct virtio_dynmem_result *result = dynmem_balloon_channel_results(exchange);
	u32 ranges, pages, accepted;
	bool failed;

	for (ranges = exchange->count; ranges; ranges--, range++, result++) {
		pages = le32_to_cpu(range->pages);
		accepted = min(le32_to_cpu(result->pages), pages);
		failed = le16_to_cpu(result->reason) == VIRTIO_DYNMEM_R_FAILED;
		outcome->accepted += accepted;
		outcome->vnodes |= BIT(le16_to_cpu(range->vnode));
		if (accepted < pages) {
			outcome->refused += pages - accepted;
			outcome->refused_of |= BIT(le16_to_cpu(range->vnode));
			outcome->reason = le16_to_cpu(result->reason);
		}
		if (failed)
			outcome->failed += pages - accepted;
		dynmem_balloon_blocks_settle(lot->kind, le64_to_cpu(range->first), pages, accepted,
					     movement->accepted,
					     failed ? movement->failed : movement->refused);
	}
	lot->count = 0;
}

/**
 * dynmem_balloon_lot_settle - wait for the host's answer and do as it says
 * @lot: sent; empty afterwards
 * @exchange: by which way
 * @movement: as given to dynmem_balloon_lot_send()
 * @outcome: added to
 *
 * Context: sleeps.
 *
 * Return: 0 or what dynmem_balloon_channel_wait() said.
 */
int dynmem_balloon_lot_settle(struct dynmem_balloon_lot *lot,
			      struct dynmem_balloon_exchange *exchange,
			      const struct dynmem_balloon_movement *movement,
			      struct dynmem_balloon_outcome *outcome)
{
	int err = dynmem_balloon_channel_wait(exchange);

	if (err)
		settle_all(lot, dynmem_balloon_channel_no_effect(err) ? movement->unsaid :
									movement->unknown);
	else
		settle_by_answer(lot, exchange, movement, outcome);
	return err;
}

/**
 * dynmem_balloon_lot_move - tell the host of a lot, wait for its answer and do as it says
 * @lot: empty afterwards
 * @exchange: by which way; free
 * @movement: what is to become of it
 * @outcome: added to
 *
 * Context: sleeps.
 *
 * Return: 0 or what dynmem_balloon_channel_send() or dynmem_balloon_channel_wait() said.
 */
int dynmem_balloon_lot_move(struct dynmem_balloon_lot *lot,
			    struct dynmem_balloon_exchange *exchange,
			    const struct dynmem_balloon_movement *movement,
			    struct dynmem_balloon_outcome *outcome)
{
	if (!lot->count)
		return 0;
	return dynmem_balloon_lot_send(lot, exchange, movement) ?:
	       dynmem_balloon_lot_settle(lot, exchange, movement, outcome);
}
