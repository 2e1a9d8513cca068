/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DMCTL_VERSION_H
#define DMCTL_VERSION_H

/*
 * Prints the versions of dmctl, of the module that is loaded, of the netlink family and of the JSON
 * that dmctl prints. Return: the exit status
 */
int version_show(void);

#endif
