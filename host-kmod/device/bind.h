/* SPDX-License-Identifier: GPL-2.0 */
/* bind: how a VMM attaches to a device and detaches from it. */
#ifndef _DYNMEM_BIND_H
#define _DYNMEM_BIND_H

struct dynmem_vdpa;
struct mm_struct;
struct vdpa_device;

/* Sets up the rate limits of a new device. */
void dynmem_bind_init_device(struct dynmem_vdpa *dev);

/**
 * dynmem_bind_mm() - attach a VMM to a device and wait until the VM is admitted
 * @vdev: the device
 * @mm: the VMM's mm
 *
 * Context: the VMM's own process, in VHOST_SET_OWNER.
 * Return: 0; -ENODEV: the device is to be deleted; -EAGAIN: there were too many attempts; an error
 * of dynmem_guestmem_attach() or of @bind of struct dynmem_vm_ops; or another -errno
 */
int dynmem_bind_mm(struct vdpa_device *vdev, struct mm_struct *mm);

/**
 * dynmem_bind_end() - detach a VMM that has closed a device
 * @vdev: the device, with or without a VMM attached. It must have been reset, so that its rings do
 *	not run
 */
void dynmem_bind_end(struct vdpa_device *vdev);

#endif
