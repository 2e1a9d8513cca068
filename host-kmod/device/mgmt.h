/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mgmt: creates and deletes the virtio balloon devices, one for each VM. They are vDPA parent
 * devices: vhost-vdpa connects them to a VMM, and a vhost task of the VMM serves their rings.
 */
#ifndef _DYNMEM_MGMT_H
#define _DYNMEM_MGMT_H

#include <linux/types.h>

struct dynmem_vm;
struct dynmem_vm_ops;
struct netlink_ext_ack;

/**
 * dynmem_vdpa_init() - register the vDPA management device "dynmem"
 * @ops: the operations of higher layers that devices call
 * @lookup: finds a VM by name and takes a reference, for `vdpa dev add`
 *
 * Return: 0 or -errno
 */
int dynmem_vdpa_init(const struct dynmem_vm_ops *ops, struct dynmem_vm *(*lookup)(const char *));
/*
 * Deletes all devices. If a process has begun to open a device, waits until that process has closed
 * the device. The caller holds no lock.
 */
void dynmem_vdpa_exit(void);

/**
 * dynmem_vdpa_create() - create and register the device of a VM
 * @vm: the VM; the new device takes a reference to the VM
 *
 * Context: no lock is held.
 * Return: 0; -EEXIST: the VM has a device, or another vDPA device has the name of the VM; -ENOENT:
 * the VM is not in the set; -ENOMEM
 */
int dynmem_vdpa_create(struct dynmem_vm *vm);

/**
 * dynmem_vdpa_delete() - unregister the device of a VM unless a process has it open
 * @vm: the VM, with or without a device
 *
 * Waits up to ten seconds until the device is gone. If a process has just begun to open the device,
 * this function may not notice the process. In that case the device stays until the process closes
 * it, but no VMM can attach to this device any more.
 *
 * Context: no lock is held.
 * Return: 0; -EBUSY: the device is in use or is being registered, and nothing was done
 */
int dynmem_vdpa_delete(struct dynmem_vm *vm);

/**
 * dynmem_vdpa_notify() - send the guest new targets, if they have changed
 * @vm: the VM, with or without a device; its lock is held
 *
 * Recomputes config space from the vnodes and, if it has changed, raises a config interrupt. Does
 * not sleep.
 */
void dynmem_vdpa_notify(struct dynmem_vm *vm);

/*
 * Writes the name of the VM's character device, such as "vhost-vdpa-0", to @buf, or "" if there is
 * none. The VM's lock is held.
 */
void dynmem_vdpa_chardev(struct dynmem_vm *vm, char *buf, size_t len);

#endif
