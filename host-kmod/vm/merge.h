/* SPDX-License-Identifier: GPL-2.0 */
/* merge: applies a VM's setting "share" to the memory of its guest. */
#ifndef _DYNMEM_VM_MERGE_H
#define _DYNMEM_VM_MERGE_H

#include <linux/types.h>

struct dynmem_vm;

/**
 * dynmem_vm_merge() - allow or forbid KSM to merge the VM's memory, according to the setting
 * @vm: the VM, whose guest memory is attached
 * @wait: as for dynmem_merge_allow()
 *
 * Sends an event if the setting can't be applied, once for each reason.
 *
 * Context: a thread of the VMM; no lock is held; takes the VM's lock.
 */
void dynmem_vm_merge(struct dynmem_vm *vm, bool wait);

#endif
