/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Single pages of the stock move elsewhere for the kernel: to make huge pages, for CMA, or to take
 * memory offline. The host takes the new page before the guest gets the old one.
 */
#ifndef _DYNMEM_BALLOON_MIGRATE_H
#define _DYNMEM_BALLOON_MIGRATE_H

#include "compat.h"

struct dynmem_balloon_channel;

/**
 * dynmem_balloon_migrate - move a single page for the kernel, a dynmem_balloon_migrate_fn
 * @list: that it was on
 * @newpage: where the kernel wants it
 * @page: isolated by the kernel
 * @mode: whether the kernel waits
 *
 * Return: 0, or that the page stays: -EAGAIN, -EBUSY.
 */
int dynmem_balloon_migrate(struct balloon_dev_info *list, struct page *newpage, struct page *page,
			   enum migrate_mode mode);

/**
 * dynmem_balloon_migrate_tidy - settle a move that the host has answered late
 *
 * Context: may sleep; does not wait for the host.
 */
void dynmem_balloon_migrate_tidy(void);

/**
 * dynmem_balloon_migrate_stay - let no page move until further notice
 *
 * Context: one caller at a time; sleeps until a page that moves has moved, as long as requests to
 * the host take.
 */
void dynmem_balloon_migrate_stay(void);

/**
 * dynmem_balloon_migrate_roam - let pages move without telling anybody: there is no device
 *
 * Context: after dynmem_balloon_migrate_stay().
 */
void dynmem_balloon_migrate_roam(void);

/**
 * dynmem_balloon_migrate_tell - let pages move, and tell the host
 * @channel: by which way; open until dynmem_balloon_migrate_stay()
 *
 * Context: after dynmem_balloon_migrate_stay().
 */
void dynmem_balloon_migrate_tell(struct dynmem_balloon_channel *channel);

#endif
