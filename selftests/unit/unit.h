/* SPDX-License-Identifier: GPL-2.0 */
/* What every unit test includes: cmocka with what it needs, and sizes in words. */
#ifndef _UNIT_H
#define _UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/arith.h"

#define MIB(x) ((u64)((x) * 1048576.0))
#define GIB(x) ((u64)((x) * 1073741824.0))
#define TIB(x) ((u64)(x) << 40)
#define PIB(x) ((u64)(x) << 50)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* xorshift64*: the same numbers on every machine, so that a seed replays a failure. */
static inline u64 unit_random(u64 *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717ULL;
}

static inline u64 unit_below(u64 *state, u64 limit)
{
	return limit ? unit_random(state) % limit : 0;
}

#endif
