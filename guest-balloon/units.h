/* SPDX-License-Identifier: GPL-2.0 */
/* Amounts of memory, and the units in which memory is ballooned. */
#ifndef _DYNMEM_BALLOON_UNITS_H
#define _DYNMEM_BALLOON_UNITS_H

#include <linux/bits.h>
#include <linux/mm.h>
#include <linux/types.h>

#include "../include/uapi/virtio_dynmem.h"

#define DYNMEM_BALLOON_BLOCK_PAGES	BIT(VIRTIO_DYNMEM_BLOCK_ORDER)

/* A unit of ballooned memory is a single page or a whole block. */
enum dynmem_balloon_kind {
	DYNMEM_BALLOON_PAGES,
	DYNMEM_BALLOON_BLOCKS,
	DYNMEM_BALLOON_KINDS,
};

/**
 * dynmem_balloon_units_pages - pages in one unit of a kind
 * @kind: single pages or blocks
 *
 * Return: 1 or 512.
 */
static inline unsigned int dynmem_balloon_units_pages(enum dynmem_balloon_kind kind)
{
	return kind == DYNMEM_BALLOON_BLOCKS ? DYNMEM_BALLOON_BLOCK_PAGES : 1;
}

static inline u64 bytes(u64 pages)
{
	return pages << PAGE_SHIFT;
}

/* Returns @from - @what, or 0 if the difference is negative. */
static inline u64 less(u64 from, u64 what)
{
	return from > what ? from - what : 0;
}

#endif
