/* SPDX-License-Identifier: GPL-2.0 */
/* A small xarray, and bitmaps with a byte for each bit, for host-kmod/memory/pageset.c. */
#ifndef _UNIT_BITMAP_H
#define _UNIT_BITMAP_H

#include <limits.h>

#include "../kernel.h"

#define XA_PRESENT	0
#define WARN_ON_ONCE(x)	(x)

#define round_down(x, to)	((x) / (to) * (to))
#define xa_mk_value(v)		((void *)((v) * 2UL + 1))
#define xa_err(p)		(-!(p))
#define XA_FLAGS_ACCOUNT	0
#define xa_init_flags(xa, flags) ((void)(xa))
#define cond_resched()		((void)0)

static inline void *xa_load(const struct xarray *xa, unsigned long i)
{
	return i < xa->room ? xa->entry[i] : NULL;
}

static inline void *xa_store(struct xarray *xa, unsigned long i, void *entry, int gfp)
{
	if (i >= xa->room) {
		xa->entry = realloc(xa->entry, 2 * (i + 1) * sizeof(*xa->entry));
		memset(xa->entry + xa->room, 0,
		       (2 * (i + 1) - xa->room) * sizeof(*xa->entry));
		xa->room = 2 * (i + 1);
	}
	return xa->entry[i] = entry;
}

static inline void xa_erase(struct xarray *xa, unsigned long i)
{
	if (i < xa->room)
		xa->entry[i] = NULL;
}

static inline void *xa_find(const struct xarray *xa, unsigned long *i, unsigned long max,
			    int filter)
{
	for (; *i < xa->room; ++*i)
		if (xa->entry[*i])
			return xa->entry[*i];
	return NULL;
}

static inline void xa_destroy(struct xarray *xa)
{
	free(xa->entry);
	*xa = (struct xarray){};
}

#define xa_for_each(xa, i, p)	\
	for ((i) = 0; ((p) = xa_find(xa, &(i), ULONG_MAX, XA_PRESENT)); (i)++)

/* A bitmap has a byte for each bit. */
#define bitmap_zalloc(n, gfp)		((unsigned long *)calloc(1, n))
#define bitmap_free(map)		free(map)
#define bitmap_fill(map, n)		memset(map, 1, n)
#define bitmap_set(map, from, n)	memset((char *)(map) + (from), 1, n)
#define bitmap_clear(map, from, n)	memset((char *)(map) + (from), 0, n)
#define bitmap_empty(map, n)		(unit_next_bit(map, n, 0, 1) == (n))
#define bitmap_full(map, n)		(unit_next_bit(map, n, 0, 0) == (n))
#define test_bit(i, map)		(((const char *)(map))[i])
#define find_next_bit(map, n, from)	unit_next_bit(map, n, from, 1)
#define find_next_zero_bit(map, n, from) unit_next_bit(map, n, from, 0)

static inline unsigned int unit_next_bit(const void *map, unsigned int n, unsigned int from,
					 char bit)
{
	while (from < n && ((const char *)map)[from] != bit)
		from++;
	return from;
}

#endif
