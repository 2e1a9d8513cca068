/* SPDX-License-Identifier: GPL-2.0 */
/* balancer: the loop. Each second, or when kicked: measure, ask policy, move memory, tell why. */
#ifndef _DYNMEM_BALANCER_H
#define _DYNMEM_BALANCER_H

#include <linux/netlink.h>
#include <linux/types.h>

#include "uapi/dynmem.h"

struct dynmem_plan;
struct dynmem_vm;

int dynmem_balancer_init(void);
void dynmem_balancer_exit(void);

/* Something happened that a decision should not wait a second for. Any context. */
void dynmem_balancer_kick(void);

/* The VMM has let go: everything the VM held goes back. No lock held. */
void dynmem_balancer_forget(struct dynmem_vm *vm);

/**
 * dynmem_balancer_reserve() - memory for decisions about a number of VMs
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

/* Sets the reserve of host node @nid, or of every one (NUMA_NO_NODE); bytes, 0: default. */
int dynmem_balancer_set_reserve(int nid, u64 reserve, struct netlink_ext_ack *extack);

void dynmem_balancer_set_balance(enum dynmem_balance mode);
enum dynmem_balance dynmem_balancer_balance(void);

#endif
