/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pressure: whether the host's own memory management lacks memory on a node. Modules cannot read
 * PSI. So this code watches the tracepoint of direct reclaim, and compares free memory with the
 * watermarks of the zones. In a kernel without that tracepoint only the watermarks are used.
 * Reclaim because of a memory cgroup's limit has other tracepoints, and is ignored.
 */
#ifndef _DYNMEM_PRESSURE_H
#define _DYNMEM_PRESSURE_H

#include <linux/types.h>

/* Begins to watch direct reclaim. Return: 0 or -ENOMEM. Context: may sleep. */
int dynmem_pressure_init(void);
/* Undoes dynmem_pressure_init(). Context: may sleep. */
void dynmem_pressure_exit(void);

/**
 * dynmem_pressure_on() - whether a host node is short of memory now
 * @nid: number of the host node
 *
 * Return: true if a task on one of the node's CPUs had to reclaim memory in the last two seconds,
 * or if less memory is free than kswapd keeps free
 */
bool dynmem_pressure_on(int nid);

#endif
