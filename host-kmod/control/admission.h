/* SPDX-License-Identifier: GPL-2.0 */
/* admission: makes a VMM wait until its VM may start. */
#ifndef _DYNMEM_ADMISSION_H
#define _DYNMEM_ADMISSION_H

#include <linux/types.h>

struct dynmem_vm;

/**
 * dynmem_admission_wait() - find the startup memory of a VM, or refuse the VM
 * @vm: the VM: in state STARTING, with guest memory attached and RAM and vnodes known
 * @runs: the guest has run, so the device is hot-plugged. It does not wait, since the guest would
 *	stand still meanwhile, and is not refused for memory that it holds already. A cold start
 *	waits, killable, up to the start time-out for others to give
 *
 * Context: the VMM's own process; no lock is held.
 * Return: 0: the VM was granted its startup memory (a static VM: all its RAM); -ENOMEM: an event
 * says how much is missing on which node and who holds it; -EINTR
 */
int dynmem_admission_wait(struct dynmem_vm *vm, bool runs);

#endif
