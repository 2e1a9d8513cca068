/* SPDX-License-Identifier: GPL-2.0 */
/* lifecycle: moves VMs from state to state. */
#ifndef _DYNMEM_LIFECYCLE_H
#define _DYNMEM_LIFECYCLE_H

struct dynmem_vm_ops;

/* The operations by which devices report what VMMs and guests do; see struct dynmem_vm_ops. */
extern const struct dynmem_vm_ops dynmem_vm_ops;

struct dynmem_vm;

/*
 * Makes a VM DEFINED if it is away. Its guest may run on; the memory of that guest then counts as
 * the host's own use. Context: no VMM can attach.
 */
void dynmem_lifecycle_forget(struct dynmem_vm *vm);

/* Makes each AWAY VM DEFINED. Context: no device is left, and the balancer still runs. */
void dynmem_lifecycle_exit(void);

#endif
