// SPDX-License-Identifier: GPL-2.0
/*
 * Fixed time quanta: measures how steadily a program runs in a guest. ftq itself is this program.
 * It is linked statically, and bench/interference.sh runs it:
 *
 *	ftq SECONDS [MILLISECONDS]
 *
 * ftq repeats a small piece of work for SECONDS. The time is divided into quanta of MILLISECONDS
 * (default 20) by the guest's clock, and ftq counts the pieces done in each quantum. At the end it
 * prints "quanta N mean M p1 P". N is the number of quanta, and M is the mean of their counts. P is
 * the first percentile: one quantum in a hundred has a lower count. A quantum in which ftq did not
 * run has the count 0.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define PIECE	500	/* steps of one piece of work */

static uint64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000ull + t.tv_nsec;
}

static uint64_t work(uint64_t x)
{
	int i;

	for (i = 0; i < PIECE; i++) {
		x ^= x << 13;
		x ^= x >> 7;
		x ^= x << 17;
	}
	return x;
}

static int by_size(const void *left, const void *right)
{
	uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;

	return a < b ? -1 : a > b;
}

int main(int argc, char **argv)
{
	uint64_t quantum = (argc > 2 ? atol(argv[2]) : 20) * 1000000ull, end, sum = 0;
	size_t quanta = argc > 1 && quantum ? atol(argv[1]) * 1000000000ull / quantum : 0, i;
	uint64_t state = 88172645463325252ull;
	uint32_t *count;

	if (!quanta) {
		fprintf(stderr, "usage: ftq SECONDS [MILLISECONDS]\n");
		return 2;
	}
	count = calloc(quanta + 1, sizeof(*count));
	if (!count)
		return 1;
	end = now() + quantum;
	for (i = 0; i < quanta;) {
		state = work(state);
		count[i]++;
		while (i < quanta && now() >= end) {
			i++;
			end += quantum;
		}
	}
	for (i = 0; i < quanta; i++)
		sum += count[i];
	qsort(count, quanta, sizeof(*count), by_size);
	printf("quanta %zu mean %.1f p1 %u\n", quanta, (double)sum / quanta, count[quanta / 100]);
	free(count);
	/* The state is never 0. Returning it keeps the compiler from removing the work. */
	return !state;
}
