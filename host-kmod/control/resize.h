/* SPDX-License-Identifier: GPL-2.0 */
/*
 * resize: whether a static VM that runs can have another size. The new size is its startup memory.
 * A smaller one is taken from the guest at once; for a larger one all of it must be there, or
 * nothing changes.
 */
#ifndef _DYNMEM_RESIZE_H
#define _DYNMEM_RESIZE_H

#include <linux/types.h>

struct dynmem_plan;
struct dynmem_vm;
struct netlink_ext_ack;

/**
 * dynmem_resize_check() - whether a static VM can have more memory
 * @plan: begun; the VM is in it
 * @vm: the VM, which runs
 * @more: how much larger it is to be, at most up to its RAM, bytes
 * @extack: gets a sentence if it is refused
 *
 * As for a start, VMs of at least its weight keep their demand, others their minimum. What is kept
 * for failover, and what a memory cgroup does not allow, can't be had.
 *
 * Context: dynmem_set_lock and the locks of all VMs in the plan are held.
 * Return: 0, -ENOMEM
 */
int dynmem_resize_check(struct dynmem_plan *plan, const struct dynmem_vm *vm, u64 more,
			struct netlink_ext_ack *extack);

#endif
