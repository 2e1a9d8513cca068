/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ledger: who holds what on a node, what is promised, and what may still be granted. Pure: no
 * kernel type, no allocation, builds in user space too. Only the balancer (with admission)
 * changes it, under the set's mutex.
 *
 * I1: a grant is made or a VM admitted only if afterwards
 *     sum(charge) + sum(promised) + sum(overhead) <= capacity.
 */
#ifndef _DYNMEM_LEDGER_H
#define _DYNMEM_LEDGER_H

#include "pure.h"

/**
 * struct dynmem_holding - one VM on one node, bytes
 * @granted: what the VM may hold
 * @resident: what it was last measured to hold
 * @promised: set aside for it, not granted yet (a start that collects)
 * @overhead: of its VMM, estimated until it shows in the host's own use
 */
struct dynmem_holding {
	u64 granted;
	u64 resident;
	u64 promised;
	u64 overhead;
};

/**
 * struct dynmem_ledger - one node, bytes; the sums over its holdings
 */
struct dynmem_ledger {
	u64 capacity;
	u64 charge;
	u64 promised;
	u64 overhead;
};

/* max(granted, resident): what a holding counts for. */
static inline u64 dynmem_holding_charge(const struct dynmem_holding *h)
{
	return h->granted > h->resident ? h->granted : h->resident;
}

/* Bytes that may be granted or promised now; 0 while there is debt. */
u64 dynmem_ledger_spare(const struct dynmem_ledger *ledger);

/* Bytes by which charge and overhead exceed capacity. */
u64 dynmem_ledger_debt(const struct dynmem_ledger *ledger);

/**
 * dynmem_ledger_grant() - grant a holding more, as far as I1 allows
 * @ledger: the node
 * @h: who
 * @bytes: wanted
 * @whole: all or nothing
 *
 * Uses what was promised to @h first. Room the holding is charged for already (resident above
 * granted) costs nothing more. Nothing is granted while I1 does not hold.
 *
 * Return: bytes granted
 */
u64 dynmem_ledger_grant(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 bytes,
			bool whole);

/**
 * dynmem_ledger_place() - enter where a VM's grant stands now; a fact, never refused
 * @ledger: the node
 * @h: who
 * @granted: bytes
 *
 * Lower: what a guest has given *and* the host has released is taken off. Higher only when the
 * grant of a floating VM is charged to this node instead of to another.
 */
void dynmem_ledger_place(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 granted);

/* Sets aside up to @bytes more for @h, as far as I1 allows; returns how much it was. */
u64 dynmem_ledger_promise(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 bytes);

/* Gives back what was promised to @h. */
void dynmem_ledger_release(struct dynmem_ledger *ledger, struct dynmem_holding *h);

/* A new measurement of what @h holds. Facts are entered whether I1 holds or not. */
void dynmem_ledger_measured(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 resident);

/* Sets the overhead of @h; as a fact. */
void dynmem_ledger_overhead(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 overhead);

/* Everything @h has goes back: its VMM has ended. */
void dynmem_ledger_forget(struct dynmem_ledger *ledger, struct dynmem_holding *h);

#endif
