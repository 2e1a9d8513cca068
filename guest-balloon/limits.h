/* SPDX-License-Identifier: GPL-2.0 */
/* What no symbol tells a module and /proc does. */
#ifndef _DYNMEM_BALLOON_LIMITS_H
#define _DYNMEM_BALLOON_LIMITS_H

#include <linux/types.h>

#define DYNMEM_BALLOON_OVERCOMMIT_UNKNOWN	0xffff

/**
 * struct dynmem_balloon_limits - what the guest may commit and swap
 * @commit: bytes that may be committed, 0 unknown
 * @swap: bytes of swap space, 0 none or unknown
 * @overcommit: vm.overcommit_memory or DYNMEM_BALLOON_OVERCOMMIT_UNKNOWN
 */
struct dynmem_balloon_limits {
	u64 commit;
	u64 swap;
	u16 overcommit;
};

/**
 * dynmem_balloon_limits_read - read them again
 * @limits: filled; what cannot be read is set to unknown
 *
 * Context: may sleep and allocate.
 */
void dynmem_balloon_limits_read(struct dynmem_balloon_limits *limits);

#endif
