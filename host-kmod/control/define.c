// SPDX-License-Identifier: GPL-2.0
/* define: defines, changes and deletes VMs. */
#include <linux/bitops.h>
#include <linux/netlink.h>

#include "control/balancer.h"
#include "control/define.h"
#include "control/lifecycle.h"
#include "device/mgmt.h"
#include "vm/settings.h"
#include "vm/vm.h"

int dynmem_vm_new(const char *name, const struct dynmem_settings *set,
		  struct netlink_ext_ack *extack)
{
	struct dynmem_vm *vm;
	int ret;

	ret = dynmem_settings_check_name(name, extack) ?: dynmem_settings_check(set, extack);
	if (ret)
		return ret;
	vm = dynmem_vm_alloc(name, set);
	if (!vm)
		return -ENOMEM;
	ret = dynmem_balancer_reserve(dynmem_vm_expect());
	if (ret) {
		dynmem_vm_unexpect();
		goto put;
	}
	ret = dynmem_vm_add(vm);
	if (ret) {
		NL_SET_ERR_MSG_FMT(extack, "there is a VM named '%s' already", name);
		goto put;
	}

	ret = dynmem_vdpa_create(vm);
	if (ret == -EEXIST)
		NL_SET_ERR_MSG(extack, "another vDPA device has that name already");
	else if (ret)
		NL_SET_ERR_MSG_FMT(extack, "cannot create the vDPA device (error %d)", ret);
	if (ret)
		dynmem_vm_remove(vm);
	else
		dynmem_settings_warn(set->minimum, set->maximum, extack);
put:
	dynmem_vm_put(vm);
	return ret;
}

int dynmem_vm_set(const char *name, const struct dynmem_settings *set, u32 mask,
		  struct netlink_ext_ack *extack)
{
	struct dynmem_settings new;
	struct dynmem_vm *vm;
	int ret = -ENOENT;

	mutex_lock(&dynmem_set_lock);
	vm = dynmem_vm_find_locked(name);
	if (!vm) {
		NL_SET_ERR_MSG_FMT(extack, "no VM named '%.64s'", name);
		goto out;
	}
	mutex_lock(&vm->lock);
	new = vm->set;
	dynmem_settings_merge(&new, set, mask);
	ret = dynmem_settings_check(&new, extack);
	if (!ret && vm->state != DYNMEM_VM_STATE_DEFINED)
		ret = dynmem_settings_check_running(vm, &new, extack);
	if (!ret && mask & BIT(DYNMEM_A_VM_MINIMUM))
		dynmem_settings_warn(new.minimum,
				     vm->state == DYNMEM_VM_STATE_DEFINED ? new.maximum : vm->ram,
				     extack);
	if (!ret)
		vm->set = new;
	mutex_unlock(&vm->lock);
out:
	mutex_unlock(&dynmem_set_lock);
	if (!ret)
		dynmem_balancer_kick();
	return ret;
}

static void vm_say_in_use(struct dynmem_vm *vm, struct netlink_ext_ack *extack)
{
	pid_t pid;

	mutex_lock(&vm->lock);
	pid = vm->pid;
	mutex_unlock(&vm->lock);
	if (pid)
		NL_SET_ERR_MSG_FMT(extack, "the VM is in use by process %d: stop that first", pid);
	else
		NL_SET_ERR_MSG(extack,
			       "a process has the VM's device open: stop that first; `fuser -v /dev/dynmem/*` names it");
}

int dynmem_vm_del(const char *name, struct netlink_ext_ack *extack)
{
	struct dynmem_vm *vm = dynmem_vm_find(name);
	int ret;

	if (!vm) {
		NL_SET_ERR_MSG_FMT(extack, "no VM named '%.64s'", name);
		return -ENOENT;
	}
	if (READ_ONCE(vm->state) == DYNMEM_VM_STATE_AWAY) {
		vm_say_in_use(vm, extack);
		dynmem_vm_put(vm);
		return -EBUSY;
	}
	/* Delete the device first, so that no VMM can attach. This fails if the device is open. */
	ret = dynmem_vdpa_delete(vm);
	if (ret) {
		vm_say_in_use(vm, extack);
	} else {
		/* Its VMM may have let go of it just before it was deleted. */
		dynmem_lifecycle_forget(vm);
		dynmem_vm_remove(vm);
	}
	dynmem_vm_put(vm);
	return ret;
}
