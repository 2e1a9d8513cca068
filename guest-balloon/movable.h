/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Single pages of the stock, which the kernel may move elsewhere: to make huge pages, for CMA, or
 * to take memory offline. The host takes the new page before the guest gets the old one. Pages are
 * put here and taken by blocks.c; keeper.c and session.c say whether they may move.
 */
#ifndef DYNMEM_BALLOON_MOVABLE_H
#define DYNMEM_BALLOON_MOVABLE_H

#include <linux/types.h>

#include "compat.h"

struct dynmem_balloon_channel;

/**
 * struct dynmem_balloon_movable - the single pages of a vnode
 * @lists: the kernel's, with a lock of its own
 * @front: the one that pages are put on; those on the other are taken first
 * @round: for now only those are taken
 */
struct dynmem_balloon_movable {
	struct balloon_dev_info lists[2];
	unsigned int front;
	bool round;
};

void dynmem_balloon_movable_init(struct dynmem_balloon_movable *movable);
void dynmem_balloon_movable_put(struct dynmem_balloon_movable *movable, struct page *page);
size_t dynmem_balloon_movable_take(struct dynmem_balloon_movable *movable, u64 *pfns, size_t count);
void dynmem_balloon_movable_begin_round(struct dynmem_balloon_movable *movable);
void dynmem_balloon_movable_end_round(struct dynmem_balloon_movable *movable);
void dynmem_balloon_movable_tidy(void);
void dynmem_balloon_movable_stay(void);
void dynmem_balloon_movable_roam(void);
void dynmem_balloon_movable_tell(struct dynmem_balloon_channel *channel);

#endif
