/* SPDX-License-Identifier: GPL-2.0 */
/* open: tracks whether a process has a device open, and deletes devices. */
#ifndef _DYNMEM_OPEN_H
#define _DYNMEM_OPEN_H

#include "device/device.h"

#define DYNMEM_VMM_DRIVER "vhost_vdpa"	/* the bus driver that connects a VMM to the device */

/*
 * dynmem_open_init() is to be called before the first device is created, and returns 0 or -ENOMEM.
 * dynmem_open_exit() is to be called after the last device is gone.
 */
int dynmem_open_init(void);
void dynmem_open_exit(void);

/* Sets up those members of a new device that are used when the device is deleted. */
void dynmem_open_init_device(struct dynmem_vdpa *dev);

/*
 * Notes that the device is registered, so that it can be deleted. Begins to delete it if `vdpa dev
 * del` has come while it was being registered. The caller holds a reference to the device.
 */
void dynmem_open_registered(struct dynmem_vdpa *dev);

/*
 * Notes that a process may have begun to open the character device. To be called at each reset of
 * the device, since the first step of opening the character device is a reset. If a later step of
 * the open fails, neither dynmem_open_done() nor dynmem_open_closed() is called.
 */
void dynmem_open_begins(struct dynmem_vdpa *dev);
/*
 * dynmem_open_done() is to be called when a process has opened the character device, and
 * dynmem_open_closed() when the character device has been closed.
 */
void dynmem_open_done(struct dynmem_vdpa *dev);
void dynmem_open_closed(struct dynmem_vdpa *dev);

/* Whether a VMM may attach: the device is open and is not to be deleted. */
bool dynmem_open_may_bind(struct dynmem_vdpa *dev);

/**
 * dynmem_open_claim_delete() - claim the deletion of a device
 * @dev: the device
 * @even_open: claim the deletion even if a process has the device open
 *
 * Return: true: the caller must call dynmem_open_delete(). This function returns true at most once
 * for a device. false: the device is in use, is being registered, or is being deleted already
 */
bool dynmem_open_claim_delete(struct dynmem_vdpa *dev, bool even_open);
/* Begins to delete a device for which dynmem_open_claim_delete() returned true. Does not wait. */
void dynmem_open_delete(struct dynmem_vdpa *dev);

/* Removes the device from its VM. Takes the VM's lock. */
void dynmem_open_disown(struct dynmem_vdpa *dev);

#endif
