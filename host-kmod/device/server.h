/* SPDX-License-Identifier: GPL-2.0 */
/* server: serves the rings of a device, in a vhost task of its VMM. */
#ifndef _DYNMEM_SERVER_H
#define _DYNMEM_SERVER_H

#include "device/device.h"

/* Called before the task is created (returns 0 or -ENOMEM), and after the task has ended. */
int dynmem_server_init(struct dynmem_vdpa *dev);
void dynmem_server_exit(struct dynmem_vdpa *dev);

/* The function of the vhost task, and the handler that is called when the VMM is killed. */
bool dynmem_server_work(void *data);
void dynmem_server_killed(void *data);

/* Whether the task is idle: it is not at work and has no ballooned memory to reserve. */
bool dynmem_server_idle(struct dynmem_vdpa *dev);

/**
 * dynmem_server_reserve() - reserve ballooned hugetlb memory for the guest
 * @dev: the device
 *
 * After a reset the guest may touch all of its memory, and the VMM would be killed if the pool were
 * empty. May wait for the VMM's mmap_lock.
 *
 * Context: the vhost task, or another thread of the VMM after the task has ended.
 */
void dynmem_server_reserve(struct dynmem_vdpa *dev);

#endif
