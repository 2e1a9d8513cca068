/* SPDX-License-Identifier: GPL-2.0 */
/*
 * whatif: answers whether a VM would start now, which VMs would give memory for it, and which
 * targets policy would choose. The questions change nothing.
 */
#ifndef _DYNMEM_WHATIF_H
#define _DYNMEM_WHATIF_H

#include <linux/netlink.h>
#include <linux/types.h>

#include "uapi/dynmem.h"

#define DYNMEM_CHECK_VMS	16	/* the most VMs that an answer names */

/**
 * struct dynmem_whatif_giver - memory that a VM would give; amounts in bytes
 * @name: the VM
 * @above: memory above its desired memory
 * @buffer: part of its buffer
 * @demand: part of its demand
 * @late: the part of these amounts that its guest will not give soon, since the guest gives slowly
 *	or not at all
 */
struct dynmem_whatif_giver {
	char name[DYNMEM_NAME_MAX + 1];
	u64 above;
	u64 buffer;
	u64 demand;
	u64 late;
};

/**
 * struct dynmem_whatif_node - memory that a node has for the VM; amounts in bytes
 * @node: the host node
 * @spare: spare memory
 * @room: memory that the VM could have there
 * @lacking: memory that the VM would lack there
 * @more: number of VMs like this one that could start there
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
 * @above: the part of @need that other VMs would give from memory above desired
 * @buffers: the part of @need that other VMs would give from their buffers
 * @demand: the part of @need that VMs with a lower weight would give from their demand
 * @lacking: memory that is missing if the verdict is no
 * @best: the node on which the VM fits best; NUMA_NO_NODE: there is no node on which it fits
 * @more: number of VMs like this one that could start now, one after the other
 * @text: the answer as a sentence, which also names VMs that would not give soon
 * @vm: the VMs that would give memory, the largest amount first
 * @nr_vms: number of entries of @vm
 * @vms_left_out: number of further VMs that would give memory
 * @nr_nodes: number of entries of @node
 * @node: for each node, the answer if the VM were bound to that node
 *
 * The caller owns objects of this struct and of struct dynmem_plan_rows, so no lock guards them.
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
	char text[360];
	struct dynmem_whatif_giver vm[DYNMEM_CHECK_VMS];
	unsigned int nr_vms;
	unsigned int vms_left_out;
	unsigned int nr_nodes;
	struct dynmem_whatif_node node[];
};

/**
 * dynmem_whatif_vm() - find out whether a VM would start now
 * @name: the name of a VM that is defined
 * @page: page size of the hugetlb pool that the VM is to be in; 0: ordinary memory
 * @extack: gets the sentence of a failure
 *
 * Assumes that the RAM of the VM is its maximum (of a static VM: its startup memory), and that none
 * of the RAM is touched before the start.
 *
 * Context: no lock is held.
 * Return: the answer, to be freed by dynmem_whatif_free(); or an ERR_PTR: -ENOENT: there is no such
 * VM; -EBUSY: the VM runs; -EINVAL: the host has no such pages; -ENOMEM
 */
struct dynmem_whatif *dynmem_whatif_vm(const char *name, u64 page, struct netlink_ext_ack *extack);
void dynmem_whatif_free(struct dynmem_whatif *check);

/**
 * struct dynmem_plan_row - the memory of a vnode now, and its target; amounts in bytes
 * @name: the VM
 * @node: the host node that the vnode is bound to, or NUMA_NO_NODE
 * @page: page size of the vnode's memory
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
 * @with: the rows assume that a further VM starts
 * @fits: there is room for that VM; if not, @row leaves it out
 * @nr: number of entries of @row
 * @row: the vnodes of all VMs, VM by VM, in descending order of weight
 */
struct dynmem_plan_rows {
	bool with;
	bool fits;
	unsigned int nr;
	struct dynmem_plan_row row[];
};

/**
 * dynmem_whatif_plan() - find out the targets that policy would choose now
 * @with: the name of a further VM that is assumed to start; NULL: none
 * @page: page size of that VM's pool, as for dynmem_whatif_vm()
 * @extack: gets the sentence of a failure
 *
 * Context: no lock is held.
 * Return: the rows, to be freed by kvfree(); or an ERR_PTR as from dynmem_whatif_vm()
 */
struct dynmem_plan_rows *dynmem_whatif_plan(const char *with, u64 page,
					    struct netlink_ext_ack *extack);

#endif
