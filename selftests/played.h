/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Computes how a simulated guest follows its target. unit/world.h and sim/guest.c share this code.
 * These two files simulate everything else that guests do.
 */
#ifndef _SELFTESTS_PLAYED_H
#define _SELFTESTS_PLAYED_H

#include "policy/arith.h"

/* Returns how many of its @ram bytes a guest must balloon so that it keeps only @target bytes. */
static inline u64 played_asked(u64 ram, u64 target)
{
	return ram - min(target, ram);
}

/*
 * Returns the size of a guest's balloon after a step from @ballooned towards @goal. In this step
 * the guest gives at most @give or takes back at most @take. All amounts are bytes. The result is a
 * multiple of a block, unless it is equal to @goal or @ballooned.
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
