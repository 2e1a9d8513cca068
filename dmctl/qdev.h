/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qdev: finds where the device of a VM is plugged into its QEMU, unplugs it and plugs it in. Texts
 * from QEMU are copied to buffers of a fixed size. A device is not accepted if its path, type or
 * bus does not fit into the buffer.
 */
#ifndef DMCTL_QDEV_H
#define DMCTL_QDEV_H

#include <stdbool.h>

#include "vmm.h"

/**
 * struct qdev - a device of QEMU
 * @path: its path in QEMU's object tree
 * @id: its id; "": it has none
 * @driver: QEMU's name for the type of the device
 * @bus: name of its bus
 * @addr: its address on the bus, as "0.0"; "": it has none, or any will do
 * @vhostdev: the path by which QEMU has opened the vhost-vdpa device
 */
struct qdev {
	char path[256];
	char id[128];
	char driver[64];
	char bus[128];
	char addr[16];
	char vhostdev[128];
};

/* Finds the device in QEMU that uses /dev/@device. @why: set if there is none. */
bool qdev_find(struct vmm *vmm, struct qdev *qdev, const char *device, char *why);

/* Return: 1 if a device is still there, 0 if not, -1 with @why set if QEMU does not say. */
int qdev_is_there(struct vmm *vmm, const struct qdev *qdev, char *why);

/*
 * Makes QEMU ask the guest to let go of a device. For some seconds after such a request QEMU
 * refuses another one. This refusal counts as success. Return: false, with @why set, if QEMU cannot
 * unplug the device.
 */
bool qdev_unplug(struct vmm *vmm, const struct qdev *qdev, char *why);

/* Finds an empty PCIe port, and sets @qdev to a new device there. @why: set if there is no port. */
bool qdev_find_port(struct vmm *vmm, struct qdev *qdev, char *why);

/* Plugs in /dev/@device at the place that @qdev names. @why: set to a sentence on failure. */
bool qdev_plug(struct vmm *vmm, const struct qdev *qdev, const char *device, char *why);

#endif
