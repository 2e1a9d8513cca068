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
 * Checks the rules that hold whether the VM runs or not (design, section 6). Return: 0, -EINVAL,
 * -ERANGE.
 */
int dynmem_settings_check(const struct dynmem_settings *s, struct netlink_ext_ack *extack);

/**
 * dynmem_settings_check_running() - check new settings while a VMM is attached
 * @vm: the VM with its present settings
 * @s: the new settings
 * @extack: gets a sentence if a setting is refused, or if it takes effect only later
 *
 * Minimum may be lowered and maximum raised; buffer and weight may change in any way. If the VM is
 * static, minimum and maximum may change in any way, and startup if its guest has a driver.
 *
 * Context: the VM's lock is held.
 * Return: 0, -EBUSY, -ERANGE
 */
int dynmem_settings_check_running(const struct dynmem_vm *vm, const struct dynmem_settings *s,
				  struct netlink_ext_ack *extack);

/**
 * dynmem_settings_defer() - leave those settings as they are that cannot change while the VM runs
 * @vm: the VM with its present settings
 * @s: the new settings, which dynmem_settings_check() allows; allowed by
 *	dynmem_settings_check_running() afterwards
 *
 * Context: the VM's lock is held.
 */
void dynmem_settings_defer(const struct dynmem_vm *vm, struct dynmem_settings *s);

/* In settings of a static VM, minimum and maximum follow startup unless they are in @mask. */
void dynmem_settings_follow(struct dynmem_settings *s, u32 mask);

/* Return: mask of the settings that differ. */
u32 dynmem_settings_diff(const struct dynmem_settings *a, const struct dynmem_settings *b);

/* Copies the settings in @mask, which has bits DYNMEM_A_VM_STARTUP .. DYNMEM_A_VM_PLACE. */
void dynmem_settings_merge(struct dynmem_settings *to, const struct dynmem_settings *from,
			   u32 mask);

/*
 * Bytes that a guest with @ram bytes of RAM needs for its page structs and its kernel. The guest
 * cannot be brought below that, so a lower minimum has no effect.
 */
u64 dynmem_settings_least(u64 minimum, u64 ram);

/* Warns when @minimum is below dynmem_settings_least(). */
void dynmem_settings_warn(u64 minimum, u64 ram, struct netlink_ext_ack *extack);

#endif
