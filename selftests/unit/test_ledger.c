// SPDX-License-Identifier: GPL-2.0
/* The books of a node: single entries, then I1 over a long random walk. */
#include "unit.h"

#include "ledger.h"

#define VMS 12

static u64 counted(const struct dynmem_ledger *l)
{
	return l->charge + l->promised + l->overhead;
}

static void grants_stop_at_capacity(void **state)
{
	struct dynmem_ledger l = { .capacity = GIB(4) };
	struct dynmem_holding a = { 0 }, b = { 0 };

	assert_int_equal(dynmem_ledger_grant(&l, &a, GIB(3), true), GIB(3));
	assert_int_equal(dynmem_ledger_grant(&l, &b, GIB(2), true), 0);
	assert_int_equal(dynmem_ledger_grant(&l, &b, GIB(2), false), GIB(1));
	assert_int_equal(dynmem_ledger_spare(&l), 0);
	/* Only what has been given and released is there for another. */
	dynmem_ledger_place(&l, &a, GIB(2));
	assert_int_equal(dynmem_ledger_grant(&l, &b, GIB(2), false), GIB(1));
}

/* Given, but not gone from the host yet: it is still charged. */
static void resident_memory_is_charged(void **state)
{
	struct dynmem_ledger l = { .capacity = GIB(4) };
	struct dynmem_holding a = { 0 }, b = { 0 };

	dynmem_ledger_grant(&l, &a, GIB(4), true);
	dynmem_ledger_measured(&l, &a, GIB(4));
	dynmem_ledger_place(&l, &a, GIB(1));
	assert_int_equal(dynmem_ledger_grant(&l, &b, GIB(1), false), 0);
	/* a may have back what it is charged for: that costs nobody anything */
	assert_int_equal(dynmem_ledger_grant(&l, &a, GIB(1), true), GIB(1));
	dynmem_ledger_measured(&l, &a, GIB(2));
	assert_int_equal(dynmem_ledger_grant(&l, &b, GIB(3), false), GIB(2));
}

static void nothing_is_granted_in_debt(void **state)
{
	struct dynmem_ledger l = { .capacity = GIB(4) };
	struct dynmem_holding a = { 0 }, b = { 0 };

	dynmem_ledger_grant(&l, &a, GIB(2), true);
	dynmem_ledger_grant(&l, &b, GIB(2), true);
	l.capacity = GIB(3);
	assert_int_equal(dynmem_ledger_debt(&l), GIB(1));
	assert_int_equal(dynmem_ledger_spare(&l), 0);
	dynmem_ledger_measured(&l, &a, GIB(3));
	assert_int_equal(dynmem_ledger_debt(&l), GIB(2));
	assert_int_equal(dynmem_ledger_grant(&l, &a, GIB(1), false), 0);
	dynmem_ledger_forget(&l, &a);
	assert_int_equal(dynmem_ledger_debt(&l), 0);
	assert_int_equal(dynmem_ledger_spare(&l), GIB(1));
}

static void promises_are_kept_for_their_owner(void **state)
{
	struct dynmem_ledger l = { .capacity = GIB(4) };
	struct dynmem_holding a = { 0 }, start = { 0 };

	dynmem_ledger_overhead(&l, &start, MIB(64));
	dynmem_ledger_grant(&l, &a, GIB(3), true);
	assert_int_equal(dynmem_ledger_promise(&l, &start, GIB(2)), GIB(1) - MIB(64));
	assert_int_equal(dynmem_ledger_grant(&l, &a, MIB(2), false), 0);
	dynmem_ledger_place(&l, &a, GIB(1));
	assert_int_equal(dynmem_ledger_promise(&l, &start, GIB(2) - start.promised),
			 GIB(1) + MIB(64));
	assert_int_equal(dynmem_ledger_grant(&l, &a, GIB(2), false), GIB(1) - MIB(64));
	assert_int_equal(dynmem_ledger_grant(&l, &start, GIB(2), true), GIB(2));
	assert_int_equal(start.promised, 0);
	assert_int_equal(dynmem_ledger_spare(&l), 0);
}

static void released_promises_come_back(void **state)
{
	struct dynmem_ledger l = { .capacity = GIB(4) };
	struct dynmem_holding start = { 0 };

	dynmem_ledger_promise(&l, &start, GIB(3));
	dynmem_ledger_release(&l, &start);
	assert_int_equal(dynmem_ledger_spare(&l), GIB(4));
}

static void a_pebibyte(void **state)
{
	struct dynmem_ledger l = { .capacity = PIB(1) };
	struct dynmem_holding a = { 0 };

	assert_int_equal(dynmem_ledger_grant(&l, &a, UINT64_MAX, false), PIB(1));
	assert_int_equal(dynmem_ledger_grant(&l, &a, UINT64_MAX, false), 0);
	dynmem_ledger_measured(&l, &a, PIB(16));
	assert_int_equal(dynmem_ledger_debt(&l), PIB(15));
}

static void check_sums(const struct dynmem_ledger *l, const struct dynmem_holding *h)
{
	u64 charge = 0, promised = 0, overhead = 0;
	unsigned int i;

	for (i = 0; i < VMS; i++) {
		charge += dynmem_holding_charge(&h[i]);
		promised += h[i].promised;
		overhead += h[i].overhead;
	}
	assert_int_equal(charge, l->charge);
	assert_int_equal(promised, l->promised);
	assert_int_equal(overhead, l->overhead);
}

/*
 * A million random entries. Decisions must keep I1; facts may break it, and then no decision may
 * add to what is counted.
 */
static void invariant_over_a_random_walk(void **state)
{
	const char *given = getenv("SEED");
	u64 seed = given ? strtoull(given, NULL, 0) : 20240607, first = seed;
	struct dynmem_ledger l = { .capacity = GIB(16) };
	struct dynmem_holding h[VMS] = { { 0 } };
	unsigned int step, granted = 0, promised = 0, in_debt = 0;

	for (step = 0; step < 1000000; step++) {
		struct dynmem_holding *who = &h[unit_below(&seed, VMS)];
		u64 bytes = unit_below(&seed, GIB(3)), before = counted(&l), got;
		bool decision = false;

		switch (unit_below(&seed, 10)) {
		case 0:
			l.capacity = GIB(8) + unit_below(&seed, GIB(16));
			break;
		case 1:
			dynmem_ledger_measured(&l, who, unit_below(&seed, who->granted + MIB(64)));
			break;
		case 2:
			dynmem_ledger_place(&l, who, unit_below(&seed, who->granted + 1));
			break;
		case 3:
			dynmem_ledger_overhead(&l, who, unit_below(&seed, MIB(128)));
			break;
		case 4:
			dynmem_ledger_forget(&l, who);
			break;
		case 5:
			dynmem_ledger_release(&l, who);
			break;
		case 6:
			decision = true;
			got = dynmem_ledger_promise(&l, who, bytes);
			assert_true(got <= bytes);
			promised += !!got;
			break;
		default:
			decision = true;
			got = dynmem_ledger_grant(&l, who, bytes, bytes % 2);
			assert_true(got <= bytes && (!(bytes % 2) || !got || got == bytes));
			granted += !!got;
			break;
		}
		in_debt += !!dynmem_ledger_debt(&l);
		if (decision && counted(&l) > before && counted(&l) > l.capacity)
			fail_msg("I1 broken at step %u, SEED=%llu", step,
				 (unsigned long long)first);
		if (!(step % 64))
			check_sums(&l, h);
	}
	assert_true(granted > 1000 && promised > 1000 && in_debt > 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grants_stop_at_capacity),
		cmocka_unit_test(resident_memory_is_charged),
		cmocka_unit_test(nothing_is_granted_in_debt),
		cmocka_unit_test(promises_are_kept_for_their_owner),
		cmocka_unit_test(released_promises_come_back),
		cmocka_unit_test(a_pebibyte),
		cmocka_unit_test(invariant_over_a_random_walk),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
