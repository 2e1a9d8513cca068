/* SPDX-License-Identifier: GPL-2.0 */
/*
 * balancer: the loop. Each second, or when kicked: measure, ask policy, move memory, tell why.
 * Also admission: whether a VM may start. vm.c kicks it and asks for admission; netlink.c reads
 * and sets the host's figures through it.
 */
#ifndef _DYNMEM_BALANCER_H
#define _DYNMEM_BALANCER_H

#include <linux/netlink.h>
#include <linux/types.h>

#include "policy/ledger.h"
#include "uapi/dynmem.h"

struct dynmem_plan;
struct dynmem_vm;

int dynmem_balancer_init(void);
void dynmem_balancer_exit(void);

/* Something happened that a decision should not wait a second for. Any context. */
void dynmem_balancer_kick(void);

/**
 * dynmem_balancer_admit() - find the startup memory of a VM, or refuse
 * @vm: guest memory attached, state STARTING, ram and vnodes known
 * @runs: its guest has run: the device is hot-plugged. A cold start waits, killable, up to the
 *	start time-out for others to give; a guest that has run stands still meanwhile, so it must
 *	not. It is not refused for what it holds already
 *
 * Context: the VMM's own process; no lock held.
 * Return: 0: granted == startup (a static VM: all its RAM); -ENOMEM after an event that says how
 * much is missing on which node and who holds it; -EINTR
 */
int dynmem_balancer_admit(struct dynmem_vm *vm, bool runs);

/* The VMM has let go: everything the VM held goes back. No lock held. */
void dynmem_balancer_forget(struct dynmem_vm *vm);

/**
 * dynmem_balancer_reserve() - memory for decisions about so many VMs
 * @nr_vms: VMs that are defined
 *
 * A decision allocates nothing: on a host that is short of memory it is what frees some. So what it
 * needs is there before a VM is.
 * No lock held. Return: 0, -ENOMEM
 */
int dynmem_balancer_reserve(unsigned int nr_vms);

/**
 * dynmem_balancer_look() - begin a plan and look at it; nothing is decided
 * @extra: a VM that takes part in it, or NULL
 * @prepare: called without a lock, with the number of VMs in the plan: to allocate what @look needs
 * @look: called with dynmem_set_lock and the locks of all VMs in the plan; must not allocate
 * @arg: for @prepare and @look
 *
 * No lock held. Return: 0, -ENOMEM, or what @prepare returned
 */
int dynmem_balancer_look(struct dynmem_vm *extra,
			 int (*prepare)(unsigned int nr_vms, void *arg),
			 void (*look)(struct dynmem_plan *plan, void *arg), void *arg);

/* Figures of a node, or of a pool on it, or, summed, of the host; bytes. */
struct dynmem_node_info {
	int node;
	u64 page;				/* of its pages; of the host: 0 */
	u64 present;
	u64 free;
	u64 used;
	u64 reserve;
	u64 capacity;
	u64 resident;
	u64 assigned;
	u64 charge;
	u64 promised;
	u64 overhead;
	u64 spare;
	u64 minimums;
	u64 at_risk;
	u64 debt;
	u64 debt_by[DYNMEM_DEBT_CAUSES];	/* adds up to @debt */
	bool overdrawn;				/* of the host: a node is */
	u64 pools;				/* of the host: of @capacity, in hugetlb pools */
	u64 pools_spare;			/* and of @spare */
};

/* Fills @info for node @nid; false if there is no such node with memory, or pool with pages. Takes
 * the set's mutex.
 */
bool dynmem_balancer_node(int nid, struct dynmem_node_info *info);
/* The sum over all nodes. */
void dynmem_balancer_host(struct dynmem_node_info *info);

/* Sets the reserve of host node @nid, or of every one (NUMA_NO_NODE); bytes, 0: default. */
int dynmem_balancer_set_reserve(int nid, u64 reserve, struct netlink_ext_ack *extack);
/* What stays startable in case another host fails, on all nodes together; bytes, 0: nothing. */
void dynmem_balancer_set_failover(u64 bytes);
u64 dynmem_balancer_failover(void);

void dynmem_balancer_set_balance(enum dynmem_balance mode);
enum dynmem_balance dynmem_balancer_balance(void);

#endif
