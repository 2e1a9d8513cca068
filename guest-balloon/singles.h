/* SPDX-License-Identifier: GPL-2.0 */
/* Single pages of the stock, on the kernel's lists of pages that it may move elsewhere. */
#ifndef _DYNMEM_BALLOON_SINGLES_H
#define _DYNMEM_BALLOON_SINGLES_H

#include <linux/types.h>

#include "compat.h"

typedef int (*dynmem_balloon_migrate_fn)(struct balloon_dev_info *list, struct page *newpage,
					 struct page *page, enum migrate_mode mode);

/**
 * struct dynmem_balloon_singles - the single pages of a vnode
 * @lists: the kernel's, with a lock of its own
 * @front: the one that pages are put on; those on the other are taken first
 * @round: for now only those are taken
 */
struct dynmem_balloon_singles {
	struct balloon_dev_info lists[2];
	unsigned int front;
	bool round;
};

/**
 * dynmem_balloon_singles_init - start with none
 * @singles: the single pages of a vnode
 * @migrate: moves one of them elsewhere for the kernel
 */
void dynmem_balloon_singles_init(struct dynmem_balloon_singles *singles,
				 dynmem_balloon_migrate_fn migrate);

/**
 * dynmem_balloon_singles_hold - put a page on a list of the kernel's
 * @list: one of a vnode's
 * @page: allocated, not marked offline
 *
 * Context: may sleep.
 */
void dynmem_balloon_singles_hold(struct balloon_dev_info *list, struct page *page);

/**
 * dynmem_balloon_singles_put - hold a page
 * @singles: of the page's vnode
 * @page: allocated, not marked offline
 *
 * Context: may sleep.
 */
void dynmem_balloon_singles_put(struct dynmem_balloon_singles *singles, struct page *page);

/**
 * dynmem_balloon_singles_take - take pages that are held
 * @singles: of their vnode
 * @pfns: filled with their numbers
 * @count: how many are wanted
 *
 * Context: any but interrupts; may be called by reclaim.
 *
 * Return: how many were taken; less also while some are being moved.
 */
size_t dynmem_balloon_singles_take(struct dynmem_balloon_singles *singles, u64 *pfns, size_t count);

/**
 * dynmem_balloon_singles_begin_round - make ready to take each page that is held once
 * @singles: of a vnode
 *
 * What is put back is not taken again until dynmem_balloon_singles_end_round().
 *
 * Context: may sleep; nobody else takes until then.
 */
void dynmem_balloon_singles_begin_round(struct dynmem_balloon_singles *singles);

/**
 * dynmem_balloon_singles_end_round - the end of dynmem_balloon_singles_begin_round()
 * @singles: of that vnode
 */
void dynmem_balloon_singles_end_round(struct dynmem_balloon_singles *singles);

#endif
