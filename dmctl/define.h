/* SPDX-License-Identifier: GPL-2.0 */
/* define: the settings of a VM, and the lines from which VMs can be defined again. */
#ifndef DMCTL_DEFINE_H
#define DMCTL_DEFINE_H

#include <json-c/json.h>
#include <netlink/attr.h>
#include <stdio.h>

#include "output.h"

/*
 * The settings of a VM in the order in which they are shown. Their keys are the words for them in a
 * command line, too.
 */
enum {
	S_STARTUP, S_MINIMUM, S_MAXIMUM, S_BUFFER, S_WEIGHT, S_DYNAMIC, S_DEMAND, S_ENFORCE,
	S_REPORTING, S_SHARE, S_PLACE, S_PAGING, VM_SETTINGS
};

extern const struct field vm_settings[VM_SETTINGS];

/*
 * @attrs: the attributes of a VM. Return: a JSON object with the new values of the settings that
 * will change at the VM's next start; NULL if none will change.
 */
struct json_object *vm_next_json(struct nlattr **attrs);

/* Prints a blank line and the settings that vm_next_json() returns. If there are none: nothing. */
void vm_next_print(struct nlattr **attrs);

/*
 * Writes a line "vm replace ..." for each VM to @out. The line has the settings of the VM's next
 * start. The lines are sorted by name. Return: the exit status, as request_send().
 */
int vm_save(FILE *out);

#endif
