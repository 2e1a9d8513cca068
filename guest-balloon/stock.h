/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stock: the 2 MiB blocks and 4 KiB pages of each vnode that are in the balloon. The stock
 * exists as long as the module is loaded, since it may outlive the device.
 *
 * A page is in exactly one of three places: in the guest's allocator, in the stock, or *between*
 * the two. A caller that allocates units, or takes them from the stock, gets their page numbers and
 * must pass these to dynmem_balloon_stock_settle().
 */
#ifndef _DYNMEM_BALLOON_STOCK_H
#define _DYNMEM_BALLOON_STOCK_H

#include <linux/types.h>

#include "singles.h"
#include "units.h"

struct page;

/* Where to put pages that are between stock and allocator. */
enum dynmem_balloon_disposition {
	DYNMEM_BALLOON_HOLD,	/* into the stock */
	DYNMEM_BALLOON_FREE,	/* to the guest's allocator */
	DYNMEM_BALLOON_LEAK,	/* nowhere: the host has no memory behind these pages */
};

/**
 * dynmem_balloon_stock_init - start with an empty stock
 * @migrate: function that moves single pages for the kernel
 */
void dynmem_balloon_stock_init(dynmem_balloon_migrate_fn migrate);

/**
 * dynmem_balloon_stock_alloc - allocate a unit for the balloon
 * @vnode: vnode to allocate from
 * @kind: a page or a block
 * @kernel_spare: result of dynmem_balloon_spare_kernel()
 * @pfn: set to the unit's first page, which must be passed to dynmem_balloon_stock_settle()
 *
 * Context: may sleep and reclaim.
 *
 * Return: false if the vnode can give no unit of this kind.
 */
bool dynmem_balloon_stock_alloc(unsigned int vnode, enum dynmem_balloon_kind kind,
				u64 kernel_spare, u64 *pfn);

/**
 * dynmem_balloon_stock_alloc_free - allocate a block if one is free
 * @vnode: vnode to allocate from
 * @kernel_spare: result of dynmem_balloon_spare_kernel()
 * @pfn: set to the block's first page, which must be passed to dynmem_balloon_stock_settle()
 *
 * Unlike dynmem_balloon_stock_alloc() this moves and reclaims nothing to make a block. If no block
 * is free, the kernel starts to make some in the background.
 *
 * Return: false if no block is free.
 */
bool dynmem_balloon_stock_alloc_free(unsigned int vnode, u64 kernel_spare, u64 *pfn);

/**
 * dynmem_balloon_stock_alloc_spare - allocate a page that will replace a page of the stock
 * @page: the page of the stock
 * @kernel_spare: result of dynmem_balloon_spare_kernel()
 *
 * The new page does not count as ballooned until dynmem_balloon_mark_moved().
 *
 * Context: does not wait, so reclaim and compaction may call it.
 *
 * Return: a page of the same vnode, or NULL if none is free.
 */
struct page *dynmem_balloon_stock_alloc_spare(struct page *page, u64 kernel_spare);

/**
 * dynmem_balloon_stock_take - take units out of the stock
 * @vnode: vnode whose units are taken
 * @kind: pages or blocks
 * @pfns: filled with the units' first pages, which must be passed to
 *	dynmem_balloon_stock_settle(); blocks that have been held longest come first
 * @count: number of units wanted
 *
 * Return: the number of units taken. Single pages that the kernel is moving are not taken.
 */
size_t dynmem_balloon_stock_take(unsigned int vnode, enum dynmem_balloon_kind kind, u64 *pfns,
				 size_t count);

/**
 * dynmem_balloon_stock_begin_round - begin a round, in which each unit of a vnode is taken once
 * @vnode: number of the vnode
 *
 * Blocks that are put back are taken last; single pages that are put back are not taken until
 * dynmem_balloon_stock_end_round().
 *
 * Context: may sleep. Until the end of the round only one task may take units.
 */
void dynmem_balloon_stock_begin_round(unsigned int vnode);

/**
 * dynmem_balloon_stock_end_round - undo dynmem_balloon_stock_begin_round()
 * @vnode: number of the vnode
 */
void dynmem_balloon_stock_end_round(unsigned int vnode);

/**
 * dynmem_balloon_stock_add - put a page into the stock, whether or not the host has taken it
 * @page: must be on a node that has a vnode; must be allocated, not in the stock and not marked
 *	(mark.h)
 *
 * Context: may sleep.
 */
void dynmem_balloon_stock_add(struct page *page);

/**
 * dynmem_balloon_stock_return - put a block into the stock that did not come from the allocator
 * @vnode: vnode of the block
 * @page: its first page; must be marked (mark.h)
 *
 * Context: may sleep.
 */
void dynmem_balloon_stock_return(unsigned int vnode, struct page *page);

/**
 * dynmem_balloon_stock_dismiss - free a marked block that is not in the stock to the guest
 * @page: its first page
 */
void dynmem_balloon_stock_dismiss(struct page *page);

/**
 * dynmem_balloon_stock_withdraw - take a certain block out of the stock
 * @page: first page of any block of the guest's memory
 *
 * Return: the block's vnode; VIRTIO_DYNMEM_MAX_VNODES if the block is not in the stock.
 */
unsigned int dynmem_balloon_stock_withdraw(struct page *page);

/**
 * dynmem_balloon_stock_lack - count absent blocks (plug.h)
 * @vnode: vnode of the blocks
 * @blocks: number of blocks that have become absent; negative if they are absent no longer
 *
 * Absent blocks count as held, but dynmem_balloon_stock_count() leaves them out.
 */
void dynmem_balloon_stock_lack(unsigned int vnode, long blocks);

/**
 * dynmem_balloon_stock_lacks - how much of all vnodes is absent
 *
 * Return: in pages.
 */
u64 dynmem_balloon_stock_lacks(void);

/**
 * dynmem_balloon_stock_split - split a block of the stock into single pages
 * @vnode: vnode of the block
 *
 * Return: false if the stock holds no block of this vnode.
 */
bool dynmem_balloon_stock_split(unsigned int vnode);

/**
 * dynmem_balloon_stock_vnode - the vnode of a page
 * @pfn: page in the stock, or between stock and allocator
 *
 * Return: below dynmem_balloon_vnodes().
 */
unsigned int dynmem_balloon_stock_vnode(u64 pfn);

/**
 * dynmem_balloon_stock_settle - put a range into the stock or into the guest's allocator
 * @kind: kind of the units in the range
 * @first: first page of the range, which is between stock and allocator
 * @pages: length of the range, a multiple of the unit
 * @accepted: number of pages, from the first one on, that the host accepted
 * @accepted_to: where to put the accepted pages
 * @rest_to: where to put the other pages
 *
 * A block that the host accepted in part is split into single pages.
 *
 * Context: may sleep.
 */
void dynmem_balloon_stock_settle(enum dynmem_balloon_kind kind, u64 first, u64 pages, u64 accepted,
				 enum dynmem_balloon_disposition accepted_to,
				 enum dynmem_balloon_disposition rest_to);

/**
 * dynmem_balloon_stock_count - the number of units of one kind that the stock holds of a vnode
 * @vnode: number of the vnode
 * @kind: pages or blocks
 *
 * Return: in units.
 */
unsigned long dynmem_balloon_stock_count(unsigned int vnode, enum dynmem_balloon_kind kind);

/**
 * dynmem_balloon_stock_held - how much the stock holds of a vnode, absent blocks included
 * @vnode: number of the vnode
 *
 * Return: in pages.
 */
u64 dynmem_balloon_stock_held(unsigned int vnode);

/**
 * dynmem_balloon_stock_between - how much of a vnode is between stock and allocator
 * @vnode: number of the vnode
 *
 * Return: in pages.
 */
u64 dynmem_balloon_stock_between(unsigned int vnode);

/**
 * dynmem_balloon_stock_held_all - how much the stock holds of all vnodes
 *
 * Return: in pages.
 */
u64 dynmem_balloon_stock_held_all(void);

/**
 * dynmem_balloon_stock_single - how much the stock holds in single pages, of all vnodes
 *
 * Return: in pages.
 */
u64 dynmem_balloon_stock_single(void);

#endif
