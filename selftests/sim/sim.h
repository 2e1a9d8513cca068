/* SPDX-License-Identifier: GPL-2.0 */
/* What every file of the simulator includes: types, sizes, random numbers that can be replayed. */
#ifndef _SIM_H
#define _SIM_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/arith.h"

#define MIB(x) ((u64)((x) * 1048576.0))
#define GIB(x) ((u64)((x) * 1073741824.0))
#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#define SIM_NODES	8	/* host nodes at most */
#define SIM_VNODES	4	/* of a guest at most */
#define SIM_BLOCK	MIB(2)

/* xorshift64*: the same numbers on every machine, so that a seed replays a failure. */
static inline u64 sim_random(u64 *seed)
{
	*seed ^= *seed >> 12;
	*seed ^= *seed << 25;
	*seed ^= *seed >> 27;
	return *seed * 2685821657736338717ULL;
}

static inline u64 sim_below(u64 *seed, u64 limit)
{
	return limit ? sim_random(seed) % limit : 0;
}

/* True once in @n times. */
static inline bool sim_once_in(u64 *seed, u64 n)
{
	return !sim_below(seed, n);
}

static inline u64 sim_between(u64 *seed, u64 low, u64 high)
{
	return low + sim_below(seed, high - low + 1);
}

#endif
