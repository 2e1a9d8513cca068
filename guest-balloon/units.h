/* SPDX-License-Identifier: GPL-2.0 */
/* Amounts of memory. */
#ifndef DYNMEM_BALLOON_UNITS_H
#define DYNMEM_BALLOON_UNITS_H

#include <linux/mm.h>
#include <linux/types.h>

static inline u64 bytes(u64 pages)
{
	return pages << PAGE_SHIFT;
}

/* What is left of @from without @what; 0 if that is more. */
static inline u64 less(u64 from, u64 what)
{
	return from > what ? from - what : 0;
}

#endif
