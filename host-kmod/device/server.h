/* SPDX-License-Identifier: GPL-2.0 */
/* server: serves the rings of a device, in a vhost task of its VMM. */
#ifndef _DYNMEM_SERVER_H
#define _DYNMEM_SERVER_H

#include "device/device.h"

/* What serving needs, before the task is created and after it has ended. */
int dynmem_server_init(struct dynmem_vdpa *dev);
void dynmem_server_exit(struct dynmem_vdpa *dev);

/* The task's function, and what is done when it is killed with its VMM. */
bool dynmem_server_work(void *data);
void dynmem_server_killed(void *data);

/* Whether the task has done what it was at work with when this is first asked. */
bool dynmem_server_idle(struct dynmem_vdpa *dev);

/*
 * Has hugetlb memory that is given reserved for the guest, which may touch it from now on:
 * with an empty pool that would kill it. May wait for the VMM's mmap_lock. Context: a thread of the
 * VMM, the vhost task or after its end.
 */
void dynmem_server_reserve(struct dynmem_vdpa *dev);

#endif
