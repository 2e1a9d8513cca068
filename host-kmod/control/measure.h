/* SPDX-License-Identifier: GPL-2.0 */
/* measure: measures the memory of VMs and of nodes before each decision. */
#ifndef _DYNMEM_MEASURE_H
#define _DYNMEM_MEASURE_H

#include <linux/types.h>

struct dynmem_plan;

/* To be called after dynmem_node_init(). Return: 0 or -ENOMEM. */
int dynmem_measure_init(void);
void dynmem_measure_exit(void);

/**
 * dynmem_measure() - sample the nodes, and measure the resident memory of VMs
 * @now_ms: monotonic
 * @tick: as in struct dynmem_plan
 *
 * Context: no lock is held; one call at a time.
 */
void dynmem_measure(u64 now_ms, bool tick);

/*
 * Computes the capacity of each node from the results of dynmem_measure(), and enters it in the
 * ledger. Context: as for dynmem_plan_begin().
 */
void dynmem_measure_nodes(const struct dynmem_plan *plan);

#endif
