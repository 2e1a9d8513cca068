/* SPDX-License-Identifier: GPL-2.0 */
/*
 * account: counts how much of a guest's memory is resident on the host, and on which node. The
 * total is cheap to renew. The numbers per node come from walks of the page cache and the page
 * tables. A walk takes several calls, each of which has a budget of steps.
 */
#ifndef _DYNMEM_ACCOUNT_H
#define _DYNMEM_ACCOUNT_H

#include <linux/types.h>

struct dynmem_guestmem;

/**
 * struct dynmem_account - the resident memory of one VM
 * @total: resident bytes, as last counted. For a file whose pages are all RAM of the guest, this is
 *	the kernel's page count of the file. For other files, it is the result of the last full
 *	walk. For anonymous memory, it is the result of that walk, plus the change since then in the
 *	VMM's count of anonymous pages, or that count itself before the first full walk
 * @exposed: bytes that the guest could touch when @total was counted. If some files are counted by
 *	walks, @exposed is at least @exposed_walked
 * @node: bytes per node as of the last full walk, dynmem_nr_nodes() entries
 * @unknown: bytes by which @total exceeds the sum of @node: memory that has become resident since
 *	the last full walk
 * @pinned: bytes of @node that are pinned for DMA
 * @shared: bytes of the guest in pages that KSM has merged. In @node, a merged page is divided
 *	between all its mappings, since the host holds the page only once
 * @saved: the part of @shared that is not in @node, bytes
 * @paged: bytes of the guest's files in swap space, and bytes of all anonymous memory of the VMM
 *	there if the guest has anonymous memory; renewed with @total
 * @walked: bytes of @node that enter @total; page counts of files give the rest of @total
 * @anon_base: the VMM's count of anonymous pages to which @walked corresponds. This is the lower
 *	one of the counts at the start and at the end of the walk, so that @total is too high rather
 *	than too low
 * @merged_base: the VMM's count of merged pages at the end of the last full walk. When pages are
 *	merged, the count rises at once, and the number of resident pages falls by at least half of
 *	that rise. So half of the rise is subtracted from @total. When pages are separated, the
 *	count falls late, so a fall is ignored until the next walk finds the pages
 * @merges: the VMM's count of merged pages was not 0 when @total was last renewed
 * @exposed_walked: bytes that the guest could touch when the last full walk began
 * @partial: bytes per node found by the walk under way, dynmem_nr_nodes() entries
 * @partial_walked: as @walked, for the walk under way
 * @partial_pinned: as @pinned, for the walk under way
 * @partial_shared: as @shared, for the walk under way
 * @partial_saved: as @saved, for the walk under way
 * @anon_start: the VMM's count of anonymous pages at the start of the walk under way
 * @exposed_start: bytes that the guest could touch at the start of the walk under way
 * @cursor: guest page at which the walk goes on; 0: no walk is under way
 * @walks: number of full walks done; also read without the lock
 * @walked_total: @total at the end of the last full walk
 * @migrated: value of dynmem_account_migrated() when the last walk began
 * @rested: ticks since the last full walk ended
 * @total_error: 0: the last call has renewed @total; -EAGAIN: the VMM held its mmap_lock, and this
 *	code does not wait for it; -E2BIG: the guest's memory is in too many mappings; -ENOMEM
 * @walk_error: why the walk could not go on; values as for @total_error
 *
 * Guarded by the VM's account_lock. A thread that holds this lock never waits for the VMM.
 */
struct dynmem_account {
	u64 total;
	u64 exposed;
	u64 *node;
	u64 unknown;
	u64 pinned;
	u64 shared;
	u64 saved;
	u64 paged;
	u64 walked;
	u64 anon_base;
	u64 merged_base;
	bool merges;
	u64 exposed_walked;
	u64 *partial;
	u64 partial_walked;
	u64 partial_pinned;
	u64 partial_shared;
	u64 partial_saved;
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

/* Return: 0: the account is up to date; -errno: the reason why it may be out of date. */
static inline int dynmem_account_error(const struct dynmem_account *acc)
{
	return acc->total_error ?: acc->walk_error;
}

/* Allocates the arrays of an account. Return: 0, -ENOMEM. May sleep. */
int dynmem_account_init(struct dynmem_account *acc);

void dynmem_account_free(struct dynmem_account *acc);

/* Sets all figures to zero. To be called when the VMM has detached. */
void dynmem_account_reset(struct dynmem_account *acc);

/* Number of pages that the host's kernel has migrated since boot, in all processes together. */
u64 dynmem_account_migrated(void);

/**
 * dynmem_account_is_due() - whether the VM's memory is to be walked in this tick
 * @acc: the VM's account
 * @migrated: value of dynmem_account_migrated() in this tick
 *
 * To be called once a tick. Memory that hardly changes is walked only every ten ticks, unless
 * some of it is merged.
 */
bool dynmem_account_is_due(struct dynmem_account *acc, u64 migrated);

/**
 * dynmem_account_walk() - begin a walk or go on with it, and renew the total
 * @acc: the VM's account
 * @gm: the VM's guest memory, attached
 * @exposed: bytes that the guest could touch just before the call
 * @budget: number of steps allowed, set to the number left. Steps are counted as by
 *	dynmem_folios_in_file() and dynmem_folios_in_tables(); a step takes 20 to 100 ns
 *
 * Context: the account_lock is held; may sleep; does not wait for the VMM's mmap_lock.
 * Return: true when there is nothing more to do in this tick: this call has completed a walk, the
 * VMM has ended, or the walk cannot go on now
 */
bool dynmem_account_walk(struct dynmem_account *acc, struct dynmem_guestmem *gm, u64 exposed,
			 u64 *budget);

/* Renews the total, if possible. @exposed and context are as for dynmem_account_walk(). */
void dynmem_account_total(struct dynmem_account *acc, struct dynmem_guestmem *gm, u64 exposed);

#endif
