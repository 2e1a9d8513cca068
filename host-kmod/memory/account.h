/* SPDX-License-Identifier: GPL-2.0 */
/*
 * account: how much of a guest's memory the host really holds, and on which node. Totals are cheap,
 * the balancer has them renewed in every run; the split per node walks the page cache or the page
 * tables incrementally, within a budget of steps that walker.c gives.
 */
#ifndef _DYNMEM_ACCOUNT_H
#define _DYNMEM_ACCOUNT_H

#include <linux/types.h>

struct dynmem_guestmem;

/**
 * struct dynmem_account - residency of one VM
 * @total: bytes resident as of the last call. Of files that are RAM as a whole, from their page
 *	counts; else as walked, and of anonymous memory corrected by what the VMM's count of
 *	anonymous pages has changed since. Until the first full walk all of that count
 * @exposed: bytes that the guest could touch when @total was counted, or before that
 * @node: bytes per node as of the last full walk, dynmem_nr_nodes() entries
 * @unknown: bytes of @total that are more than the sum of @node: what came since that walk
 * @pinned: bytes in @node that are pinned for DMA
 * @walked: bytes in @node that @total has from the walk
 * @anon_base: anonymous pages of the VMM that @walked corresponds to: the lower of those at the
 *	start and at the end of the walk, so that an error is on the safe side
 * @exposed_walked: bytes that the guest could touch when the last walk began
 * @partial: bytes per node of the walk under way, dynmem_nr_nodes() entries
 * @partial_walked: as @walked, of the walk under way
 * @partial_pinned: as @pinned, of the walk under way
 * @anon_start: anonymous pages of the VMM at the start of that walk
 * @exposed_start: bytes that the guest could touch then
 * @cursor: guest page where that walk goes on, 0 when none is under way
 * @walks: full walks done
 * @walked_total: @total when the last one ended
 * @migrated: pages that the host had moved in all when the last one began
 * @rested: ticks since it ended
 * @total_error, @walk_error: why @total is as it was, or the walk cannot go on: -EAGAIN: the VMM
 *	holds its mmap_lock, which is not waited for; -E2BIG: its memory lies in too many mappings;
 *	-ENOMEM. 0: all is well
 *
 * One user at a time, under the VM's account_lock: walker.c, or the balancer. Nobody waits for the
 * VMM with that lock.
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

/* Why what is known of the VM's memory may be out of date, or 0. */
static inline int dynmem_account_error(const struct dynmem_account *acc)
{
	return acc->total_error ?: acc->walk_error;
}

int dynmem_account_init(struct dynmem_account *acc);
void dynmem_account_free(struct dynmem_account *acc);
/* Everything back to zero, for a VM that is not attached any more. */
void dynmem_account_reset(struct dynmem_account *acc);

/* Pages that the host has moved to other places since it booted, whoever's: a sum over all CPUs. */
u64 dynmem_account_migrated(void);

/**
 * dynmem_account_is_due() - is it time to walk on? Asked once a tick
 * @acc: the VM's account
 * @migrated: what dynmem_account_migrated() has said in this tick
 *
 * Memory at rest is walked every ten ticks only.
 */
bool dynmem_account_is_due(struct dynmem_account *acc, u64 migrated);

/**
 * dynmem_account_walk() - go on measuring; renews the total, too
 * @acc: the VM's account
 * @gm: its attached memory
 * @exposed: bytes that its guest can touch, as of before the call
 * @budget: steps allowed, and then what is left of them; a folio of any size and a hole cost one
 *	each. A step takes 20 to 100 ns
 *
 * Tries mmap_lock of the VMM for reading, and does not hold it for long; may sleep.
 * Return: true when there is nothing more to do now: a full walk was completed by this call, there
 * is nothing to walk over, or the VMM is in the way
 */
bool dynmem_account_walk(struct dynmem_account *acc, struct dynmem_guestmem *gm, u64 exposed,
			 u64 *budget);

/* Renews the total, if it can. @exposed and locks as above. */
void dynmem_account_total(struct dynmem_account *acc, struct dynmem_guestmem *gm, u64 exposed);

#endif
