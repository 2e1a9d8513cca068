// SPDX-License-Identifier: GPL-2.0
/*
 * Sets of guest pages.
 *
 * An entry of the xarray stands for one block of 512 pages. The entry is absent if no page of the
 * block is in the set, FULL if all pages are in the set, and otherwise a pointer to a bitmap. A
 * range covers at most two blocks in part: its first block and its last one. Their bitmaps are
 * allocated before the set is changed, and a change of whole blocks can be undone without an
 * allocation. So each change is made completely or not at all.
 */
#include <linux/bitmap.h>
#include <linux/bug.h>
#include <linux/slab.h>

#include "memory/pageset.h"

#define FULL		xa_mk_value(0)

/* The pages of a range that are in one block. */
struct part {
	unsigned long block;
	unsigned int from;
	unsigned int pages;
};

static struct part part_at(u64 page, u64 end)
{
	unsigned int from = page % DYNMEM_BLOCK_PAGES;

	return (struct part) {
		.block = page / DYNMEM_BLOCK_PAGES,
		.from = from,
		.pages = min_t(u64, DYNMEM_BLOCK_PAGES - from, end - page),
	};
}

static bool part_is_whole(const struct part *part)
{
	return part->pages == DYNMEM_BLOCK_PAGES;
}

void dynmem_pageset_init(struct dynmem_pageset *set)
{
	/* The guest decides how large the set gets, so the VMM's cgroup is charged for the set. */
	xa_init_flags(&set->blocks, XA_FLAGS_ACCOUNT);
	set->pages = 0;
}

void dynmem_pageset_clear(struct dynmem_pageset *set)
{
	unsigned long block;
	void *entry;

	xa_for_each(&set->blocks, block, entry) {
		if (entry != FULL)
			kfree(entry);
		cond_resched();
	}
	xa_destroy(&set->blocks);
	set->pages = 0;
}

/*
 * Return: number of pages, from the first page of the part on, that are all in the set (@in is set
 * to true) or all not in the set (@in is set to false).
 */
static unsigned int part_run(const void *entry, const struct part *part, bool *in)
{
	unsigned int end = part->from + part->pages;

	*in = entry == FULL || (entry && test_bit(part->from, entry));
	if (!entry || entry == FULL)
		return part->pages;
	if (*in)
		return find_next_zero_bit(entry, end, part->from) - part->from;
	return find_next_bit(entry, end, part->from) - part->from;
}

u64 dynmem_pageset_run(struct dynmem_pageset *set, u64 first, u64 pages, bool *in)
{
	u64 page = first, end = first + pages;

	while (page < end) {
		struct part part = part_at(page, end);
		unsigned int run;
		bool now;

		run = part_run(xa_load(&set->blocks, part.block), &part, &now);
		if (page == first)
			*in = now;
		else if (now != *in)
			break;
		page += run;
		if (run < part.pages)
			break;
	}
	return page - first;
}

u64 dynmem_pageset_span(struct dynmem_pageset *set, u64 *first, u64 pages)
{
	unsigned long block = *first / DYNMEM_BLOCK_PAGES;
	u64 page = *first, end;
	bool in = false;

	while (!in) {
		if (!xa_find(&set->blocks, &block, ULONG_MAX, XA_PRESENT))
			return 0;
		page = max(page, (u64)block * DYNMEM_BLOCK_PAGES);
		end = ((u64)block + 1) * DYNMEM_BLOCK_PAGES;
		while (page < end && !in) {
			u64 run = dynmem_pageset_run(set, page, end - page, &in);

			page += in ? 0 : run;
		}
		block++;
	}
	*first = page;
	for (end = page + pages; (u64)block * DYNMEM_BLOCK_PAGES < end; block++)
		if (!xa_load(&set->blocks, block))
			break;
	return min(end, (u64)block * DYNMEM_BLOCK_PAGES) - page;
}

static bool pageset_is_all(struct dynmem_pageset *set, u64 first, u64 pages, bool wanted)
{
	bool in;

	return pages && first + pages > first &&
	       dynmem_pageset_run(set, first, pages, &in) == pages && in == wanted;
}

/*
 * If @part is not a whole block, and its block has no bitmap yet, gives the block a bitmap of its
 * pages that are in the set. Once the bitmap is allocated, this function can fail only for a block
 * without an entry, since an xarray needs no memory to replace FULL.
 */
static int need_bitmap(struct dynmem_pageset *set, const struct part *part)
{
	void *entry = xa_load(&set->blocks, part->block);
	unsigned long *bitmap;
	int ret;

	if (part_is_whole(part) || (entry && entry != FULL))
		return 0;
	bitmap = bitmap_zalloc(DYNMEM_BLOCK_PAGES, GFP_KERNEL_ACCOUNT);
	if (!bitmap)
		return -ENOMEM;
	if (entry == FULL)
		bitmap_fill(bitmap, DYNMEM_BLOCK_PAGES);
	ret = xa_err(xa_store(&set->blocks, part->block, bitmap, GFP_KERNEL));
	if (ret)
		bitmap_free(bitmap);
	return ret;
}

/* Drops the bitmap of a block that has become empty or full. */
static void tidy_block(struct dynmem_pageset *set, const struct part *part)
{
	void *entry = xa_load(&set->blocks, part->block);

	if (!entry || entry == FULL)
		return;
	if (bitmap_empty(entry, DYNMEM_BLOCK_PAGES))
		xa_erase(&set->blocks, part->block);
	else if (bitmap_full(entry, DYNMEM_BLOCK_PAGES))
		xa_store(&set->blocks, part->block, FULL, GFP_KERNEL);
	else
		return;
	bitmap_free(entry);
}

/*
 * Finds the first and the last part of a range, and gives both blocks a bitmap if they need one.
 */
static int need_ends(struct dynmem_pageset *set, u64 first, u64 end, struct part *head,
		     struct part *tail)
{
	*head = part_at(first, end);
	*tail = part_at(max(first, round_down(end - 1, DYNMEM_BLOCK_PAGES)), end);
	return need_bitmap(set, head) ?: need_bitmap(set, tail);
}

static void erase_blocks(struct dynmem_pageset *set, u64 first, u64 end)
{
	struct part part;
	u64 page;

	for (page = first; page < end; page += part.pages) {
		part = part_at(page, end);
		if (part_is_whole(&part))
			xa_erase(&set->blocks, part.block);
	}
}

/* Puts all whole blocks of a range into the set, or none of them if memory is short. */
static int store_blocks(struct dynmem_pageset *set, u64 first, u64 end)
{
	struct part part;
	u64 page;
	int ret;

	for (page = first; page < end; page += part.pages) {
		part = part_at(page, end);
		if (!part_is_whole(&part))
			continue;
		ret = xa_err(xa_store(&set->blocks, part.block, FULL, GFP_KERNEL));
		if (ret) {
			erase_blocks(set, first, page);
			return ret;
		}
	}
	return 0;
}

/* Changes a part in the bitmap of its block; does nothing if the part is a whole block. */
static void change_part(struct dynmem_pageset *set, const struct part *part, bool in)
{
	if (part_is_whole(part))
		return;
	if (in)
		bitmap_set(xa_load(&set->blocks, part->block), part->from, part->pages);
	else
		bitmap_clear(xa_load(&set->blocks, part->block), part->from, part->pages);
}

/*
 * Puts a range into the set (@in is true) or takes it out of the set (@in is false). Refuses a
 * range if some of its pages would not change.
 */
static int pageset_change(struct dynmem_pageset *set, u64 first, u64 pages, bool in)
{
	u64 end = first + pages;
	struct part head, tail;
	int ret;

	if (WARN_ON_ONCE(!pageset_is_all(set, first, pages, !in)))
		return -EINVAL;
	ret = need_ends(set, first, end, &head, &tail);
	if (!ret && in)
		ret = store_blocks(set, first, end);
	else if (!ret)
		erase_blocks(set, first, end);
	if (!ret) {
		change_part(set, &head, in);
		change_part(set, &tail, in);
		set->pages += in ? pages : -pages;
	}
	tidy_block(set, &head);
	tidy_block(set, &tail);
	return ret;
}

int dynmem_pageset_add(struct dynmem_pageset *set, u64 first, u64 pages)
{
	return pageset_change(set, first, pages, true);
}

int dynmem_pageset_remove(struct dynmem_pageset *set, u64 first, u64 pages)
{
	return pageset_change(set, first, pages, false);
}
