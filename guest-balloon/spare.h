/* SPDX-License-Identifier: GPL-2.0 */
/* How much memory the guest can spare, and how much it needs to keep free of the balloon. */
#ifndef _DYNMEM_BALLOON_SPARE_H
#define _DYNMEM_BALLOON_SPARE_H

#include <linux/types.h>

u64 dynmem_balloon_spare_total(void);
u64 dynmem_balloon_spare_floor(void);
u64 dynmem_balloon_spare(void);
u64 dynmem_balloon_spare_kernel(void);
u64 dynmem_balloon_spare_lack(void);
bool dynmem_balloon_spare_exhausted(unsigned int vnode);
bool dynmem_balloon_spare_exhausted_any(void);

#endif
