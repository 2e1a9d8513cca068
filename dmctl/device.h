/* SPDX-License-Identifier: GPL-2.0 */
/* device: the device of a VM in its QEMU. Its commands are "vm detach" and "vm attach". */
#ifndef DMCTL_DEVICE_H
#define DMCTL_DEVICE_H

#include <stdbool.h>

#include "lookup.h"

/*
 * Whether a VM has no device because its guest let go of the device too late, after "vm detach" had
 * given up or was killed. This is possible because QEMU cannot withdraw a request to unplug.
 */
bool device_is_late(const struct vm_facts *vm);

/* Plugs in the device of a VM for which device_is_late() is true. @why: set on failure. */
void device_bring_back(const struct vm_facts *vm, char *why);

#endif
