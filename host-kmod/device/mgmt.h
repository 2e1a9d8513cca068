/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mgmt: the virtio balloon devices that VMMs attach, one for each VM, as other layers see them.
 * They are vDPA parents: vhost-vdpa above them speaks to the VMM, and a vhost task of the VMM
 * serves the rings.
 */
#ifndef _DYNMEM_MGMT_H
#define _DYNMEM_MGMT_H

#include <linux/types.h>

struct dynmem_vm;
struct dynmem_vm_ops;
struct netlink_ext_ack;

/**
 * dynmem_vdpa_init() - register the vDPA management device "dynmem"
 * @ops: told of what happens in the devices
 * @lookup: finds a VM by name with a reference, for `vdpa dev add`
 */
int dynmem_vdpa_init(const struct dynmem_vm_ops *ops, struct dynmem_vm *(*lookup)(const char *));
/* Deletes every device. One that is opened at this very moment is waited for. No lock held. */
void dynmem_vdpa_exit(void);

/**
 * dynmem_vdpa_create() - create and register the device of a VM
 * @vm: without a device; the device takes a reference
 *
 * Context: no lock held.
 * Return: 0; -EEXIST: another vDPA device has that name; -ENOMEM
 */
int dynmem_vdpa_create(struct dynmem_vm *vm);

/**
 * dynmem_vdpa_delete() - unregister the device of a VM, if it has one and nobody has it open
 * @vm: the VM
 *
 * Context: no lock held. Waits until it is gone; or ten seconds, if a process has opened it at this
 * very moment: then it goes when it is closed, and nobody can attach to it.
 * Return: 0, or -EBUSY: it is open, and nothing was done
 */
int dynmem_vdpa_delete(struct dynmem_vm *vm);

/**
 * dynmem_vdpa_notify() - tell the guest what its vnodes may hold
 * @vm: the VM; caller holds its lock
 *
 * Recomputes config space from the vnodes and, if something changed, raises a config interrupt.
 * Does nothing for a VM without a device. Does not sleep.
 */
void dynmem_vdpa_notify(struct dynmem_vm *vm);

/* Writes "vhost-vdpa-N" of the VM's device, or "", to @buf. VM's lock. */
void dynmem_vdpa_chardev(struct dynmem_vm *vm, char *buf, size_t len);

#endif
