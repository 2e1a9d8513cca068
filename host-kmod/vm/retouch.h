/* SPDX-License-Identifier: GPL-2.0 */
/*
 * retouch: finds memory that a guest has given and that is resident again, and releases it again if
 * that is wanted.
 */
#ifndef _DYNMEM_RETOUCH_H
#define _DYNMEM_RETOUCH_H

#include <linux/types.h>

struct dynmem_vm;

#define DYNMEM_RETOUCH_RUNS 64

/* Guest pages in a row. */
struct dynmem_retouch_run {
	u64 first;
	u64 pages;
};

/**
 * struct dynmem_retouch - how far the looking has come; touched by the vhost task only
 * @cursor: guest page where the pass under way goes on, 0 when none is
 * @found: pages that are given and resident, in that pass so far
 * @reclaimed: of these, released again
 * @before: pages that were left resident by the pass before
 * @run: what of the found ones is to be released now
 * @nr_runs: how many of those
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
 * dynmem_retouch_look() - go on looking
 * @look: how far it has come
 * @vm: whose memory
 * @reclaim: release what is found
 * @budget: steps allowed in this call. A block with given pages, and a folio or page table there,
 *	cost one each, some 20 ns to 1 us
 *
 * Counts what is found, once; says in @vm how much there is when a pass has ended.
 * Context: the VM's vhost task, no lock held, the session settled: what is given is this guest's.
 * Return: true when all that is given has been looked at
 */
bool dynmem_retouch_look(struct dynmem_retouch *look, struct dynmem_vm *vm, bool reclaim,
			 u64 budget);

#endif
