/* SPDX-License-Identifier: GPL-2.0 */
/* define: the settings of a VM, and the lines from which VMs can be defined again. */
#ifndef DMCTL_DEFINE_H
#define DMCTL_DEFINE_H

#include <json-c/json.h>
#include <netlink/attr.h>
#include <stdio.h>

#include "output.h"

/* The settings of a VM in the order in which they are shown. */
enum {
	S_STARTUP, S_MINIMUM, S_MAXIMUM, S_BUFFER, S_WEIGHT, S_DYNAMIC, S_DEMAND, S_ENFORCE,
	S_REPORTING, S_SHARE, S_PLACE, VM_SETTINGS
};

extern const struct field vm_settings[VM_SETTINGS];

/* Return: the settings of @attrs that will change at the next start, as a JSON object; or NULL. */
struct json_object *vm_next_json(struct nlattr **attrs);

/* Prints the settings that will change at the next start, after a blank line; nothing if none. */
void vm_next_print(struct nlattr **attrs);

/*
 * Writes a line "vm replace ..." for each VM to @out. The line has the settings of the VM's next
 * start. The lines are sorted by name. Return: EXIT_OK, EXIT_REFUSED.
 */
int vm_save(FILE *out);

#endif
