/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Moves single pages of the stock for the kernel, which wants to make huge pages, allocate from CMA
 * or take memory offline. The host takes the new page before the guest gets the old one.
 */
#ifndef _DYNMEM_BALLOON_MIGRATE_H
#define _DYNMEM_BALLOON_MIGRATE_H

#include "compat.h"

struct dynmem_balloon_channel;

/**
 * dynmem_balloon_migrate - move a single page for the kernel; a dynmem_balloon_migrate_fn
 * @list: where the page was before the kernel isolated it
 * @newpage: where the kernel wants it
 * @page: the page
 * @mode: with MIGRATE_ASYNC this fails if another page is being moved
 *
 * Return: 0, or -EAGAIN or -EBUSY if the page stays; on some kernels -ENOENT if it has moved to
 * another page than @newpage.
 */
int dynmem_balloon_migrate(struct balloon_dev_info *list, struct page *newpage, struct page *page,
			   enum migrate_mode mode);

/**
 * dynmem_balloon_migrate_tidy - finish a move that the host has answered late
 *
 * Context: may sleep; does not wait for the host.
 */
void dynmem_balloon_migrate_tidy(void);

/**
 * dynmem_balloon_migrate_stay - forbid moves
 *
 * No page moves until dynmem_balloon_migrate_roam() or dynmem_balloon_migrate_tell() is called.
 *
 * Context: one caller at a time; sleeps until the host has answered a move that is under way.
 */
void dynmem_balloon_migrate_stay(void);

/**
 * dynmem_balloon_migrate_roam - allow moves without telling a host, as there is no device
 *
 * Context: after dynmem_balloon_migrate_stay().
 */
void dynmem_balloon_migrate_roam(void);

/**
 * dynmem_balloon_migrate_tell - allow moves, and tell the host of each
 * @channel: the way to the host, open until dynmem_balloon_migrate_stay()
 *
 * Context: after dynmem_balloon_migrate_stay().
 */
void dynmem_balloon_migrate_tell(struct dynmem_balloon_channel *channel);

#endif
