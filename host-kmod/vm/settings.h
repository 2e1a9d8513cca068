/* SPDX-License-Identifier: GPL-2.0 */
/* settings: the rules that the settings of a VM obey. A refusal is a sentence in @extack. */
#ifndef _DYNMEM_SETTINGS_H
#define _DYNMEM_SETTINGS_H

#include "vm/types.h"

struct netlink_ext_ack;

/* 1 .. DYNMEM_NAME_MAX bytes of [A-Za-z0-9._-], not starting with '.', '_' or '-': 0, -EINVAL */
int dynmem_settings_check_name(const char *name, struct netlink_ext_ack *extack);

/* What holds whether a VM runs or not: 0, -EINVAL, -ERANGE */
int dynmem_settings_check(const struct dynmem_settings *s, struct netlink_ext_ack *extack);

/**
 * dynmem_settings_check_running() - what may change while a VMM is attached
 * @vm: the VM, as it is; its lock held
 * @s: the new settings
 * @extack: gets the sentence of a refusal, or of a change that takes effect later
 *
 * Return: 0, -EBUSY
 */
int dynmem_settings_check_running(const struct dynmem_vm *vm, const struct dynmem_settings *s,
				  struct netlink_ext_ack *extack);

/* The settings named in @mask, BIT(DYNMEM_A_VM_STARTUP) ... BIT(DYNMEM_A_VM_REPORTING) */
void dynmem_settings_merge(struct dynmem_settings *to, const struct dynmem_settings *from,
			   u32 mask);

/* The least that a guest with @ram bytes of RAM can be brought down to, in bytes. */
u64 dynmem_settings_least(u64 minimum, u64 ram);

/* Warns when @minimum is below that. */
void dynmem_settings_warn(u64 minimum, u64 ram, struct netlink_ext_ack *extack);

#endif
