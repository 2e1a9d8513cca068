/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Single pages of the stock move elsewhere for the kernel: to make huge pages, for CMA, or to take
 * memory offline. The host takes the new page before the guest gets the old one.
 */
#ifndef _DYNMEM_BALLOON_MIGRATE_H
#define _DYNMEM_BALLOON_MIGRATE_H

#include "compat.h"

struct dynmem_balloon_channel;

int dynmem_balloon_migrate(struct balloon_dev_info *list, struct page *newpage, struct page *page,
			   enum migrate_mode mode);
void dynmem_balloon_migrate_tidy(void);
void dynmem_balloon_migrate_stay(void);
void dynmem_balloon_migrate_roam(void);
void dynmem_balloon_migrate_tell(struct dynmem_balloon_channel *channel);

#endif
