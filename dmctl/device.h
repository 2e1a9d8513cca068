/* SPDX-License-Identifier: GPL-2.0 */
/* device: the device of a VM in its QEMU. Its commands are "vm detach" and "vm attach". */
#ifndef DMCTL_DEVICE_H
#define DMCTL_DEVICE_H

#include <stdbool.h>

#include "lookup.h"

/*
 * Whether a VM has no device because its guest let go of the device too late: after "vm detach" had
 * given up or was killed. This can happen because a request to unplug cannot be taken back.
 */
bool device_is_late(const struct vm_facts *vm);

/* Plugs in the device of a VM for which device_is_late() is true. @why: set if that fails. */
void device_bring_back(const struct vm_facts *vm, char *why);

#endif
