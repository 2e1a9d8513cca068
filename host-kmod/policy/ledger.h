/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ledger: what each VM holds on a node, what is promised to it, and what may still be granted.
 * Pure: no kernel type, no allocation, builds in user space too. All of it is guarded by
 * dynmem_set_lock.
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

/* What has caused a node's debt. */
enum dynmem_debt {
	DYNMEM_DEBT_HOST,	/* the host's own use has grown, or memory was removed */
	DYNMEM_DEBT_RESIDENT,	/* guests hold more than they were granted */
	DYNMEM_DEBT_OVERHEAD,	/* VMMs need more for themselves */
	DYNMEM_DEBT_RESERVE,	/* the operator has raised the reserve */
	DYNMEM_DEBT_PLACED,	/* floating memory has become charged to this node */
	DYNMEM_DEBT_CAUSES
};

/**
 * struct dynmem_holding - memory of one VM on one node, bytes
 * @granted: memory that the VM may hold
 * @resident: memory that the VM holds, as last measured
 * @promised: memory set aside for the VM and not granted yet, while it waits to start
 * @overhead: memory of the VMM: an estimate, 0 once that memory shows in the host's own use
 * @exposed: memory that the guest could touch
 * @minimum: the grant is never brought below this
 *
 * Guarded by dynmem_set_lock.
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
 * struct dynmem_ledger - the books of one node, bytes
 * @capacity: memory that VMs may hold
 * @charge: sum of dynmem_holding_charge() over the holdings
 * @promised: sum over the holdings
 * @overhead: sum over the holdings
 * @minimums: sum over the holdings
 * @at_risk: memory that guests could touch beyond their grants, the sum over the holdings
 * @debt: by cause; adds up to dynmem_ledger_debt()
 * @debt_before: debt at the last tick
 *
 * Guarded by dynmem_set_lock.
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

/* The charge of a holding: max(granted, resident). Bytes. */
static inline u64 dynmem_holding_charge(const struct dynmem_holding *h)
{
	return h->granted > h->resident ? h->granted : h->resident;
}

/* The sum that I1 compares with capacity. Bytes. */
static inline u64 dynmem_ledger_bound(const struct dynmem_ledger *ledger)
{
	return ledger->charge + ledger->promised + ledger->overhead;
}

/* Bytes that may be granted or promised now; 0 while there is debt. */
u64 dynmem_ledger_spare(const struct dynmem_ledger *ledger);

/* Debt: bytes by which charge and overhead exceed capacity. */
u64 dynmem_ledger_debt(const struct dynmem_ledger *ledger);

/* Whether minimums and overhead exceed capacity: all VMs get their minimum, and no VM starts. */
bool dynmem_ledger_overdrawn(const struct dynmem_ledger *ledger);

/**
 * dynmem_ledger_tick() - see whether debt is being paid
 * @ledger: the node
 *
 * To be called once a second.
 *
 * Return: true when there was debt at the last tick and the debt has not fallen since
 */
bool dynmem_ledger_tick(struct dynmem_ledger *ledger);

/**
 * dynmem_ledger_capacity() - enter a new capacity; never refused
 * @ledger: the node
 * @capacity: bytes
 * @cause: cause of the debt that this may make, DYNMEM_DEBT_HOST or DYNMEM_DEBT_RESERVE
 */
void dynmem_ledger_capacity(struct dynmem_ledger *ledger, u64 capacity, enum dynmem_debt cause);

/**
 * dynmem_ledger_grant() - grant a holding more memory, as far as I1 allows
 * @ledger: the node
 * @h: the holding
 * @bytes: bytes wanted
 * @whole: grant all of @bytes or nothing
 *
 * Memory that the holding is charged for already (resident above granted) is granted first, then
 * promised memory, then spare memory. Nothing is granted while the sum of I1 exceeds capacity.
 *
 * Return: bytes granted
 */
u64 dynmem_ledger_grant(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 bytes,
			bool whole);

/**
 * dynmem_ledger_lacks() - how much memory is missing on a node for a VM to be admitted
 * @ledger: the node
 * @h: the VM's holding; its resident memory counts towards @startup, and its promised memory is
 *	available
 * @startup: bytes to be granted on the node
 * @overhead: bytes for its VMM on the node
 * @runs: the guest has run and keeps the memory that it holds, whatever is decided; so only memory
 *	beyond that can be missing
 *
 * Return: bytes that have to become spare first; 0: it fits
 */
u64 dynmem_ledger_lacks(const struct dynmem_ledger *ledger, const struct dynmem_holding *h,
			u64 startup, u64 overhead, bool runs);

/**
 * dynmem_ledger_admit() - grant startup and enter overhead, both or neither
 * @ledger: the node
 * @h: the VM's holding; its promise is used up
 * @startup: as for dynmem_ledger_lacks()
 * @overhead: as for dynmem_ledger_lacks()
 * @runs: as for dynmem_ledger_lacks()
 *
 * Return: true when it was done
 */
bool dynmem_ledger_admit(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 startup,
			 u64 overhead, bool runs);

/**
 * dynmem_ledger_place() - enter the part of a VM's grant that is on a node now; never refused
 * @ledger: the node
 * @h: the VM's holding
 * @granted: bytes
 *
 * The grant falls when the guest has given memory *and* the host has released it. It only rises
 * here when the grant of a floating VM is charged to this node instead of to another one.
 */
void dynmem_ledger_place(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 granted);

/* Promises up to @bytes more to @h, as far as I1 allows; returns how many bytes it was. */
u64 dynmem_ledger_promise(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 bytes);

/* Takes back all that was promised to @h. */
void dynmem_ledger_release(struct dynmem_ledger *ledger, struct dynmem_holding *h);

/*
 * Enters a new measurement of the memory of @h; never refused. Debt counts as DYNMEM_DEBT_RESIDENT.
 */
void dynmem_ledger_measured(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 resident);

/* Like dynmem_ledger_measured(), for floating memory within the grant: DYNMEM_DEBT_PLACED. */
void dynmem_ledger_moved(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 resident);

/* Enters the overhead of @h; never refused. */
void dynmem_ledger_overhead(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 overhead);

/* Enters the memory that the guest of @h could touch. Changes @at_risk only. */
void dynmem_ledger_exposed(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 exposed);

/* Enters the minimum of @h. Changes @minimums only. */
void dynmem_ledger_minimum(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 minimum);

/* Sets all of @h to zero, as its VMM has ended. */
void dynmem_ledger_forget(struct dynmem_ledger *ledger, struct dynmem_holding *h);

#endif
