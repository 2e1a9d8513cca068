// SPDX-License-Identifier: GPL-2.0
/* define: defines, changes and deletes VMs. */
#include <linux/bitops.h>
#include <linux/netlink.h>

#include "control/balancer.h"
#include "control/define.h"
#include "control/lifecycle.h"
#include "control/resize.h"
#include "device/mgmt.h"
#include "sharing/plan.h"
#include "vm/settings.h"
#include "vm/vm.h"

#define REPLACE_TRIES	5	/* attempts to replace a VM that other threads add and delete */

/* As dynmem_vm_new(), but if the set has a VM of that name, returns -EAGAIN and no sentence. */
static int vm_new(const char *name, const struct dynmem_settings *set,
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
		ret = -EAGAIN;
		goto put;
	}

	ret = dynmem_vdpa_create(vm);
	/* If the VM cannot be removed, `vdpa dev add` has given it a device meanwhile. */
	if (ret && dynmem_vm_remove(vm))
		ret = 0;
	if (ret == -EEXIST)
		NL_SET_ERR_MSG(extack, "another vDPA device has that name already");
	else if (ret)
		NL_SET_ERR_MSG_FMT(extack, "cannot create the vDPA device (error %d)", ret);
	else
		dynmem_settings_warn(set->minimum, set->maximum, extack);
put:
	dynmem_vm_put(vm);
	return ret;
}

int dynmem_vm_new(const char *name, const struct dynmem_settings *set,
		  struct netlink_ext_ack *extack)
{
	int ret = vm_new(name, set, extack);

	if (ret != -EAGAIN)
		return ret;
	NL_SET_ERR_MSG_FMT(extack, "there is a VM named '%s' already", name);
	return -EEXIST;
}

/*
 * A change: the settings of @vm that are in @mask get their values from @set. With @defer, settings
 * that cannot change while the VM runs take effect when the VM has ended. Results: @changed has the
 * settings that differ from before, and @deferred has those of @changed that have not taken effect
 * yet.
 */
struct change {
	struct dynmem_vm *vm;
	const struct dynmem_settings *set;
	u64 mask;
	bool defer;
	bool unplanned;		/* the VM is in no plan: it was DEFINED when the plan began */
	struct netlink_ext_ack *extack;
	u64 changed;
	u64 deferred;
	int ret;
};

/*
 * Checks whether a VM that runs can have the settings @now. If the VM cannot get a larger startup
 * now, and @c->defer is set, sets @now->startup back to its present value. Return: as
 * change_make().
 */
static int change_fits(const struct change *c, struct dynmem_settings *now,
		       struct dynmem_plan *plan, struct netlink_ext_ack *extack)
{
	const struct dynmem_settings *old = &c->vm->set;
	int ret;

	ret = dynmem_settings_check_running(c->vm, now, extack);
	if (ret || now->startup <= old->startup)
		return ret;
	if (plan) {
		ret = dynmem_resize_check(plan, c->vm, now->startup - old->startup, extack);
	} else if (c->unplanned) {
		NL_SET_ERR_MSG(extack, "the VM is starting or ending: try again");
		ret = -EBUSY;
	} else {
		return -EAGAIN;
	}
	if (!ret || !c->defer)
		return ret;
	now->startup = old->startup;
	dynmem_settings_follow(now, 0);
	return 0;
}

/*
 * Makes a whole change, or changes nothing. A larger size of a VM that runs can be checked only
 * with a @plan that contains the VM; for other changes @plan may be NULL. Context: dynmem_set_lock
 * and the VM's lock are held. Return: as dynmem_vm_set(); -EAGAIN: the change needs a plan.
 */
static int change_make(struct change *c, struct dynmem_plan *plan)
{
	struct dynmem_vm *vm = c->vm;
	struct dynmem_settings now = vm->set, next = vm->next;
	bool runs = vm->state != DYNMEM_VM_STATE_DEFINED;
	struct netlink_ext_ack *extack = c->extack;
	int ret;

	dynmem_settings_merge(&now, c->set, c->mask);
	dynmem_settings_merge(&next, c->set, c->mask);
	if (runs) {
		dynmem_settings_follow(&now, c->mask);
		dynmem_settings_follow(&next, c->mask);
	}
	c->changed = dynmem_settings_diff(&vm->next, &next);
	/*
	 * Settings that were deferred before may be possible now. If they are not, the operator has
	 * seen the reason already, and gets no sentence.
	 */
	if (c->defer && !c->changed)
		extack = NULL;
	ret = dynmem_settings_check(&next, extack);
	if (!ret && runs && c->defer)
		dynmem_settings_defer(vm, &now);
	ret = ret ?: dynmem_settings_check(&now, extack);
	if (!ret && runs)
		ret = change_fits(c, &now, plan, extack);
	if (ret)
		return ret;
	/*
	 * The VM's size changes by as much as startup changes. A startup above RAM counts as RAM,
	 * since the size is never above RAM.
	 */
	if (runs)
		vm->cut += min(vm->set.startup, vm->ram) - min(now.startup, vm->ram);
	if (c->mask & c->changed & BIT(DYNMEM_A_VM_MINIMUM))
		dynmem_settings_warn(now.minimum, runs ? vm->ram : now.maximum, extack);
	c->deferred = c->changed & dynmem_settings_diff(&now, &next);
	vm->set = now;
	vm->next = next;
	return 0;
}

static void change_look(struct dynmem_plan *plan, void *arg)
{
	struct change *c = arg;

	c->unplanned = !dynmem_plan_wants(plan, c->vm);
	if (!c->unplanned)
		c->ret = change_make(c, plan);
}

static int change_without_plan(struct change *c)
{
	int ret;

	mutex_lock(&dynmem_set_lock);
	mutex_lock(&c->vm->lock);
	ret = change_make(c, NULL);
	mutex_unlock(&c->vm->lock);
	mutex_unlock(&dynmem_set_lock);
	return ret;
}

/* Makes a change, and drops the reference to the VM. Return: as dynmem_vm_set(). */
static int change_and_put(struct change *c)
{
	int ret = change_without_plan(c);

	if (ret == -EAGAIN)
		ret = dynmem_balancer_look(NULL, NULL, change_look, c) ?: c->ret;
	if (!ret && c->unplanned)
		ret = change_without_plan(c);
	dynmem_vm_put(c->vm);
	if (!ret)
		dynmem_balancer_kick();
	return ret;
}

int dynmem_vm_set(const char *name, const struct dynmem_settings *set, u64 mask,
		  struct netlink_ext_ack *extack)
{
	struct change c = {
		.vm = dynmem_vm_find(name), .set = set, .mask = mask, .extack = extack,
	};

	if (c.vm)
		return change_and_put(&c);
	NL_SET_ERR_MSG_FMT(extack, "no VM named '%.64s'", name);
	return -ENOENT;
}

int dynmem_vm_replace(const char *name, const struct dynmem_settings *set, u64 *changed,
		      u64 *deferred, struct netlink_ext_ack *extack)
{
	struct change c = { .set = set, .mask = U64_MAX, .defer = true, .extack = extack };
	unsigned int tries = REPLACE_TRIES;
	int ret;

	/* If another thread defines the VM after dynmem_vm_find(), the next try changes that VM. */
	do {
		c.vm = dynmem_vm_find(name);
		if (c.vm) {
			ret = change_and_put(&c);
		} else {
			ret = vm_new(name, set, extack);
			c.changed = U64_MAX;
		}
	} while (ret == -EAGAIN && --tries);
	if (ret == -EAGAIN)
		NL_SET_ERR_MSG(extack, "others add and delete a VM of that name: try again");
	*changed = c.changed;
	*deferred = c.deferred;
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
		/*
		 * If the VMM has let go of the device just before the deletion, the VM may be away.
		 * Such a VM must become DEFINED before it leaves the set.
		 */
		dynmem_lifecycle_forget(vm);
		ret = dynmem_vm_remove(vm);
		if (ret)
			NL_SET_ERR_MSG(extack,
				       "`vdpa dev add` has given the VM a new device meanwhile: try again");
	}
	dynmem_vm_put(vm);
	return ret;
}
