/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qdev: the device of a VM as its QEMU has it: where it is plugged in, and how it is unplugged and
 * plugged in. What QEMU says is copied to buffers of a fixed size; what does not fit is no answer.
 */
#ifndef DMCTL_QDEV_H
#define DMCTL_QDEV_H

#include <stdbool.h>

#include "vmm.h"

/**
 * struct qdev - a device of QEMU
 * @path: its path in QEMU's object tree
 * @id: its id; "": it has none
 * @driver: QEMU's type of it
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

/* Finds the device of QEMU that has opened /dev/@device. @why: set if there is none. */
bool qdev_find(struct vmm *vmm, struct qdev *qdev, const char *device, char *why);

/* Whether a device is still there. Return: 1; 0; -1: QEMU does not say, and @why is set. */
int qdev_is_there(struct vmm *vmm, const struct qdev *qdev, char *why);

/*
 * Asks the guest, by QEMU, to let go of a device. QEMU refuses a second request for some seconds,
 * which is no error. Return: false: it cannot be unplugged, and @why is set.
 */
bool qdev_unplug(struct vmm *vmm, const struct qdev *qdev, char *why);

/* Finds an empty port. Sets @qdev to a new device there. @why: set if there is none. */
bool qdev_find_port(struct vmm *vmm, struct qdev *qdev, char *why);

/* Plugs /dev/@device in where @qdev says. @why: set to a sentence if that fails. */
bool qdev_plug(struct vmm *vmm, const struct qdev *qdev, const char *device, char *why);

#endif
