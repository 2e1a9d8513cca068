// SPDX-License-Identifier: GPL-2.0
/* The arithmetic of sharing: the examples of Documentation/sharing.md, then properties. */
#include "unit.h"

#include "demand.h"
#include "policy.h"

/* What the operator set for a VM and what its guest needs, in GiB as the documentation says it. */
struct example_vm {
	double minimum, maximum, demand;
	unsigned int weight, buffer;
	double strict, relative;	/* expected */
};

struct example {
	const char *name;
	double capacity;
	struct example_vm vm[4];
};

static const struct example examples[] = {
	{ "priority", 10, {
		{ 1, 16, 6, 8000, 0, 6, 4.111111 },
		{ 1, 16, 4, 5000, 0, 2, 2.944444 },
		{ 1, 16, 4, 5000, 0, 2, 2.944444 } } },
	{ "demand above maximum", 10, { { 1, 4, 6, 5000, 0, 4, 4 } } },
	{ "demand below minimum", 10, { { 1, 4, 0.2, 5000, 0, 1, 1 } } },
	{ "RAM below maximum, the rest goes to others", 8, {
		{ 1, 2 /* the smaller of RAM 2 and maximum 4 */, 3, 5000, 0, 2, 2 },
		{ 1, 16, 9, 5000, 0, 6, 6 } } },
	{ "claiming more does not pay: demands 2 and 9", 5, {
		{ 1, 64, 2, 5000, 0, 2, 2 }, { 1, 64, 9, 5000, 0, 3, 3 } } },
	{ "claiming more does not pay: demands 2 and 33", 5, {
		{ 1, 64, 2, 5000, 0, 2, 2 }, { 1, 64, 33, 5000, 0, 3, 3 } } },
	{ "enough: everyone gets desired, the rest stays with the host", 10, {
		{ 1, 8, 4, 8000, 20, 4.8, 4.8 }, { 1, 8, 2, 5000, 20, 2.4, 2.4 } } },
	{ "a start at a higher weight than B has taken 2.5 of 8", 5.5, {
		{ 1, 8, 4, 8000, 20, 4, 0 }, { 1, 8, 2, 5000, 20, 1.5, 0 } } },
	{ "buffers after demand: the light one's demand before the heavy one's buffer", 6.5, {
		{ 1, 8, 4, 8000, 20, 4.5, 0 }, { 1, 8, 2, 5000, 20, 2, 0 } } },
};

static struct dynmem_policy policy;

/* One decision about one node. */
static u64 share(struct dynmem_share *shares, unsigned int n, u64 capacity,
		 enum dynmem_balance balance)
{
	u32 *order = calloc(2 * n + 1, sizeof(*order));
	unsigned int i;
	u64 lacking;

	assert_non_null(order);
	for (i = 0; i < n; i++)
		order[i] = i;
	dynmem_sets_begin(&policy.sets, &capacity, 1);
	lacking = dynmem_policy_share(&policy, shares, order, n, balance);
	free(order);
	return lacking;
}

static unsigned int example_shares(const struct example *e, struct dynmem_share *shares)
{
	unsigned int n = 0;

	for (; n < ARRAY_SIZE(e->vm) && e->vm[n].weight; n++) {
		const struct example_vm *vm = &e->vm[n];
		u64 minimum = GIB(vm->minimum), maximum = GIB(vm->maximum);

		shares[n] = (struct dynmem_share){
			.who = n,
			.weight = vm->weight,
			.minimum = minimum,
			.demand = dynmem_desired(GIB(vm->demand), 0, minimum, maximum),
			.desired = dynmem_desired(GIB(vm->demand), vm->buffer, minimum, maximum),
		};
	}
	return n;
}

static void check_examples(enum dynmem_balance balance)
{
	struct dynmem_share shares[4];
	unsigned int i, k, n;

	for (i = 0; i < ARRAY_SIZE(examples); i++) {
		const struct example *e = &examples[i];

		n = example_shares(e, shares);
		assert_int_equal(share(shares, n, GIB(e->capacity), balance), 0);
		for (k = 0; k < n; k++) {
			const struct example_vm *vm = &e->vm[shares[k].who];
			double want = balance == DYNMEM_BALANCE_STRICT ? vm->strict : vm->relative;

			if (!want)
				continue;
			if (llabs((long long)(shares[k].target - GIB(want))) > 8192)
				fail_msg("%s: VM %u has %f, not %f", e->name, shares[k].who,
					 shares[k].target / (double)GIB(1), want);
		}
	}
}

static void examples_strict(void **state)
{
	check_examples(DYNMEM_BALANCE_STRICT);
}

static void examples_relative(void **state)
{
	check_examples(DYNMEM_BALANCE_RELATIVE);
}

/* What a VM that starts may have of one node. */
static u64 room(const struct dynmem_share *shares, unsigned int n, u64 capacity, u32 weight)
{
	struct dynmem_sets *sets = &policy.sets;
	u64 binding;

	dynmem_sets_begin(sets, &capacity, 1);
	dynmem_policy_keep(sets, shares, n, weight);
	return dynmem_sets_room(sets, 1, &binding);
}

/* Capacity 8: A (weight 8000) needs 4 and has 4.8, B (5000) needs 2 and has 2.4. C wants 2.5. */
static void start_takes_by_weight(void **state)
{
	struct dynmem_share others[] = {
		{ .weight = 8000, .minimum = GIB(1), .demand = GIB(4), .desired = GIB(4.8) },
		{ .weight = 5000, .minimum = GIB(1), .demand = GIB(2), .desired = GIB(2.4) },
	};

	/* At weight 1: capacity less the demand of both; missing 0.5. */
	assert_int_equal(room(others, 2, GIB(8), 1), GIB(2));
	/* At the same weight as B, B's demand is not taken either. */
	assert_int_equal(room(others, 2, GIB(8), 5000), GIB(2));
	/* At weight 6000: B goes down to its minimum if need be. */
	assert_int_equal(room(others, 2, GIB(8), 6000), GIB(3));
	assert_int_equal(room(others, 2, GIB(1), 10000), 0);
}

static void minimums_do_not_fit(void **state)
{
	struct dynmem_share shares[] = {
		{ .weight = 10, .minimum = GIB(2), .demand = GIB(3), .desired = GIB(3) },
		{ .weight = 20, .minimum = GIB(3), .demand = GIB(4), .desired = GIB(4) },
	};

	assert_int_equal(share(shares, 2, GIB(4), DYNMEM_BALANCE_STRICT), GIB(1));
	assert_int_equal(shares[0].target, GIB(2));
	assert_int_equal(shares[1].target, GIB(3));
	assert_int_equal(share(shares, 2, 0, DYNMEM_BALANCE_RELATIVE), GIB(5));
	assert_int_equal(share(shares, 0, GIB(4), DYNMEM_BALANCE_STRICT), 0);
}

/* Equal weights: both modes agree. */
static void modes_agree_at_equal_weight(void **state)
{
	struct dynmem_share a[50], b[50];
	u64 target[50];
	u64 seed = 7;
	unsigned int i, k;

	for (i = 0; i < 200; i++) {
		u64 capacity = unit_below(&seed, GIB(100));

		for (k = 0; k < 50; k++) {
			u64 minimum = unit_below(&seed, GIB(1));
			u64 demand = minimum + unit_below(&seed, GIB(4));

			a[k] = (struct dynmem_share){
				.who = k, .weight = 300, .minimum = minimum, .demand = demand,
				.desired = demand + unit_below(&seed, GIB(1)),
			};
			b[k] = a[k];
		}
		share(a, 50, capacity, DYNMEM_BALANCE_STRICT);
		share(b, 50, capacity, DYNMEM_BALANCE_RELATIVE);
		for (k = 0; k < 50; k++)
			target[a[k].who] = a[k].target;
		for (k = 0; k < 50; k++)
			assert_in_range(b[k].target, target[b[k].who] - 1, target[b[k].who] + 1);
	}
}

/* Fits; nobody below minimum or above desired; nothing is left while somebody wants. */
static void check_result(const struct dynmem_share *s, unsigned int n, u64 capacity, u64 missing)
{
	u64 targets = 0, desired = 0, minimums = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		targets += s[i].target;
		desired += s[i].desired;
		minimums += s[i].minimum;
		assert_true(s[i].target >= s[i].minimum);
		assert_true(s[i].target <= s[i].desired);
	}
	if (missing) {
		assert_int_equal(missing, minimums - capacity);
		assert_int_equal(targets, minimums);
	} else {
		capacity = min(desired, capacity);
		assert_in_range(targets, dynmem_above(capacity, 3 * n), capacity);
	}
}

static void properties_hold(void **state)
{
	static struct dynmem_share s[200];
	u64 seed = 42;
	unsigned int i, k;

	for (i = 0; i < 5000; i++) {
		unsigned int n = 1 + unit_below(&seed, ARRAY_SIZE(s));
		u64 capacity = unit_below(&seed, (u64)n * GIB(4));
		u64 missing;

		for (k = 0; k < n; k++) {
			s[k].weight = 1 + unit_below(&seed, i % 3 ? 10000 : 3);
			s[k].minimum = unit_below(&seed, GIB(1));
			s[k].demand = s[k].minimum + unit_below(&seed, GIB(4));
			s[k].desired = s[k].demand + unit_below(&seed, GIB(1));
		}
		missing = share(s, n, capacity, i % 2);
		check_result(s, n, capacity, missing);
	}
}

/* Strict: whoever is below its demand leaves nothing above its minimum to a lower weight. */
static void strict_serves_the_heavier_first(void **state)
{
	static struct dynmem_share s[60];
	u64 seed = 99;
	unsigned int i, k, j;

	for (i = 0; i < 2000; i++) {
		for (k = 0; k < ARRAY_SIZE(s); k++) {
			s[k].weight = 1 + unit_below(&seed, 8);
			s[k].minimum = unit_below(&seed, GIB(1));
			s[k].demand = s[k].minimum + unit_below(&seed, GIB(4));
			s[k].desired = s[k].demand;
		}
		if (share(s, ARRAY_SIZE(s), GIB(80), DYNMEM_BALANCE_STRICT))
			continue;
		for (k = 0; k < ARRAY_SIZE(s); k++) {
			if (s[k].target == s[k].demand)
				continue;
			for (j = 0; j < ARRAY_SIZE(s); j++)
				if (s[j].weight < s[k].weight)
					assert_int_equal(s[j].target, s[j].minimum);
		}
	}
}

static void a_pebibyte_and_many_vms(void **state)
{
	const unsigned int n = 100000;
	struct dynmem_share *s = calloc(n, sizeof(*s));
	unsigned int i, balance;
	u64 targets;

	assert_non_null(s);
	for (balance = 0; balance < 2; balance++) {
		for (i = 0; i < n; i++)
			s[i] = (struct dynmem_share){
				.weight = 10000 - i % 3, .minimum = MIB(32), .demand = PIB(1),
				.desired = PIB(1),
			};
		assert_int_equal(share(s, n, PIB(1), balance), 0);
		for (i = 0, targets = 0; i < n; i++)
			targets += s[i].target;
		assert_in_range(targets, PIB(1) - 3 * n, PIB(1));
	}
	for (i = 0; i < n; i++)
		s[i].minimum = PIB(1);
	/* The sum of minimums is beyond 64 bits: it saturates and is still far too much. */
	assert_true(share(s, n, PIB(1), DYNMEM_BALANCE_STRICT) > PIB(1));
	assert_int_equal(room(s, n, PIB(1), 1), 0);
	free(s);
}

static void parts_add_up(void **state)
{
	u64 seed = 5;
	unsigned int i, k;

	for (i = 0; i < 20000; i++) {
		u64 weight[8], all = 0, before = 0, sum = 0;
		u64 total = unit_below(&seed, i % 2 ? PIB(1) + 1 : GIB(64));

		for (k = 0; k < 8; k++) {
			weight[k] = unit_below(&seed, i % 3 ? PIB(1) : 3);
			all += weight[k];
		}
		for (k = 0; k < 8; k++) {
			u64 part = dynmem_part(total, before, weight[k], all, MIB(2));

			if (before + weight[k] < all)
				assert_int_equal(part % MIB(2), 0);
			before += weight[k];
			sum += part;
		}
		assert_int_equal(sum, all ? total : 0);
	}
	/* minimum 1 GiB over vnodes of 3 and 1 GiB */
	assert_int_equal(dynmem_part(GIB(1), 0, GIB(3), GIB(4), MIB(2)), MIB(768));
	assert_int_equal(dynmem_part(GIB(1), GIB(3), GIB(1), GIB(4), MIB(2)), MIB(256));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_strict),
		cmocka_unit_test(examples_relative),
		cmocka_unit_test(start_takes_by_weight),
		cmocka_unit_test(minimums_do_not_fit),
		cmocka_unit_test(modes_agree_at_equal_weight),
		cmocka_unit_test(properties_hold),
		cmocka_unit_test(strict_serves_the_heavier_first),
		cmocka_unit_test(a_pebibyte_and_many_vms),
		cmocka_unit_test(parts_add_up),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
