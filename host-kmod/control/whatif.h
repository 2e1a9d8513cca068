/* SPDX-License-Identifier: GPL-2.0 */
/*
 * whatif: what would be, without doing it. Whether a VM would start now and from whom its memory
 * would come, and what the policy would choose.
 */
#ifndef _DYNMEM_WHATIF_H
#define _DYNMEM_WHATIF_H

#include <linux/netlink.h>
#include <linux/types.h>

#include "uapi/dynmem.h"

#define DYNMEM_CHECK_VMS	16	/* so many are named, those who would give most */

/* What a VM would give; bytes. */
struct dynmem_whatif_giver {
	char name[DYNMEM_NAME_MAX + 1];
	u64 above;
	u64 buffer;
	u64 demand;
};

/* What a node has for the VM; bytes. */
struct dynmem_whatif_node {
	int node;
	u64 spare;
	u64 room;
	u64 lacking;
	u64 more;
};

/**
 * struct dynmem_whatif - the answer; bytes
 * @verdict: whether it would start
 * @page: of the pool it is taken to be in
 * @need: startup and, in ordinary memory, what its VMM needs
 * @spare: of that, what nobody has
 * @above: of that, what others have above their desired memory
 * @buffers: of that, what others have as buffer
 * @demand: of that, demand of VMs with a lower weight
 * @lacking: of that, what cannot be had
 * @best: the node it fits best on; NUMA_NO_NODE: it fits only if it is bound to none
 * @more: how many VMs like this one could start now, one after the other
 * @text: a sentence
 * @vm, @nr_vms: who would give; the largest first
 * @vms_left_out: how many more would give
 * @node, @nr_nodes: by node, if the VM were bound there
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
 * @name: of a VM that is defined
 * @page: bytes of the pages it is to be in: of which pool; 0: ordinary memory
 * @extack: gets the sentence of a failure
 *
 * The VM is taken to be started with RAM of its maximum (a static one: of startup), none of it
 * touched beforehand. No lock held.
 * Return: for dynmem_whatif_free(); ERR_PTR: -ENOENT; -EBUSY: it runs; -EINVAL: the host has no
 * such pages; -ENOMEM
 */
struct dynmem_whatif *dynmem_whatif_vm(const char *name, u64 page, struct netlink_ext_ack *extack);
void dynmem_whatif_free(struct dynmem_whatif *check);

/* What a vnode has on a host node and would get; bytes. @page: of which pool. */
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
 * struct dynmem_plan_rows - the balance that the policy would choose
 * @with: a VM that starts was asked about
 * @fits: and there is room for it; if there is not, @row is without it
 * @row, @nr: the vnodes of all VMs, those of one VM together, the highest weight first
 */
struct dynmem_plan_rows {
	bool with;
	bool fits;
	unsigned int nr;
	struct dynmem_plan_row row[];
};

/**
 * dynmem_whatif_plan() - the balance that the policy would choose now
 * @with: count in that this VM starts, too; NULL: as it is
 * @page: in which pool, as for dynmem_whatif_vm()
 * @extack: gets the sentence of a failure
 *
 * No lock held. Return: for kvfree(); ERR_PTR: as dynmem_whatif_vm()
 */
struct dynmem_plan_rows *dynmem_whatif_plan(const char *with, u64 page,
					    struct netlink_ext_ack *extack);

#endif
