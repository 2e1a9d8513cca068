/* SPDX-License-Identifier: GPL-2.0 */
/* lifecycle: moves VMs from state to state. */
#ifndef _DYNMEM_LIFECYCLE_H
#define _DYNMEM_LIFECYCLE_H

struct dynmem_vm_ops;

/* The operations that devices call when something happens in them. */
extern const struct dynmem_vm_ops dynmem_vm_ops;

/* Forgets the guests of VMs that are away. Context: no device is left; the balancer still works. */
void dynmem_lifecycle_exit(void);

#endif
