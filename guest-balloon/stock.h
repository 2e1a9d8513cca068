/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stock: the 2 MiB blocks and 4 KiB pages of each vnode that are in the balloon. There is one
 * stock for the life of the module, as it may outlive the device.
 */
#ifndef _DYNMEM_BALLOON_STOCK_H
#define _DYNMEM_BALLOON_STOCK_H

#include <linux/types.h>

#include "singles.h"
#include "units.h"

struct page;

/* What becomes of pages that are neither in the stock nor in the allocator. */
enum dynmem_balloon_disposition {
	DYNMEM_BALLOON_HOLD,	/* into the stock */
	DYNMEM_BALLOON_FREE,	/* to the guest's allocator */
	DYNMEM_BALLOON_LEAK,	/* nowhere: the memory behind them is lost */
};

/**
 * dynmem_balloon_stock_init - start with an empty stock
 * @migrate: moves single pages for the kernel
 */
void dynmem_balloon_stock_init(dynmem_balloon_migrate_fn migrate);

/**
 * dynmem_balloon_stock_alloc - take a unit from the guest's allocator
 * @vnode: on which
 * @kind: a page or a block
 * @kernel_spare: dynmem_balloon_spare_kernel()
 * @pfn: set to its first page
 *
 * The caller owes it to dynmem_balloon_stock_settle().
 *
 * Context: may sleep and reclaim.
 *
 * Return: false if there is none to be had.
 */
bool dynmem_balloon_stock_alloc(unsigned int vnode, enum dynmem_balloon_kind kind,
				u64 kernel_spare, u64 *pfn);

/**
 * dynmem_balloon_stock_alloc_free - take a block that is free from the guest's allocator
 * @vnode: on which
 * @kernel_spare: dynmem_balloon_spare_kernel()
 * @pfn: set to its first page
 *
 * As dynmem_balloon_stock_alloc(), but nothing is moved or reclaimed to make one: where there is
 * none, the kernel is only reminded to make some in the background.
 *
 * Return: false if there is none.
 */
bool dynmem_balloon_stock_alloc_free(unsigned int vnode, u64 kernel_spare, u64 *pfn);

/**
 * dynmem_balloon_stock_alloc_spare - take a page from the guest's allocator in place of a held one
 * @page: the held one
 * @kernel_spare: dynmem_balloon_spare_kernel()
 *
 * It counts once dynmem_balloon_mark_moved() says so.
 *
 * Context: does not wait, so that those who reclaim and compact may ask.
 *
 * Return: NULL if its vnode has none that is free.
 */
struct page *dynmem_balloon_stock_alloc_spare(struct page *page, u64 kernel_spare);

/**
 * dynmem_balloon_stock_take - take units out of the stock
 * @vnode: whose
 * @kind: pages or blocks
 * @pfns: filled with their first pages; of blocks, those first that have been held longest
 * @count: how many are wanted
 *
 * The caller owes them to dynmem_balloon_stock_settle().
 *
 * Return: how many were taken; less than are held also while some pages are being moved.
 */
size_t dynmem_balloon_stock_take(unsigned int vnode, enum dynmem_balloon_kind kind, u64 *pfns,
				 size_t count);

/**
 * dynmem_balloon_stock_begin_round - make ready to take each unit that is held once
 * @vnode: whose
 *
 * Blocks that are put back are taken last; pages, not before dynmem_balloon_stock_end_round().
 *
 * Context: may sleep; nobody else takes until then.
 */
void dynmem_balloon_stock_begin_round(unsigned int vnode);

/**
 * dynmem_balloon_stock_end_round - the end of dynmem_balloon_stock_begin_round()
 * @vnode: whose
 */
void dynmem_balloon_stock_end_round(unsigned int vnode);

/**
 * dynmem_balloon_stock_add - hold a page that nobody knows whether the host has
 * @page: of a vnode, allocated, neither in the stock nor counted
 *
 * Context: may sleep.
 */
void dynmem_balloon_stock_add(struct page *page);

/**
 * dynmem_balloon_stock_split - turn a held block into held pages
 * @vnode: whose
 *
 * Return: false if it holds no block.
 */
bool dynmem_balloon_stock_split(unsigned int vnode);

/**
 * dynmem_balloon_stock_vnode - whose a page is
 * @pfn: of the stock, or between stock and allocator
 *
 * Return: its vnode.
 */
unsigned int dynmem_balloon_stock_vnode(u64 pfn);

/**
 * dynmem_balloon_stock_settle - decide on a range that was between stock and allocator
 * @kind: what they were allocated as
 * @first: the first page
 * @pages: how many, a multiple of the unit
 * @accepted: how many of them, from the first, the host accepted
 * @accepted_to: what becomes of those
 * @rest_to: what becomes of the others
 *
 * A block that the host accepted in part is split into pages.
 *
 * Context: may sleep.
 */
void dynmem_balloon_stock_settle(enum dynmem_balloon_kind kind, u64 first, u64 pages, u64 accepted,
				 enum dynmem_balloon_disposition accepted_to,
				 enum dynmem_balloon_disposition rest_to);

/**
 * dynmem_balloon_stock_count - how much of a kind a vnode's stock holds
 * @vnode: whose
 * @kind: pages or blocks
 *
 * Return: in units.
 */
unsigned long dynmem_balloon_stock_count(unsigned int vnode, enum dynmem_balloon_kind kind);

/**
 * dynmem_balloon_stock_held - how much a vnode's stock holds
 * @vnode: whose
 *
 * Return: in pages.
 */
u64 dynmem_balloon_stock_held(unsigned int vnode);

/**
 * dynmem_balloon_stock_between - how much of a vnode is on its way into the stock or out of it
 * @vnode: whose
 *
 * Return: in pages.
 */
u64 dynmem_balloon_stock_between(unsigned int vnode);

/**
 * dynmem_balloon_stock_held_all - how much the stock holds
 *
 * Return: in pages.
 */
u64 dynmem_balloon_stock_held_all(void);

/**
 * dynmem_balloon_stock_single - how much the stock holds in single pages
 *
 * Return: in pages.
 */
u64 dynmem_balloon_stock_single(void);

#endif
