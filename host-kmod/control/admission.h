/* SPDX-License-Identifier: GPL-2.0 */
/* admission: a VMM waits until its VM may start. */
#ifndef _DYNMEM_ADMISSION_H
#define _DYNMEM_ADMISSION_H

#include <linux/types.h>

struct dynmem_vm;

/**
 * dynmem_admission_wait() - find the startup memory of a VM, or refuse
 * @vm: guest memory attached, state STARTING, ram and vnodes known
 * @runs: its guest has run: the device is hot-plugged. A cold start waits, killable, up to the
 *	start time-out for others to give; a guest that has run stands still meanwhile, so it must
 *	not. It is not refused for what it holds already
 *
 * Context: the VMM's own process; no lock held.
 * Return: 0: granted == startup (a static VM: all its RAM); -ENOMEM after an event that says how
 * much is missing on which node and who holds it; -EINTR
 */
int dynmem_admission_wait(struct dynmem_vm *vm, bool runs);

#endif
