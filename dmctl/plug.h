/* SPDX-License-Identifier: GPL-2.0 */
/*
 * plug: plugs DIMMs into a VM's QEMU and takes them out again. So a VM can have more memory than
 * its QEMU was started with.
 */
#ifndef DMCTL_PLUG_H
#define DMCTL_PLUG_H

#include <stdbool.h>

#include "lookup.h"

/*
 * Whether the agent is to plug in what a VM lacks up to its maximum. It does so once for each VMM
 * and each value of maximum, which NAME.plug has (runfile.h). So what the operator takes out stays
 * out, and a QEMU without room is asked once. libvirt plugs in the DIMMs of its domains itself.
 */
bool plug_is_due(const struct vm_facts *vm);

/* Plugs it in. @why: set to a sentence on failure. */
void plug_do(const struct vm_facts *vm, char *why);

#endif
