/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pageset: a set of guest pages, such as the pages in the balloon of a VM. The set has one entry
 * for each block of 2 MiB that has pages in the set. The entry says that all pages of the block are
 * in the set, or it is a bitmap of the block's 512 pages. So a TiB that is in the set as a whole
 * costs a few MiB, and a single page costs a bitmap for its block.
 */
#ifndef _DYNMEM_PAGESET_H
#define _DYNMEM_PAGESET_H

#include <linux/types.h>
#include <linux/xarray.h>

#define DYNMEM_BLOCK_PAGES 512	/* guest pages in DYNMEM_BLOCK */

/**
 * struct dynmem_pageset - a set of guest pages
 * @blocks: the entries, indexed by number of the block
 * @pages: number of pages in the set
 *
 * Has no lock: while one thread changes the set, the caller keeps all other threads from using it.
 */
struct dynmem_pageset {
	struct xarray blocks;
	u64 pages;
};

/* Makes an empty set. */
void dynmem_pageset_init(struct dynmem_pageset *set);

/* Empties the set and frees its memory. May sleep. */
void dynmem_pageset_clear(struct dynmem_pageset *set);

/**
 * dynmem_pageset_run() - find a run of pages that are all in the set or all not in the set
 * @set: the set
 * @first: guest page
 * @pages: number of pages to look at, at least 1
 * @in: set to whether @first is in the set
 *
 * Return: number of pages from @first on, 1 .. @pages, that are all in the set or all not in the
 * set
 */
u64 dynmem_pageset_run(struct dynmem_pageset *set, u64 first, u64 pages, bool *in);

/**
 * dynmem_pageset_span() - find the next run of blocks with pages in the set
 * @set: the set
 * @first: guest page to begin at; set to the first page, from there on, that is in the set
 * @pages: the most pages to return
 *
 * Each block of the run has at least one page in the set.
 *
 * Return: number of pages from @first to the end of the run, at most @pages; 0: no page from @first
 * on is in the set
 */
u64 dynmem_pageset_span(struct dynmem_pageset *set, u64 *first, u64 pages);

/**
 * dynmem_pageset_add() - put pages into the set
 * @set: the set
 * @first: guest page; no page of the range is in the set
 * @pages: number of pages
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM: the set has not changed
 */
int dynmem_pageset_add(struct dynmem_pageset *set, u64 first, u64 pages);

/**
 * dynmem_pageset_remove() - take pages out of the set
 * @set: the set
 * @first: guest page; all pages of the range are in the set
 * @pages: number of pages
 *
 * Context: may sleep.
 * Return: 0; -ENOMEM: there was no memory for the bitmap of a block that was in the set as a whole;
 * the set has not changed
 */
int dynmem_pageset_remove(struct dynmem_pageset *set, u64 first, u64 pages);

#endif
