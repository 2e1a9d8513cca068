/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the guest's kernel shows ballooned pages. Blocks are marked offline from their allocation
 * until they are freed or split, so that a crash dump, hibernation and /proc/kcore leave them out.
 * The kernel itself marks single pages when they join its lists of ballooned pages. Ballooned pages
 * count in the Balloon figure of /proc/meminfo, if the kernel has one; with memtotal=assigned they
 * are not in MemTotal.
 */
#ifndef _DYNMEM_BALLOON_MARK_H
#define _DYNMEM_BALLOON_MARK_H

#include <linux/types.h>

#include "units.h"

struct page;

/**
 * dynmem_balloon_mark_init - choose whether ballooned pages are in the guest's MemTotal
 * @lower_memtotal: true if MemTotal shall leave them out
 *
 * Context: module init.
 */
void dynmem_balloon_mark_init(bool lower_memtotal);

/**
 * dynmem_balloon_mark_lowers_memtotal - whether ballooned pages are left out of MemTotal
 *
 * Return: the argument of dynmem_balloon_mark_init().
 */
bool dynmem_balloon_mark_lowers_memtotal(void);

/**
 * dynmem_balloon_mark_allocated - mark a unit that has just come from the allocator
 * @kind: a page or a block
 * @page: its first page
 */
void dynmem_balloon_mark_allocated(enum dynmem_balloon_kind kind, struct page *page);

/**
 * dynmem_balloon_mark_freed - clear the marks of a unit that is about to be freed
 * @kind: a page or a block
 * @page: its first page; a single page must have left the kernel's lists of ballooned pages
 */
void dynmem_balloon_mark_freed(enum dynmem_balloon_kind kind, struct page *page);

/**
 * dynmem_balloon_mark_arrived - mark a block that the kernel brings online
 * @page: its first page, as the kernel passes it to the callback for pages that come online
 *
 * Afterwards the block looks like one that was allocated and marked.
 */
void dynmem_balloon_mark_arrived(struct page *page);

/**
 * dynmem_balloon_mark_went - correct the zones' figures after a block has gone offline
 * @page: first page of the block, which is marked
 *
 * Context: the kernel's notification that the block has gone offline.
 */
void dynmem_balloon_mark_went(struct page *page);

/**
 * dynmem_balloon_mark_split - clear the marks of a block that is split into single pages
 * @page: first page of the block
 */
void dynmem_balloon_mark_split(struct page *page);

/**
 * dynmem_balloon_mark_moved - correct the zones' figures when one single page replaces another
 * @newpage: the replacement, of the same vnode
 * @page: the replaced page, which is about to be freed
 *
 * The kernel itself marks @newpage and clears the mark of @page.
 */
void dynmem_balloon_mark_moved(struct page *newpage, struct page *page);

#endif
