/* SPDX-License-Identifier: GPL-2.0 */
/*
 * walker: finds out, each second, on which nodes the VMs' memory is, within what that may cost.
 * Started by the balancer, which also has it walk over a VM that came just now.
 */
#ifndef _DYNMEM_WALKER_H
#define _DYNMEM_WALKER_H

#include <linux/types.h>

struct dynmem_vm;

/* Steps in a run of the balancer for VMs that have not been walked over yet, all together. */
#define DYNMEM_WALKER_FIRST	262144ULL

int dynmem_walker_init(void);
void dynmem_walker_exit(void);

/**
 * dynmem_walker_vm() - walk on over one VM's memory, up to its end
 * @vm: attached, or was
 * @budget: steps at most; no VM gets more than a second's share
 *
 * Takes @vm->account_lock, for short times; may sleep.
 * Return: steps that it took
 */
u64 dynmem_walker_vm(struct dynmem_vm *vm, u64 budget);

#endif
