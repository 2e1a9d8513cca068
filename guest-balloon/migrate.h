/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Moves single pages of the stock when the kernel wants to make huge pages, to allocate from CMA or
 * to take memory offline. The host takes the new page before the guest gets the old one.
 */
#ifndef _DYNMEM_BALLOON_MIGRATE_H
#define _DYNMEM_BALLOON_MIGRATE_H

#include "compat.h"

struct dynmem_balloon_channel;

/**
 * dynmem_balloon_migrate - move a single page for the kernel; a dynmem_balloon_migrate_fn
 * @list: list on which @page was before the kernel isolated it
 * @newpage: page that the kernel offers in place of @page
 * @page: page of the stock
 * @mode: with MIGRATE_ASYNC this fails if another page is being moved
 *
 * Return: 0 if @page has left the stock; -EAGAIN or -EBUSY if @page stays in the stock. On some
 * kernels: -ENOENT if @page has left the stock, but not in exchange for @newpage.
 */
int dynmem_balloon_migrate(struct balloon_dev_info *list, struct page *newpage, struct page *page,
			   enum migrate_mode mode);

/**
 * dynmem_balloon_migrate_tidy - finish a move that waits for its answer, if the answer has come
 *
 * Context: may sleep; does not wait for the host.
 */
void dynmem_balloon_migrate_tidy(void);

/**
 * dynmem_balloon_migrate_stay - forbid moves
 *
 * No page moves until dynmem_balloon_migrate_roam() or dynmem_balloon_migrate_tell() is called.
 *
 * Context: one caller at a time. If a move is under way, sleeps until the host has answered it, or
 * until it is certain that the host will not answer.
 */
void dynmem_balloon_migrate_stay(void);

/**
 * dynmem_balloon_migrate_roam - allow moves without a message to the host, as there is no device
 *
 * Context: moves are forbidden, by dynmem_balloon_migrate_stay().
 */
void dynmem_balloon_migrate_roam(void);

/**
 * dynmem_balloon_migrate_tell - allow moves, and send a MOVE to the host for each of them
 * @channel: the channel to the host; must stay open until the next call of
 *	dynmem_balloon_migrate_stay() has returned
 *
 * Context: moves are forbidden, by dynmem_balloon_migrate_stay().
 */
void dynmem_balloon_migrate_tell(struct dynmem_balloon_channel *channel);

#endif
