/* SPDX-License-Identifier: GPL-2.0 */
/* balancer: the loop that measures, decides and moves memory, once a second and when kicked. */
#ifndef _DYNMEM_BALANCER_H
#define _DYNMEM_BALANCER_H

#include <linux/netlink.h>
#include <linux/types.h>

#include "uapi/dynmem.h"

struct dynmem_plan;
struct dynmem_vm;

/* Starts the loop and waits for its first run. Return: 0 or -ENOMEM. */
int dynmem_balancer_init(void);
void dynmem_balancer_exit(void);

/* Makes the loop decide soon, without waiting for the next second. Context: any. */
void dynmem_balancer_kick(void);

/**
 * dynmem_balancer_reserve() - allocate memory for decisions about a number of VMs
 * @nr_vms: number of VMs that are defined
 *
 * A decision allocates nothing, since a host that is short of memory needs decisions to free some.
 * So the memory that decisions need is allocated before a VM is defined.
 *
 * Context: no lock is held.
 * Return: 0 or -ENOMEM
 */
int dynmem_balancer_reserve(unsigned int nr_vms);

/**
 * dynmem_balancer_look() - begin a plan, and look at it instead of carrying it out
 * @extra: a VM that takes part in addition, or NULL
 * @prepare: called without a lock, to allocate memory that @look needs for up to @nr_vms VMs. It
 *	may be called several times, until there is memory for all VMs; may be NULL
 * @look: called while dynmem_set_lock and the locks of all VMs in the plan are held; must not
 *	allocate memory
 * @arg: for @prepare and @look
 *
 * Context: no lock is held.
 * Return: 0; -ENOMEM; or the error that @prepare returned
 */
int dynmem_balancer_look(struct dynmem_vm *extra,
			 int (*prepare)(unsigned int nr_vms, void *arg),
			 void (*look)(struct dynmem_plan *plan, void *arg), void *arg);

/*
 * Sets the reserve of host node @nid, or of each host node if @nid is NUMA_NO_NODE. @reserve is in
 * bytes; 0: the default. @extack gets the sentence of a refusal.
 * Return: 0; -ENOENT: there is no such node; -ERANGE: a node has less memory.
 */
int dynmem_balancer_set_reserve(int nid, u64 reserve, struct netlink_ext_ack *extack);

/* Sets how much of each node is kept unlent, see dynmem_headroom_set(). */
void dynmem_balancer_set_headroom(u64 bytes, u32 percent);

/* These set and return the mode in which policy shares memory. */
void dynmem_balancer_set_balance(enum dynmem_balance mode);
enum dynmem_balance dynmem_balancer_balance(void);

#endif
