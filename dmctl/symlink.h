/* SPDX-License-Identifier: GPL-2.0 */
/* symlink: waits for the stable paths of devices of VMs, /dev/dynmem/NAME, which udev makes. */
#ifndef DMCTL_SYMLINK_H
#define DMCTL_SYMLINK_H

#include <stdbool.h>

/*
 * Tells symlink_wait() that udev is about to make the link /dev/dynmem/@name, or to remove it if
 * @made is false. If an earlier call has said the opposite about this link, waits for udev first.
 */
void symlink_expect(const char *name, bool made);

/*
 * Waits until udev has made and removed all links that are expected, so that the next line of a
 * script can use a path, or reuse the name for another VM. Gives up, with a message, when nothing
 * has changed in /dev and /dev/dynmem for 5 s. Does nothing if udev does not run.
 */
void symlink_wait(void);

#endif
