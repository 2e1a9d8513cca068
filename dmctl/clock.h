/* SPDX-License-Identifier: GPL-2.0 */
/* clock: deadlines on the monotonic clock, in milliseconds. */
#ifndef DMCTL_CLOCK_H
#define DMCTL_CLOCK_H

#include <limits.h>
#include <stdint.h>
#include <time.h>

static inline int64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

/* The moment @seconds from now. */
static inline int64_t clock_end(unsigned int seconds)
{
	return clock_ms() + seconds * 1000LL;
}

/* Milliseconds until the moment @end, for poll(); 0 when it has passed. */
static inline int clock_left(int64_t end)
{
	int64_t left = end - clock_ms();

	return left < 0 ? 0 : left > INT_MAX ? INT_MAX : left;
}

static inline void clock_sleep(int ms)
{
	const struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000L };

	nanosleep(&time, NULL);
}

#endif
