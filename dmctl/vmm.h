/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vmm: the QEMU that runs a VM. It is reached by the QMP socket /run/dynmem/NAME.qmp if that
 * exists, or else through libvirt, as the domain NAME.
 */
#ifndef DMCTL_VMM_H
#define DMCTL_VMM_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct qmp;

/**
 * struct vmm - a way to a VM's QEMU
 * @name: name of the VM
 * @pid: process of the QEMU
 * @qmp: connection to QEMU's monitor; NULL: the monitor is reached through libvirt
 * @waited: milliseconds that commands through libvirt have taken
 */
struct vmm {
	const char *name;
	pid_t pid;
	struct qmp *qmp;
	int64_t waited;
};

/**
 * vmm_open() - reach the QEMU of a VM
 * @vmm: the result; to be closed by vmm_close() if this function returns true
 * @name: name of the VM; not copied
 * @pid: process of the VMM as the kernel knows it; a QEMU with another pid is refused; 0: unknown
 * @why: set to a sentence on failure
 */
bool vmm_open(struct vmm *vmm, const char *name, pid_t pid, char *why);

void vmm_close(struct vmm *vmm);

/* Resets the time that commands have taken so far, which QMP_WAIT_SECONDS limits. */
void vmm_forget_waits(struct vmm *vmm);

/**
 * vmm_execute() - let QEMU carry out a QMP command
 * @vmm: the QEMU
 * @command: the command's name
 * @arguments: an object with its arguments, which is freed here; or NULL
 * @why: set to a sentence on failure
 *
 * Return: the value that the command returns, for json_object_put(), or NULL
 */
struct json_object *vmm_execute(struct vmm *vmm, const char *command,
				struct json_object *arguments, char *why);

#endif
