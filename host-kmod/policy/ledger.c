// SPDX-License-Identifier: GPL-2.0
/*
 * The books of one node; see ledger.h. Every change of a holding also changes the node's sums, so
 * that they stay equal to the sums over the holdings. Measurements are entered as they are. Grants
 * and promises are entered only if I1 holds afterwards.
 */
#include "policy/ledger.h"

static u64 holding_at_risk(const struct dynmem_holding *h)
{
	return dynmem_above(h->exposed, h->granted);
}

/*
 * Called after an entry that may have changed debt; @cause is the cause of that entry. If debt has
 * risen, adds the rise to @cause. If debt has fallen, subtracts the fall from @cause first, and
 * then from the other causes in their order.
 */
static void attribute_debt(struct dynmem_ledger *ledger, enum dynmem_debt cause)
{
	u64 debt = dynmem_ledger_debt(ledger), known = 0, paid;
	unsigned int i;

	for (i = 0; i < DYNMEM_DEBT_CAUSES; i++)
		known += ledger->debt[i];
	ledger->debt[cause] += dynmem_above(debt, known);
	paid = dynmem_above(known, debt);
	for (i = 0; paid; cause = i++) {
		u64 part = min(paid, ledger->debt[cause]);

		ledger->debt[cause] -= part;
		paid -= part;
	}
}

static void ledger_change(struct dynmem_ledger *ledger, struct dynmem_holding *h,
			  struct dynmem_holding next, enum dynmem_debt cause)
{
	ledger->charge += dynmem_holding_charge(&next) - dynmem_holding_charge(h);
	ledger->promised += next.promised - h->promised;
	ledger->overhead += next.overhead - h->overhead;
	ledger->minimums += next.minimum - h->minimum;
	ledger->at_risk += holding_at_risk(&next) - holding_at_risk(h);
	*h = next;
	attribute_debt(ledger, cause);
}

u64 dynmem_ledger_spare(const struct dynmem_ledger *ledger)
{
	return dynmem_above(ledger->capacity, dynmem_ledger_bound(ledger));
}

u64 dynmem_ledger_debt(const struct dynmem_ledger *ledger)
{
	return dynmem_above(ledger->charge + ledger->overhead, ledger->capacity);
}

bool dynmem_ledger_overdrawn(const struct dynmem_ledger *ledger)
{
	return ledger->minimums + ledger->overhead > ledger->capacity;
}

bool dynmem_ledger_tick(struct dynmem_ledger *ledger)
{
	u64 before = ledger->debt_before;

	ledger->debt_before = dynmem_ledger_debt(ledger);
	if (!before || ledger->debt_before < before)
		ledger->stuck_ticks = 0;
	else
		ledger->stuck_ticks++;
	return ledger->stuck_ticks;
}

void dynmem_ledger_capacity(struct dynmem_ledger *ledger, u64 capacity, enum dynmem_debt cause)
{
	ledger->capacity = capacity;
	attribute_debt(ledger, cause);
}

u64 dynmem_ledger_grant(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 bytes,
			bool whole)
{
	struct dynmem_holding next = *h;
	u64 free_of_charge = dynmem_above(h->resident, h->granted);
	u64 room;

	if (dynmem_ledger_bound(ledger) > ledger->capacity)
		return 0;
	room = free_of_charge + h->promised + dynmem_ledger_spare(ledger);
	if (bytes > room) {
		if (whole)
			return 0;
		bytes = room;
	}
	next.granted += bytes;
	next.promised -= min(h->promised, dynmem_above(bytes, free_of_charge));
	ledger_change(ledger, h, next, DYNMEM_DEBT_RESIDENT);
	return bytes;
}

u64 dynmem_ledger_lacks(const struct dynmem_ledger *ledger, const struct dynmem_holding *h,
			u64 startup, u64 overhead, bool runs)
{
	u64 before, others, own, lacks;

	/* The debt of a node does not matter if the VM needs nothing there. */
	if (!startup && !overhead)
		return 0;
	before = dynmem_holding_charge(h) + h->promised + h->overhead;
	others = dynmem_ledger_bound(ledger) - before;
	own = dynmem_sum(max(dynmem_sum(h->granted, startup), h->resident), overhead);
	lacks = dynmem_above(dynmem_sum(others, own), ledger->capacity);

	return runs ? min(lacks, dynmem_above(own, before)) : lacks;
}

bool dynmem_ledger_admit(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 startup,
			 u64 overhead, bool runs)
{
	struct dynmem_holding next = *h;

	if (dynmem_ledger_lacks(ledger, h, startup, overhead, runs))
		return false;
	next.granted += startup;
	next.overhead = overhead;
	next.promised = 0;
	ledger_change(ledger, h, next, DYNMEM_DEBT_RESIDENT);
	return true;
}

void dynmem_ledger_place(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 granted)
{
	struct dynmem_holding next = *h;

	next.granted = granted;
	if (granted != h->granted)
		ledger_change(ledger, h, next, DYNMEM_DEBT_PLACED);
}

u64 dynmem_ledger_promise(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 bytes)
{
	struct dynmem_holding next = *h;

	bytes = min(bytes, dynmem_ledger_spare(ledger));
	next.promised += bytes;
	ledger_change(ledger, h, next, DYNMEM_DEBT_RESIDENT);
	return bytes;
}

void dynmem_ledger_release(struct dynmem_ledger *ledger, struct dynmem_holding *h)
{
	struct dynmem_holding next = *h;

	next.promised = 0;
	ledger_change(ledger, h, next, DYNMEM_DEBT_RESIDENT);
}

void dynmem_ledger_measured(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 resident)
{
	struct dynmem_holding next = *h;

	next.resident = resident;
	ledger_change(ledger, h, next, DYNMEM_DEBT_RESIDENT);
}

void dynmem_ledger_moved(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 resident)
{
	struct dynmem_holding next = *h;

	next.resident = resident;
	ledger_change(ledger, h, next, DYNMEM_DEBT_PLACED);
}

void dynmem_ledger_overhead(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 overhead)
{
	struct dynmem_holding next = *h;

	next.overhead = overhead;
	ledger_change(ledger, h, next, DYNMEM_DEBT_OVERHEAD);
}

void dynmem_ledger_exposed(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 exposed)
{
	ledger->at_risk -= holding_at_risk(h);
	h->exposed = exposed;
	ledger->at_risk += holding_at_risk(h);
}

void dynmem_ledger_minimum(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 minimum)
{
	ledger->minimums += minimum - h->minimum;
	h->minimum = minimum;
}

void dynmem_ledger_forget(struct dynmem_ledger *ledger, struct dynmem_holding *h)
{
	ledger_change(ledger, h, (struct dynmem_holding){ 0 }, DYNMEM_DEBT_RESIDENT);
}
