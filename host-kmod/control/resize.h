/* SPDX-License-Identifier: GPL-2.0 */
/*
 * resize: whether a static VM that runs can have another size. The operator changes the size by the
 * setting startup. If the size becomes smaller, memory is taken from the guest at once. A larger
 * size is refused unless all of the added memory can be had.
 */
#ifndef _DYNMEM_RESIZE_H
#define _DYNMEM_RESIZE_H

#include <linux/types.h>

struct dynmem_plan;
struct dynmem_vm;
struct netlink_ext_ack;

/**
 * dynmem_resize_check() - whether a static VM can have more memory
 * @plan: a plan that has the VM, after dynmem_plan_begin()
 * @vm: the VM, which runs
 * @more: bytes to add to the VM's size
 * @extack: gets the sentence of a refusal
 *
 * The rule is the same as for a VM that starts: other VMs with at least this VM's weight keep their
 * demand, and VMs with a lower weight keep only their minimum. But unlike a start, a larger size
 * does not wait for guests that give slowly or not at all, so it does not count on memory that they
 * will not give soon. The VM cannot have the memory that the host's setting "failover" keeps for
 * starts. Nor can the VM have more memory than memory cgroups allow it.
 *
 * Context: dynmem_set_lock and the locks of all VMs in the plan are held.
 * Return: 0: the VM can have the memory; -ENOMEM: it cannot
 */
int dynmem_resize_check(struct dynmem_plan *plan, const struct dynmem_vm *vm, u64 more,
			struct netlink_ext_ack *extack);

#endif
