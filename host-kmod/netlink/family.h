/* SPDX-License-Identifier: GPL-2.0 */
/*
 * family: the generic netlink family "dynmem", through which dmctl and other programs define,
 * change and watch VMs.
 */
#ifndef _DYNMEM_FAMILY_H
#define _DYNMEM_FAMILY_H

/**
 * dynmem_netlink_init() - register the family and begin to multicast events
 *
 * From now on commands may come, so this is called when all else is initialised.
 *
 * Return: 0 or -errno
 */
int dynmem_netlink_init(void);

/* Unregisters the family. When it returns no command is running. No lock is held. */
void dynmem_netlink_exit(void);

#endif
