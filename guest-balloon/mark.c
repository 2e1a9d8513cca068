// SPDX-License-Identifier: GPL-2.0
/* Marks ballooned pages and counts them in the kernel's figures; see mark.h. */
#include <linux/mm.h>
#include <linux/page-flags.h>

#include "compat.h"
#include "mark.h"

/* Set on module load and constant afterwards, so it needs no lock. */
static bool lowers_memtotal;

void dynmem_balloon_mark_init(bool lower_memtotal)
{
	lowers_memtotal = lower_memtotal;
}

bool dynmem_balloon_mark_lowers_memtotal(void)
{
	return lowers_memtotal;
}

/* Adds @units, which may be negative, to the ballooned memory that the kernel shows for a zone. */
static void mark_count(enum dynmem_balloon_kind kind, struct page *page, long units)
{
	long pages = units * (long)dynmem_balloon_units_pages(kind);

	if (lowers_memtotal)
		adjust_managed_page_count(page, -pages);
	/* The kernel itself counts the single pages that are on its lists. */
	if (kind == DYNMEM_BALLOON_BLOCKS)
		dynmem_balloon_count_pages(page, pages);
}

static void mark_offline(struct page *page)
{
	unsigned int i;

	for (i = 0; i < DYNMEM_BALLOON_BLOCK_PAGES; i++)
		__SetPageOffline(page + i);
}

static void mark_clear_offline(struct page *page)
{
	unsigned int i;

	for (i = 0; i < DYNMEM_BALLOON_BLOCK_PAGES; i++)
		__ClearPageOffline(page + i);
}

void dynmem_balloon_mark_allocated(enum dynmem_balloon_kind kind, struct page *page)
{
	if (kind == DYNMEM_BALLOON_BLOCKS)
		mark_offline(page);
	mark_count(kind, page, 1);
}

void dynmem_balloon_mark_freed(enum dynmem_balloon_kind kind, struct page *page)
{
	mark_count(kind, page, -1);
	if (kind == DYNMEM_BALLOON_BLOCKS)
		mark_clear_offline(page);
}

void dynmem_balloon_mark_arrived(struct page *page)
{
	unsigned int i;

	for (i = 0; i < DYNMEM_BALLOON_BLOCK_PAGES; i++) {
		dynmem_balloon_mark_hot_added(page + i);
		/* Each page has a reference, but in an allocated block only the first one has. */
		if (i)
			set_page_count(page + i, 0);
	}
	if (!lowers_memtotal)
		adjust_managed_page_count(page, DYNMEM_BALLOON_BLOCK_PAGES);
	dynmem_balloon_count_pages(page, DYNMEM_BALLOON_BLOCK_PAGES);
}

void dynmem_balloon_mark_went(struct page *page)
{
	long managed = lowers_memtotal ? 0 : DYNMEM_BALLOON_BLOCK_PAGES;

	/* What the kernel has already subtracted from the zone's managed pages. */
	managed -= DYNMEM_BALLOON_OFFLINE_UNMANAGES ? DYNMEM_BALLOON_BLOCK_PAGES : 0;
	if (managed)
		adjust_managed_page_count(page, -managed);
	dynmem_balloon_count_pages(page, -(long)DYNMEM_BALLOON_BLOCK_PAGES);
}

void dynmem_balloon_mark_split(struct page *page)
{
	mark_clear_offline(page);
	dynmem_balloon_count_pages(page, -(long)DYNMEM_BALLOON_BLOCK_PAGES);
}

void dynmem_balloon_mark_moved(struct page *newpage, struct page *page)
{
	/* The kernel counts managed pages by zone, so within a zone nothing changes. */
	if (page_zone(newpage) == page_zone(page))
		return;
	mark_count(DYNMEM_BALLOON_PAGES, newpage, 1);
	mark_count(DYNMEM_BALLOON_PAGES, page, -1);
}
