/* SPDX-License-Identifier: GPL-2.0 */
/* open: who has a device open, and how it ends. */
#ifndef _DYNMEM_OPEN_H
#define _DYNMEM_OPEN_H

#include "device/device.h"

#define DYNMEM_VMM_DRIVER "vhost_vdpa"	/* the bus driver through which a VMM gets the device */

/* Before the first device is made: 0, -ENOMEM; after the last has ended. */
int dynmem_open_init(void);
void dynmem_open_exit(void);

/* Once for each device. */
void dynmem_open_init_device(struct dynmem_vdpa *dev);

/* A process is opening the character device, as far as a reset tells; an open may fail unseen. */
void dynmem_open_begins(struct dynmem_vdpa *dev);
/* It has opened it; it has closed it. */
void dynmem_open_done(struct dynmem_vdpa *dev);
void dynmem_open_closed(struct dynmem_vdpa *dev);

/* Whether a VMM may attach: not to a device that goes away. */
bool dynmem_open_may_bind(struct dynmem_vdpa *dev);

/**
 * dynmem_open_claim_delete() - say that a device goes away for good
 * @dev: the device
 * @even_open: though a process has it open
 *
 * Return: true for the one caller who is to call dynmem_open_delete()
 */
bool dynmem_open_claim_delete(struct dynmem_vdpa *dev, bool even_open);
/* Begins to delete a device that has been claimed. Does not wait. */
void dynmem_open_delete(struct dynmem_vdpa *dev);

/* The VM no longer has this device. Takes the VM's lock. */
void dynmem_open_disown(struct dynmem_vdpa *dev);

#endif
