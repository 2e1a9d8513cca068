/* SPDX-License-Identifier: GPL-2.0 */
/* vm: the set of all VMs. */
#ifndef _DYNMEM_VM_H
#define _DYNMEM_VM_H

#include <linux/mutex.h>
#include <linux/types.h>

#include "vm/types.h"

/**
 * dynmem_set_lock - guards the set of VMs, every VM's settings and state, and the ledger
 *
 * Order: dynmem_set_lock, then a VM's lock, then its guest memory's ref_lock. None of these is held
 * while waiting for a guest or for anything that a VMM can delay (its mmap_lock, a page fault,
 * memory of its cgroup), calling the vDPA core, measuring, allocating, or releasing memory.
 */
extern struct mutex dynmem_set_lock;

/**
 * dynmem_vm_like() - a VM with the settings of another, to try a start with
 * @name: of the other, which must not run
 *
 * It is in no set and has no device. Takes dynmem_set_lock.
 * Return: a reference, for dynmem_vm_put(); ERR_PTR: -ENOENT, -EBUSY, -ENOMEM
 */
struct dynmem_vm *dynmem_vm_like(const char *name);

/* A reference to the VM of that name, or NULL. Takes dynmem_set_lock. */
struct dynmem_vm *dynmem_vm_find(const char *name);

/**
 * dynmem_vm_next() - walk the set
 * @prev: the last one, whose reference is dropped; NULL to begin
 *
 * Takes dynmem_set_lock, holds it not. VMs that come or go meanwhile are seen or not.
 * Return: a reference to the next VM in order of creation, or NULL
 */
struct dynmem_vm *dynmem_vm_next(struct dynmem_vm *prev);
void dynmem_vm_put(struct dynmem_vm *vm);

/* How many VMs are defined, those that are expected included. Takes dynmem_set_lock. */
unsigned int dynmem_vm_defined(void);

/*
 * One more will be in the set, or no longer will. Takes dynmem_set_lock. Return:
 * dynmem_vm_defined()
 */
unsigned int dynmem_vm_expect(void);
void dynmem_vm_unexpect(void);

/* A VM in no set: a reference, for dynmem_vm_put(); NULL: no memory. May wait. */
struct dynmem_vm *dynmem_vm_alloc(const char *name, const struct dynmem_settings *set);

/**
 * dynmem_vm_add() - enter a VM that is expected in the set
 * @vm: in no set yet; the set takes a reference
 *
 * Takes dynmem_set_lock. Return: 0; -EEXIST: there is one of that name, and it is expected no more
 */
int dynmem_vm_add(struct dynmem_vm *vm);

/* Out of the set, which drops its reference; nothing if it was in none. Takes dynmem_set_lock. */
void dynmem_vm_remove(struct dynmem_vm *vm);

/* As dynmem_vm_find(), with dynmem_set_lock held and without a reference. */
struct dynmem_vm *dynmem_vm_find_locked(const char *name);

/* All go out of the set. Nobody is left who could look for one. */
void dynmem_vm_exit(void);

#endif
