/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DMCTL_VERSION_H
#define DMCTL_VERSION_H

/* Prints the versions of dmctl, of the module that is loaded, and of the netlink family. */
void version_print(void);

#endif
