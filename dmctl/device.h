/* SPDX-License-Identifier: GPL-2.0 */
/* device: the device of a VM in its QEMU. Its commands are "vm detach" and "vm attach". */
#ifndef DMCTL_DEVICE_H
#define DMCTL_DEVICE_H

#include <stdbool.h>

#include "lookup.h"

/**
 * device_bring_back() - plug the device of a VM whose guest has let go too late
 * @vm: the VM
 * @why: set to a sentence if that fails
 *
 * A request to unplug cannot be taken back. If the guest lets go of its device when "vm detach" has
 * given up, nobody has asked for that any more.
 *
 * Return: false: the device could not be plugged; true otherwise, also if there is nothing to do
 */
bool device_bring_back(const struct vm_facts *vm, char *why);

#endif
