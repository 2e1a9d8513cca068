/* SPDX-License-Identifier: GPL-2.0 */
/*
 * limit: how much memory the cgroup of its VMM allows a VM. This is a ceiling, like maximum, and
 * keeps a VMM from being killed because of the memory that its guest was granted.
 *
 * Memory in hugetlb pools is not limited, since it is by default charged to no memory cgroup.
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
 * Divides as policy does in strict mode: first minimums, raised equally; then demand, then buffers,
 * the highest weight first and equal weights equally; then the rest, equally. A VM may not grow
 * before others have given: if the memory that all VMs hold fits, it still fits when some of them
 * have grown to their ceilings. A remainder of a few bytes is not given to any VM.
 */
void dynmem_limit_divide(struct dynmem_limit_part *first, u64 room);

/**
 * dynmem_limit_set() - compute how much memory cgroups allow each VM
 * @plan: has its VMs, but is not begun
 *
 * The room of a cgroup is its limit less its other memory: all that is charged to it except
 * resident memory of VMs and page cache. Other memory counts as at least the overhead that
 * admission assumes for the VMMs.
 *
 * Context: as for dynmem_plan_begin().
 */
void dynmem_limit_set(struct dynmem_plan *plan);

/* Bytes of a VM's RAM that cgroups count: all but hugetlb pages. The VM's lock is held. */
u64 dynmem_limit_ram(const struct dynmem_vm *vm);

#endif
