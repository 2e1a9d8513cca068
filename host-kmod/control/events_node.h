/* SPDX-License-Identifier: GPL-2.0 */
/*
 * events_node: tells of nodes on which VMs hold more than there is for them. Context: after a
 * decision, dynmem_set_lock held.
 */
#ifndef _DYNMEM_EVENTS_NODE_H
#define _DYNMEM_EVENTS_NODE_H

struct dynmem_plan;

/**
 * dynmem_debt_tell() - raise the events of debt
 * @plan: decided
 *
 * When it begins, by cause, and when it is paid; when it has not fallen for a tick, who holds it,
 * at most every 10 s; when not even the minimums fit (overdrawn), and when they do again.
 */
void dynmem_debt_tell(const struct dynmem_plan *plan);

#endif
