/* SPDX-License-Identifier: GPL-2.0 */
/*
 * retouch: finds ballooned memory that is resident again, and releases it again if the operator
 * wants that.
 */
#ifndef _DYNMEM_RETOUCH_H
#define _DYNMEM_RETOUCH_H

#include <linux/types.h>

struct dynmem_vm;

#define DYNMEM_RETOUCH_RUNS 64

/**
 * struct dynmem_retouch_run - guest pages in a row
 * @first: the first of them
 * @pages: number of pages
 */
struct dynmem_retouch_run {
	u64 first;
	u64 pages;
};

/**
 * struct dynmem_retouch - the search of a VM's balloon, in passes
 * @cursor: guest page where the pass under way goes on; 0: none is under way
 * @found: ballooned pages found resident in this pass
 * @reclaimed: pages of these that have been released again
 * @before: pages that the last pass left resident
 * @run: pages found, to be released by this call
 * @nr_runs: number of runs
 *
 * No lock: used by the VM's vhost task only.
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
 * @budget: steps allowed in this call. A block with ballooned pages, and each folio or page table
 *	in it, costs one step, which takes 20 ns to 1 us
 *
 * Adds pages to the counters when they are first found; sets @vm->retouched at the end of a pass.
 *
 * Context: the VM's vhost task, no lock held. The driver's session is settled, so that the balloon
 * is that of this guest.
 * Return: true when the pass has ended
 */
bool dynmem_retouch_look(struct dynmem_retouch *look, struct dynmem_vm *vm, bool reclaim,
			 u64 budget);

#endif
