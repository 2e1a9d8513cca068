/* SPDX-License-Identifier: GPL-2.0 */
/* lifecycle: moves VMs from state to state. */
#ifndef _DYNMEM_LIFECYCLE_H
#define _DYNMEM_LIFECYCLE_H

struct dynmem_vm_ops;

/* The operations by which devices report what VMMs and guests do; see struct dynmem_vm_ops. */
extern const struct dynmem_vm_ops dynmem_vm_ops;

struct dynmem_vm;
struct netlink_ext_ack;

/**
 * dynmem_lifecycle_restarted() - note that the VMM has reset the guest of a VM
 * @name: the VM's name
 * @extack: gets the sentence of a refusal
 *
 * Without this call dynmem learns of a restart only when the driver of the new kernel begins. If
 * the new driver has begun already, or the guest never had a driver, the call changes nothing.
 *
 * Return: 0; -ENOENT: there is no such VM; -EBUSY: no guest runs
 */
int dynmem_lifecycle_restarted(const char *name, struct netlink_ext_ack *extack);

/*
 * Makes a VM DEFINED if it is away. Its guest may run on; the memory of that guest then counts as
 * the host's own use. Context: no VMM can attach.
 */
void dynmem_lifecycle_forget(struct dynmem_vm *vm);

/* Makes each AWAY VM DEFINED. Context: no device is left, and the balancer still runs. */
void dynmem_lifecycle_exit(void);

#endif
