/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ledger: who holds what on a node, what is promised, and what may still be granted. Pure: no
 * kernel type, no allocation, builds in user space too. Only the balancer (with admission)
 * changes it, under the set's mutex.
 *
 * I1: a grant is made or a VM admitted only if afterwards
 *     sum(charge) + sum(promised) + sum(overhead) <= capacity,
 *     or if this sum is no larger than before: a guest that has run keeps what it holds.
 * I2: while capacity does not fall and nobody could touch more than granted (at risk is 0),
 *     sum(resident) + sum(overhead) <= capacity.
 * I3: otherwise the excess is debt, by cause. While there is debt nothing is granted.
 */
#ifndef _DYNMEM_LEDGER_H
#define _DYNMEM_LEDGER_H

#include "policy/arith.h"

/* What made a node's debt. */
enum dynmem_debt {
	DYNMEM_DEBT_HOST,	/* the host's own use has grown, or memory has gone */
	DYNMEM_DEBT_RESIDENT,	/* guests hold more than they were granted */
	DYNMEM_DEBT_OVERHEAD,	/* VMMs need more for themselves */
	DYNMEM_DEBT_RESERVE,	/* the operator has set capacity lower */
	DYNMEM_DEBT_PLACED,	/* memory that floats counts here now instead of elsewhere */
	DYNMEM_DEBT_CAUSES
};

/**
 * struct dynmem_holding - one VM on one node, bytes
 * @granted: what the VM may hold
 * @resident: what it was last measured to hold
 * @promised: set aside for it, not granted yet (a start that collects)
 * @overhead: of its VMM, estimated until it shows in the host's own use
 * @exposed: what its guest could touch
 * @minimum: what it is never brought below
 */
struct dynmem_holding {
	u64 granted;
	u64 resident;
	u64 promised;
	u64 overhead;
	u64 exposed;
	u64 minimum;
};

/**
 * struct dynmem_ledger - one node, bytes
 * @capacity: what VMs may hold
 * @charge, @promised, @overhead, @minimums: sums over the holdings
 * @at_risk: what guests could touch beyond their grants, the sum over the holdings
 * @debt: by cause; adds up to dynmem_ledger_debt()
 * @debt_before: debt at the last tick
 */
struct dynmem_ledger {
	u64 capacity;
	u64 charge;
	u64 promised;
	u64 overhead;
	u64 minimums;
	u64 at_risk;
	u64 debt[DYNMEM_DEBT_CAUSES];
	u64 debt_before;
};

/* max(granted, resident): what a holding counts for. */
static inline u64 dynmem_holding_charge(const struct dynmem_holding *h)
{
	return h->granted > h->resident ? h->granted : h->resident;
}

/* What I1 compares with capacity. Bytes. */
static inline u64 dynmem_ledger_bound(const struct dynmem_ledger *ledger)
{
	return ledger->charge + ledger->promised + ledger->overhead;
}

/* Bytes that may be granted or promised now; 0 while there is debt. */
u64 dynmem_ledger_spare(const struct dynmem_ledger *ledger);

/* Bytes by which charge and overhead exceed capacity. */
u64 dynmem_ledger_debt(const struct dynmem_ledger *ledger);

/* Whether not even all minimums fit: everyone is brought to his own, and nobody is admitted. */
bool dynmem_ledger_overdrawn(const struct dynmem_ledger *ledger);

/**
 * dynmem_ledger_tick() - once a second: is debt being paid?
 * @ledger: the node
 *
 * Return: true when there was debt at the last tick and it has not fallen since
 */
bool dynmem_ledger_tick(struct dynmem_ledger *ledger);

/**
 * dynmem_ledger_capacity() - what VMs may hold from now on; a fact
 * @ledger: the node
 * @capacity: bytes
 * @cause: what debt it makes is due to, DYNMEM_DEBT_HOST or DYNMEM_DEBT_RESERVE
 */
void dynmem_ledger_capacity(struct dynmem_ledger *ledger, u64 capacity, enum dynmem_debt cause);

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
 * dynmem_ledger_lacks() - what is missing for a VM to be admitted with its part on a node
 * @ledger: the node
 * @h: who; what it holds already is part of it, and what was promised to it is used
 * @startup: bytes to be granted
 * @overhead: bytes for its VMM
 * @runs: its guest has run. What that holds it keeps whatever is decided, so only what is asked
 *	beyond that can be missing
 *
 * Return: bytes that have to become spare first; 0: it fits
 */
u64 dynmem_ledger_lacks(const struct dynmem_ledger *ledger, const struct dynmem_holding *h,
			u64 startup, u64 overhead, bool runs);

/**
 * dynmem_ledger_admit() - grant startup and enter overhead, both or nothing
 *
 * As dynmem_ledger_lacks(). The promise is used up. Return: true when it was done
 */
bool dynmem_ledger_admit(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 startup,
			 u64 overhead, bool runs);

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

/* The same of a VM that holds no more than it was granted, but here instead of elsewhere. */
void dynmem_ledger_moved(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 resident);

/* Sets the overhead of @h; as a fact. */
void dynmem_ledger_overhead(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 overhead);

/* What the guest of @h could touch; as a fact. Changes at_risk only. */
void dynmem_ledger_exposed(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 exposed);

/* What @h is never brought below; as a fact. Changes minimums only. */
void dynmem_ledger_minimum(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 minimum);

/* Everything @h has goes back: its VMM has ended. */
void dynmem_ledger_forget(struct dynmem_ledger *ledger, struct dynmem_holding *h);

#endif
