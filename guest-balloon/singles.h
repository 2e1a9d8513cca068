/* SPDX-License-Identifier: GPL-2.0 */
/* Single pages of the stock, on the kernel's lists of pages that it may move elsewhere. */
#ifndef _DYNMEM_BALLOON_SINGLES_H
#define _DYNMEM_BALLOON_SINGLES_H

#include <linux/types.h>

#include "compat.h"

typedef int (*dynmem_balloon_migrate_fn)(struct balloon_dev_info *list, struct page *newpage,
					 struct page *page, enum migrate_mode mode);

/**
 * struct dynmem_balloon_singles - the single pages of a vnode
 * @lists: the kernel's, with a lock of its own
 * @front: the one that pages are put on; those on the other are taken first
 * @round: for now only those are taken
 */
struct dynmem_balloon_singles {
	struct balloon_dev_info lists[2];
	unsigned int front;
	bool round;
};

void dynmem_balloon_singles_init(struct dynmem_balloon_singles *singles,
				 dynmem_balloon_migrate_fn migrate);
void dynmem_balloon_singles_hold(struct balloon_dev_info *list, struct page *page);
void dynmem_balloon_singles_put(struct dynmem_balloon_singles *singles, struct page *page);
size_t dynmem_balloon_singles_take(struct dynmem_balloon_singles *singles, u64 *pfns, size_t count);
void dynmem_balloon_singles_begin_round(struct dynmem_balloon_singles *singles);
void dynmem_balloon_singles_end_round(struct dynmem_balloon_singles *singles);

#endif
