/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A lot: units of one kind, of any vnodes, that are between stock and allocator, and that the host
 * is told of in one request. Its answer decides range by range what becomes of them: a page goes
 * back to the guest only after the host has said so. Called by adjust.c.
 */
#ifndef DYNMEM_BALLOON_LOT_H
#define DYNMEM_BALLOON_LOT_H

#include <linux/types.h>

#include "blocks.h"
#include "channel.h"

/* Units in a lot: 1 GiB of blocks; of pages, as many as fit into a request when each lies apart. */
#define DYNMEM_BALLOON_LOT_BLOCKS	512
#define DYNMEM_BALLOON_LOT_PAGES	DYNMEM_BALLOON_RANGES

/**
 * struct dynmem_balloon_lot - units that move together
 * @kind: enum dynmem_balloon_kind
 * @count: units; 0: there is no lot
 * @pfns: their first pages; room for either kind
 */
struct dynmem_balloon_lot {
	unsigned int kind;
	size_t count;
	u64 *pfns;
};

/**
 * struct dynmem_balloon_outcome - what the host made of lots
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
 * struct dynmem_balloon_movement - what is said of pages that move, and what becomes of them
 * @type: VIRTIO_DYNMEM_INFLATE or VIRTIO_DYNMEM_DEFLATE
 * @flags: VIRTIO_DYNMEM_F_*
 * @accepted: of what the host accepted
 * @refused: of what it refused
 * @failed: of what it refused because it tried and could not
 * @unsaid: of all of it, when the request had no effect
 * @unknown: of all of it, when nobody knows what effect it had
 */
struct dynmem_balloon_movement {
	u16 type;
	u32 flags;
	enum dynmem_balloon_fate accepted;
	enum dynmem_balloon_fate refused;
	enum dynmem_balloon_fate failed;
	enum dynmem_balloon_fate unsaid;
	enum dynmem_balloon_fate unknown;
};

extern const struct dynmem_balloon_movement dynmem_balloon_inflate;
extern const struct dynmem_balloon_movement dynmem_balloon_announce;
extern const struct dynmem_balloon_movement dynmem_balloon_deflate;
extern const struct dynmem_balloon_movement dynmem_balloon_leave;

int dynmem_balloon_lot_init(struct dynmem_balloon_lot *lot);
void dynmem_balloon_lot_exit(struct dynmem_balloon_lot *lot);
size_t dynmem_balloon_lot_take(struct dynmem_balloon_lot *lot, unsigned int vnode,
			       enum dynmem_balloon_kind kind, u64 units);
u64 dynmem_balloon_lot_pages_of(const struct dynmem_balloon_lot *lot, unsigned int vnode);
void dynmem_balloon_lot_free(struct dynmem_balloon_lot *lot);
int dynmem_balloon_lot_send(struct dynmem_balloon_lot *lot,
			    struct dynmem_balloon_exchange *exchange,
			    const struct dynmem_balloon_movement *movement);
int dynmem_balloon_lot_settle(struct dynmem_balloon_lot *lot,
			      struct dynmem_balloon_exchange *exchange,
			      const struct dynmem_balloon_movement *movement,
			      struct dynmem_balloon_outcome *outcome);
int dynmem_balloon_lot_move(struct dynmem_balloon_lot *lot,
			    struct dynmem_balloon_exchange *exchange,
			    const struct dynmem_balloon_movement *movement,
			    struct dynmem_balloon_outcome *outcome);

/**
 * dynmem_balloon_lot_pages - how large a lot is
 * @lot: of any kind
 *
 * Return: in pages.
 */
static inline u64 dynmem_balloon_lot_pages(const struct dynmem_balloon_lot *lot)
{
	return (u64)lot->count * dynmem_balloon_blocks_unit(lot->kind);
}

/**
 * dynmem_balloon_lot_limit - units in a full lot
 * @kind: of units
 *
 * Return: how many.
 */
static inline size_t dynmem_balloon_lot_limit(enum dynmem_balloon_kind kind)
{
	return kind == DYNMEM_BALLOON_BLOCKS ? DYNMEM_BALLOON_LOT_BLOCKS :
					       DYNMEM_BALLOON_LOT_PAGES;
}

#endif
