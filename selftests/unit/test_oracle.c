// SPDX-License-Identifier: GPL-2.0
/*
 * Compares policy/share.c with an exact solver (oracle.h), in random small cases on up to four
 * nodes, with VMs that may be on several nodes. A failure prints the SEED and CASES that replay it.
 */
#include "unit.h"

#include "oracle.h"
#include "policy/share.h"

#define CASES	100000
#define UNIT	(64 * DYNMEM_MIB)	/* unit of the oracle's amounts, in bytes */
#define NEAR	4096			/* largest allowed rounding error of a target, in bytes */

static struct dynmem_policy policy;

static unsigned int random_weight(u64 *seed, unsigned int kind)
{
	static const unsigned int extreme[] = { 1, 10000, 9999, 2 };

	switch (kind) {
	case 0:
		return 5000;
	case 1:
		return 1 + rng_below(seed, 4);
	case 2:
		return extreme[rng_below(seed, ARRAY_SIZE(extreme))];
	default:
		return 1 + rng_below(seed, 100);
	}
}

static unsigned int random_nodes(u64 *seed, unsigned int kind, unsigned int nr_nodes)
{
	unsigned int all = (1U << nr_nodes) - 1;

	if (kind == 0 || (kind == 1 && rng_below(seed, 3)))
		return 1U << rng_below(seed, nr_nodes);
	return kind == 1 ? all : 1 + rng_below(seed, all);
}

static void make_case(struct oracle *o, u64 *seed)
{
	unsigned int weights = rng_below(seed, 4), masks = rng_below(seed, 3);
	unsigned int room = 1 + rng_below(seed, 60), most = 1 + rng_below(seed, 40), i;
	bool whole = rng_below(seed, 2);

	memset(o, 0, sizeof(*o));
	/* Extreme weights make long fractions, so cases with such weights have fewer nodes. */
	o->nr_nodes = 1 + rng_below(seed, weights == 2 ? 3 : ORACLE_NODES);
	o->nr_vms = 1 + rng_below(seed, ORACLE_VMS);
	for (i = 0; i < o->nr_nodes; i++)
		o->capacity[i] = rng_below(seed, 8) ? rng_below(seed, room) : 0;
	for (i = 0; i < o->nr_nodes; i++)
		o->unlent[i] = rng_below(seed, 4) ? rng_below(seed, 1 + room / 4) : 0;
	for (i = 0; i < o->nr_vms; i++) {
		struct oracle_vm *vm = &o->vm[i];

		vm->weight = random_weight(seed, weights);
		vm->part = whole ? ORACLE_WHOLE : 1 + rng_below(seed, ORACLE_WHOLE);
		vm->nodes = random_nodes(seed, masks, o->nr_nodes);
		vm->minimum = rng_below(seed, most) / (1 + rng_below(seed, 8));
		vm->demand = vm->minimum + rng_below(seed, most);
		vm->desired = vm->demand + rng_below(seed, 1 + most / 3);
		vm->lend = rng_below(seed, 4) ? rng_below(seed, 1 + most) : 0;
	}
}

static void make_shares(const struct oracle *o, struct dynmem_share *shares, u32 *order, u64 *seed)
{
	unsigned int i, k;

	for (i = 0; i < o->nr_vms; i++) {
		const struct oracle_vm *vm = &o->vm[i];
		u16 part = vm->part * DYNMEM_SHARE_WHOLE / ORACLE_WHOLE;

		shares[i] = (struct dynmem_share){
			.who = i, .weight = vm->weight, .nodes = vm->nodes,
			.part = { part, part, part },
			.minimum = vm->minimum * UNIT, .demand = vm->demand * UNIT,
			.desired = vm->desired * UNIT, .lend = vm->lend * UNIT,
		};
		order[i] = i;
	}
	for (i = o->nr_vms; seed && i > 1; i--) {
		struct dynmem_share s = shares[i - 1];

		k = rng_below(seed, i);
		shares[i - 1] = shares[k];
		shares[k] = s;
	}
}

static u64 decide(const struct oracle *o, struct dynmem_share *shares, u32 *order)
{
	u64 capacity[ORACLE_NODES];
	unsigned int i;

	for (i = 0; i < o->nr_nodes; i++) {
		capacity[i] = o->capacity[i] * UNIT;
		policy.unlent[i] = o->unlent[i] * UNIT;
	}
	dynmem_nodesets_begin(&policy.sets, capacity, o->nr_nodes);
	return dynmem_policy_share(&policy, shares, order, o->nr_vms, o->relative);
}

/* Whether the VMs that can be only on nodes of the set @nodes use up the set. */
static bool are_used_up(const struct oracle *o, const struct dynmem_share *shares, u64 nodes)
{
	u64 left = 0;
	unsigned int i;

	for (i = 0; i < o->nr_nodes; i++)
		if (nodes >> i & 1)
			left += o->capacity[i] * UNIT;
	for (i = 0; i < o->nr_vms; i++)
		if (!(shares[i].nodes & ~nodes))
			left = dynmem_above(left, shares[i].target);
	return left < NEAR;
}

/*
 * Whether @r, the reason why @s has less than it desires, names the right VM as the one ahead of
 * @s. The right VM is the heaviest other VM that has more than its minimum and can be only on nodes
 * of @r. If there is no such VM, @r must name none.
 */
static bool is_ahead(const struct oracle *o, const struct dynmem_share *shares,
		     const struct dynmem_share *s, const struct dynmem_reason *r)
{
	const struct dynmem_share *a = r->why == DYNMEM_WHY_CAPACITY ? NULL : &shares[r->ahead];
	unsigned int i;

	for (i = 0; i < o->nr_vms; i++) {
		const struct dynmem_share *other = &shares[i];

		if (other == s || (other->nodes & ~r->nodes) || other->target <= other->minimum)
			continue;
		if (!a || other->weight > a->weight ||
		    (other->weight == a->weight && other->who < a->who))
			return false;
	}
	return !a || (a != s && !(a->nodes & ~r->nodes) && a->target > a->minimum);
}

static const char *check_reason(const struct oracle *o, const struct dynmem_share *shares,
				const struct dynmem_share *s)
{
	struct dynmem_reason r;

	dynmem_policy_reason(&policy, s, &r);
	if (r.buffer + r.demand != dynmem_above(s->desired, s->target))
		return "the amounts of a reason do not add up";
	if (r.demand && r.buffer != s->desired - s->demand)
		return "demand is cut before the buffer";
	if (!r.buffer && !r.demand)
		return r.why == DYNMEM_WHY_NONE ? NULL : "a reason for nothing";
	if ((s->nodes & ~r.nodes) || !are_used_up(o, shares, r.nodes))
		return "a reason names nodes that are not used up";
	if (!is_ahead(o, shares, s, &r))
		return "a reason names the wrong VM";
	switch (r.why) {
	case DYNMEM_WHY_HEAVIER:
		return !o->relative && shares[r.ahead].weight > s->weight ? NULL : "not heavier";
	case DYNMEM_WHY_EQUAL:
		return !o->relative && shares[r.ahead].weight == s->weight ? NULL : "not equal";
	case DYNMEM_WHY_DEMAND:
		return !o->relative && shares[r.ahead].weight < s->weight && !r.demand ?
			NULL : "not for others' demand";
	case DYNMEM_WHY_RELATIVE:
		return o->relative ? NULL : "not relative";
	default:
		return r.why == DYNMEM_WHY_CAPACITY ? NULL : "no reason";
	}
}

static const char *check_case(struct oracle *o, u64 *seed)
{
	struct dynmem_share shares[ORACLE_VMS], again[ORACLE_VMS];
	u32 order[2 * ORACLE_VMS];
	unsigned int excess = oracle_share(o), i;
	const char *wrong;

	if (rng_below(seed, 2))
		memset(&policy, 0, sizeof(policy));
	make_shares(o, shares, order, NULL);
	if (decide(o, shares, order) != excess * UNIT)
		return "what does not fit of the minimums";
	for (i = 0; i < o->nr_vms; i++) {
		double exact = (double)o->vm[i].target.n * UNIT / (double)o->vm[i].target.d;
		double off = (double)shares[i].target - exact;

		if (off > NEAR || off < -(double)NEAR)
			return "a target";
		wrong = check_reason(o, shares, &shares[i]);
		if (wrong)
			return wrong;
	}
	/* The result depends neither on the order of VMs nor on the last decision. */
	make_shares(o, again, order, seed);
	decide(o, again, order);
	for (i = 0; i < o->nr_vms; i++)
		if (again[i].target != shares[again[i].who].target)
			return "another order, another result";
	return NULL;
}

static void agrees_with_the_oracle(void **state)
{
	const char *given = getenv("SEED"), *cases = getenv("CASES");
	u64 first = given ? strtoull(given, NULL, 0) : 1;
	u64 n = CASES, k;
	struct oracle o;

	if (cases)
		n = strtoull(cases, NULL, 0);

	for (k = 0; k < n; k++) {
		u64 seed = (first + k) * 0x9e3779b97f4a7c15ULL + 1;
		unsigned int relative;

		make_case(&o, &seed);
		for (relative = 0; relative < 2; relative++) {
			const char *wrong;

			o.relative = relative;
			wrong = check_case(&o, &seed);
			if (wrong)
				fail_msg("%s, %s (SEED=%llu CASES=1 replays it)",
					 relative ? "relative" : "strict", wrong, first + k);
		}
	}
	print_message("# oracle: %llu cases, both modes, from SEED=%llu\n", n, first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agrees_with_the_oracle),
	};

	return cmocka_run_group_tests_name("oracle", tests, NULL, NULL);
}
