/* SPDX-License-Identifier: GPL-2.0 */
/* vm: the set of all VMs. */
#ifndef _DYNMEM_VM_H
#define _DYNMEM_VM_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "vm/types.h"

/**
 * dynmem_set_lock - guards the set of VMs, every VM's settings and state, and the ledgers
 *
 * Lock order: dynmem_set_lock, then a VM's lock, then the ref_lock of the VM's guest memory. A
 * thread that holds one of these locks must not wait for a guest or for anything that a VMM can
 * delay: the VMM's mmap_lock, a page fault, memory of the VMM's cgroup. Nor may the thread call the
 * vDPA core, count a guest's memory, release guest memory or allocate memory.
 */
extern struct mutex dynmem_set_lock;

/**
 * dynmem_vm_like() - copy the settings of a VM into a new VM
 * @name: name of the VM to copy
 *
 * With the new VM one can find out what a start of the named VM would cause. The new VM is not in
 * the set and has no device.
 *
 * Context: may sleep; takes dynmem_set_lock.
 * Return: a reference, for dynmem_vm_put(); ERR_PTR: -ENOENT: there is no VM of that name; -EBUSY:
 * the named VM runs; -ENOMEM
 */
struct dynmem_vm *dynmem_vm_like(const char *name);

/* Returns a reference to the VM of that name, or NULL. Takes dynmem_set_lock. */
struct dynmem_vm *dynmem_vm_find(const char *name);

/**
 * dynmem_vm_next() - walk the set
 * @prev: the VM that the last call returned; this call drops the reference to that VM. NULL: begin
 *	a walk
 *
 * A walk may see or miss a VM that is defined or deleted during the walk.
 *
 * Context: takes dynmem_set_lock, and does not hold it on return.
 * Return: a reference to the next VM in order of creation, or NULL
 */
struct dynmem_vm *dynmem_vm_next(struct dynmem_vm *prev);

/* As dynmem_vm_next(), but dynmem_set_lock is held, and no reference is taken or dropped. */
struct dynmem_vm *dynmem_vm_next_locked(struct dynmem_vm *prev);

/* Drops a reference; the last one frees the VM. */
void dynmem_vm_put(struct dynmem_vm *vm);

/*
 * Number of VMs in the set, plus the VMs announced by dynmem_vm_expect() that are not added yet.
 * Takes dynmem_set_lock.
 */
unsigned int dynmem_vm_defined(void);

/* Announces one more VM for the set. Return: the new dynmem_vm_defined(). Takes dynmem_set_lock. */
unsigned int dynmem_vm_expect(void);

/* Undoes dynmem_vm_expect() if the VM will not be added. Takes dynmem_set_lock. */
void dynmem_vm_unexpect(void);

/*
 * Allocates a VM that is not in the set. Return: a reference, for dynmem_vm_put(); NULL: there is
 * no memory. May sleep.
 */
struct dynmem_vm *dynmem_vm_alloc(const char *name, const struct dynmem_settings *set);

/**
 * dynmem_vm_add() - put a VM into the set after dynmem_vm_expect()
 * @vm: not in the set; the set takes a reference
 *
 * Context: takes dynmem_set_lock.
 * Return: 0; -EEXIST: the set has a VM of that name, and this call has undone dynmem_vm_expect()
 */
int dynmem_vm_add(struct dynmem_vm *vm);

/**
 * dynmem_vm_remove() - take a VM out of the set and drop the set's reference
 * @vm: the VM; if it is not in the set, the call does nothing
 *
 * Context: takes dynmem_set_lock and the VM's lock.
 * Return: 0; -EBUSY: the VM is not DEFINED, or it has a device, so it stays in the set
 */
int dynmem_vm_remove(struct dynmem_vm *vm);

/* Empties the set at module exit, when no other thread uses the set. */
void dynmem_vm_exit(void);

#endif
