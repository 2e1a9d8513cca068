/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How the guest's kernel shows ballooned pages. Blocks are marked offline from their allocation
 * until they are freed or split, so that a crash dump, hibernation and /proc/kcore leave them out;
 * the kernel's lists of single pages mark those that are on them. Where the kernel has a figure for
 * ballooned memory, ballooned pages are in it, and with memtotal=assigned they are not in MemTotal.
 */
#ifndef _DYNMEM_BALLOON_MARK_H
#define _DYNMEM_BALLOON_MARK_H

#include <linux/types.h>

#include "units.h"

struct page;

/**
 * dynmem_balloon_mark_init - choose whether ballooned pages are in the guest's MemTotal
 * @lower_memtotal: they are not
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
 * dynmem_balloon_mark_allocated - mark a unit that came from the allocator
 * @kind: a page or a block
 * @page: its first page
 */
void dynmem_balloon_mark_allocated(enum dynmem_balloon_kind kind, struct page *page);

/**
 * dynmem_balloon_mark_freed - clear the marks of a unit that is about to be freed
 * @kind: a page or a block
 * @page: its first page; a single page must be off the kernel's lists
 */
void dynmem_balloon_mark_freed(enum dynmem_balloon_kind kind, struct page *page);

/**
 * dynmem_balloon_mark_split - mark the pages of a block as single pages
 * @page: its first page
 */
void dynmem_balloon_mark_split(struct page *page);

/**
 * dynmem_balloon_mark_moved - take the marks of a single page over to the one that replaces it
 * @newpage: the replacement, of the same vnode
 * @page: the page that is about to be freed
 */
void dynmem_balloon_mark_moved(struct page *newpage, struct page *page);

#endif
