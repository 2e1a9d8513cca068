/* SPDX-License-Identifier: GPL-2.0 */
/* symlink: waits for the stable path of a VM's device, /dev/dynmem/NAME, which udev makes. */
#ifndef DMCTL_SYMLINK_H
#define DMCTL_SYMLINK_H

#include <stdbool.h>

/*
 * Waits for up to 5 s until udev has made /dev/dynmem/@name, or removed this link if @made is
 * false. So the next line of a script can use the path, or use the name for another VM. Does
 * nothing if udev does not run.
 */
void symlink_wait(const char *name, bool made);

#endif
