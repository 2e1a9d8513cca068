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
 * @first: the part of the first VM in the cgroup; @next links it to the parts of the other VMs.
 *	This function sets @due and @ceiling of all these parts
 * @room: bytes that the cgroup has for guests
 *
 * @due is computed in stages, much as policy shares memory in strict mode. First all VMs are raised
 * to their minimums, by equal amounts. Then VMs get demand, and then buffers: the highest weight is
 * served first, and VMs of equal weight are raised equally. Then the memory that remains is divided
 * equally. A few bytes that cannot be divided equally are given to no VM.
 *
 * @ceiling is for the time before other VMs have given memory: a VM may grow only by room that no
 * VM holds. So if the memory that all VMs hold fits into @room, it still fits when some VMs have
 * grown to their ceilings.
 */
void dynmem_limit_divide(struct dynmem_limit_part *first, u64 room);

/**
 * dynmem_limit_set() - compute how much memory cgroups allow each VM
 * @plan: a plan with @vm and @nr_vms filled in, before dynmem_plan_begin()
 *
 * The room of a cgroup for guests is the cgroup's limit less all memory that is charged to the
 * cgroup and is neither resident memory of VMs nor page cache. At least the overhead that
 * admission assumes for the VMMs is subtracted; only this overhead is subtracted if the resident
 * memory of a VM in the cgroup has not been counted.
 *
 * Context: as for dynmem_plan_begin().
 */
void dynmem_limit_set(struct dynmem_plan *plan);

/*
 * Paging of the VM begins. User space lowers memory.high of its cgroup for that, and raises it
 * again afterwards. This is no limit of the VM's grant: until memory.high is what it is now, or for
 * a minute after paging, the present values of memory.high count. Context: as for
 * dynmem_plan_begin().
 */
void dynmem_limit_paging_begins(struct dynmem_vm *vm);

/* Whether memory.high has changed since paging of the VM began. Context: as for the above. */
bool dynmem_limit_is_for_paging(const struct dynmem_vm *vm);

/* Bytes of a VM's RAM that memory cgroups count: all but hugetlb pages. The VM's lock is held. */
u64 dynmem_limit_ram(const struct dynmem_vm *vm);

#endif
