/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stock: the 2 MiB blocks and 4 KiB pages of each vnode that are in the balloon. There is one
 * stock for the life of the module, as it may outlive the device.
 */
#ifndef _DYNMEM_BALLOON_BLOCKS_H
#define _DYNMEM_BALLOON_BLOCKS_H

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

void dynmem_balloon_stock_init(dynmem_balloon_migrate_fn migrate);
bool dynmem_balloon_stock_alloc(unsigned int vnode, enum dynmem_balloon_kind kind,
				u64 kernel_spare, u64 *pfn);
bool dynmem_balloon_stock_alloc_free(unsigned int vnode, u64 kernel_spare, u64 *pfn);
struct page *dynmem_balloon_stock_alloc_spare(struct page *page, u64 kernel_spare);
size_t dynmem_balloon_stock_take(unsigned int vnode, enum dynmem_balloon_kind kind, u64 *pfns,
				 size_t count);
void dynmem_balloon_stock_begin_round(unsigned int vnode);
void dynmem_balloon_stock_end_round(unsigned int vnode);
void dynmem_balloon_stock_add(struct page *page);
bool dynmem_balloon_stock_split(unsigned int vnode);
unsigned int dynmem_balloon_stock_vnode(u64 pfn);
void dynmem_balloon_stock_settle(enum dynmem_balloon_kind kind, u64 first, u64 pages, u64 accepted,
				 enum dynmem_balloon_disposition accepted_to,
				 enum dynmem_balloon_disposition rest_to);
unsigned long dynmem_balloon_stock_count(unsigned int vnode, enum dynmem_balloon_kind kind);
u64 dynmem_balloon_stock_held(unsigned int vnode);
u64 dynmem_balloon_stock_between(unsigned int vnode);
u64 dynmem_balloon_stock_held_all(void);
u64 dynmem_balloon_stock_single(void);

#endif
