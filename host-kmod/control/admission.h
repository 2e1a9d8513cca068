/* SPDX-License-Identifier: GPL-2.0 */
/* admission: makes a VMM wait until its VM may start. */
#ifndef _DYNMEM_ADMISSION_H
#define _DYNMEM_ADMISSION_H

#include <linux/types.h>

struct dynmem_vm;

/**
 * dynmem_admission_wait() - find the startup memory of a VM, or refuse the VM
 * @vm: the VM, in state STARTING, with guest memory attached and RAM and vnodes known
 * @runs: the guest has run, so the device is hot-plugged. Such a VM is admitted at once: it is
 *	granted startup as far as that is spare, and is charged for what its guest holds
 *
 * A cold start waits for other VMs to give memory for start_timeout seconds, and up to two thirds
 * longer while starts are admitted or get memory. A fatal signal ends the wait.
 *
 * Context: the VMM's own process; no lock is held.
 * Return: 0: the VM was granted its startup memory (a static VM: all its RAM); -ENOMEM: an
 * allocation failed, or the VM was refused and an event says why; -EINTR: a signal ended the wait
 */
int dynmem_admission_wait(struct dynmem_vm *vm, bool runs);

#endif
