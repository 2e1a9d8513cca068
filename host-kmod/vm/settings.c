// SPDX-License-Identifier: GPL-2.0
/* The rules that the settings of a VM obey; see settings.h. */
#include <linux/bitops.h>
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/minmax.h>
#include <linux/netlink.h>
#include <linux/string.h>

#include "vm/settings.h"

int dynmem_settings_check_name(const char *name, struct netlink_ext_ack *extack)
{
	size_t len = strlen(name), i;

	if (!len || len > DYNMEM_NAME_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "a VM's name has 1 to %u characters", DYNMEM_NAME_MAX);
		return -EINVAL;
	}
	for (i = 0; i < len; i++)
		if (!isascii(name[i]) || (!isalnum(name[i]) && !strchr("._-", name[i])) ||
		    (!i && !isalnum(name[i]))) {
			NL_SET_ERR_MSG(extack,
				       "a VM's name has letters, digits, '.', '_' and '-', and begins with a letter or digit");
			return -EINVAL;
		}
	return 0;
}

static int check_size(const char *what, u64 bytes, struct netlink_ext_ack *extack)
{
	if (bytes % DYNMEM_BLOCK) {
		NL_SET_ERR_MSG_FMT(extack, "%s must be a multiple of 2M", what);
		return -EINVAL;
	}
	if (bytes < DYNMEM_STARTUP_MIN || bytes > DYNMEM_MEMORY_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "%s must be between 32M and 1024T", what);
		return -ERANGE;
	}
	return 0;
}

int dynmem_settings_check(const struct dynmem_settings *s, struct netlink_ext_ack *extack)
{
	int ret;

	ret = check_size("startup", s->startup, extack) ?:
	      check_size("minimum", s->minimum, extack) ?:
	      check_size("maximum", s->maximum, extack);
	if (ret)
		return ret;
	if (s->minimum > s->startup) {
		NL_SET_ERR_MSG_FMT(extack, "minimum (%lluM) must not be above startup (%lluM)",
				   s->minimum >> 20, s->startup >> 20);
		return -EINVAL;
	}
	if (s->maximum < s->startup) {
		NL_SET_ERR_MSG_FMT(extack, "maximum (%lluM) must not be below startup (%lluM)",
				   s->maximum >> 20, s->startup >> 20);
		return -EINVAL;
	}
	if (s->buffer < DYNMEM_BUFFER_MIN || s->buffer > DYNMEM_BUFFER_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "buffer must be between %u and %u percent",
				   DYNMEM_BUFFER_MIN, DYNMEM_BUFFER_MAX);
		return -ERANGE;
	}
	if (s->weight < DYNMEM_WEIGHT_MIN || s->weight > DYNMEM_WEIGHT_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "weight must be between %u and %u", DYNMEM_WEIGHT_MIN,
				   DYNMEM_WEIGHT_MAX);
		return -ERANGE;
	}
	return 0;
}

u64 dynmem_settings_least(u64 minimum, u64 ram)
{
	return ALIGN(ram / 64 + dynmem_demand_floor(minimum), DYNMEM_MIB);
}

void dynmem_settings_warn(u64 minimum, u64 ram, struct netlink_ext_ack *extack)
{
	if (minimum < dynmem_settings_least(minimum, ram))
		NL_SET_ERR_MSG_FMT(extack,
				   "a guest with %lluM RAM needs %lluM for itself, above minimum",
				   ram >> 20, dynmem_settings_least(minimum, ram) >> 20);
}

/*
 * Each function running_*() checks whether one setting may change while the VM runs. Return: 0,
 * -EBUSY, -ERANGE. The VM's lock is held.
 */
static int running_dynamic(const struct dynmem_vm *vm, const struct dynmem_settings *s,
			   struct netlink_ext_ack *extack)
{
	if (s->dynamic == vm->set.dynamic)
		return 0;
	NL_SET_ERR_MSG(extack, "dynamic can only be changed while the VM is off");
	return -EBUSY;
}

/* Does not check that the host has the memory for a larger size, see control/resize.h. */
static int running_startup(const struct dynmem_vm *vm, const struct dynmem_settings *s,
			   struct netlink_ext_ack *extack)
{
	u64 least = ALIGN(dynmem_settings_least(s->startup, vm->ram), DYNMEM_BLOCK);

	if (s->startup == vm->set.startup)
		return 0;
	if (vm->set.dynamic) {
		NL_SET_ERR_MSG(extack, "startup can only be changed while the VM is off");
		return -EBUSY;
	}
	if (vm->state != DYNMEM_VM_STATE_RUNNING || !dynmem_vm_has_driver(vm)) {
		NL_SET_ERR_MSG(extack,
			       "startup can only be changed while the VM is off, or while its guest runs a balloon driver");
		return -EBUSY;
	}
	if (s->startup > vm->set.startup + vm->cut) {
		NL_SET_ERR_MSG_FMT(extack,
				   "startup can't be above %lluM: the VMM has no more RAM for its guest",
				   (vm->set.startup + vm->cut) >> 20);
		return -EBUSY;
	}
	if (s->startup < vm->set.startup && s->startup < least) {
		NL_SET_ERR_MSG_FMT(extack,
				   "a guest with %lluM RAM needs %lluM for itself: startup can't be less",
				   vm->ram >> 20, least >> 20);
		return -ERANGE;
	}
	return 0;
}

static int running_reporting(const struct dynmem_vm *vm, const struct dynmem_settings *s,
			     struct netlink_ext_ack *extack)
{
	if (s->reporting == vm->set.reporting)
		return 0;
	NL_SET_ERR_MSG(extack, "reporting can only be changed while the VM is off");
	return -EBUSY;
}

/* Policy uses neither minimum nor maximum of a static VM, so they may change in any way. */
static int running_minimum(const struct dynmem_vm *vm, const struct dynmem_settings *s,
			   struct netlink_ext_ack *extack)
{
	if (!vm->set.dynamic || s->minimum <= vm->set.minimum)
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "minimum can only be lowered while the VM runs; it is %lluM",
			   vm->set.minimum >> 20);
	return -EBUSY;
}

static int running_maximum(const struct dynmem_vm *vm, const struct dynmem_settings *s,
			   struct netlink_ext_ack *extack)
{
	if (!vm->set.dynamic || s->maximum >= vm->set.maximum)
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "maximum can only be raised while the VM runs; it is %lluM",
			   vm->set.maximum >> 20);
	return -EBUSY;
}

static const struct {
	u64 setting;
	int (*check)(const struct dynmem_vm *vm, const struct dynmem_settings *s,
		     struct netlink_ext_ack *extack);
} running_rules[] = {
	{ BIT(DYNMEM_A_VM_DYNAMIC), running_dynamic },
	{ BIT(DYNMEM_A_VM_STARTUP), running_startup },
	{ BIT(DYNMEM_A_VM_REPORTING), running_reporting },
	{ BIT(DYNMEM_A_VM_MINIMUM), running_minimum },
	{ BIT(DYNMEM_A_VM_MAXIMUM), running_maximum },
};

int dynmem_settings_check_running(const struct dynmem_vm *vm, const struct dynmem_settings *s,
				  struct netlink_ext_ack *extack)
{
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(running_rules); i++) {
		ret = running_rules[i].check(vm, s, extack);
		if (ret)
			return ret;
	}
	if (s->share != vm->set.share && vm->state == DYNMEM_VM_STATE_AWAY)
		NL_SET_ERR_MSG(extack, "share takes effect when the device is back");
	else if (s->share && !vm->set.share && !vm->merge.private)
		NL_SET_ERR_MSG(extack,
			       "nothing is merged: the kernel merges private memory only, and this VM has shared memory");
	if (s->maximum != vm->set.maximum && s->maximum > vm->ram)
		NL_SET_ERR_MSG_FMT(extack,
				   "maximum is above RAM (%lluM): takes effect when started with more",
				   vm->ram >> 20);
	return 0;
}

void dynmem_settings_defer(const struct dynmem_vm *vm, struct dynmem_settings *s)
{
	const u64 sizes = BIT(DYNMEM_A_VM_STARTUP) | BIT(DYNMEM_A_VM_MINIMUM) |
			  BIT(DYNMEM_A_VM_MAXIMUM);
	unsigned int i;

	/*
	 * The sizes have one meaning in a static VM and another in a dynamic VM. So if the change
	 * of @dynamic is deferred, changes of the sizes are deferred, too.
	 */
	if (s->dynamic != vm->set.dynamic)
		dynmem_settings_merge(s, &vm->set, sizes);
	for (i = 0; i < ARRAY_SIZE(running_rules); i++)
		if (running_rules[i].check(vm, s, NULL))
			dynmem_settings_merge(s, &vm->set, running_rules[i].setting);
	dynmem_settings_follow(s, 0);
}

void dynmem_settings_follow(struct dynmem_settings *s, u64 mask)
{
	if (s->dynamic)
		return;
	if (!(mask & BIT(DYNMEM_A_VM_MINIMUM)))
		s->minimum = min(s->minimum, s->startup);
	if (!(mask & BIT(DYNMEM_A_VM_MAXIMUM)))
		s->maximum = max(s->maximum, s->startup);
}

u64 dynmem_settings_diff(const struct dynmem_settings *a, const struct dynmem_settings *b)
{
	return (a->startup != b->startup ? BIT(DYNMEM_A_VM_STARTUP) : 0) |
	       (a->minimum != b->minimum ? BIT(DYNMEM_A_VM_MINIMUM) : 0) |
	       (a->maximum != b->maximum ? BIT(DYNMEM_A_VM_MAXIMUM) : 0) |
	       (a->buffer != b->buffer ? BIT(DYNMEM_A_VM_BUFFER) : 0) |
	       (a->weight != b->weight ? BIT(DYNMEM_A_VM_WEIGHT) : 0) |
	       (a->dynamic != b->dynamic ? BIT(DYNMEM_A_VM_DYNAMIC) : 0) |
	       (a->demand_mode != b->demand_mode ? BIT(DYNMEM_A_VM_DEMAND_MODE) : 0) |
	       (a->enforce != b->enforce ? BIT(DYNMEM_A_VM_ENFORCE) : 0) |
	       (a->reporting != b->reporting ? BIT(DYNMEM_A_VM_REPORTING) : 0) |
	       (a->share != b->share ? BIT(DYNMEM_A_VM_SHARE) : 0) |
	       (a->place != b->place ? BIT(DYNMEM_A_VM_PLACE) : 0) |
	       (a->paging != b->paging ? BIT(DYNMEM_A_VM_PAGING) : 0);
}

void dynmem_settings_merge(struct dynmem_settings *to, const struct dynmem_settings *from, u64 mask)
{
	if (mask & BIT(DYNMEM_A_VM_STARTUP))
		to->startup = from->startup;
	if (mask & BIT(DYNMEM_A_VM_MINIMUM))
		to->minimum = from->minimum;
	if (mask & BIT(DYNMEM_A_VM_MAXIMUM))
		to->maximum = from->maximum;
	if (mask & BIT(DYNMEM_A_VM_BUFFER))
		to->buffer = from->buffer;
	if (mask & BIT(DYNMEM_A_VM_WEIGHT))
		to->weight = from->weight;
	if (mask & BIT(DYNMEM_A_VM_DYNAMIC))
		to->dynamic = from->dynamic;
	if (mask & BIT(DYNMEM_A_VM_DEMAND_MODE))
		to->demand_mode = from->demand_mode;
	if (mask & BIT(DYNMEM_A_VM_ENFORCE))
		to->enforce = from->enforce;
	if (mask & BIT(DYNMEM_A_VM_REPORTING))
		to->reporting = from->reporting;
	if (mask & BIT(DYNMEM_A_VM_SHARE))
		to->share = from->share;
	if (mask & BIT(DYNMEM_A_VM_PLACE))
		to->place = from->place;
	if (mask & BIT(DYNMEM_A_VM_PAGING))
		to->paging = from->paging;
}
