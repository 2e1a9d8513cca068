/* SPDX-License-Identifier: GPL-2.0 */
/* memcg: reads the limits and the use of the memory cgroups that a VMM is charged to. */
#ifndef _DYNMEM_MEMCG_H
#define _DYNMEM_MEMCG_H

#include <linux/types.h>

struct dynmem_guestmem;

#define DYNMEM_MEMCG_LEVELS	4
#define DYNMEM_MEMCG_NAME	64

/**
 * struct dynmem_memcg_level - a cgroup with a limit: the VMM's own cgroup, or a cgroup above it
 * @id: serial number of the cgroup, the same for all VMs in the cgroup; never reused
 * @depth: depth of the cgroup in the tree; 0: the root
 * @max: memory.max, bytes; U64_MAX: no limit
 * @high: memory.high, bytes; U64_MAX: no limit
 * @limit: the lower one of the two
 * @used: bytes charged to the cgroup and to all cgroups below it
 * @name: last component of the cgroup's path
 */
struct dynmem_memcg_level {
	u64 id;
	unsigned int depth;
	u64 max;
	u64 high;
	u64 limit;
	u64 used;
	char name[DYNMEM_MEMCG_NAME];
};

/**
 * struct dynmem_memcg - the memory cgroups of a VMM
 * @own: serial number of the VMM's own cgroup, which need not have a limit; 0 if @nr is 0
 * @cache: page cache that is charged to the VMM's own cgroup, bytes. The kernel drops this memory
 *	before it kills a process of the cgroup
 * @nr: number of entries of @level
 * @level: the cgroups with a limit. If there are more than DYNMEM_MEMCG_LEVELS, only those with the
 *	lowest limits
 *
 * A copy of values of the kernel; guarded like the struct that contains it.
 */
struct dynmem_memcg {
	u64 own;
	u64 cache;
	unsigned int nr;
	struct dynmem_memcg_level level[DYNMEM_MEMCG_LEVELS];
};

/**
 * dynmem_memcg_read() - read the memory cgroups of a VMM
 * @gm: the VM's guest memory
 * @memcg: result; all zero if the VMM has ended or the kernel has no memory cgroups
 *
 * Context: may sleep; does not wait for the VMM.
 */
void dynmem_memcg_read(struct dynmem_guestmem *gm, struct dynmem_memcg *memcg);

#endif
