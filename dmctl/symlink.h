/* SPDX-License-Identifier: GPL-2.0 */
/* symlink: the stable path of a VM's device, /dev/dynmem/NAME, which udev makes. */
#ifndef DMCTL_SYMLINK_H
#define DMCTL_SYMLINK_H

#include <stdbool.h>

/*
 * Waits for up to 5 s until udev has made /dev/dynmem/@name, or removed it if @made is false, so
 * that the next line of a script can use the path or the name. Does nothing where no udev runs.
 */
void symlink_wait(const char *name, bool made);

#endif
