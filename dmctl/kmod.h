/* SPDX-License-Identifier: GPL-2.0 */
/* kmod: whether modprobe would find a module for the kernel that runs. */
#ifndef DMCTL_KMOD_H
#define DMCTL_KMOD_H

#include <stdbool.h>
#include <stdio.h>

/**
 * kmod_listed() - look for a module in a list of paths
 * @list: lines as in modules.dep or modules.builtin: the path of a module, which a colon may end
 * @name: name of the module. As for modprobe, - and _ are the same
 */
bool kmod_listed(FILE *list, const char *name);

/* Whether depmod has listed a module for the kernel that runs, or the kernel has it built in. */
bool kmod_found(const char *name);

/* Whether a module lies where DKMS and "make install" put modules, listed or not. */
bool kmod_installed(const char *name);

#endif
