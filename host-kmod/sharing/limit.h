/* SPDX-License-Identifier: GPL-2.0 */
/*
 * limit: how much memory a VM may have within the memory cgroups of its VMM. This is a ceiling,
 * like maximum. It keeps a VMM from being killed because of memory that its guest was granted.
 *
 * Memory in hugetlb pools is not limited, since by default the kernel charges it to no memory
 * cgroup.
 */
#ifndef _DYNMEM_LIMIT_H
#define _DYNMEM_LIMIT_H

#include <linux/types.h>

#include "vm/types.h"

struct dynmem_plan;

/**
 * dynmem_limit_divide() - divide the memory of a cgroup among its VMs
 * @first: the first VM in the cgroup; @due and @ceiling of all its VMs are set
 * @room: bytes that the cgroup has for guests
 *
 * @due is computed in stages, much as policy shares memory in strict mode. First all VMs are raised
 * to their minimums, by equal amounts. Then VMs get demand, and then buffers: the highest weight is
 * served first, and VMs of equal weight are raised equally. Then the rest is divided equally. A few
 * bytes that cannot be divided equally are given to no VM.
 *
 * @ceiling is for the time before other VMs have given memory: a VM may grow only by room that no
 * VM holds. So if the memory that all VMs hold fits into @room, it still fits when some VMs have
 * grown to their ceilings.
 */
void dynmem_limit_divide(struct dynmem_limit_part *first, u64 room);

/**
 * dynmem_limit_set() - compute how much memory cgroups allow each VM
 * @plan: a plan that has its VMs, but is not begun
 *
 * The room of a cgroup for guests is its limit less its other memory. Other memory is all that is
 * charged to the cgroup except resident memory of VMs and page cache. It counts as at least the
 * overhead that admission assumes for the VMMs.
 *
 * Context: as for dynmem_plan_begin().
 */
void dynmem_limit_set(struct dynmem_plan *plan);

/* Bytes of a VM's RAM that memory cgroups count: all but hugetlb pages. The VM's lock is held. */
u64 dynmem_limit_ram(const struct dynmem_vm *vm);

#endif
