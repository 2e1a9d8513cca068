// SPDX-License-Identifier: GPL-2.0
/* Sorts page numbers and finds runs of contiguous pages. */
#include "ranges.h"

#ifdef __KERNEL__
#include <linux/sort.h>
#else
#include <stdlib.h>

static void sort(void *base, size_t count, size_t size, int (*compare)(const void *, const void *),
		 void *swap)
{
	(void)swap;
	qsort(base, count, size, compare);
}
#endif

static int compare_pfns(const void *a, const void *b)
{
	u64 left = *(const u64 *)a;
	u64 right = *(const u64 *)b;

	return left < right ? -1 : left > right;
}

void dynmem_balloon_ranges_sort(u64 *pfns, size_t count)
{
	sort(pfns, count, sizeof(*pfns), compare_pfns, NULL);
}

size_t dynmem_balloon_ranges_run(const u64 *pfns, size_t count, unsigned int unit)
{
	size_t run = 1;

	if (!count)
		return 0;
	while (run < count && pfns[run] == pfns[run - 1] + unit)
		run++;
	return run;
}
