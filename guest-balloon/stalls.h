/* SPDX-License-Identifier: GPL-2.0 */
/* The time that programs spend in direct reclaim. */
#ifndef _DYNMEM_BALLOON_STALLS_H
#define _DYNMEM_BALLOON_STALLS_H

#include <linux/types.h>

/**
 * dynmem_balloon_stalls_init - start measuring, if the kernel has tracepoints for direct reclaim
 */
void dynmem_balloon_stalls_init(void);

/**
 * dynmem_balloon_stalls_exit - stop measuring; when this returns no probe runs any more
 */
void dynmem_balloon_stalls_exit(void);

/**
 * dynmem_balloon_stalls - time in which at least one program was in direct reclaim
 *
 * Context: any.
 *
 * Return: in microseconds, since the module was loaded.
 */
u64 dynmem_balloon_stalls(void);

#endif
