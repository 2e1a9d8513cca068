/* SPDX-License-Identifier: GPL-2.0 */
/* define: VMs are defined, changed and deleted. */
#ifndef _DYNMEM_DEFINE_H
#define _DYNMEM_DEFINE_H

#include <linux/types.h>

struct dynmem_settings;
struct netlink_ext_ack;

/**
 * dynmem_vm_new() - define a VM and create its vDPA device
 * @name: 1 .. DYNMEM_NAME_MAX bytes of [A-Za-z0-9._-], not starting with '.' or '-'
 * @set: checked here
 * @extack: gets the sentence of a refusal
 *
 * Return: 0; -EINVAL, -ERANGE: a setting or the name; -EEXIST: there is one of that name; -ENOMEM
 */
int dynmem_vm_new(const char *name, const struct dynmem_settings *set,
		  struct netlink_ext_ack *extack);

/**
 * dynmem_vm_set() - change settings
 * @name: of the VM
 * @set: the new values
 * @mask: which of them, BIT(DYNMEM_A_VM_STARTUP) ... BIT(DYNMEM_A_VM_REPORTING)
 * @extack: gets the sentence of a refusal, or of a change that takes effect later
 *
 * Return: 0; -ENOENT; -EINVAL, -ERANGE: a value; -EBUSY: not while the VM runs
 */
int dynmem_vm_set(const char *name, const struct dynmem_settings *set, u32 mask,
		  struct netlink_ext_ack *extack);

/* Deletes a VM that is not attached: 0, -ENOENT, -EBUSY. Answers at once, never waits for a VMM. */
int dynmem_vm_del(const char *name, struct netlink_ext_ack *extack);

#endif
