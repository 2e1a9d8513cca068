/* SPDX-License-Identifier: GPL-2.0 */
/*
 * histfile: the files with the samples of VMs, NAME.history (see runfile.h for the directory). Such
 * a file is text (see history.h) and not JSON, so that the agent can append a sample. Who may see
 * the VMs may read it: root, and the members of the group that the module's parameter names.
 */
#ifndef DMCTL_HISTFILE_H
#define DMCTL_HISTFILE_H

#include <stdbool.h>
#include <stdint.h>

#include "history.h"

#define HISTFILE_KIND "history"	/* see runfile.h */

/*
 * The id of a device in /dev, as "vhost-vdpa-0". A VM that is deleted and added again has a device
 * with another id. Return: 0 if there is no such device.
 */
uint64_t histfile_device(const char *device);

/* Adds a sample to the file of a VM. @why: set to a sentence on failure. */
bool histfile_add(const char *name, uint64_t device, const struct sample *sample, char *why);

/**
 * histfile_read() - read the file of a VM
 * @name: the VM
 * @device: id of its device
 * @now: the present time
 * @history: the samples of the last hour; none if there is no file
 * @why: set to a sentence on failure
 */
bool histfile_read(const char *name, uint64_t device, int64_t now, struct history *history,
		   char *why);

#endif
