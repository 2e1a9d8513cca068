// SPDX-License-Identifier: GPL-2.0
/*
 * Single pages of the stock; see singles.h.
 *
 * The kernel's lists of ballooned pages (CONFIG_BALLOON_COMPACTION, CONFIG_BALLOON_MIGRATION) are
 * what makes them movable: it takes a page off its list, finds a new one, and asks us to put that
 * in its place. While it does, the page is on no list, but still counts as held.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "singles.h"

#define BATCH	512

/**
 * dynmem_balloon_singles_hold - put a page on a list of the kernel's
 * @list: one of a vnode's
 * @page: allocated, not marked offline
 *
 * Context: may sleep.
 */
void dynmem_balloon_singles_hold(struct balloon_dev_info *list, struct page *page)
{
	/*
	 * Some kernels insist on locking the page at once. Who took it for a page that could be
	 * moved, when it had just been taken off its list, may hold the lock for a moment.
	 */
	while (page_count(page) > 1)
		cond_resched();
	balloon_page_enqueue(list, page);
}

/**
 * dynmem_balloon_singles_init - start with none
 * @singles: the single pages of a vnode
 * @migrate: moves one of them elsewhere for the kernel
 */
void dynmem_balloon_singles_init(struct dynmem_balloon_singles *singles,
				 dynmem_balloon_migrate_fn migrate)
{
	unsigned int i;

	singles->front = 0;
	singles->round = false;
	for (i = 0; i < ARRAY_SIZE(singles->lists); i++) {
		balloon_devinfo_init(&singles->lists[i]);
		singles->lists[i].migratepage = migrate;
	}
}

/**
 * dynmem_balloon_singles_put - hold a page
 * @singles: of the page's vnode
 * @page: allocated, not marked offline
 *
 * Context: may sleep.
 */
void dynmem_balloon_singles_put(struct dynmem_balloon_singles *singles, struct page *page)
{
	dynmem_balloon_singles_hold(&singles->lists[singles->front], page);
}

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
size_t dynmem_balloon_singles_take(struct dynmem_balloon_singles *singles, u64 *pfns, size_t count)
{
	struct page *page, *next;
	size_t taken = 0;
	LIST_HEAD(pages);

	balloon_page_list_dequeue(&singles->lists[!singles->front], &pages, count);
	list_for_each_entry(page, &pages, lru)
		taken++;
	if (taken < count && !singles->round)
		balloon_page_list_dequeue(&singles->lists[singles->front], &pages, count - taken);
	taken = 0;
	list_for_each_entry_safe(page, next, &pages, lru) {
		list_del(&page->lru);
		pfns[taken++] = page_to_pfn(page);
	}
	return taken;
}

/**
 * dynmem_balloon_singles_begin_round - make ready to take each page that is held once
 * @singles: of a vnode
 *
 * What is put back is not taken again until dynmem_balloon_singles_end_round().
 *
 * Context: may sleep; nobody else takes until then.
 */
void dynmem_balloon_singles_begin_round(struct dynmem_balloon_singles *singles)
{
	struct page *page, *next;
	LIST_HEAD(pages);

	/* Interrupts are off while they are taken: not all at a time. */
	while (balloon_page_list_dequeue(&singles->lists[!singles->front], &pages, BATCH)) {
		list_for_each_entry_safe(page, next, &pages, lru) {
			list_del(&page->lru);
			dynmem_balloon_singles_put(singles, page);
		}
		cond_resched();
	}
	singles->front = !singles->front;
	singles->round = true;
}

/**
 * dynmem_balloon_singles_end_round - the end of dynmem_balloon_singles_begin_round()
 * @singles: of that vnode
 */
void dynmem_balloon_singles_end_round(struct dynmem_balloon_singles *singles)
{
	singles->round = false;
}
