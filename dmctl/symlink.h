/* SPDX-License-Identifier: GPL-2.0 */
/* symlink: the stable path of a VM's device, /dev/dynmem/NAME, which udev makes. */
#ifndef DMCTL_SYMLINK_H
#define DMCTL_SYMLINK_H

#include <stdbool.h>

/*
 * Waits until udev has made /dev/dynmem/@name, or removed it, 5 s at most: so that the next line of
 * a script can use it, or the name. Where no udev runs there is nothing to wait for.
 */
void symlink_wait(const char *name, bool made);

#endif
