/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Random numbers (xorshift64*). A seed yields the same numbers on every machine, so a test that has
 * failed can be repeated with its seed.
 */
#ifndef _SELFTESTS_RNG_H
#define _SELFTESTS_RNG_H

#include "policy/arith.h"

/* Returns the next number. *@seed must not be 0. */
static inline u64 rng_next(u64 *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 2685821657736338717ULL;
}

/* Returns a number from 0 to @limit - 1. If @limit is 0, returns 0 and leaves *@seed unchanged. */
static inline u64 rng_below(u64 *seed, u64 limit)
{
	return limit ? rng_next(seed) % limit : 0;
}

/* Returns true with a chance of 1 in @n. */
static inline bool rng_once_in(u64 *seed, u64 n)
{
	return !rng_below(seed, n);
}

/* Returns a number from @low to @high, both included. */
static inline u64 rng_between(u64 *seed, u64 low, u64 high)
{
	return low + rng_below(seed, high - low + 1);
}

#endif
