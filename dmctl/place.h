/* SPDX-License-Identifier: GPL-2.0 */
/*
 * place: puts the memory of a VM that floats on one host node: by cpuset.mems of its VMM's own
 * cgroup, which binds the VM there, or, where that cannot be had, by moving the pages alone.
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
 * @reason: why that node, a phrase; "": it was given
 * @unbound: "": the VM is bound to the node now; or else the reason why it is not, so that only the
 *	memory that it had was moved
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
 * @node: the node; PLACE_AUTO: the one on which its virtual CPUs run if it fits there, or else the
 *	one with most spare memory
 * @placed: how that was done
 * @why: set to a sentence if it is refused
 */
bool place_vm(const struct vm_facts *vm, int node, struct placed *placed, char *why);

#endif
