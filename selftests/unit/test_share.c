// SPDX-License-Identifier: GPL-2.0
/* The arithmetic of sharing: the examples of Documentation/sharing.rst, then properties. */
#include "unit.h"

#include "policy/demand.h"
#include "policy/share.h"

/* The settings of a VM, the demand of its guest and the expected targets; memory is in GiB. */
struct example_vm {
	double minimum, maximum, demand;
	unsigned int weight, buffer;
	double strict, relative;	/* expected target in either mode */
	u64 nodes;			/* bit set of the allowed nodes; 0: any node */
};

struct example {
	const char *name;
	double capacity[2];
	struct example_vm vm[4];
	double lacking;			/* GiB by which the minimums exceed capacity */
};

static const struct example examples[] = {
	{ "priority", { 10 }, {
		{ 1, 16, 6, 8000, 0, 6, 4.111111 },
		{ 1, 16, 4, 5000, 0, 2, 2.944444 },
		{ 1, 16, 4, 5000, 0, 2, 2.944444 } } },
	{ "demand above maximum", { 10 }, { { 1, 4, 6, 5000, 0, 4, 4 } } },
	{ "demand below minimum", { 10 }, { { 1, 4, 0.2, 5000, 0, 1, 1 } } },
	{ "RAM below maximum, the rest goes to others", { 8 }, {
		{ 1, 2 /* the smaller of RAM 2 and maximum 4 */, 3, 5000, 0, 2, 2 },
		{ 1, 16, 9, 5000, 0, 6, 6 } } },
	{ "claiming more does not pay: demands 2 and 9", { 5 }, {
		{ 1, 64, 2, 5000, 0, 2, 2 }, { 1, 64, 9, 5000, 0, 3, 3 } } },
	{ "claiming more does not pay: demands 2 and 33", { 5 }, {
		{ 1, 64, 2, 5000, 0, 2, 2 }, { 1, 64, 33, 5000, 0, 3, 3 } } },
	{ "enough: everyone gets desired, the rest stays with the host", { 10 }, {
		{ 1, 8, 4, 8000, 20, 4.8, 4.8 }, { 1, 8, 2, 5000, 20, 2.4, 2.4 } } },
	{ "C has started with 2.5 at a higher weight than B", { 8 }, {
		{ 1, 8, 4, 8000, 20, 4, 3.5 }, { 1, 8, 2, 5000, 20, 1.5, 2 },
		{ 2.5, 2.5, 2.5, 6000, 0, 2.5, 2.5 } } },
	{ "buffers after demand: the light one's demand before the heavy one's buffer", { 6.5 }, {
		{ 1, 8, 4, 8000, 20, 4.5, 4.307692 }, { 1, 8, 2, 5000, 20, 2, 2.192308 } } },
	{ "the light one spans nodes and has what is left on either", { 4, 4 }, {
		{ 1, 16, 3, 8000, 0, 3, 3, 1 }, { 1, 16, 6, 5000, 0, 5, 5, 3 } } },
	{ "the heavy one spans nodes and leaves bound ones what it does not need", { 4, 4 }, {
		{ 1, 16, 5.5, 8000, 0, 5.5, 5, 3 },
		{ 1, 16, 4, 1000, 0, 1.25, 1.5, 1 },
		{ 1, 16, 4, 1000, 0, 1.25, 1.5, 2 } } },
	{ "equal weights: who is bound to a small node gets less", { 2, 6 }, {
		{ 0.5, 16, 4, 5000, 0, 2, 2, 1 }, { 0.5, 16, 4, 5000, 0, 3, 3, 3 },
		{ 0.5, 16, 4, 5000, 0, 3, 3, 2 } } },
	{ "minimums fit on the host, not on node 0", { 1, 4 }, {
		{ 2, 16, 3, 8000, 0, 2, 2, 1 }, { 1, 16, 9, 5000, 0, 4, 4, 2 } }, 1 },
	{ "minimums do not fit on node 0: who may go elsewhere does", { 1, 4 }, {
		{ 2, 16, 3, 8000, 0, 2, 2, 1 }, { 1, 16, 9, 5000, 0, 4, 4, 3 } }, 1 },
	{ "one of its nodes has nothing", { 0, 4 }, {
		{ 1, 16, 3, 5000, 0, 3, 3, 3 }, { 1, 16, 1, 5000, 0, 1, 1, 2 } } },
	{ "no capacity at all", { 0, 0 }, { { 1, 16, 3, 5000, 0, 1, 1, 3 } }, 1 },
	{ "the lowest weight and the highest", { 12 }, {
		{ 1, 64, 33, 10000, 0, 11, 10.999, 0 }, { 1, 64, 33, 1, 0, 1, 1.001, 0 } } },
};

static struct dynmem_policy policy;

/* Shares @nodes nodes in one decision. Returns the bytes by which minimums exceed @capacity. */
static u64 share_nodes(struct dynmem_share *shares, unsigned int n, const u64 *capacity,
		       unsigned int nodes, enum dynmem_balance balance)
{
	u32 *order = calloc(2 * n + 1, sizeof(*order));
	unsigned int i;
	u64 lacking;

	assert_non_null(order);
	for (i = 0; i < n; i++)
		order[i] = i;
	dynmem_nodesets_begin(&policy.sets, capacity, nodes);
	lacking = dynmem_policy_share(&policy, shares, order, n, balance);
	free(order);
	return lacking;
}

static u64 share(struct dynmem_share *shares, unsigned int n, u64 capacity,
		 enum dynmem_balance balance)
{
	return share_nodes(shares, n, &capacity, 1, balance);
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
			.nodes = vm->nodes,
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
		u64 capacity[] = { GIB(e->capacity[0]), GIB(e->capacity[1]) };

		n = example_shares(e, shares);
		if (share_nodes(shares, n, capacity, 2, balance) != GIB(e->lacking))
			fail_msg("%s: minimums lack something else", e->name);
		for (k = 0; k < n; k++) {
			const struct example_vm *vm = &e->vm[k];
			double want = balance == DYNMEM_BALANCE_STRICT ? vm->strict : vm->relative;

			if (llabs((long long)(shares[k].target - GIB(want))) > (long long)MIB(1))
				fail_msg("%s: VM %u has %f, not %f", e->name, k,
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

/*
 * Two VMs with equal demand and buffer share 3 GiB. The first VM has one vnode. The second VM has
 * @n vnodes and @weight. If @skewed, its later vnodes have less demand than its first ones.
 */
static void check_vnodes(unsigned int n, bool skewed, u32 weight, enum dynmem_balance balance)
{
	struct dynmem_share shares[17] = {
		{ .who = 1, .weight = 5000, .minimum = GIB(0.25), .demand = GIB(2.25),
		  .desired = GIB(2.75) },
	};
	u64 left = GIB(2), sum = 0, want;
	unsigned int i;

	for (i = 1; i <= n; i++) {
		struct dynmem_share *s = &shares[i];
		u64 more = i == n ? left : skewed ? left / 2 : GIB(2) / n;

		*s = (struct dynmem_share){ .who = 2, .weight = weight };
		s->minimum = GIB(0.25) / n;
		s->demand = s->minimum + more;
		s->desired = s->demand + more / 4;
		left -= more;
	}
	dynmem_policy_divide(&shares[1], n);
	share(shares, n + 1, GIB(3), balance);
	for (i = 1; i <= n; i++)
		sum += shares[i].target;
	/* The minimums are 0.5 GiB together. The remaining 2.5 of 3 GiB are shared. */
	want = weight == 5000 || balance == DYNMEM_BALANCE_STRICT ?
	       GIB(1.5) : GIB(0.25) + GIB(2.5) / (5000 + weight) * weight;
	if (llabs((long long)(sum - want)) > (long long)MIB(4))
		fail_msg("%u vnodes: %llu MiB, not %llu", n, sum >> 20, want >> 20);
}

/* The sum of a VM's targets rises as fast with many vnodes as it does with one vnode. */
static void vnodes_share_the_weight_of_their_vm(void **state)
{
	unsigned int n;

	for (n = 1; n <= 16; n++) {
		check_vnodes(n, false, 5000, DYNMEM_BALANCE_STRICT);
		check_vnodes(n, true, 5000, DYNMEM_BALANCE_STRICT);
		check_vnodes(n, false, 2500, DYNMEM_BALANCE_RELATIVE);
		check_vnodes(n, true, 2500, DYNMEM_BALANCE_RELATIVE);
	}
}

static void expect_reason(const struct dynmem_share *shares, unsigned int who, u64 buffer,
			  u64 demand, enum dynmem_why why, unsigned int ahead)
{
	struct dynmem_reason r;

	dynmem_policy_reason(&policy, &shares[who], &r);
	assert_in_range(r.buffer, buffer, buffer + 16);
	assert_in_range(r.demand, demand, demand + 16);
	assert_int_equal(r.buffer + r.demand, shares[who].desired - shares[who].target);
	assert_int_equal(r.why, why);
	if (why != DYNMEM_WHY_NONE && why != DYNMEM_WHY_CAPACITY)
		assert_int_equal(r.ahead, ahead);
	assert_int_equal(r.nodes, why == DYNMEM_WHY_NONE ? 0 : 1);
}

/* The reason names another VM, not another vnode of the same VM. */
static void a_vm_does_not_share_with_itself(void **state)
{
	struct dynmem_share shares[] = {
		{ .who = 1, .weight = 5000, .minimum = GIB(0.25), .demand = GIB(2),
		  .desired = GIB(2) },
		{ .who = 1, .weight = 5000, .minimum = GIB(0.25), .demand = GIB(2),
		  .desired = GIB(2) },
		{ .who = 2, .weight = 4000, .minimum = GIB(0.25), .demand = GIB(2),
		  .desired = GIB(2) },
	};

	dynmem_policy_divide(shares, 2);
	share(shares, 3, GIB(2), DYNMEM_BALANCE_RELATIVE);
	expect_reason(shares, 0, 0, shares[0].demand - shares[0].target, DYNMEM_WHY_RELATIVE, 2);
	expect_reason(shares, 1, 0, shares[1].demand - shares[1].target, DYNMEM_WHY_RELATIVE, 2);
	expect_reason(shares, 2, 0, shares[2].demand - shares[2].target, DYNMEM_WHY_RELATIVE, 0);
}

static void reasons_name_amounts_and_who_comes_first(void **state)
{
	struct dynmem_share s[] = {
		{ .who = 7, .weight = 8000, .minimum = GIB(1), .demand = GIB(2),
		  .desired = GIB(2.4) },
		{ .who = 8, .weight = 5000, .minimum = GIB(1), .demand = GIB(4),
		  .desired = GIB(4.8) },
		{ .who = 9, .weight = 5000, .minimum = GIB(1), .demand = GIB(1),
		  .desired = GIB(1) },
	};
	u64 all = GIB(2.4) + GIB(4.8) + GIB(1);

	share(s, 3, all, DYNMEM_BALANCE_STRICT);
	expect_reason(s, 1, 0, 0, DYNMEM_WHY_NONE, 0);
	share(s, 3, all - MIB(312), DYNMEM_BALANCE_STRICT);
	expect_reason(s, 0, 0, 0, DYNMEM_WHY_NONE, 0);
	expect_reason(s, 1, MIB(312), 0, DYNMEM_WHY_HEAVIER, 0);
	/* All of the light VM's buffer is cut, and some of its demand. */
	share(s, 3, GIB(6), DYNMEM_BALANCE_STRICT);
	expect_reason(s, 1, s[1].desired - s[1].demand, GIB(1), DYNMEM_WHY_HEAVIER, 0);
	/* The heavy VM's buffer is cut for the light VM's demand. */
	expect_reason(s, 0, s[0].desired - s[0].demand, 0, DYNMEM_WHY_DEMAND, 1);
	share(s, 3, GIB(6), DYNMEM_BALANCE_RELATIVE);
	expect_reason(s, 1, s[1].desired - s[1].demand, GIB(1), DYNMEM_WHY_RELATIVE, 0);
	/*
	 * s[0] and s[1] both have the weight of s[2], and more than their minimum. @ahead is the
	 * index of the one with the lower @who.
	 */
	s[2].demand = GIB(3);
	s[2].desired = GIB(3);
	s[0].weight = 5000;
	share(s, 3, GIB(6), DYNMEM_BALANCE_STRICT);
	expect_reason(s, 2, 0, GIB(1), DYNMEM_WHY_EQUAL, 0);
	expect_reason(s, 0, s[0].desired - s[0].demand, 0, DYNMEM_WHY_EQUAL, 1);
	/* The minimums alone exceed the capacity. */
	share(s, 3, GIB(2), DYNMEM_BALANCE_STRICT);
	expect_reason(s, 0, s[0].desired - s[0].demand, GIB(1), DYNMEM_WHY_CAPACITY, 0);
}

/*
 * Returns how many bytes a starting VM of @weight may have on a node of @capacity bytes, beside the
 * VMs in @shares.
 */
static u64 room(const struct dynmem_share *shares, unsigned int n, u64 capacity, u32 weight)
{
	struct dynmem_nodesets *sets = &policy.sets;
	u64 binding;

	dynmem_nodesets_begin(sets, &capacity, 1);
	dynmem_policy_keep(sets, shares, n, weight);
	dynmem_nodesets_settle(sets);
	return dynmem_nodesets_room(sets, 1, &binding);
}

/*
 * Capacity is 8 GiB. A, of weight 8000, needs 4 and has 4.8. B, of weight 5000, needs 2 and has
 * 2.4. C wants to start with 2.5.
 */
static void start_takes_by_weight(void **state)
{
	struct dynmem_share others[] = {
		{ .weight = 8000, .minimum = GIB(1), .demand = GIB(4), .desired = GIB(4.8) },
		{ .weight = 5000, .minimum = GIB(1), .demand = GIB(2), .desired = GIB(2.4) },
	};

	/*
	 * At weight 1, C may have the capacity less the demand of A and B. That is 0.5 GiB less
	 * than C needs.
	 */
	assert_int_equal(room(others, 2, GIB(8), 1), GIB(2));
	/* At the same weight as B, C does not get B's demand either. */
	assert_int_equal(room(others, 2, GIB(8), 5000), GIB(2));
	/* At weight 6000, C can get all memory that B has above its minimum. */
	assert_int_equal(room(others, 2, GIB(8), 6000), GIB(3));
	assert_int_equal(room(others, 2, GIB(1), 10000), 0);
}

/*
 * Room for a start on two nodes with three VMs. The first VM is bound to node 0, and the second one
 * to node 1. The third VM may be on both nodes.
 */
static void room_is_by_set_of_nodes(void **state)
{
	const struct dynmem_share others[] = {
		{ .weight = 8000, .nodes = 1, .minimum = GIB(1), .demand = GIB(3) },
		{ .weight = 5000, .nodes = 2, .minimum = GIB(1), .demand = GIB(3) },
		{ .weight = 5000, .nodes = 3, .minimum = GIB(1), .demand = GIB(2) },
	};
	const u64 capacity[] = { GIB(4), GIB(4) };
	struct dynmem_nodesets *sets = &policy.sets;
	u64 binding;

	/*
	 * Demand is 8 of 8 GiB. The VM that is bound to a node leaves 1 GiB there, but the third VM
	 * needs all of these 2 GiB.
	 */
	dynmem_nodesets_begin(sets, capacity, 2);
	dynmem_policy_keep(sets, others, 3, 5000);
	dynmem_nodesets_settle(sets);
	assert_int_equal(dynmem_nodesets_room(sets, 1, &binding), 0);
	assert_int_equal(binding, 3);
	/*
	 * The first VM keeps its demand, and the others keep their minimums. 3 GiB are left, 1 GiB
	 * of these on node 0.
	 */
	dynmem_nodesets_begin(sets, capacity, 2);
	dynmem_policy_keep(sets, others, 3, 6000);
	dynmem_nodesets_settle(sets);
	assert_int_equal(dynmem_nodesets_room(sets, 3, &binding), GIB(3));
	assert_int_equal(dynmem_nodesets_room(sets, 1, &binding), GIB(1));
	assert_int_equal(binding, 1);
	/* Memory that is used for one vnode is not room for the next. */
	dynmem_nodesets_use(sets, 2, GIB(2.5));
	assert_int_equal(dynmem_nodesets_room(sets, 1, &binding), GIB(0.5));
	assert_int_equal(binding, 3);
}

/*
 * There are more sets of nodes than on any real host. Policy keeps only a bounded number of sets
 * apart. The targets must fit nevertheless.
 */
static void hostile_masks(void **state)
{
	static struct dynmem_share s[3000];
	u64 capacity[DYNMEM_NODESETS_NODES], target[8], seed = 11, targets = 0, all = 0;
	unsigned int i;

	for (i = 0; i < DYNMEM_NODESETS_NODES; i++) {
		capacity[i] = GIB(16);
		all += capacity[i];
	}
	/* All 255 sets of 8 nodes are kept apart. */
	for (i = 0; i < 255; i++)
		s[i] = (struct dynmem_share){ .who = i, .weight = 1 + i % 7, .nodes = i + 1,
					      .demand = GIB(1), .desired = GIB(1) };
	assert_int_equal(share_nodes(s, 255, capacity, 8, DYNMEM_BALANCE_STRICT), 0);
	assert_false(policy.sets.coarse);
	assert_int_equal(policy.sets.nr, 255);
	for (i = 0; i < 255; i++)
		targets += s[i].target;
	assert_in_range(targets, GIB(8 * 16) - 3ULL * 255, GIB(8 * 16));

	for (i = 0, targets = 0; i < ARRAY_SIZE(s); i++)
		s[i] = (struct dynmem_share){ .who = i, .weight = 1 + i % 7,
					      .nodes = rng_next(&seed), .minimum = MIB(32),
					      .demand = GIB(1), .desired = GIB(2) };
	assert_int_equal(share_nodes(s, ARRAY_SIZE(s), capacity, 64, DYNMEM_BALANCE_RELATIVE), 0);
	assert_true(policy.sets.coarse);
	for (i = 0; i < ARRAY_SIZE(s); i++) {
		targets += s[i].target;
		assert_true(s[i].target >= s[i].minimum);
		if (i < ARRAY_SIZE(target))
			target[i] = s[i].target;
	}
	assert_true(targets <= all);
	/* The order of VMs makes no difference. */
	for (i = 0; i < ARRAY_SIZE(s) / 2; i++) {
		struct dynmem_share other = s[i];

		s[i] = s[ARRAY_SIZE(s) - 1 - i];
		s[ARRAY_SIZE(s) - 1 - i] = other;
	}
	share_nodes(s, ARRAY_SIZE(s), capacity, 64, DYNMEM_BALANCE_RELATIVE);
	for (i = 0; i < ARRAY_SIZE(target); i++)
		assert_int_equal(s[ARRAY_SIZE(s) - 1 - i].target, target[i]);
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

/* At equal weights, strict and relative mode give the same targets. */
static void modes_agree_at_equal_weight(void **state)
{
	struct dynmem_share a[50], b[50];
	u64 target[50];
	u64 seed = 7;
	unsigned int i, k;

	for (i = 0; i < 200; i++) {
		u64 capacity = rng_below(&seed, GIB(100));

		for (k = 0; k < 50; k++) {
			u64 minimum = rng_below(&seed, GIB(1));
			u64 demand = minimum + rng_below(&seed, GIB(4));

			a[k] = (struct dynmem_share){
				.who = k, .weight = 300, .minimum = minimum, .demand = demand,
				.desired = demand + rng_below(&seed, GIB(1)),
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

/*
 * Checks that targets fit, that each is between minimum and desired, and that no capacity is left
 * while a VM desires more.
 */
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
		assert_in_range(targets, dynmem_above(capacity, 3ULL * n), capacity);
	}
}

static void properties_hold(void **state)
{
	static struct dynmem_share s[200];
	u64 seed = 42;
	unsigned int i, k;

	for (i = 0; i < 5000; i++) {
		unsigned int n = 1 + rng_below(&seed, ARRAY_SIZE(s));
		u64 capacity = rng_below(&seed, (u64)n * GIB(4));
		u64 missing;

		for (k = 0; k < n; k++) {
			s[k].weight = 1 + rng_below(&seed, i % 3 ? 10000 : 3);
			s[k].minimum = rng_below(&seed, GIB(1));
			s[k].demand = s[k].minimum + rng_below(&seed, GIB(4));
			s[k].desired = s[k].demand + rng_below(&seed, GIB(1));
		}
		missing = share(s, n, capacity, i % 2);
		check_result(s, n, capacity, missing);
	}
}

/* In strict mode, while a VM is below its demand, VMs of lower weight are at their minimums. */
static void strict_serves_the_heavier_first(void **state)
{
	static struct dynmem_share s[60];
	u64 seed = 99;
	unsigned int i, k, j;

	for (i = 0; i < 2000; i++) {
		for (k = 0; k < ARRAY_SIZE(s); k++) {
			s[k].weight = 1 + rng_below(&seed, 8);
			s[k].minimum = rng_below(&seed, GIB(1));
			s[k].demand = s[k].minimum + rng_below(&seed, GIB(4));
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

/*
 * @served counts the shares whose weights were served in full. The next decision first tries
 * whether all these weights fit again.
 */
static void what_fits_is_known_to_the_next_decision(void **state)
{
	static struct dynmem_share s[5];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(s); i++)
		s[i] = (struct dynmem_share){
			.who = i, .weight = 10 - i, .demand = GIB(1), .desired = GIB(1),
		};
	memset(&policy, 0, sizeof(policy));
	share(s, ARRAY_SIZE(s), GIB(3.5), DYNMEM_BALANCE_STRICT);
	assert_int_equal(policy.served[0], 3);
	share(s, ARRAY_SIZE(s), GIB(4.5), DYNMEM_BALANCE_STRICT);
	assert_int_equal(policy.served[0], 4);
	share(s, ARRAY_SIZE(s), GIB(0.5), DYNMEM_BALANCE_STRICT);
	assert_int_equal(policy.served[0], 0);
	share(s, ARRAY_SIZE(s), GIB(8), DYNMEM_BALANCE_STRICT);
	assert_int_equal(policy.served[0], ARRAY_SIZE(s));
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
		assert_in_range(targets, PIB(1) - 3ULL * n, PIB(1));
	}
	for (i = 0; i < n; i++)
		s[i].minimum = PIB(1);
	/* The sum of minimums exceeds 64 bits; it saturates instead of wrapping. */
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
		u64 total = rng_below(&seed, i % 2 ? PIB(1) + 1 : GIB(64));

		for (k = 0; k < 8; k++) {
			weight[k] = rng_below(&seed, i % 3 ? PIB(1) : 3);
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
	/* A minimum of 1 GiB is divided between vnodes of 3 and 1 GiB. */
	assert_int_equal(dynmem_part(GIB(1), 0, GIB(3), GIB(4), MIB(2)), MIB(768));
	assert_int_equal(dynmem_part(GIB(1), GIB(3), GIB(1), GIB(4), MIB(2)), MIB(256));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(examples_strict),
		cmocka_unit_test(examples_relative),
		cmocka_unit_test(vnodes_share_the_weight_of_their_vm),
		cmocka_unit_test(a_vm_does_not_share_with_itself),
		cmocka_unit_test(reasons_name_amounts_and_who_comes_first),
		cmocka_unit_test(start_takes_by_weight),
		cmocka_unit_test(room_is_by_set_of_nodes),
		cmocka_unit_test(hostile_masks),
		cmocka_unit_test(minimums_do_not_fit),
		cmocka_unit_test(modes_agree_at_equal_weight),
		cmocka_unit_test(properties_hold),
		cmocka_unit_test(strict_serves_the_heavier_first),
		cmocka_unit_test(what_fits_is_known_to_the_next_decision),
		cmocka_unit_test(a_pebibyte_and_many_vms),
		cmocka_unit_test(parts_add_up),
	};

	return cmocka_run_group_tests_name("share", tests, NULL, NULL);
}
