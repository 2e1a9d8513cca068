// SPDX-License-Identifier: GPL-2.0
/*
 * ledger: the books of one node. Pure; changed by the balancer and by admission alone. Each change
 * of a holding goes through one function that keeps the node's sums, so that the sums are always
 * those of the holdings. What was measured is entered as it is; what is decided (a grant, a
 * promise) only if I1 holds afterwards.
 */
#include "ledger.h"

static void change(struct dynmem_ledger *ledger, struct dynmem_holding *h,
		   struct dynmem_holding next)
{
	ledger->charge += dynmem_holding_charge(&next) - dynmem_holding_charge(h);
	ledger->promised += next.promised - h->promised;
	ledger->overhead += next.overhead - h->overhead;
	*h = next;
}

/* What I1 compares with capacity. */
static u64 bound(const struct dynmem_ledger *ledger)
{
	return ledger->charge + ledger->promised + ledger->overhead;
}

u64 dynmem_ledger_spare(const struct dynmem_ledger *ledger)
{
	return dynmem_above(ledger->capacity, bound(ledger));
}

u64 dynmem_ledger_debt(const struct dynmem_ledger *ledger)
{
	return dynmem_above(ledger->charge + ledger->overhead, ledger->capacity);
}

u64 dynmem_ledger_grant(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 bytes,
			bool whole)
{
	struct dynmem_holding next = *h;
	u64 free_of_charge = dynmem_above(h->resident, h->granted);
	u64 room;

	if (bound(ledger) > ledger->capacity)
		return 0;
	room = free_of_charge + h->promised + dynmem_ledger_spare(ledger);
	if (bytes > room) {
		if (whole)
			return 0;
		bytes = room;
	}
	next.granted += bytes;
	next.promised -= min(h->promised, dynmem_above(bytes, free_of_charge));
	change(ledger, h, next);
	return bytes;
}

void dynmem_ledger_place(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 granted)
{
	struct dynmem_holding next = *h;

	next.granted = granted;
	change(ledger, h, next);
}

u64 dynmem_ledger_promise(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 bytes)
{
	struct dynmem_holding next = *h;

	bytes = min(bytes, dynmem_ledger_spare(ledger));
	next.promised += bytes;
	change(ledger, h, next);
	return bytes;
}

void dynmem_ledger_release(struct dynmem_ledger *ledger, struct dynmem_holding *h)
{
	struct dynmem_holding next = *h;

	next.promised = 0;
	change(ledger, h, next);
}

void dynmem_ledger_measured(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 resident)
{
	struct dynmem_holding next = *h;

	next.resident = resident;
	change(ledger, h, next);
}

void dynmem_ledger_overhead(struct dynmem_ledger *ledger, struct dynmem_holding *h, u64 overhead)
{
	struct dynmem_holding next = *h;

	next.overhead = overhead;
	change(ledger, h, next);
}

void dynmem_ledger_forget(struct dynmem_ledger *ledger, struct dynmem_holding *h)
{
	change(ledger, h, (struct dynmem_holding){ 0 });
}
