/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netlink: the generic netlink family "dynmem", through which dmctl and other programs define,
 * change and watch VMs. The top layer: it calls vm and balancer, and only main.c calls it.
 */
#ifndef _DYNMEM_NETLINK_H
#define _DYNMEM_NETLINK_H

/**
 * dynmem_netlink_init() - register the family and begin to multicast events
 *
 * From here on anyone may call vm and balancer: last in the list of what starts.
 *
 * Return: 0 or -errno
 */
int dynmem_netlink_init(void);

/* Takes the family away; when it returns no command is running. No lock held. */
void dynmem_netlink_exit(void);

#endif
