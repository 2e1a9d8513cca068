/* SPDX-License-Identifier: GPL-2.0 */
/*
 * retouch: finds ballooned memory that is resident again, and releases that memory if the operator
 * has chosen DYNMEM_ENFORCE_RECLAIM.
 */
#ifndef _DYNMEM_RETOUCH_H
#define _DYNMEM_RETOUCH_H

#include <linux/types.h>

struct dynmem_vm;

#define DYNMEM_RETOUCH_RUNS 64

/**
 * struct dynmem_retouch_run - a run of guest pages
 * @first: first guest page
 * @pages: number of pages
 */
struct dynmem_retouch_run {
	u64 first;
	u64 pages;
};

/**
 * struct dynmem_retouch - the search of a VM's balloon for resident pages, in passes
 * @cursor: guest page at which the pass goes on; 0: no pass is under way
 * @found: number of ballooned pages that this pass has found resident
 * @reclaimed: number of pages of @found that this pass has released
 * @before: number of ballooned pages that the last pass left resident
 * @run: runs of resident pages that the call under way is to release
 * @nr_runs: number of valid entries of @run
 *
 * Only the VM's vhost task uses an object, so no lock guards it.
 */
struct dynmem_retouch {
	u64 cursor;
	u64 found;
	u64 reclaimed;
	u64 before;
	struct dynmem_retouch_run run[DYNMEM_RETOUCH_RUNS];
	unsigned int nr_runs;
};

/**
 * dynmem_retouch_look() - go on with a pass, or begin one
 * @look: the search
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
bool dynmem_retouch_look(struct dynmem_retouch *look, struct dynmem_vm *vm, bool reclaim,
			 u64 budget);

#endif
