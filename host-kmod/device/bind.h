/* SPDX-License-Identifier: GPL-2.0 */
/* bind: a VMM attaches to a device and lets go of it. */
#ifndef _DYNMEM_BIND_H
#define _DYNMEM_BIND_H

struct dynmem_vdpa;
struct mm_struct;
struct vdpa_device;

/* Once for each device. */
void dynmem_bind_init_device(struct dynmem_vdpa *dev);

/*
 * In the VMM's own process, at VHOST_SET_OWNER: also the admission of its VM. Return: 0; -ENODEV:
 * the device goes away; -EAGAIN: too many attempts; or as struct dynmem_vm_ops says
 */
int dynmem_bind_mm(struct vdpa_device *vdev, struct mm_struct *mm);

/* The VMM has closed the device, bound or not; the reset before this has stopped the rings. */
void dynmem_bind_end(struct vdpa_device *vdev);

#endif
