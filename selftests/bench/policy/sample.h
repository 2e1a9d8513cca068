/* SPDX-License-Identifier: GPL-2.0 */
/* CPU time of this thread, and the median of samples. */
#ifndef _BENCH_SAMPLE_H
#define _BENCH_SAMPLE_H

#include <stdlib.h>
#include <time.h>

/* Return: the CPU time of this thread, in seconds. */
static inline double sample_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static inline int sample_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

/* Sorts @values. Return: their median. */
static inline double sample_median(double *values, unsigned int n)
{
	qsort(values, n, sizeof(*values), sample_compare);
	return values[n / 2];
}

#endif
