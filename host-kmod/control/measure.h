/* SPDX-License-Identifier: GPL-2.0 */
/* measure: what VMs hold and what nodes have, before each decision. */
#ifndef _DYNMEM_MEASURE_H
#define _DYNMEM_MEASURE_H

struct dynmem_plan;

/* After dynmem_node_init(): 0, -ENOMEM */
int dynmem_measure_init(void);
void dynmem_measure_exit(void);

/* Looks at nodes and at the VMs of a plan that is not begun. No lock held; one at a time. */
void dynmem_measure(const struct dynmem_plan *plan);

/* Enters in the nodes what has been seen. Locks as for dynmem_plan_begin(). */
void dynmem_measure_nodes(const struct dynmem_plan *plan);

#endif
