/* SPDX-License-Identifier: GPL-2.0 */
/* measure: measures what VMs hold and what nodes have, before each decision. */
#ifndef _DYNMEM_MEASURE_H
#define _DYNMEM_MEASURE_H

struct dynmem_plan;

/* Called after dynmem_node_init(). Return: 0 or -ENOMEM. */
int dynmem_measure_init(void);
void dynmem_measure_exit(void);

/**
 * dynmem_measure() - sample the nodes, and measure what VMs hold
 * @plan: has its VMs, but is not begun
 *
 * Context: no lock is held; one call at a time.
 */
void dynmem_measure(const struct dynmem_plan *plan);

/* Enters the samples in the nodes. Context: as for dynmem_plan_begin(). */
void dynmem_measure_nodes(const struct dynmem_plan *plan);

#endif
