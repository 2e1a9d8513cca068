// SPDX-License-Identifier: GPL-2.0
/* vm: the set of VMs. */
#include <linux/slab.h>
#include <linux/string.h>

#include "memory/pool.h"
#include "vm/vm.h"

/* In this file the lock guards @vms, @last_id and @nr_vms. Its other uses are in vm.h. */
DEFINE_MUTEX(dynmem_set_lock);
static LIST_HEAD(vms);			/* in order of creation */
static u64 last_id;
static unsigned int nr_vms;		/* number of VMs in @vms, and of VMs to be added */

static void free_vm(struct kref *ref)
{
	struct dynmem_vm *vm = container_of(ref, struct dynmem_vm, ref);

	WARN_ON(vm->gm.mm);
	dynmem_account_free(&vm->account);
	kfree(vm->books.holding);
	kfree(vm);
}

void dynmem_vm_put(struct dynmem_vm *vm)
{
	kref_put(&vm->ref, free_vm);
}

/* Return: the VM of that name, or NULL; takes no reference. dynmem_set_lock is held. */
static struct dynmem_vm *vm_find_locked(const char *name)
{
	struct dynmem_vm *vm;

	list_for_each_entry(vm, &vms, link)
		if (!strcmp(vm->name, name))
			return vm;
	return NULL;
}

struct dynmem_vm *dynmem_vm_find(const char *name)
{
	struct dynmem_vm *vm;

	mutex_lock(&dynmem_set_lock);
	vm = vm_find_locked(name);
	if (vm)
		kref_get(&vm->ref);
	mutex_unlock(&dynmem_set_lock);
	return vm;
}

struct dynmem_vm *dynmem_vm_next_locked(struct dynmem_vm *prev)
{
	struct dynmem_vm *vm;

	if (!prev)
		return list_first_entry_or_null(&vms, struct dynmem_vm, link);
	/* @prev may have left the set. */
	if (!list_empty(&prev->link))
		return list_is_last(&prev->link, &vms) ? NULL : list_next_entry(prev, link);
	list_for_each_entry(vm, &vms, link)
		if (vm->id > prev->id)
			return vm;
	return NULL;
}

struct dynmem_vm *dynmem_vm_next(struct dynmem_vm *prev)
{
	struct dynmem_vm *vm;

	mutex_lock(&dynmem_set_lock);
	vm = dynmem_vm_next_locked(prev);
	if (vm)
		kref_get(&vm->ref);
	mutex_unlock(&dynmem_set_lock);
	if (prev)
		dynmem_vm_put(prev);
	return vm;
}

struct dynmem_vm *dynmem_vm_alloc(const char *name, const struct dynmem_settings *set)
{
	struct dynmem_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL);

	if (!vm)
		return NULL;
	kref_init(&vm->ref);
	strscpy(vm->name, name, sizeof(vm->name));
	INIT_LIST_HEAD(&vm->link);
	mutex_init(&vm->bind_lock);
	mutex_init(&vm->lock);
	mutex_init(&vm->account_lock);
	mutex_init(&vm->balloon_lock);
	dynmem_pageset_init(&vm->ballooned);
	dynmem_pageset_init(&vm->awaited);
	dynmem_guestmem_init(&vm->gm);
	dynmem_releases_init(&vm->releases);
	vm->set = *set;
	vm->next = *set;
	vm->books.holding = kcalloc(dynmem_nr_nodes(), sizeof(*vm->books.holding), GFP_KERNEL);
	if (!vm->books.holding || dynmem_account_init(&vm->account)) {
		dynmem_vm_put(vm);
		return NULL;
	}
	return vm;
}

struct dynmem_vm *dynmem_vm_like(const char *name)
{
	const struct dynmem_settings none = {};
	struct dynmem_vm *vm, *like = dynmem_vm_alloc(name, &none);
	int ret = 0;

	if (!like)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&dynmem_set_lock);
	vm = vm_find_locked(name);
	if (!vm)
		ret = -ENOENT;
	else if (vm->state != DYNMEM_VM_STATE_DEFINED)
		ret = -EBUSY;
	else
		like->set = vm->set;
	mutex_unlock(&dynmem_set_lock);
	if (!ret)
		return like;
	dynmem_vm_put(like);
	return ERR_PTR(ret);
}

unsigned int dynmem_vm_expect(void)
{
	unsigned int nr;

	mutex_lock(&dynmem_set_lock);
	nr = ++nr_vms;
	mutex_unlock(&dynmem_set_lock);
	return nr;
}

void dynmem_vm_unexpect(void)
{
	mutex_lock(&dynmem_set_lock);
	nr_vms--;
	mutex_unlock(&dynmem_set_lock);
}

int dynmem_vm_add(struct dynmem_vm *vm)
{
	int ret = 0;

	mutex_lock(&dynmem_set_lock);
	if (vm_find_locked(vm->name)) {
		nr_vms--;
		ret = -EEXIST;
	} else {
		kref_get(&vm->ref);
		vm->id = ++last_id;
		list_add_tail(&vm->link, &vms);
	}
	mutex_unlock(&dynmem_set_lock);
	return ret;
}

int dynmem_vm_remove(struct dynmem_vm *vm)
{
	bool linked, in_use;

	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	linked = !list_empty(&vm->link);
	in_use = linked && (vm->state != DYNMEM_VM_STATE_DEFINED || vm->dev);
	mutex_unlock(&vm->lock);
	/* A device is given only to a VM in the set, under dynmem_set_lock. */
	if (linked && !in_use) {
		list_del_init(&vm->link);
		nr_vms--;
	}
	mutex_unlock(&dynmem_set_lock);
	if (in_use)
		return -EBUSY;
	if (linked)
		dynmem_vm_put(vm);
	return 0;
}

unsigned int dynmem_vm_defined(void)
{
	unsigned int nr;

	mutex_lock(&dynmem_set_lock);
	nr = nr_vms;
	mutex_unlock(&dynmem_set_lock);
	return nr;
}

void dynmem_vm_exit(void)
{
	struct dynmem_vm *vm, *next;

	list_for_each_entry_safe(vm, next, &vms, link) {
		list_del_init(&vm->link);
		dynmem_vm_put(vm);
	}
	nr_vms = 0;
}
