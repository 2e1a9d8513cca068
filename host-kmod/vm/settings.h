/* SPDX-License-Identifier: GPL-2.0 */
/* settings: the rules that the settings of a VM obey. A refusal is a sentence in @extack. */
#ifndef _DYNMEM_SETTINGS_H
#define _DYNMEM_SETTINGS_H

#include "vm/types.h"

struct netlink_ext_ack;

/* Checks a name: 1 .. DYNMEM_NAME_MAX of [A-Za-z0-9._-], first a letter or digit. 0 or -EINVAL. */
int dynmem_settings_check_name(const char *name, struct netlink_ext_ack *extack);

/*
 * Checks the rules that are valid whether a VM runs or not (design, section 6): 0, -EINVAL,
 * -ERANGE.
 */
int dynmem_settings_check(const struct dynmem_settings *s, struct netlink_ext_ack *extack);

/**
 * dynmem_settings_check_running() - check new settings while a VMM is attached
 * @vm: the VM with its present settings
 * @s: the new settings
 * @extack: gets the sentence of a refusal, or of a change that takes effect later
 *
 * Minimum may be lowered and maximum raised; buffer and weight may change in any way.
 *
 * Context: the VM's lock is held.
 * Return: 0, -EBUSY
 */
int dynmem_settings_check_running(const struct dynmem_vm *vm, const struct dynmem_settings *s,
				  struct netlink_ext_ack *extack);

/* Copies the settings named in @mask: BIT(DYNMEM_A_VM_STARTUP) .. BIT(DYNMEM_A_VM_REPORTING). */
void dynmem_settings_merge(struct dynmem_settings *to, const struct dynmem_settings *from,
			   u32 mask);

/*
 * The least that a guest with @ram bytes of RAM can be brought down to, which its page structures
 * and its kernel need. A lower minimum has no effect. Bytes.
 */
u64 dynmem_settings_least(u64 minimum, u64 ram);

/* Warns when @minimum is below dynmem_settings_least(). */
void dynmem_settings_warn(u64 minimum, u64 ram, struct netlink_ext_ack *extack);

#endif
