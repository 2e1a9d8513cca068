/* SPDX-License-Identifier: GPL-2.0 */
/* Limits that are read from /proc, since the kernel does not export them to modules. */
#ifndef _DYNMEM_BALLOON_LIMITS_H
#define _DYNMEM_BALLOON_LIMITS_H

#include <linux/types.h>

#define DYNMEM_BALLOON_OVERCOMMIT_UNKNOWN	0xffff

/**
 * struct dynmem_balloon_limits - how much memory the guest may commit and swap
 * @commit: bytes that may be committed; 0 if unknown
 * @swap: bytes of swap space; 0 if there is none or it is unknown
 * @overcommit: vm.overcommit_memory or DYNMEM_BALLOON_OVERCOMMIT_UNKNOWN
 */
struct dynmem_balloon_limits {
	u64 commit;
	u64 swap;
	u16 overcommit;
};

/**
 * dynmem_balloon_limits_read - read the limits
 * @limits: filled; a figure that cannot be read becomes unknown. If no buffer can be allocated, all
 *	figures stay as they are
 *
 * Context: may sleep and allocate.
 */
void dynmem_balloon_limits_read(struct dynmem_balloon_limits *limits);

#endif
