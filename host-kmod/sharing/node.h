/* SPDX-License-Identifier: GPL-2.0 */
/*
 * node: the host's nodes and their hugetlb pools, each with what the host needs of it and its
 * ledger, and on which of them a VM is charged. What is said of nodes is true of pools, too, see
 * pool.h.
 *
 * A vnode that is bound to a node is charged there. What floats is charged where it is resident,
 * and what it has not grown to yet on the nodes with the most spare, of those that have its pages:
 * that is a guess which each decision makes again, so for floating memory I1 holds for all of these
 * together and not per node.
 */
#ifndef _DYNMEM_NODE_H
#define _DYNMEM_NODE_H

#include <linux/types.h>

#include "memory/pool.h"
#include "policy/capacity.h"
#include "policy/ledger.h"

struct dynmem_vm;
struct dynmem_vnode;

/* What of a node's condition has been told already. */
struct dynmem_node_last_reported {
	bool indebted;
	bool overdrawn;
	unsigned int ticks;	/* for which there has been debt */
	unsigned int quiet;	/* for which its holders are not named again */
};

/**
 * struct dynmem_node - one host node, or pool on it. Guarded by dynmem_set_lock.
 * @name: as "0", or "0/2M"; constant
 * @host: what it has and what the host needs
 * @ledger: what VMs hold and were promised
 * @before, @after: samples around the last count of the VMs' memory
 * @resident, @assigned: sums over VMs as of the last decision, bytes
 * @last_reported: its condition as events last had it
 */
struct dynmem_node {
	char name[16];
	struct dynmem_capacity host;
	struct dynmem_ledger ledger;
	struct dynmem_capacity_sample before;
	struct dynmem_capacity_sample after;
	u64 resident;
	u64 assigned;
	struct dynmem_node_last_reported last_reported;
};

/* By node number, dynmem_nr_nodes() entries; only nodes with memory are used. */
extern struct dynmem_node *dynmem_nodes;

int dynmem_node_init(void);
void dynmem_node_exit(void);

/* The node with the most spare memory, of those of a pool. */
int dynmem_node_roomiest(unsigned int pool);

/**
 * dynmem_node_charge() - enter where the VM's grants stand now, with exposed memory and minimums
 * @vm: the VM; its lock held too
 */
void dynmem_node_charge(struct dynmem_vm *vm);

/**
 * dynmem_node_grant() - grant a vnode more, on the nodes it may be on
 * @vm: the VM; its lock held too
 * @v: one of its vnodes
 * @bytes: wanted
 *
 * Return: bytes granted, as far as I1 allows
 */
u64 dynmem_node_grant(struct dynmem_vm *vm, struct dynmem_vnode *v, u64 bytes);

/* What the VMM needs for itself shows in the host's own use by now: it is not charged any more. */
void dynmem_node_overhead_shown(struct dynmem_vm *vm);

/**
 * dynmem_node_measured() - enter what the VM holds on each node
 * @vm: the VM; its lock held too
 * @resident: bytes by node, as of the last full walk; brought up to @total here
 * @total: bytes in all, as of now
 * @exposed: bytes that the guest could touch when that was measured, or before
 */
void dynmem_node_measured(struct dynmem_vm *vm, u64 *resident, u64 total, u64 exposed);

/* What of the VM's memory on a node is bound to no node and may lie on another; bytes. */
u64 dynmem_node_floats(const struct dynmem_vm *vm, int nid);

/* Everything the VM has on any node goes back. */
void dynmem_node_forget(struct dynmem_vm *vm);

#endif
