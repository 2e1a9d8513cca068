/* SPDX-License-Identifier: GPL-2.0 */
/* device: the device of a VM in its QEMU. Its commands are "vm detach" and "vm attach". */
#ifndef DMCTL_DEVICE_H
#define DMCTL_DEVICE_H

#include <stdbool.h>

#include "lookup.h"

/*
 * Whether a VM has no device because its guest has let go too late. A request to unplug cannot be
 * taken back. If the guest lets go of its device when "vm detach" has given up, or was killed,
 * nobody has asked for that any more.
 */
bool device_is_late(const struct vm_facts *vm);

/* Plugs the device of such a VM in again. @why: set to a sentence if that fails. */
void device_bring_back(const struct vm_facts *vm, char *why);

#endif
