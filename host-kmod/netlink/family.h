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
 * Commands may come as soon as the family is registered, so all other parts of the module must be
 * initialised before this call.
 *
 * Return: 0 or -errno
 */
int dynmem_netlink_init(void);

/* Unregisters the family. When this function returns, no command runs. No lock is held. */
void dynmem_netlink_exit(void);

#endif
