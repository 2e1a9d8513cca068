/* SPDX-License-Identifier: GPL-2.0 */
/* measure: measures the memory of VMs and of nodes before each decision. */
#ifndef _DYNMEM_MEASURE_H
#define _DYNMEM_MEASURE_H

struct dynmem_plan;

/* To be called after dynmem_node_init(). Return: 0 or -ENOMEM. */
int dynmem_measure_init(void);
void dynmem_measure_exit(void);

/**
 * dynmem_measure() - sample the nodes, and measure the resident memory of VMs
 * @plan: a plan with its VMs filled in, before dynmem_plan_begin()
 *
 * Context: no lock is held; one call at a time.
 */
void dynmem_measure(const struct dynmem_plan *plan);

/*
 * Computes the capacity of each node from the results of dynmem_measure(), and enters it in the
 * ledger. Context: as for dynmem_plan_begin().
 */
void dynmem_measure_nodes(const struct dynmem_plan *plan);

#endif
