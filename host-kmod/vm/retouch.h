/* SPDX-License-Identifier: GPL-2.0 */
/*
 * retouch: finds ballooned memory that is resident again, and releases that memory if the operator
 * has chosen DYNMEM_ENFORCE_RECLAIM.
 */
#ifndef _DYNMEM_RETOUCH_H
#define _DYNMEM_RETOUCH_H

#include <linux/types.h>

struct dynmem_vm;

/**
 * dynmem_retouch_look() - go on with a pass, or begin one
 * @vm: the VM
 * @reclaim: release the pages that are found
 * @budget: steps allowed in this call. Each block with ballooned pages costs one step, and so does
 *	each folio and each page table in the block. A step takes 20 ns to 1 us
 *
 * If the last pass left N pages resident, the first N pages that this pass finds do not raise the
 * counter of retouched pages, since they are assumed to be the same N pages. Sets @vm->retouched at
 * the end of a pass.
 *
 * Context: the VM's vhost task, no lock held. The driver has begun or resumed a session, so
 * @vm->ballooned is the balloon of the guest kernel that runs.
 * Return: true when the pass has ended
 */
bool dynmem_retouch_look(struct dynmem_vm *vm, bool reclaim, u64 budget);

#endif
