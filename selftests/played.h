/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How a guest that is played follows its target: what unit/world.h and sim/guest.c have in common.
 * All else that guests do, they do there.
 */
#ifndef _SELFTESTS_PLAYED_H
#define _SELFTESTS_PLAYED_H

#include "policy/arith.h"

/* What a guest of @ram bytes is asked to have in its balloon, if it may hold @target. */
static inline u64 played_asked(u64 ram, u64 target)
{
	return ram - min(target, ram);
}

/*
 * What it has there after a step from @ballooned towards @goal, in which it gives or takes back
 * @give or @take bytes at most: whole blocks until it gets there.
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
