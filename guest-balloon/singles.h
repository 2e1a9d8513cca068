/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Single pages of the stock. They are on the kernel's lists of ballooned pages
 * (CONFIG_BALLOON_COMPACTION, CONFIG_BALLOON_MIGRATION), so the kernel can move them. To move a
 * page the kernel takes it off its list, allocates a new page and calls a
 * dynmem_balloon_migrate_fn, which puts the new page in place of the old one. Until this function
 * has run, the old page is on no list, but still counts as held.
 */
#ifndef _DYNMEM_BALLOON_SINGLES_H
#define _DYNMEM_BALLOON_SINGLES_H

#include <linux/types.h>

#include "compat.h"

typedef int (*dynmem_balloon_migrate_fn)(struct balloon_dev_info *list, struct page *newpage,
					 struct page *page, enum migrate_mode mode);

/**
 * struct dynmem_balloon_singles - the single pages of a vnode
 * @lists: two of the kernel's lists of ballooned pages; the kernel guards them by its own locks
 * @front: index of the front list, on which pages are put; pages on the other list are taken first
 * @round: a round is under way, in which pages are taken only from the other list
 *
 * @front and @round change only in dynmem_balloon_singles_begin_round() and
 * dynmem_balloon_singles_end_round(), while no other task takes pages.
 */
struct dynmem_balloon_singles {
	struct balloon_dev_info lists[2];
	unsigned int front;
	bool round;
};

/**
 * dynmem_balloon_singles_init - start without pages
 * @singles: the single pages of a vnode
 * @migrate: function that the kernel calls to move a page
 */
void dynmem_balloon_singles_init(struct dynmem_balloon_singles *singles,
				 dynmem_balloon_migrate_fn migrate);

/**
 * dynmem_balloon_singles_hold - put a page on a given list
 * @list: one of the lists in a &struct dynmem_balloon_singles
 * @page: must be allocated and not marked offline
 *
 * Context: may sleep.
 */
void dynmem_balloon_singles_hold(struct balloon_dev_info *list, struct page *page);

/**
 * dynmem_balloon_singles_put - put a page on the front list
 * @singles: the single pages of the page's vnode
 * @page: must be allocated and not marked offline
 *
 * Context: may sleep.
 */
void dynmem_balloon_singles_put(struct dynmem_balloon_singles *singles, struct page *page);

/**
 * dynmem_balloon_singles_take - take pages off the lists
 * @singles: the single pages of a vnode
 * @pfns: filled with the numbers of the pages taken
 * @count: number of pages wanted
 *
 * Context: any but interrupts; reclaim may call it.
 *
 * Return: the number of pages taken. Pages that the kernel is moving are not taken.
 */
size_t dynmem_balloon_singles_take(struct dynmem_balloon_singles *singles, u64 *pfns, size_t count);

/**
 * dynmem_balloon_singles_begin_round - begin a round, in which no page of a vnode is taken twice
 * @singles: the single pages of the vnode
 *
 * Pages that are put back are not taken again until dynmem_balloon_singles_end_round().
 *
 * Context: may sleep. Until the end of the round only one task may take pages.
 */
void dynmem_balloon_singles_begin_round(struct dynmem_balloon_singles *singles);

/**
 * dynmem_balloon_singles_end_round - undo dynmem_balloon_singles_begin_round()
 * @singles: the single pages of the vnode
 */
void dynmem_balloon_singles_end_round(struct dynmem_balloon_singles *singles);

#endif
