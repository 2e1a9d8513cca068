/* SPDX-License-Identifier: GPL-2.0 */
/* memcg: the memory cgroups that a VMM is charged to, as the kernel has them now. */
#ifndef _DYNMEM_MEMCG_H
#define _DYNMEM_MEMCG_H

#include <linux/types.h>

struct dynmem_guestmem;

#define DYNMEM_MEMCG_LEVELS	4
#define DYNMEM_MEMCG_NAME	64

/**
 * struct dynmem_memcg_level - a cgroup with a limit, from the VMM's own upwards
 * @id: names the cgroup: VMs with the same one share it; never used again
 * @depth: of the cgroup; the root's is 0
 * @limit: what it allows: the smaller one of memory.max and memory.high, bytes
 * @used: what is charged to it and those below, bytes
 * @name: its directory, without those above
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
 * @own: names the VMM's own cgroup, with a limit or without; 0: not known
 * @cache: page cache charged to that one, which goes before anybody is killed; bytes
 * @nr: how many cgroups have a limit; of more than DYNMEM_MEMCG_LEVELS the smallest count
 * @level: these
 */
struct dynmem_memcg {
	u64 own;
	u64 cache;
	unsigned int nr;
	struct dynmem_memcg_level level[DYNMEM_MEMCG_LEVELS];
};

/**
 * dynmem_memcg_read() - look at the memory cgroups of a VMM
 * @gm: of its guest
 * @memcg: the result; nothing is limited if the VMM has ended or the kernel has no memory cgroups
 *
 * Context: any that may sleep; waits for nobody.
 */
void dynmem_memcg_read(struct dynmem_guestmem *gm, struct dynmem_memcg *memcg);

#endif
