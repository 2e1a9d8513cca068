/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a played guest follows its target; shared by unit/world.h and sim/guest.c, which have all
 * else that guests do.
 */
#ifndef _SELFTESTS_PLAYED_H
#define _SELFTESTS_PLAYED_H

#include "policy/arith.h"

/* How much a guest with @ram bytes must have in its balloon so that it holds @target. Bytes. */
static inline u64 played_asked(u64 ram, u64 target)
{
	return ram - min(target, ram);
}

/*
 * A guest's balloon after a step from @ballooned towards @goal, in which it gives at most @give or
 * takes back at most @take. Bytes; whole blocks, unless it is @goal or @ballooned.
 */
static inline u64 played_step(u64 ballooned, u64 goal, u64 give, u64 take)
{
	u64 next;

	if (ballooned < goal) {
		next = ballooned + min(goal - ballooned, give);
		return next == goal ? goal : max(ballooned, next - next % DYNMEM_BLOCK);
	}
	next = ballooned - min(ballooned - goal, take);
	if (next != goal && next % DYNMEM_BLOCK)
		next += DYNMEM_BLOCK - next % DYNMEM_BLOCK;
	return min(ballooned, next);
}

#endif
