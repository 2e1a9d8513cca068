/* SPDX-License-Identifier: GPL-2.0 */
/*
 * limit: what the memory cgroups that their VMMs are in allow VMs: a ceiling, like maximum, that
 * keeps a VMM from being killed for what its guest was granted. Called by balancer.c before each
 * decision; plan.c, admit.c and why.c read the result.
 *
 * Memory in hugetlb pools is charged to no cgroup: nothing here is about it.
 */
#ifndef _DYNMEM_LIMIT_H
#define _DYNMEM_LIMIT_H

#include <linux/list.h>
#include <linux/types.h>

#include "memory/memcg.h"

struct dynmem_plan;
struct dynmem_vm;

/**
 * struct dynmem_limit_part - what a VM wants of a cgroup, and what it may have; bytes
 * @weight: of the VM
 * @minimum, @demand, @desired: as in struct dynmem_share
 * @most: what it may have in any case
 * @held: what it is charged with now: granted, or resident if that is more
 * @due: the result: what it may have in the end
 * @ceiling: the result: what it may have now. Less than @due while others have not given yet
 * @next: another one in the same cgroup, or NULL
 */
struct dynmem_limit_part {
	u32 weight;
	u64 minimum;
	u64 demand;
	u64 desired;
	u64 most;
	u64 held;
	u64 due;
	u64 ceiling;
	struct dynmem_limit_part *next;
};

/* One of the cgroups of a VM, as dynmem_limit_set() compares them. */
struct dynmem_limit_entry {
	struct list_head link;
	struct dynmem_vm *vm;
	const struct dynmem_memcg_level *level;
};

/**
 * struct dynmem_limit - what cgroups allow a VM. Guarded by the VM's lock.
 * @memcg: as last read
 * @counted: what the VM has resident has been counted once
 * @limited: they allow less than maximum and RAM do; if not, only @due is valid of the next four
 * @bytes: what they allow now, besides what its VMM needs
 * @due: what they allow when others in the same cgroup have given
 * @allows: limit of the cgroup that allows least
 * @name: of that cgroup
 * @part, @entry: for one decision
 */
struct dynmem_limit {
	struct dynmem_memcg memcg;
	bool counted;
	bool limited;
	u64 bytes;
	u64 due;
	u64 allows;
	char name[DYNMEM_MEMCG_NAME];
	struct dynmem_limit_part part;
	struct dynmem_limit_entry entry[DYNMEM_MEMCG_LEVELS];
};

/**
 * dynmem_limit_divide() - divide the memory of a cgroup among its VMs
 * @first: the first of them
 * @room: bytes that the cgroup has for guests
 *
 * As policy does in strict mode: minimums first, all alike; then demand, then buffers, each by
 * weight, equal weights raised alike; the rest alike for all. Nobody may grow before others have
 * given: as long as what is held fits, the ceilings of those who may grow and what others hold fit.
 * Bytes that a division leaves are nobody's.
 */
void dynmem_limit_divide(struct dynmem_limit_part *first, u64 room);

/**
 * dynmem_limit_set() - work out what cgroups allow each VM
 * @plan: with its VMs, not begun
 *
 * What is charged to a cgroup beside its VMs' resident memory and page cache comes off its limit,
 * and for each VM at least what admission reckons for a VMM. Context: as for dynmem_plan_begin().
 */
void dynmem_limit_set(struct dynmem_plan *plan);

/* The memory of a VM, in bytes of @bytes, that its cgroups allow at most. VM's lock. */
static inline u64 dynmem_limit_of(const struct dynmem_limit *limit, u64 bytes)
{
	return limit->limited && limit->bytes < bytes ? limit->bytes : bytes;
}

/* Tells when a cgroup allows less than minimum, and when no longer so. Locks as for the set. */
void dynmem_limit_tell(struct dynmem_vm *vm);

#endif
