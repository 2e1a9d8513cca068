/* SPDX-License-Identifier: GPL-2.0 */
/*
 * account: counts how much of a guest's memory is resident on the host, and on which node. The
 * total is cheap to renew. The numbers per node come from walks of the page cache and the page
 * tables, which go on from call to call, within a budget of steps.
 */
#ifndef _DYNMEM_ACCOUNT_H
#define _DYNMEM_ACCOUNT_H

#include <linux/types.h>

struct dynmem_guestmem;

/**
 * struct dynmem_account - the resident memory of one VM
 * @total: bytes resident as of the last call. Files of which all pages are the guest's RAM count
 *	with their page counts, other memory as the last full walk found it. Anonymous memory is
 *	corrected by the change of the VMM's count of anonymous pages since that walk; until the
 *	first full walk it is all of that count
 * @exposed: bytes that the guest could touch when @total was counted; with files that are walked,
 *	at least @exposed_walked
 * @node: bytes per node as of the last full walk, dynmem_nr_nodes() entries
 * @unknown: bytes by which @total exceeds the sum of @node: memory that has come since the last
 *	full walk
 * @pinned: bytes in @node that are pinned for DMA
 * @walked: bytes in @node that @total takes from the walk
 * @anon_base: the VMM's count of anonymous pages that belongs to @walked: the lower of those at the
 *	start and at the end of the walk, so that @total is rather too high than too low
 * @exposed_walked: bytes that the guest could touch when the last full walk began
 * @partial: bytes per node found by the walk under way, dynmem_nr_nodes() entries
 * @partial_walked: as @walked, for the walk under way
 * @partial_pinned: as @pinned, for the walk under way
 * @anon_start: the VMM's count of anonymous pages at the start of the walk under way
 * @exposed_start: bytes that the guest could touch at the start of the walk under way
 * @cursor: guest page where the walk under way goes on; 0: none is under way
 * @walks: number of full walks done; also read without the lock
 * @walked_total: @total at the end of the last full walk
 * @migrated: dynmem_account_migrated() when the last walk began
 * @rested: ticks since the last full walk ended
 * @total_error: why @total could not be renewed; 0: it was. -EAGAIN: the VMM holds its mmap_lock,
 *	which is not waited for; -E2BIG: its memory is in too many mappings; -ENOMEM
 * @walk_error: why the walk could not go on; values as of @total_error
 *
 * Guarded by the VM's account_lock, whose holder never waits for the VMM.
 */
struct dynmem_account {
	u64 total;
	u64 exposed;
	u64 *node;
	u64 unknown;
	u64 pinned;
	u64 walked;
	u64 anon_base;
	u64 exposed_walked;
	u64 *partial;
	u64 partial_walked;
	u64 partial_pinned;
	u64 anon_start;
	u64 exposed_start;
	u64 cursor;
	u64 walks;
	u64 walked_total;
	u64 migrated;
	unsigned int rested;
	int total_error;
	int walk_error;
};

/* Why the account may be out of date, or 0. */
static inline int dynmem_account_error(const struct dynmem_account *acc)
{
	return acc->total_error ?: acc->walk_error;
}

/* Return: 0, -ENOMEM. May sleep. */
int dynmem_account_init(struct dynmem_account *acc);

void dynmem_account_free(struct dynmem_account *acc);

/* Sets everything to zero, for a VM that is not attached. */
void dynmem_account_reset(struct dynmem_account *acc);

/* Pages of any owner that the host has migrated since it booted; sums over all CPUs. */
u64 dynmem_account_migrated(void);

/**
 * dynmem_account_is_due() - whether the account is to be walked in this tick
 * @acc: the VM's account
 * @migrated: dynmem_account_migrated() in this tick
 *
 * To be called once a tick. Memory at rest is walked only every ten ticks.
 */
bool dynmem_account_is_due(struct dynmem_account *acc, u64 migrated);

/**
 * dynmem_account_walk() - begin a walk or go on with it, and renew the total
 * @acc: the VM's account
 * @gm: its attached memory
 * @exposed: bytes that its guest can touch, as of before the call
 * @budget: number of steps allowed, set to the number left. Steps are counted as by
 *	dynmem_folios_in_file() and dynmem_folios_in_tables(); a step takes 20 to 100 ns
 *
 * Context: may sleep; tries the VMM's mmap_lock for reading, and does not hold it for long.
 * Return: true when there is nothing more to do in this tick: this call has completed a walk, the
 * VMM has ended, or the walk cannot go on now
 */
bool dynmem_account_walk(struct dynmem_account *acc, struct dynmem_guestmem *gm, u64 exposed,
			 u64 *budget);

/* Renews the total, if possible. @exposed and context as in dynmem_account_walk(). */
void dynmem_account_total(struct dynmem_account *acc, struct dynmem_guestmem *gm, u64 exposed);

#endif
