/* SPDX-License-Identifier: GPL-2.0 */
/* For how long tasks have had to reclaim memory themselves before they got any. */
#ifndef _DYNMEM_BALLOON_STALLS_H
#define _DYNMEM_BALLOON_STALLS_H

#include <linux/types.h>

/**
 * dynmem_balloon_stalls_init - start to count, if the kernel has the tracepoints
 */
void dynmem_balloon_stalls_init(void);

/**
 * dynmem_balloon_stalls_exit - stop to count; afterwards no probe runs
 */
void dynmem_balloon_stalls_exit(void);

/**
 * dynmem_balloon_stalls - how long at least one task had to reclaim memory, since load
 *
 * Context: any.
 *
 * Return: in microseconds.
 */
u64 dynmem_balloon_stalls(void);

#endif
