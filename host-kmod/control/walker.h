/* SPDX-License-Identifier: GPL-2.0 */
/*
 * walker: finds out on which nodes the memory of VMs is, once a second and at a bounded cost.
 */
#ifndef _DYNMEM_WALKER_H
#define _DYNMEM_WALKER_H

#include <linux/types.h>

struct dynmem_vm;

/* The most steps that a balancer run takes in total for VMs that have not been walked yet. */
#define DYNMEM_WALKER_FIRST	262144ULL

/**
 * dynmem_walker_init() - start the walks
 * @measure: causes capacity to be measured soon; called after walks of VMs with merged pages
 *
 * Return: 0 or -ENOMEM
 */
int dynmem_walker_init(void (*measure)(void));
void dynmem_walker_exit(void);

/**
 * dynmem_walker_vm() - begin or continue a walk of a VM's memory, at most to the end of the walk
 * @vm: the VM; its VMM may have detached
 * @budget: the most steps to take, see dynmem_account_walk(). Independently of @budget, a call
 *	takes no more steps than one VM may have in a second
 *
 * Context: may sleep; takes the account_lock of @vm for short times.
 * Return: steps taken
 */
u64 dynmem_walker_vm(struct dynmem_vm *vm, u64 budget);

#endif
