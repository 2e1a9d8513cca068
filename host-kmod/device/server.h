/* SPDX-License-Identifier: GPL-2.0 */
/* server: serves the rings of a device, in a vhost task of its VMM. */
#ifndef _DYNMEM_SERVER_H
#define _DYNMEM_SERVER_H

#include "device/device.h"

/*
 * dynmem_server_init() is to be called before the vhost task is created, and returns 0 or -ENOMEM.
 * dynmem_server_exit() is to be called after the task has ended.
 */
int dynmem_server_init(struct dynmem_vdpa *dev);
void dynmem_server_exit(struct dynmem_vdpa *dev);

/*
 * dynmem_server_work() is the function of the vhost task. It does a round of work, and returns
 * false if there was nothing to do. dynmem_server_killed() is called when the VMM is killed.
 */
bool dynmem_server_work(void *data);
void dynmem_server_killed(void *data);

/* Whether the vhost task is idle: not at work, and without ballooned memory to reserve. */
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
