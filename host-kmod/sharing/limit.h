/* SPDX-License-Identifier: GPL-2.0 */
/*
 * limit: what the memory cgroups of their VMMs allow VMs. This is a ceiling, like maximum, and
 * keeps a VMM from being killed for what its guest was granted.
 *
 * Memory in hugetlb pools is not limited, since it is charged to no memory cgroup.
 */
#ifndef _DYNMEM_LIMIT_H
#define _DYNMEM_LIMIT_H

#include <linux/types.h>

#include "vm/types.h"

struct dynmem_plan;

/**
 * dynmem_limit_divide() - divide the memory of a cgroup among its VMs
 * @first: the first of its VMs
 * @room: bytes that the cgroup has for guests
 *
 * Divides as policy does in strict mode: first minimums, all alike; then demand, then buffers, both
 * by weight, and equal weights alike; the rest alike. A VM may not grow before others have given:
 * if what VMs hold fits, so do the ceilings of those that may grow together with what the others
 * hold. A remainder of a few bytes is not given to any VM.
 */
void dynmem_limit_divide(struct dynmem_limit_part *first, u64 room);

/**
 * dynmem_limit_set() - work out what cgroups allow each VM
 * @plan: has its VMs, but is not begun
 *
 * Subtracts from the limit of a cgroup what is charged to it beside resident memory of VMs and page
 * cache, but for each VM at least what admission reckons for a VMM.
 *
 * Context: as for dynmem_plan_begin().
 */
void dynmem_limit_set(struct dynmem_plan *plan);

/* Bytes of a VM's RAM that cgroups count: all but hugetlb pages. The VM's lock is held. */
u64 dynmem_limit_ram(const struct dynmem_vm *vm);

#endif
