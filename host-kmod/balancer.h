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

#include "../include/uapi/dynmem.h"

struct dynmem_vm;

int dynmem_balancer_init(void);
void dynmem_balancer_exit(void);

/* Something happened that a decision should not wait a second for. Any context. */
void dynmem_balancer_kick(void);

/**
 * dynmem_balancer_admit() - find the startup memory of a VM, or refuse
 * @vm: guest memory attached, state STARTING, ram and vnodes known
 *
 * Waits, killable, up to the start time-out for others to give.
 *
 * Context: the VMM's own process; no lock held.
 * Return: 0: granted == startup (a static VM: all its RAM); -ENOMEM after an event that says how
 * much is missing on which node and who holds it; -EINTR
 */
int dynmem_balancer_admit(struct dynmem_vm *vm);

/* The VMM has let go: everything the VM held goes back. No lock held. */
void dynmem_balancer_forget(struct dynmem_vm *vm);

/* Figures of a node or, summed, of the host; bytes. */
struct dynmem_node_info {
	int node;
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
	u64 debt;
	u64 at_risk;
};

/* Fills @info for node @nid; false if there is no such node with memory. Takes the set's mutex. */
bool dynmem_balancer_node(int nid, struct dynmem_node_info *info);
/* The sum over all nodes. */
void dynmem_balancer_host(struct dynmem_node_info *info);

/* Sets the reserve of @nid, or of every node (NUMA_NO_NODE); bytes, 0: default. */
int dynmem_balancer_set_reserve(int nid, u64 reserve, struct netlink_ext_ack *extack);
void dynmem_balancer_set_balance(enum dynmem_balance mode);
enum dynmem_balance dynmem_balancer_balance(void);

#endif
