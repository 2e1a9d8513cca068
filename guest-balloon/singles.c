// SPDX-License-Identifier: GPL-2.0
/* Single pages of the stock; see singles.h. */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/sched.h>

#include "singles.h"

/* The most pages to take off a list at a time. Interrupts are disabled while pages are taken. */
#define BATCH	512

void dynmem_balloon_singles_hold(struct balloon_dev_info *list, struct page *page)
{
	/*
	 * In some kernels balloon_page_enqueue() calls BUG() if it cannot lock the page at once. A
	 * task that tried to move this page while it was on a list may still hold a reference and
	 * the lock for a moment, so wait until that task has dropped them.
	 */
	while (page_count(page) > 1)
		cond_resched();
	balloon_page_enqueue(list, page);
}

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

void dynmem_balloon_singles_put(struct dynmem_balloon_singles *singles, struct page *page)
{
	dynmem_balloon_singles_hold(&singles->lists[singles->front], page);
}

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

void dynmem_balloon_singles_begin_round(struct dynmem_balloon_singles *singles)
{
	struct page *page, *next;
	LIST_HEAD(pages);

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

void dynmem_balloon_singles_end_round(struct dynmem_balloon_singles *singles)
{
	singles->round = false;
}
