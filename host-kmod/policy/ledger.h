/* SPDX-License-Identifier: GPL-2.0 */
/*
 * ledger: how much memory of a node each VM holds, how much is promised to each VM, and how much
 * may still be granted. This file needs no kernel types, allocates nothing and also builds in user
 * space. dynmem_set_lock guards all ledgers.
 *
 * A ledger keeps three invariants:
 * I1: a grant is made or a VM admitted only if afterwards
 *     sum(charge) + sum(promised) + sum(overhead) <= capacity,
 *     or if this sum does not grow. (A guest that runs already keeps the memory that it holds.)
 * I2: while capacity does not fall and no guest could touch more than its grant (at risk is 0),
 *     sum(resident) + sum(overhead) <= capacity.
 * I3: if sum(charge) + sum(overhead) exceeds capacity, the excess is debt. The ledger divides debt
 *     by cause. While a node is in debt, nothing is granted there.
 */
#ifndef _DYNMEM_LEDGER_H
#define _DYNMEM_LEDGER_H

#include "policy/arith.h"

/* The causes of a node's debt. */
enum dynmem_debt {
	DYNMEM_DEBT_HOST,	/* the host's own use has grown, or memory was removed */
	DYNMEM_DEBT_RESIDENT,	/* guests hold more than they were granted */
	DYNMEM_DEBT_OVERHEAD,	/* VMMs need more for themselves */
	DYNMEM_DEBT_RESERVE,	/* the operator has raised the reserve */
	DYNMEM_DEBT_PLACED,	/* floating memory (bound to no node) is charged here now */
	DYNMEM_DEBT_CAUSES
};

/**
 * struct dynmem_holding - memory of one VM on one node, bytes
 * @granted: memory that the VM may hold
 * @resident: memory that the VM holds, as last measured
 * @promised: memory set aside for the VM while the VM waits to start; not granted yet
 * @overhead: estimate of the VMM's own memory; 0 once that memory is part of the host's own use
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
 * @promised: sum of the promised memory of the holdings
 * @overhead: sum of the overhead of the holdings
 * @minimums: sum of the minimums of the holdings
 * @at_risk: memory that guests could touch beyond their grants, the sum over the holdings
 * @debt: debt by cause; the causes add up to dynmem_ledger_debt()
 * @debt_before: debt at the last tick
 * @stuck_ticks: for how many ticks debt has not fallen
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
	unsigned int stuck_ticks;
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

/* Whether minimums and overhead exceed capacity. If so, VMs get their minimum, and none starts. */
bool dynmem_ledger_overdrawn(const struct dynmem_ledger *ledger);

/**
 * dynmem_ledger_tick() - find out whether the debt of a node has stopped falling
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
 * @cause: cause of the debt if the new capacity adds any: DYNMEM_DEBT_HOST or DYNMEM_DEBT_RESERVE
 */
void dynmem_ledger_capacity(struct dynmem_ledger *ledger, u64 capacity, enum dynmem_debt cause);

/**
 * dynmem_ledger_grant() - grant a holding more memory, as far as I1 allows
 * @ledger: the node
 * @h: the holding
 * @bytes: bytes wanted
 * @whole: grant all of @bytes or nothing
 *
 * The grant first uses memory that the holding is charged for already (resident above granted),
 * then promised memory, then spare memory. While the sum in I1 exceeds capacity, nothing is
 * granted.
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
 * @overhead: bytes for the VMM on the node
 * @runs: the guest runs already and keeps the memory that it holds, whatever is decided. So only
 *	memory beyond that amount can be missing
 *
 * Return: bytes that have to become spare first; 0: the VM fits
 */
u64 dynmem_ledger_lacks(const struct dynmem_ledger *ledger, const struct dynmem_holding *h,
			u64 startup, u64 overhead, bool runs);

/**
 * dynmem_ledger_admit() - grant startup memory and enter the overhead, or do neither
 * @ledger: the node
 * @h: the VM's holding; if the VM is admitted, this uses up the memory promised to it
 * @startup: as for dynmem_ledger_lacks()
 * @overhead: as for dynmem_ledger_lacks()
 * @runs: as for dynmem_ledger_lacks()
 *
 * Return: true if both were done
 */
bool dynmem_ledger_admit(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 startup,
			 u64 overhead, bool runs);

/**
 * dynmem_ledger_place() - set the part of a VM's grant that is charged to a node; never refused
 * @ledger: the node
 * @h: the VM's holding
 * @granted: the new part, bytes
 *
 * The caller lowers the part when the guest has given memory *and* the host has released that
 * memory. The caller raises the part only if floating memory of the VM, which is bound to no node,
 * is now charged to this node instead of another one.
 */
void dynmem_ledger_place(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 granted);

/* Promises up to @bytes more to @h, as far as I1 allows. Returns the bytes that it has promised. */
u64 dynmem_ledger_promise(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 bytes);

/* Takes back all memory that was promised to @h. */
void dynmem_ledger_release(struct dynmem_ledger *ledger, struct dynmem_holding *h);

/*
 * Enters the measured resident memory of @h, in bytes; never refused. If this adds debt, the cause
 * is DYNMEM_DEBT_RESIDENT.
 */
void dynmem_ledger_measured(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 resident);

/*
 * As dynmem_ledger_measured(), for a VM that has floating memory (bound to no node) and holds no
 * more than its grant. If this adds debt, the cause is DYNMEM_DEBT_PLACED.
 */
void dynmem_ledger_moved(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 resident);

/* Enters the overhead of @h; never refused. */
void dynmem_ledger_overhead(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 overhead);

/* Enters the memory that the guest of @h could touch. The only sum that changes is @at_risk. */
void dynmem_ledger_exposed(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 exposed);

/* Enters the minimum of @h. The only sum that changes is @minimums. */
void dynmem_ledger_minimum(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 minimum);

/* Sets all members of @h to zero, since the VMM has detached or was refused. */
void dynmem_ledger_forget(struct dynmem_ledger *ledger, struct dynmem_holding *h);

#endif
