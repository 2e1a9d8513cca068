/* SPDX-License-Identifier: GPL-2.0 */
/* events_node: raises the events about nodes in debt, and about overdrawn nodes. */
#ifndef _DYNMEM_EVENTS_NODE_H
#define _DYNMEM_EVENTS_NODE_H

struct dynmem_plan;

/**
 * dynmem_debt_tell() - raise the events about debt after a decision
 * @plan: the plan that was decided
 *
 * Events are raised when debt begins, with its causes; when it is paid; when it has not fallen in a
 * tick, with its holders, at most every 10 s; and when a node becomes overdrawn, so that not even
 * the minimums fit, or ceases to be. A small debt raises events only if it lasts some ticks.
 *
 * Context: dynmem_set_lock is held.
 */
void dynmem_debt_tell(const struct dynmem_plan *plan);

#endif
