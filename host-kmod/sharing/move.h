/* SPDX-License-Identifier: GPL-2.0 */
/*
 * move: the last step of a decision, see plan.h: from what policy gives each vnode to targets, and
 * to grants of what is spare.
 */
#ifndef _DYNMEM_MOVE_H
#define _DYNMEM_MOVE_H

struct dynmem_plan;

/* Sets targets, and grants what is spare. After dynmem_plan_share(). */
void dynmem_move(struct dynmem_plan *plan);

#endif
