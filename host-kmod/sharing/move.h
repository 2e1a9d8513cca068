/* SPDX-License-Identifier: GPL-2.0 */
/*
 * move: the last step of a decision, see plan.h. From the share that policy gives each vnode, this
 * step computes targets and grants of spare memory.
 */
#ifndef _DYNMEM_MOVE_H
#define _DYNMEM_MOVE_H

struct dynmem_plan;

/* Sets targets, and grants spare memory. Called after dynmem_plan_share(). */
void dynmem_move(struct dynmem_plan *plan);

#endif
