/* SPDX-License-Identifier: GPL-2.0 */
/*
 * account: how much of a guest's memory the host really holds, and on which node. Called by the
 * balancer once a tick and by the reports it gives. Totals are cheap; the split per node walks the
 * page cache or the page tables incrementally, within a budget of pages a call.
 */
#ifndef _DYNMEM_ACCOUNT_H
#define _DYNMEM_ACCOUNT_H

#include <linux/types.h>

struct dynmem_guestmem;

/**
 * struct dynmem_account - residency of one VM
 * @total: bytes resident. Of shared memory as of this call; of anonymous memory as of the last
 *	full walk (of the first one, until that is complete)
 * @node: bytes per host node as of the last full walk, nr_node_ids entries
 * @unknown: bytes of @total that are more than the sum of @node: what came since that walk
 * @walked: bytes in @node that @total has from the walk
 * @partial: bytes per node of the walk under way, nr_node_ids entries
 * @partial_walked: as @walked, of the walk under way
 * @cursor: guest page where that walk goes on
 * @walks: full walks done
 *
 * One user at a time: the balancer, under the VM's account_lock.
 */
struct dynmem_account {
	u64 total;
	u64 *node;
	u64 unknown;
	u64 walked;
	u64 *partial;
	u64 partial_walked;
	u64 cursor;
	u64 walks;
};

int dynmem_account_init(struct dynmem_account *acc);
void dynmem_account_free(struct dynmem_account *acc);
/* Everything back to zero, for a VM that is not attached any more. */
void dynmem_account_reset(struct dynmem_account *acc);

/**
 * dynmem_account_walk() - go on measuring
 * @acc: the VM's account
 * @gm: its attached memory
 * @budget: steps allowed in this call; a folio of any size and a hole cost one each. A step takes
 *	20 to 100 ns
 *
 * Takes @gm->lock, and mmap_lock of the VMM for reading; holds neither for long; may sleep.
 * Return: true when a full walk was completed by this call
 */
bool dynmem_account_walk(struct dynmem_account *acc, struct dynmem_guestmem *gm, u64 budget);

#endif
