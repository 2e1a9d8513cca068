/* SPDX-License-Identifier: GPL-2.0 */
/* settings: the rules for the settings of a VM. A refusal puts a sentence into @extack. */
#ifndef _DYNMEM_SETTINGS_H
#define _DYNMEM_SETTINGS_H

#include "vm/types.h"

struct netlink_ext_ack;

/*
 * Checks a VM's name: 1 .. DYNMEM_NAME_MAX characters of [A-Za-z0-9._-], of which the first is a
 * letter or a digit. Return: 0, -EINVAL.
 */
int dynmem_settings_check_name(const char *name, struct netlink_ext_ack *extack);

/*
 * Checks the rules that apply both while the VM runs and while it is off (design, section 6).
 * Return: 0, -EINVAL, -ERANGE.
 */
int dynmem_settings_check(const struct dynmem_settings *s, struct netlink_ext_ack *extack);

/**
 * dynmem_settings_check_running() - check new settings while a VMM is attached
 * @vm: the VM with its present settings
 * @s: the new settings
 * @extack: gets a sentence if a setting is refused, has no effect, or takes effect only later
 *
 * The settings dynamic and reporting cannot change. In a dynamic VM startup cannot change, minimum
 * may only be lowered, and maximum may only be raised. In a static VM minimum and maximum may
 * change in any way, and startup may change if the guest has a driver. All other settings may
 * change in any way.
 *
 * Context: the VM's lock is held.
 * Return: 0, -EBUSY, -ERANGE
 */
int dynmem_settings_check_running(const struct dynmem_vm *vm, const struct dynmem_settings *s,
				  struct netlink_ext_ack *extack);

/**
 * dynmem_settings_defer() - take back changes of settings that cannot change while the VM runs
 * @vm: the VM with its present settings
 * @s: the new settings, which dynmem_settings_check() allows. Each setting that cannot change now
 *	gets its present value, so that dynmem_settings_check_running() allows @s, too
 *
 * Context: the VM's lock is held.
 */
void dynmem_settings_defer(const struct dynmem_vm *vm, struct dynmem_settings *s);

/*
 * Adapts the settings of a static VM to its startup: lowers minimum and raises maximum to startup
 * if necessary. Does not change a setting that is in @mask.
 */
void dynmem_settings_follow(struct dynmem_settings *s, u64 mask);

/* Return: mask of the settings that differ. */
u64 dynmem_settings_diff(const struct dynmem_settings *a, const struct dynmem_settings *b);

/* Copies the settings in @mask, which has a bit DYNMEM_A_VM_* for each setting. */
void dynmem_settings_merge(struct dynmem_settings *to, const struct dynmem_settings *from,
			   u64 mask);

/*
 * Bytes that a guest with @ram bytes of RAM needs for its page structs and its kernel when it is
 * granted @minimum bytes. The guest cannot give memory below this amount, so a lower minimum has no
 * effect.
 */
u64 dynmem_settings_least(u64 minimum, u64 ram);

/* Warns when @minimum is below dynmem_settings_least(). */
void dynmem_settings_warn(u64 minimum, u64 ram, struct netlink_ext_ack *extack);

#endif
