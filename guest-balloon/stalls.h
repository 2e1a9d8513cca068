/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stalls: for how long tasks have had to reclaim memory themselves before they got any. Begun and
 * ended by main.c, read by report.c.
 */
#ifndef _DYNMEM_BALLOON_STALLS_H
#define _DYNMEM_BALLOON_STALLS_H

#include <linux/types.h>

/**
 * dynmem_balloon_stalls_init - begin to count; without the tracepoints nothing is counted
 */
void dynmem_balloon_stalls_init(void);

/**
 * dynmem_balloon_stalls_exit - no probe runs after it returns
 */
void dynmem_balloon_stalls_exit(void);

/**
 * dynmem_balloon_stalls - how long there was some task that had to reclaim memory, since load
 *
 * Context: any.
 *
 * Return: in microseconds.
 */
u64 dynmem_balloon_stalls(void);

#endif
