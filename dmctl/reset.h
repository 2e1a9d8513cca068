/* SPDX-License-Identifier: GPL-2.0 */
/*
 * reset: tells dynmem at once that a VMM has reset its guest. QEMU says so by the event RESET at a
 * QMP socket of its own, /run/dynmem/NAME.events, since a QMP socket serves one client at a time;
 * and libvirt says so of its domains. Without these dynmem learns of a restart only when the driver
 * of the new kernel begins.
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

/* Whether libvirt runs the VM, as the domain of that name, and it has no socket for events. */
bool reset_is_told_by_libvirt(const struct vm_facts *vm);

/*
 * Tells dynmem of each reset of a domain, until libvirt ends. @none: not used. @why: set to a
 * sentence.
 */
void reset_watch_libvirt(const struct vm_facts *none, char *why);

#endif
