/* SPDX-License-Identifier: GPL-2.0 */
/*
 * limit: what the memory cgroups that their VMMs are in allow VMs: a ceiling, like maximum, that
 * keeps a VMM from being killed for what its guest was granted.
 *
 * Memory in hugetlb pools is charged to no cgroup: nothing here is about it.
 */
#ifndef _DYNMEM_LIMIT_H
#define _DYNMEM_LIMIT_H

#include <linux/types.h>

#include "vm/types.h"

struct dynmem_plan;

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

/* The RAM of a VM that cgroups count, that of ordinary pages; bytes. VM's lock. */
u64 dynmem_limit_ram(const struct dynmem_vm *vm);

#endif
