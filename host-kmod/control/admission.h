/* SPDX-License-Identifier: GPL-2.0 */
/* admission: makes a VMM wait until its VM may start. */
#ifndef _DYNMEM_ADMISSION_H
#define _DYNMEM_ADMISSION_H

#include <linux/types.h>

struct dynmem_vm;

/**
 * dynmem_admission_wait() - wait until a VM is admitted or refused
 * @vm: the VM, in state STARTING, with guest memory attached and RAM and vnodes known
 * @runs: the guest has run, so the device is hot-plugged. Such a VM does not wait until memory is
 *	spare. It is granted the part of its startup memory that is spare or that its guest holds,
 *	and is charged for all memory that its guest holds
 *
 * If @runs is false, the VM waits until other VMs have given enough memory. It waits for at most
 * start_timeout seconds, or up to two thirds longer while the queue of starts advances (see
 * policy/startq.h). A fatal signal ends the wait.
 *
 * Context: the VMM's own process; no lock is held.
 * Return: 0: the VM was admitted, and was granted all of its startup memory unless @runs; -ENOMEM:
 * the VM was refused and an event gives the reason, or an allocation failed; -EINTR: a signal ended
 * the wait
 */
int dynmem_admission_wait(struct dynmem_vm *vm, bool runs);

#endif
