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
 * From here on anyone may send commands: last in the list of what starts.
 *
 * Return: 0 or -errno
 */
int dynmem_netlink_init(void);

/* Takes the family away; when it returns no command is running. No lock held. */
void dynmem_netlink_exit(void);

#endif
