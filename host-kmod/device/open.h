/* SPDX-License-Identifier: GPL-2.0 */
/* open: tracks whether a process has a device open, and deletes devices. */
#ifndef _DYNMEM_OPEN_H
#define _DYNMEM_OPEN_H

#include "device/device.h"

#define DYNMEM_VMM_DRIVER "vhost_vdpa"	/* the bus driver that connects a VMM to the device */

/* Called before the first device is created (0 or -ENOMEM), and after the last one is gone. */
int dynmem_open_init(void);
void dynmem_open_exit(void);

/* Prepares a new device. */
void dynmem_open_init_device(struct dynmem_vdpa *dev);

/* Called at a reset: a process may be opening the character device. A failure is not reported. */
void dynmem_open_begins(struct dynmem_vdpa *dev);
/* Called when a process has opened the character device, and when it has closed it. */
void dynmem_open_done(struct dynmem_vdpa *dev);
void dynmem_open_closed(struct dynmem_vdpa *dev);

/* Whether a VMM may attach: the device is open and is not to be deleted. */
bool dynmem_open_may_bind(struct dynmem_vdpa *dev);

/**
 * dynmem_open_claim_delete() - claim the deletion of a device
 * @dev: the device
 * @even_open: also if a process has it open
 *
 * Return: true for one caller at most, which has to call dynmem_open_delete()
 */
bool dynmem_open_claim_delete(struct dynmem_vdpa *dev, bool even_open);
/* Begins to delete a device after dynmem_open_claim_delete(). Does not wait. */
void dynmem_open_delete(struct dynmem_vdpa *dev);

/* Removes the device from its VM. Takes the VM's lock. */
void dynmem_open_disown(struct dynmem_vdpa *dev);

#endif
