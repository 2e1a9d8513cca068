/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The stock: the 2 MiB blocks and 4 KiB pages of each vnode that are in the balloon. There is one
 * stock for the life of the module, as it may outlive the device.
 */
#ifndef DYNMEM_BALLOON_BLOCKS_H
#define DYNMEM_BALLOON_BLOCKS_H

#include <linux/bits.h>
#include <linux/types.h>

#include "../include/uapi/virtio_dynmem.h"
#include "singles.h"

struct page;

#define DYNMEM_BALLOON_BLOCK_PAGES	BIT(VIRTIO_DYNMEM_BLOCK_ORDER)

/* What the stock counts in: single pages or whole blocks. */
enum dynmem_balloon_kind {
	DYNMEM_BALLOON_PAGES,
	DYNMEM_BALLOON_BLOCKS,
	DYNMEM_BALLOON_KINDS,
};

/* What becomes of pages that are neither in the stock nor in the allocator. */
enum dynmem_balloon_disposition {
	DYNMEM_BALLOON_HOLD,	/* into the stock */
	DYNMEM_BALLOON_FREE,	/* to the guest's allocator */
	DYNMEM_BALLOON_LEAK,	/* nowhere: the memory behind them is lost */
};

/**
 * dynmem_balloon_blocks_unit - pages in one unit of a kind
 * @kind: single pages or blocks
 *
 * Return: 1 or 512.
 */
static inline unsigned int dynmem_balloon_blocks_unit(enum dynmem_balloon_kind kind)
{
	return kind == DYNMEM_BALLOON_BLOCKS ? DYNMEM_BALLOON_BLOCK_PAGES : 1;
}

void dynmem_balloon_blocks_init(bool lower_memtotal, dynmem_balloon_migrate_fn migrate);
bool dynmem_balloon_blocks_lower_memtotal(void);
bool dynmem_balloon_blocks_alloc(unsigned int vnode, enum dynmem_balloon_kind kind,
				 u64 kernel_spare, u64 *pfn);
bool dynmem_balloon_blocks_alloc_free(unsigned int vnode, u64 kernel_spare, u64 *pfn);
struct page *dynmem_balloon_blocks_alloc_spare(struct page *page, u64 kernel_spare);
size_t dynmem_balloon_blocks_take(unsigned int vnode, enum dynmem_balloon_kind kind, u64 *pfns,
				  size_t count);
void dynmem_balloon_blocks_begin_round(unsigned int vnode);
void dynmem_balloon_blocks_end_round(unsigned int vnode);
void dynmem_balloon_blocks_moved(struct page *newpage, struct page *page);
void dynmem_balloon_blocks_add(struct page *page);
bool dynmem_balloon_blocks_split(unsigned int vnode);
unsigned int dynmem_balloon_blocks_vnode(u64 pfn);
void dynmem_balloon_blocks_settle(enum dynmem_balloon_kind kind, u64 first, u64 pages, u64 accepted,
				  enum dynmem_balloon_disposition accepted_to,
				  enum dynmem_balloon_disposition rest_to);
unsigned long dynmem_balloon_blocks_count(unsigned int vnode, enum dynmem_balloon_kind kind);
u64 dynmem_balloon_blocks_held(unsigned int vnode);
u64 dynmem_balloon_blocks_between(unsigned int vnode);
u64 dynmem_balloon_blocks_held_all(void);
u64 dynmem_balloon_blocks_single(void);

#endif
