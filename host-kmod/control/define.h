/* SPDX-License-Identifier: GPL-2.0 */
/* define: defines, changes and deletes VMs. */
#ifndef _DYNMEM_DEFINE_H
#define _DYNMEM_DEFINE_H

#include <linux/types.h>

struct dynmem_settings;
struct netlink_ext_ack;

/**
 * dynmem_vm_new() - define a VM and create its vDPA device
 * @name: 1 .. DYNMEM_NAME_MAX bytes of [A-Za-z0-9._-], the first a letter or a digit
 * @set: the settings, which are checked
 * @extack: gets the sentence of a refusal or of a warning
 *
 * Return: 0; -EINVAL, -ERANGE: a setting or the name is not allowed; -EEXIST: the name is in use;
 * -ENOMEM
 */
int dynmem_vm_new(const char *name, const struct dynmem_settings *set,
		  struct netlink_ext_ack *extack);

/**
 * dynmem_vm_set() - change settings of a VM
 * @name: the VM's name
 * @set: the new values
 * @mask: the values to change, with a bit DYNMEM_A_VM_* for each setting
 * @extack: gets the sentence of a refusal, or of a change that takes effect later
 *
 * A static VM that runs gets a larger startup only if all of the added memory can be had, see
 * resize.h. The change also applies to the settings for the next start. Settings that
 * dynmem_vm_replace() has deferred stay deferred.
 *
 * Return: 0; -ENOENT: there is no such VM; -EINVAL, -ERANGE: a value is not allowed; -EBUSY: this
 * change is not allowed while the VM runs; -ENOMEM: there is not enough memory for it
 */
int dynmem_vm_set(const char *name, const struct dynmem_settings *set, u64 mask,
		  struct netlink_ext_ack *extack);

/**
 * dynmem_vm_replace() - define a VM, or replace all settings of a VM that is defined
 * @name: the VM's name
 * @set: all settings
 * @changed: gets the mask, as above, of settings that the VM did not have before
 * @deferred: gets those of @changed that cannot change now, since the VM runs. They take effect
 *	when the VM has ended
 * @extack: gets the sentence of a refusal or of a warning
 *
 * If each of these settings is already in effect or already deferred, the call only tries again to
 * apply the deferred ones.
 *
 * Return: 0, or an error of dynmem_vm_new() or dynmem_vm_set(); -EAGAIN: again and again, other
 * threads have defined and deleted a VM of that name
 */
int dynmem_vm_replace(const char *name, const struct dynmem_settings *set, u64 *changed,
		      u64 *deferred, struct netlink_ext_ack *extack);

/**
 * dynmem_vm_del() - delete a VM
 * @name: the VM's name
 * @extack: gets the sentence of a refusal
 *
 * Does not wait for a VMM.
 *
 * Return: 0; -ENOENT: there is no such VM; -EBUSY: a process has the VM's device open, or the VM is
 * away
 */
int dynmem_vm_del(const char *name, struct netlink_ext_ack *extack);

#endif
