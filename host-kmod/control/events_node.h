/* SPDX-License-Identifier: GPL-2.0 */
/* events_node: raises the events about nodes in debt, and about overdrawn nodes. */
#ifndef _DYNMEM_EVENTS_NODE_H
#define _DYNMEM_EVENTS_NODE_H

struct dynmem_plan;

/**
 * dynmem_debt_tell() - raise the events about debt after a decision
 * @plan: the plan that was decided
 *
 * There is an event with the causes when the debt of a node begins, and an event when the node has
 * no debt any more. If debt does not fall in a tick, an event names the VMs that hold the most
 * memory above their minimums. For each node, such events are at least 10 s apart. There are events
 * when a node becomes overdrawn, that is, when not even the minimums fit, and when the node is not
 * overdrawn any more. A small debt raises events only if it lasts for some ticks.
 *
 * Context: dynmem_set_lock is held.
 */
void dynmem_debt_tell(const struct dynmem_plan *plan);

#endif
