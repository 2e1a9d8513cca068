// SPDX-License-Identifier: GPL-2.0
/*
 * Tests the ledger of a node: first single functions, then invariant I1 (design.md) over a long
 * random walk.
 */
#include "unit.h"

#include "policy/ledger.h"

#define VMS 12

static void grants_stop_at_capacity(void **state)
{
	struct dynmem_ledger l = { .capacity = GIB(4) };
	struct dynmem_holding a = { 0 }, b = { 0 };

	assert_int_equal(dynmem_ledger_grant(&l, &a, GIB(3), true), GIB(3));
	assert_int_equal(dynmem_ledger_grant(&l, &b, GIB(2), true), 0);
	assert_int_equal(dynmem_ledger_grant(&l, &b, GIB(2), false), GIB(1));
	assert_int_equal(dynmem_ledger_spare(&l), 0);
	/* Another VM can get the memory that the first one has given, and no more. */
	dynmem_ledger_place(&l, &a, GIB(2));
	assert_int_equal(dynmem_ledger_grant(&l, &b, GIB(2), false), GIB(1));
}

/*
 * Invariant I2 (design.md): while exposed memory is within the grants and capacity does not fall,
 * all resident memory fits into the node at every instant.
 */
static void resident_memory_fits_while_nothing_is_at_risk(void **state)
{
	struct dynmem_ledger l = { .capacity = GIB(8) };
	struct dynmem_holding h[VMS] = { { 0 } };
	u64 seed = 3, resident;
	unsigned int step, i, full = 0;

	for (step = 0; step < 200000; step++) {
		struct dynmem_holding *who = &h[rng_below(&seed, VMS)];

		switch (rng_below(&seed, 3)) {
		case 0:
			dynmem_ledger_grant(&l, who, rng_below(&seed, GIB(1)), false);
			dynmem_ledger_exposed(&l, who, who->granted);
			break;
		case 1:
			dynmem_ledger_measured(&l, who, rng_below(&seed, who->exposed + 1));
			break;
		case 2:
			/* The guest gives memory, the host releases it, and the grant falls. */
			dynmem_ledger_exposed(&l, who, rng_below(&seed, who->exposed + 1));
			dynmem_ledger_measured(&l, who, min(who->resident, who->exposed));
			dynmem_ledger_place(&l, who, who->exposed);
			break;
		}
		/* At any instant each guest may have touched all its exposed memory. */
		for (i = 0, resident = 0; i < VMS; i++)
			resident += max(h[i].resident, h[i].exposed);
		assert_true(!l.at_risk && resident <= l.capacity);
		full += resident > l.capacity - MIB(64);
	}
	assert_true(full > 100);
}

/* Memory that the guest has given stays charged until it is not resident any more. */
static void resident_memory_is_charged(void **state)
{
	struct dynmem_ledger l = { .capacity = GIB(4) };
	struct dynmem_holding a = { 0 }, b = { 0 };

	dynmem_ledger_grant(&l, &a, GIB(4), true);
	dynmem_ledger_measured(&l, &a, GIB(4));
	dynmem_ledger_place(&l, &a, GIB(1));
	assert_int_equal(dynmem_ledger_grant(&l, &b, GIB(1), false), 0);
	/*
	 * @a can be granted memory up to its charge again, since that does not change the sum of
	 * I1.
	 */
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
	dynmem_ledger_capacity(&l, GIB(3), DYNMEM_DEBT_HOST);
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

/* Debt is counted by cause. A change that reverses a cause reduces the debt of that cause. */
static void debt_has_causes(void **state)
{
	struct dynmem_ledger l = { .capacity = GIB(4) };
	struct dynmem_holding a = { 0 }, b = { 0 };

	dynmem_ledger_grant(&l, &a, GIB(4), true);
	dynmem_ledger_capacity(&l, GIB(3), DYNMEM_DEBT_HOST);
	dynmem_ledger_capacity(&l, GIB(2.5), DYNMEM_DEBT_RESERVE);
	dynmem_ledger_measured(&l, &a, GIB(4.25));
	dynmem_ledger_overhead(&l, &b, MIB(64));
	dynmem_ledger_place(&l, &b, MIB(32));
	assert_int_equal(l.debt[DYNMEM_DEBT_HOST], GIB(1));
	assert_int_equal(l.debt[DYNMEM_DEBT_RESERVE], GIB(0.5));
	assert_int_equal(l.debt[DYNMEM_DEBT_RESIDENT], GIB(0.25));
	assert_int_equal(l.debt[DYNMEM_DEBT_OVERHEAD], MIB(64));
	assert_int_equal(l.debt[DYNMEM_DEBT_PLACED], MIB(32));
	dynmem_ledger_measured(&l, &a, GIB(4));
	assert_int_equal(l.debt[DYNMEM_DEBT_RESIDENT], 0);
	dynmem_ledger_overhead(&l, &b, 0);
	dynmem_ledger_place(&l, &b, 0);
	assert_int_equal(dynmem_ledger_debt(&l), GIB(1.5));
	/* When a guest gives memory, the debt from the host's growth is reduced first. */
	dynmem_ledger_measured(&l, &a, GIB(2.75));
	dynmem_ledger_place(&l, &a, GIB(2.75));
	assert_int_equal(l.debt[DYNMEM_DEBT_HOST], 0);
	assert_int_equal(l.debt[DYNMEM_DEBT_RESERVE], GIB(0.25));
	dynmem_ledger_capacity(&l, GIB(3), DYNMEM_DEBT_HOST);
	assert_int_equal(dynmem_ledger_debt(&l), 0);
	assert_int_equal(l.debt[DYNMEM_DEBT_RESERVE], 0);
}

static void debt_that_does_not_fall_is_noticed(void **state)
{
	struct dynmem_ledger l = { .capacity = GIB(4) };
	struct dynmem_holding a = { 0 };

	assert_false(dynmem_ledger_tick(&l));
	dynmem_ledger_measured(&l, &a, GIB(5));
	assert_false(dynmem_ledger_tick(&l));
	assert_true(dynmem_ledger_tick(&l));
	dynmem_ledger_measured(&l, &a, GIB(4.5));
	assert_false(dynmem_ledger_tick(&l));
	dynmem_ledger_measured(&l, &a, GIB(4.75));
	assert_true(dynmem_ledger_tick(&l));
	dynmem_ledger_measured(&l, &a, GIB(4));
	assert_false(dynmem_ledger_tick(&l));
	assert_false(dynmem_ledger_tick(&l));
}

static void overdrawn_when_minimums_do_not_fit(void **state)
{
	struct dynmem_ledger l = { .capacity = GIB(4) };
	struct dynmem_holding a = { 0 }, b = { 0 };

	dynmem_ledger_admit(&l, &a, GIB(2), 0, false);
	dynmem_ledger_minimum(&l, &a, GIB(1));
	dynmem_ledger_admit(&l, &b, GIB(2), 0, false);
	dynmem_ledger_minimum(&l, &b, GIB(2));
	assert_false(dynmem_ledger_overdrawn(&l));
	dynmem_ledger_capacity(&l, GIB(3), DYNMEM_DEBT_HOST);
	assert_false(dynmem_ledger_overdrawn(&l));
	dynmem_ledger_capacity(&l, GIB(3) - 1, DYNMEM_DEBT_HOST);
	assert_true(dynmem_ledger_overdrawn(&l));
	dynmem_ledger_minimum(&l, &b, GIB(1));
	assert_false(dynmem_ledger_overdrawn(&l));
	dynmem_ledger_forget(&l, &a);
	assert_int_equal(l.minimums, GIB(1));
}

static void a_start_and_its_overhead_or_nothing(void **state)
{
	struct dynmem_ledger l = { .capacity = GIB(4) };
	struct dynmem_holding a = { 0 }, b = { 0 };

	assert_true(dynmem_ledger_admit(&l, &a, GIB(3), MIB(64), false));
	assert_int_equal(dynmem_ledger_lacks(&l, &b, GIB(1), MIB(32), false), MIB(96));
	assert_false(dynmem_ledger_admit(&l, &b, GIB(1), MIB(32), false));
	assert_int_equal(b.granted + b.overhead, 0);
	dynmem_ledger_place(&l, &a, GIB(2.5));
	/* A VM with preallocated memory is charged for all of it, even beyond startup. */
	dynmem_ledger_measured(&l, &b, GIB(1.25));
	dynmem_ledger_promise(&l, &b, MIB(64));
	assert_true(dynmem_ledger_admit(&l, &b, GIB(1), MIB(64), false));
	assert_int_equal(b.promised, 0);
	assert_int_equal(dynmem_ledger_bound(&l), GIB(3.75) + MIB(128));
	/* A VM that needs nothing on the node lacks nothing, even if the node is in debt. */
	dynmem_ledger_capacity(&l, GIB(1), DYNMEM_DEBT_HOST);
	assert_int_equal(dynmem_ledger_lacks(&l, &(struct dynmem_holding){ 0 }, 0, 0, false), 0);
}

/*
 * @b has 1.5 GiB of resident memory, but @a leaves only 1 GiB of the node's capacity. @b keeps its
 * 1.5 GiB and gets no more.
 */
static void a_guest_that_has_run_keeps_what_it_holds(void **state)
{
	struct dynmem_ledger l = { .capacity = GIB(4) };
	struct dynmem_holding a = { 0 }, b = { 0 };

	dynmem_ledger_admit(&l, &a, GIB(3), 0, false);
	dynmem_ledger_measured(&l, &b, GIB(1.5));
	assert_int_equal(dynmem_ledger_lacks(&l, &b, GIB(1), 0, false), GIB(0.5));
	assert_int_equal(dynmem_ledger_lacks(&l, &b, GIB(1), 0, true), 0);
	assert_int_equal(dynmem_ledger_lacks(&l, &b, GIB(1), MIB(64), true), MIB(64));
	assert_int_equal(dynmem_ledger_lacks(&l, &b, GIB(1.75), 0, true), GIB(0.25));
	assert_false(dynmem_ledger_admit(&l, &b, GIB(1.75), 0, true));
	assert_true(dynmem_ledger_admit(&l, &b, GIB(1), 0, true));
	assert_int_equal(dynmem_ledger_debt(&l), GIB(0.5));
}

static void what_guests_could_touch_is_at_risk(void **state)
{
	struct dynmem_ledger l = { .capacity = GIB(4) };
	struct dynmem_holding a = { 0 }, b = { 0 };

	dynmem_ledger_admit(&l, &a, GIB(1), 0, false);
	dynmem_ledger_exposed(&l, &a, GIB(3));
	dynmem_ledger_admit(&l, &b, GIB(2), 0, false);
	dynmem_ledger_exposed(&l, &b, GIB(1));
	assert_int_equal(l.at_risk, GIB(2));
	dynmem_ledger_grant(&l, &a, GIB(1), true);
	assert_int_equal(l.at_risk, GIB(1));
	dynmem_ledger_forget(&l, &a);
	assert_int_equal(l.at_risk, 0);
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
	u64 charge = 0, promised = 0, overhead = 0, minimums = 0, at_risk = 0, debt = 0;
	unsigned int i;

	for (i = 0; i < VMS; i++) {
		charge += dynmem_holding_charge(&h[i]);
		promised += h[i].promised;
		overhead += h[i].overhead;
		minimums += h[i].minimum;
		at_risk += dynmem_above(h[i].exposed, h[i].granted);
	}
	for (i = 0; i < DYNMEM_DEBT_CAUSES; i++)
		debt += l->debt[i];
	assert_int_equal(charge, l->charge);
	assert_int_equal(promised, l->promised);
	assert_int_equal(overhead, l->overhead);
	assert_int_equal(minimums, l->minimums);
	assert_int_equal(at_risk, l->at_risk);
	assert_int_equal(debt, dynmem_ledger_debt(l));
}

/*
 * Makes a million random changes of a ledger. Grants, promises and admissions must keep invariant
 * I1. Measurements may break I1. While I1 is broken, no decision may add to the sum that I1
 * compares with capacity.
 */
static void invariant_over_a_random_walk(void **state)
{
	const char *given = getenv("SEED");
	u64 seed = given ? strtoull(given, NULL, 0) : 20240607, first = seed;
	struct dynmem_ledger l = { .capacity = GIB(16) };
	struct dynmem_holding h[VMS] = { { 0 } };
	unsigned int step, granted = 0, promised = 0, in_debt = 0;

	for (step = 0; step < 1000000; step++) {
		struct dynmem_holding *who = &h[rng_below(&seed, VMS)];
		u64 bytes = rng_below(&seed, GIB(3)), before = dynmem_ledger_bound(&l), got;
		bool decision = false;

		switch (rng_below(&seed, 13)) {
		case 0:
			dynmem_ledger_capacity(&l, GIB(8) + bytes, bytes % 2 ?
					       DYNMEM_DEBT_HOST : DYNMEM_DEBT_RESERVE);
			break;
		case 1:
			dynmem_ledger_measured(&l, who, rng_below(&seed, who->granted + MIB(64)));
			break;
		case 2:
			dynmem_ledger_place(&l, who, rng_below(&seed, who->granted + 1));
			break;
		case 3:
			dynmem_ledger_overhead(&l, who, rng_below(&seed, MIB(128)));
			break;
		case 4:
			dynmem_ledger_forget(&l, who);
			break;
		case 5:
			dynmem_ledger_release(&l, who);
			break;
		case 6:
			dynmem_ledger_exposed(&l, who, bytes);
			break;
		case 7:
			dynmem_ledger_minimum(&l, who, rng_below(&seed, who->granted + 1));
			break;
		case 8:
			decision = true;
			if (!dynmem_ledger_lacks(&l, who, bytes, MIB(64), false) !=
			    dynmem_ledger_admit(&l, who, bytes, MIB(64), false))
				fail_msg("admitted though it lacks memory at step %u", step);
			break;
		case 9:
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
		if (decision && dynmem_ledger_bound(&l) > max(before, l.capacity))
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
		cmocka_unit_test(resident_memory_fits_while_nothing_is_at_risk),
		cmocka_unit_test(resident_memory_is_charged),
		cmocka_unit_test(nothing_is_granted_in_debt),
		cmocka_unit_test(promises_are_kept_for_their_owner),
		cmocka_unit_test(released_promises_come_back),
		cmocka_unit_test(debt_has_causes),
		cmocka_unit_test(debt_that_does_not_fall_is_noticed),
		cmocka_unit_test(overdrawn_when_minimums_do_not_fit),
		cmocka_unit_test(a_start_and_its_overhead_or_nothing),
		cmocka_unit_test(a_guest_that_has_run_keeps_what_it_holds),
		cmocka_unit_test(what_guests_could_touch_is_at_risk),
		cmocka_unit_test(a_pebibyte),
		cmocka_unit_test(invariant_over_a_random_walk),
	};

	return cmocka_run_group_tests_name("ledger", tests, NULL, NULL);
}
