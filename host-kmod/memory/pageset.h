/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pageset: a set of guest pages, as those that are in the balloon of a VM and released by the host.
 * One entry a block of 2 MiB: "all of it", or a bitmap of its 512 pages, so that a fully ballooned
 * TiB costs a few MiB and a page costs a bit.
 */
#ifndef _DYNMEM_PAGESET_H
#define _DYNMEM_PAGESET_H

#include <linux/types.h>
#include <linux/xarray.h>

struct dynmem_pageset {
	struct xarray blocks;	/* changed by the VM's vhost task, or when that has ended */
	u64 pages;		/* in it now */
};

void dynmem_pageset_init(struct dynmem_pageset *set);
/* Forgets everything; frees. May sleep. */
void dynmem_pageset_clear(struct dynmem_pageset *set);

/**
 * dynmem_pageset_run() - length of the run of pages that are alike
 * @set: the set
 * @first: guest page
 * @pages: how many at most
 * @in: set to whether @first is in the set
 *
 * Return: how many pages from @first on are all in, or all not in, the set; 1 .. @pages
 */
u64 dynmem_pageset_run(struct dynmem_pageset *set, u64 first, u64 pages, bool *in);

/**
 * dynmem_pageset_span() - find where pages of the set are
 * @set: the set
 * @first: guest page to look from; set to the first one from there on that is in the set
 * @pages: how many at most
 *
 * Return: how many pages from @first on end with the last block in a row that has some in the set;
 * 0 if there are no more
 */
u64 dynmem_pageset_span(struct dynmem_pageset *set, u64 *first, u64 pages);

/**
 * dynmem_pageset_add() - put pages into the set
 * @set: the set
 * @first: guest page; none of the range is in the set
 * @pages: how many
 *
 * Return: 0, or -ENOMEM: then the set is as it was
 */
int dynmem_pageset_add(struct dynmem_pageset *set, u64 first, u64 pages);

/**
 * dynmem_pageset_remove() - take pages out of the set
 * @set: the set
 * @first: guest page; all of the range is in the set
 * @pages: how many
 *
 * Return: 0, or -ENOMEM when a whole block had to become a bitmap: then the set is as it was
 */
int dynmem_pageset_remove(struct dynmem_pageset *set, u64 first, u64 pages);

#endif
