/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Turns page numbers into ranges, for INFLATE and DEFLATE requests. The code uses no kernel type
 * and allocates nothing; selftests/unit/test_ranges.c builds it in user space.
 */
#ifndef _DYNMEM_BALLOON_RANGES_H
#define _DYNMEM_BALLOON_RANGES_H

#ifdef __KERNEL__
#include <linux/types.h>
#else
#include <stddef.h>

typedef unsigned long long u64;
#endif

/**
 * dynmem_balloon_ranges_sort - put page numbers in ascending order
 * @pfns: the page numbers
 * @count: their number
 */
void dynmem_balloon_ranges_sort(u64 *pfns, size_t count);

/**
 * dynmem_balloon_ranges_run - length of the contiguous run at the start of a sorted array
 * @pfns: the first page number of each unit, ascending
 * @count: number of units
 * @unit: pages in a unit
 *
 * Return: the number of units in the run; 0 if @count is 0.
 */
size_t dynmem_balloon_ranges_run(const u64 *pfns, size_t count, unsigned int unit);

#endif
