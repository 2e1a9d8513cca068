/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Keeps the stock while there is no device that answers, so that one that comes back (after a
 * migration, or an update of the host) finds the balloon as it was.
 */
#ifndef _DYNMEM_BALLOON_RETAIN_H
#define _DYNMEM_BALLOON_RETAIN_H

#include <linux/types.h>

int dynmem_balloon_retain_init(void);
void dynmem_balloon_retain_exit(void);
bool dynmem_balloon_retain_keeps(void);
void dynmem_balloon_retain_hand_over(void);
void dynmem_balloon_retain_keep(void);

#endif
