/* SPDX-License-Identifier: GPL-2.0 */
/* attach: how a VM gets its guest's memory, and how it loses it. */
#ifndef _DYNMEM_ATTACH_H
#define _DYNMEM_ATTACH_H

#include <linux/types.h>

struct dynmem_vm;
struct mm_struct;

/**
 * dynmem_vm_attach() - attach a VM to the memory of its guest, and divide the RAM
 * @vm: the VM: without guest memory, or away and with the memory of the same guest
 * @mm: the VMM's mm
 * @why: set to a sentence for the operator when an error is returned
 *
 * The caller undoes this by dynmem_vm_detach(), even after an error, unless the VM was away: then
 * an error leaves it as it was.
 *
 * Context: the VMM's own process; @vm->bind_lock is held; takes the VM's lock.
 * Return: 0; an error of dynmem_guestmem_attach() or dynmem_vnodes_by_node()
 */
int dynmem_vm_attach(struct dynmem_vm *vm, struct mm_struct *mm, const char **why);

/*
 * The device is taken from a VMM that lives on. The guest's memory stays attached. No page of it is
 * ballooned any more, since without a driver the guest may touch all of it. @vm->bind_lock is held.
 */
void dynmem_vm_leave(struct dynmem_vm *vm);

/* Whether a VMM that loses its device leaves a guest behind, which has run and holds memory. */
bool dynmem_vm_guest_lives(struct dynmem_vm *vm);

/* Forgets the guest and its memory; does nothing if none is attached. */
void dynmem_vm_detach(struct dynmem_vm *vm);

#endif
