/* SPDX-License-Identifier: GPL-2.0 */
/*
 * stalls: for how long tasks have had to reclaim memory themselves before they got any. Begun and
 * ended by main.c, read by report.c.
 */
#ifndef _DYNMEM_BALLOON_STALLS_H
#define _DYNMEM_BALLOON_STALLS_H

#include <linux/types.h>

void dynmem_balloon_stalls_init(void);
void dynmem_balloon_stalls_exit(void);
u64 dynmem_balloon_stalls(void);

#endif
