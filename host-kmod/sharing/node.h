/* SPDX-License-Identifier: GPL-2.0 */
/*
 * node: the host's nodes, each with its capacity and its ledger, and the nodes on which a VM is
 * charged. The huge pages of one size on a host node are a node of their own, see pool.h.
 *
 * A vnode that is bound to a node is charged there. Floating memory, which is bound to no node, is
 * charged where it is resident. The granted part that is not resident yet is charged, within the
 * vnode's pool, to the nodes that have most spare memory. Each decision places that part again. So
 * for floating memory I1 (see policy/ledger.h) is true for the sum over all nodes of that pool,
 * but not for each node.
 */
#ifndef _DYNMEM_NODE_H
#define _DYNMEM_NODE_H

#include <linux/types.h>

#include "memory/pool.h"
#include "policy/capacity.h"
#include "policy/ledger.h"

struct dynmem_vm;
struct dynmem_vnode;

/**
 * struct dynmem_node_last_reported - a node's state as events last reported it
 * @indebted: the node is in debt
 * @overdrawn: the node is overdrawn
 * @ticks: for how many ticks there has been debt
 * @quiet: ticks until an event may name the holders of the debt again
 *
 * Guarded by dynmem_set_lock.
 */
struct dynmem_node_last_reported {
	bool indebted;
	bool overdrawn;
	unsigned int ticks;
	unsigned int quiet;
};

/**
 * struct dynmem_node - a host node, or a pool on it; guarded by dynmem_set_lock
 * @name: "0", or for a pool "0/2M"; constant
 * @host: the node's capacity, and the host's own use
 * @ledger: the memory that VMs hold and were promised
 * @before: sample taken before the VMs' memory was last counted
 * @after: sample taken after the VMs' memory was last counted
 * @resident: resident memory of all VMs as of the last decision, bytes
 * @assigned: grants of all VMs as of the last decision, bytes
 * @pressed: the host's memory management lacks memory on the node
 * @recalling: loans are called back until headroom is spare again
 * @last_reported: the node's state as events last reported it
 */
struct dynmem_node {
	char name[16];
	struct dynmem_capacity host;
	struct dynmem_ledger ledger;
	struct dynmem_capacity_sample before;
	struct dynmem_capacity_sample after;
	u64 resident;
	u64 assigned;
	bool pressed;
	bool recalling;
	struct dynmem_node_last_reported last_reported;
};

/*
 * Indexed by node number, dynmem_nr_nodes() entries. Only the entries of nodes whose host nodes are
 * in dynmem_pool_hosts are used.
 */
extern struct dynmem_node *dynmem_nodes;

/* Allocates the nodes. Return: 0 or -ENOMEM. */
int dynmem_node_init(void);
void dynmem_node_exit(void);

/* Finds the node with the most spare memory among the nodes of @pool. dynmem_set_lock is held. */
int dynmem_node_roomiest(unsigned int pool);

/**
 * dynmem_node_charge() - enter a VM's grants, exposed memory and minimums in the ledgers
 * @vm: the VM; its lock and dynmem_set_lock are held
 */
void dynmem_node_charge(struct dynmem_vm *vm);

/**
 * dynmem_node_grant() - grant a vnode more memory, on the nodes that it may lie on
 * @vm: the VM; its lock and dynmem_set_lock are held
 * @v: one of its vnodes
 * @bytes: bytes wanted
 *
 * Return: bytes granted; fewer than @bytes if I1 (see policy/ledger.h) allows no more
 */
u64 dynmem_node_grant(struct dynmem_vm *vm, struct dynmem_vnode *v, u64 bytes);

/**
 * dynmem_node_overhead_age() - lower the overhead of a VM as its VMM's memory becomes visible
 * @vm: the VM, admitted or not
 * @now_ms: monotonic
 *
 * The memory that a VMM has allocated for itself is measured as part of the host's own use, so it
 * must not stay charged as overhead, too. The overhead of a VM is lowered three seconds after the
 * VM's admission. It becomes 0 with the guest's first report, or after 30 s.
 *
 * Context: dynmem_set_lock and the VM's lock are held.
 */
void dynmem_node_overhead_age(struct dynmem_vm *vm, u64 now_ms);

/**
 * dynmem_node_measured() - enter the resident memory of a VM on each node
 * @vm: the VM; its lock and dynmem_set_lock are held
 * @resident: bytes by node as of the last full walk; updated to sum up to @total
 * @total: bytes on all nodes together, as of now
 * @exposed: bytes that the guest could touch when @total was measured, or shortly before
 *
 * If the VM waits to start, it is considered from now on. But if @uncounted of struct dynmem_books
 * is -EAGAIN, it still waits for a measurement.
 */
void dynmem_node_measured(struct dynmem_vm *vm, u64 *resident, u64 total, u64 exposed);

/*
 * Bytes of the VM's floating memory that are charged to a node now. They may move to other nodes.
 */
u64 dynmem_node_floats(const struct dynmem_vm *vm, int nid);

/* Removes all memory of the VM from the ledgers of all nodes. dynmem_set_lock is held. */
void dynmem_node_forget(struct dynmem_vm *vm);

#endif
