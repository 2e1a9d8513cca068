/* SPDX-License-Identifier: GPL-2.0 */
/*
 * reset: tells dynmem at once that a VMM has reset its guest. QEMU says so by the event RESET at a
 * QMP socket of its own, /run/dynmem/NAME.events, since a QMP socket serves one client at a time.
 * Without that socket dynmem learns of a restart only when the driver of the new kernel begins.
 */
#ifndef DMCTL_RESET_H
#define DMCTL_RESET_H

#include <stdbool.h>

#include "lookup.h"

/* Whether the VM has a VMM, and a socket for its events. */
bool reset_can_be_watched(const struct vm_facts *vm);

/*
 * Tells dynmem of each reset, until the VMM ends or closes the socket. @why: set to a sentence if
 * the socket cannot be used.
 */
void reset_watch(const struct vm_facts *vm, char *why);

#endif
