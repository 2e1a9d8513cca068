/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The differences between the kernel versions that the host module builds for (6.12 and 7.3). No
 * other file may depend on the version. Where a version number is not enough, Kbuild searches the
 * kernel's headers and defines HAVE_*.
 */
#ifndef _DYNMEM_COMPAT_H
#define _DYNMEM_COMPAT_H

#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/timer.h>
#include <linux/vdpa.h>
#include <linux/version.h>

/* Since 6.10, __assign_str() has no source argument: it uses the source of __string(). */
#define dynmem_assign_str(dst, src) __assign_str(dst)

/* Unmaps and frees the pages of a range in one anonymous mapping; mmap_lock is held. */
static inline void dynmem_zap(struct vm_area_struct *vma, unsigned long start, unsigned long size)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 2, 0)
	zap_vma_range(vma, start, size);
#else
	zap_page_range_single(vma, start, size, NULL);
#endif
}

/* KVM sets a virtual CPU's pid when the CPU first runs. Before 6.14 the pid is an RCU pointer. */
static inline bool dynmem_vcpu_has_run(struct kvm_vcpu *vcpu)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 14, 0)
	return READ_ONCE(vcpu->pid);
#else
	return rcu_access_pointer(vcpu->pid);
#endif
}

/* Lets only the driver named @driver bind to @vdev. @vdev must not be registered yet. */
static inline int dynmem_set_driver_override(struct vdpa_device *vdev, const char *driver)
{
#ifdef HAVE_DEVICE_SET_DRIVER_OVERRIDE
	return device_set_driver_override(&vdev->dev, driver);
#else
	return driver_set_override(&vdev->dev, &vdev->driver_override, driver, strlen(driver));
#endif
}

/* vdpa_alloc_device() with one virtqueue group and one address space, using virtual addresses. */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 19, 0)
#define dynmem_alloc_vdpa(type, member, parent, ops, name) \
	vdpa_alloc_device(type, member, parent, ops, NULL, 1, 1, name, true)
#else
#define dynmem_alloc_vdpa(type, member, parent, ops, name) \
	vdpa_alloc_device(type, member, parent, ops, 1, 1, name, true)
#endif

#endif
