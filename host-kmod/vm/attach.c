// SPDX-License-Identifier: GPL-2.0
/* attach: attaches a VM to the memory of its guest, and detaches the VM again. */
#include <linux/pid.h>
#include <linux/sched.h>

#include "memory/release.h"
#include "vm/attach.h"
#include "vm/balloon.h"
#include "vm/merge.h"
#include "vm/vm.h"
#include "vm/vnodes.h"

int dynmem_vm_attach(struct dynmem_vm *vm, struct mm_struct *mm, const char **why)
{
	int ret = dynmem_guestmem_attach(&vm->gm, mm, why);

	if (ret)
		return ret;
	ret = dynmem_vnodes_by_node(vm);
	if (ret) {
		*why = ret == -ENODEV ? "the guest has no RAM that a balloon could release" :
					"the host has no memory left to divide the guest's";
		return ret;
	}
	mutex_lock(&vm->lock);
	vm->pid = task_tgid_nr(current);
	mutex_unlock(&vm->lock);
	dynmem_vm_merge(vm, true);
	return 0;
}

void dynmem_vm_leave(struct dynmem_vm *vm)
{
	dynmem_vm_balloon_forget(vm);
	dynmem_releases_clear(&vm->releases);
}

bool dynmem_vm_guest_lives(struct dynmem_vm *vm)
{
	/* If this process is the VMM and exits, its guest has ended or is about to end. */
	if (current->flags & PF_EXITING && task_tgid_nr(current) == vm->pid)
		return false;
	return dynmem_guestmem_has_run(&vm->gm);
}

void dynmem_vm_detach(struct dynmem_vm *vm)
{
	dynmem_vm_balloon_forget(vm);
	dynmem_guestmem_detach(&vm->gm);
	dynmem_releases_clear(&vm->releases);
	mutex_lock(&vm->lock);
	dynmem_vnodes_clear(vm);
	vm->pid = 0;
	memset(&vm->merge, 0, sizeof(vm->merge));
	mutex_unlock(&vm->lock);
	/* Guest memory is detached, so no walk of this guest can be under way any more. */
	mutex_lock(&vm->account_lock);
	dynmem_account_reset(&vm->account);
	mutex_unlock(&vm->account_lock);
}
