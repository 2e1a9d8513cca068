/* SPDX-License-Identifier: GPL-2.0 */
/*
 * move: the last step of a decision, see plan.h. This step sets the target of each vnode according
 * to the share that policy gives it, and grants spare memory.
 */
#ifndef _DYNMEM_MOVE_H
#define _DYNMEM_MOVE_H

struct dynmem_plan;

/* Sets targets, and grants spare memory. To be called after dynmem_plan_share(). */
void dynmem_move(struct dynmem_plan *plan);

#endif
