/* SPDX-License-Identifier: GPL-2.0 */
/* attach: attaches a VM to the memory of its guest, and detaches the VM again. */
#ifndef _DYNMEM_ATTACH_H
#define _DYNMEM_ATTACH_H

#include <linux/types.h>

struct dynmem_vm;
struct mm_struct;

/**
 * dynmem_vm_attach() - attach a VM to the memory of its guest, and divide RAM between vnodes
 * @vm: the VM; it is away, or no guest memory is attached
 * @mm: the VMM's mm
 * @why: set to a sentence for the operator when an error is returned
 *
 * The caller undoes this by dynmem_vm_detach(), even after an error. There is one exception: if the
 * VM was away, a call that returns an error has changed nothing, so the VM can remain away.
 *
 * Context: the VMM's own process; @vm->bind_lock is held; takes the VM's lock.
 * Return: 0; an error of dynmem_guestmem_attach() or dynmem_vnodes_by_node()
 */
int dynmem_vm_attach(struct dynmem_vm *vm, struct mm_struct *mm, const char **why);

/*
 * Forgets which pages are ballooned, when a VMM loses the device while its guest runs on. Without a
 * driver the guest may touch all of its memory. No memory moves, and guest memory stays attached.
 * @vm->bind_lock is held.
 */
void dynmem_vm_leave(struct dynmem_vm *vm);

/*
 * Whether the guest lives on when its VMM loses the device: the VMM is not exiting, and the guest
 * has run. Context: the thread in which the VMM loses the device.
 */
bool dynmem_vm_guest_lives(struct dynmem_vm *vm);

/* Detaches the VM from the memory of its guest; does nothing if no memory is attached. */
void dynmem_vm_detach(struct dynmem_vm *vm);

#endif
