/* SPDX-License-Identifier: GPL-2.0 */
/* memcg: reads the limits and the use of the memory cgroups that a VMM is charged to. */
#ifndef _DYNMEM_MEMCG_H
#define _DYNMEM_MEMCG_H

#include <linux/types.h>

struct dynmem_guestmem;

#define DYNMEM_MEMCG_LEVELS	4
#define DYNMEM_MEMCG_NAME	64

/**
 * struct dynmem_memcg_level - the VMM's cgroup or one above it, with a limit
 * @id: serial number of the cgroup, the same for all VMs in it; never reused
 * @depth: depth of the cgroup in the tree; 0: the root
 * @limit: the lower one of memory.max and memory.high, bytes
 * @used: bytes charged to the cgroup and to those below it
 * @name: last component of its path
 */
struct dynmem_memcg_level {
	u64 id;
	unsigned int depth;
	u64 limit;
	u64 used;
	char name[DYNMEM_MEMCG_NAME];
};

/**
 * struct dynmem_memcg - the memory cgroups of a VMM
 * @own: serial number of the VMM's own cgroup, with or without a limit; 0: not known
 * @cache: page cache charged to that cgroup, which is dropped before anybody is killed; bytes
 * @nr: number of cgroups with a limit, at most DYNMEM_MEMCG_LEVELS: those with the lowest limits
 * @level: these cgroups
 *
 * A copy; guarded as the struct that it is a part of.
 */
struct dynmem_memcg {
	u64 own;
	u64 cache;
	unsigned int nr;
	struct dynmem_memcg_level level[DYNMEM_MEMCG_LEVELS];
};

/**
 * dynmem_memcg_read() - read the memory cgroups of a VMM
 * @gm: guest memory of its VM
 * @memcg: result; without limits if the VMM has ended or the kernel has no memory cgroups
 *
 * Context: may sleep; does not wait for the VMM.
 */
void dynmem_memcg_read(struct dynmem_guestmem *gm, struct dynmem_memcg *memcg);

#endif
