/* SPDX-License-Identifier: GPL-2.0 */
/*
 * whatif: answers whether a VM would start now, which VMs would give its memory, and what targets
 * policy would choose. Nothing is changed.
 */
#ifndef _DYNMEM_WHATIF_H
#define _DYNMEM_WHATIF_H

#include <linux/netlink.h>
#include <linux/types.h>

#include "uapi/dynmem.h"

#define DYNMEM_CHECK_VMS	16	/* VMs that are named: those that would give most */

/**
 * struct dynmem_whatif_giver - memory that a VM would give; amounts in bytes
 * @name: the VM
 * @above: memory above its desired memory
 * @buffer: part of its buffer
 * @demand: part of its demand
 */
struct dynmem_whatif_giver {
	char name[DYNMEM_NAME_MAX + 1];
	u64 above;
	u64 buffer;
	u64 demand;
};

/**
 * struct dynmem_whatif_node - memory that a node has for the VM; amounts in bytes
 * @node: the host node
 * @spare: spare memory
 * @room: memory that the VM could have there
 * @lacking: memory that the VM would lack there
 * @more: how many such VMs could start there
 */
struct dynmem_whatif_node {
	int node;
	u64 spare;
	u64 room;
	u64 lacking;
	u64 more;
};

/**
 * struct dynmem_whatif - whether a VM would start; amounts in bytes
 * @verdict: the answer
 * @page: page size of the pool that the VM is assumed to be in
 * @need: startup memory and, if the VM is in ordinary memory, the memory that the VMM needs
 * @spare: the part of @need that is spare
 * @above: the part of @need that others have above their desired memory
 * @buffers: the part of @need that others have as buffers
 * @demand: the part of @need that is demand of VMs with a lower weight
 * @lacking: memory that is missing if the verdict is no
 * @best: the node on which the VM fits best; NUMA_NO_NODE: there is no node on which it fits
 * @more: how many such VMs could start now, one after the other
 * @text: the answer as a sentence
 * @vm: the VMs that would give, the largest amount first
 * @nr_vms: number of @vm
 * @vms_left_out: how many more VMs would give
 * @nr_nodes: number of @node
 * @node: by node, the answer if the VM were bound there
 *
 * This and struct dynmem_plan_rows are private to the caller, so no lock guards them.
 */
struct dynmem_whatif {
	enum dynmem_check_verdict verdict;
	u64 page;
	u64 need;
	u64 spare;
	u64 above;
	u64 buffers;
	u64 demand;
	u64 lacking;
	int best;
	u64 more;
	char text[200];
	struct dynmem_whatif_giver vm[DYNMEM_CHECK_VMS];
	unsigned int nr_vms;
	unsigned int vms_left_out;
	unsigned int nr_nodes;
	struct dynmem_whatif_node node[];
};

/**
 * dynmem_whatif_vm() - whether a VM would start now
 * @name: the name of a VM that is defined
 * @page: page size of the hugetlb pool that the VM is to be in; 0: ordinary memory
 * @extack: gets the sentence of a failure
 *
 * Assumes that the VM is started with its maximum as RAM (a static VM: with startup), none of which
 * is touched beforehand.
 *
 * Context: no lock is held.
 * Return: an answer for dynmem_whatif_free(); ERR_PTR: -ENOENT; -EBUSY: it runs; -EINVAL: the host
 * has no such pages; -ENOMEM
 */
struct dynmem_whatif *dynmem_whatif_vm(const char *name, u64 page, struct netlink_ext_ack *extack);
void dynmem_whatif_free(struct dynmem_whatif *check);

/**
 * struct dynmem_plan_row - the memory of a vnode now, and its target; amounts in bytes
 * @name: the VM
 * @node: the host node that the vnode is bound to, or NUMA_NO_NODE
 * @page: page size of its memory
 * @weight: the weight of the VM
 * @minimum: as in struct dynmem_want
 * @demand: likewise
 * @desired: likewise
 * @assigned: memory granted to the vnode now
 * @target: the target that policy would choose
 */
struct dynmem_plan_row {
	char name[DYNMEM_NAME_MAX + 1];
	int node;
	u64 page;
	u32 weight;
	u64 minimum;
	u64 demand;
	u64 desired;
	u64 assigned;
	u64 target;
};

/**
 * struct dynmem_plan_rows - the targets that policy would choose
 * @with: the question assumed that a VM starts, too
 * @fits: there is room for that VM; otherwise @row is without it
 * @nr: number of @row
 * @row: the vnodes of all VMs, those of one VM together, the highest weight first
 */
struct dynmem_plan_rows {
	bool with;
	bool fits;
	unsigned int nr;
	struct dynmem_plan_row row[];
};

/**
 * dynmem_whatif_plan() - the targets that policy would choose now
 * @with: the name of a VM that is assumed to start, too; NULL: none
 * @page: the pool of that VM, as for dynmem_whatif_vm()
 * @extack: gets the sentence of a failure
 *
 * Context: no lock is held.
 * Return: rows for kvfree(); ERR_PTR: as dynmem_whatif_vm()
 */
struct dynmem_plan_rows *dynmem_whatif_plan(const char *with, u64 page,
					    struct netlink_ext_ack *extack);

#endif
