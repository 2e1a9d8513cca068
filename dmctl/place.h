/* SPDX-License-Identifier: GPL-2.0 */
/*
 * place: puts the memory of a VM on one host node, unless QEMU's memory policy binds the VM. To do
 * so, dmctl writes cpuset.mems of the VMM's own cgroup, which binds the VM to the node. If that is
 * not possible, only the pages that the VM has now are moved.
 */
#ifndef DMCTL_PLACE_H
#define DMCTL_PLACE_H

#include <stdbool.h>

#include "lookup.h"
#include "why.h"

#define PLACE_AUTO (-1)

/**
 * struct placed - how a VM was placed
 * @node: the host node
 * @reason: a phrase that says why this node was chosen; "": the caller has named the node
 * @unbound: why the VM could not be bound to the node, so that only its present pages were moved;
 *	"": the VM is bound to the node
 * @left: number of pages that could not be moved; known only if the VM is not bound
 */
struct placed {
	int node;
	char reason[WHY_SIZE];
	char unbound[WHY_SIZE];
	long left;
};

/**
 * place_vm() - put the memory of a VM on a node
 * @vm: the VM
 * @node: a node with memory; PLACE_AUTO: the node on which the virtual CPUs run, if the VM fits
 *	there. If it does not, PLACE_AUTO means the node with most spare memory among those on which
 *	it fits
 * @placed: set to how the VM was placed
 * @why: set to a sentence on failure
 */
bool place_vm(const struct vm_facts *vm, int node, struct placed *placed, char *why);

#endif
