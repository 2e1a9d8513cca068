/* SPDX-License-Identifier: GPL-2.0 */
/*
 * deviceacl: the list in qemu.conf of the devices that libvirt's QEMU may use, cgroup_device_acl.
 * These functions change the content of the file, and do no I/O.
 */
#ifndef DMCTL_DEVICEACL_H
#define DMCTL_DEVICEACL_H

#define DEVICEACL	"cgroup_device_acl"	/* the setting's name */
#define DEVICEACL_PATH	"/dev/vhost-vdpa-"	/* and the device's number */

/**
 * deviceacl_add() - allow devices of VMs, and no others of theirs
 * @text: content of qemu.conf
 * @nr: the devices 0 to @nr - 1 are allowed. libvirt ignores those that do not exist
 *
 * If @text has no list, one with libvirt's defaults is added.
 *
 * Return: the new content, for free(); NULL: what @text has by that name is no list
 */
char *deviceacl_add(const char *text, unsigned int nr);

/**
 * deviceacl_remove() - allow no devices of VMs
 * @text: content of qemu.conf
 *
 * Undoes deviceacl_add(). What else is in the list stays there.
 *
 * Return: as for deviceacl_add()
 */
char *deviceacl_remove(const char *text);

#endif
