// SPDX-License-Identifier: GPL-2.0
/*
 * plan: one decision, from wants to targets and grants. See plan.h for who calls it and how.
 *
 * Two speeds. While memory is short somewhere (somebody is below what policy gives him and it is
 * not spare, a VM starts, a node is in debt) targets are exactly what policy says. Otherwise only
 * what a VM has far above its desired memory is taken, slowly.
 */
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "admit.h"
#include "node.h"
#include "plan.h"
#include "policy.h"
#include "vm.h"

/* Every constant of the two speeds; Documentation/sharing.md explains them. */
#define REPORT_OLD_MS	3000	/* a guest that is silent for longer is left alone */
#define SETTLE_MS	30000	/* startup is kept for so long after the first report */
#define LAZY_AFTER_MS	10000	/* so long above LAZY_ABOVE before anything is taken */
#define LAZY_ABOVE	110	/* percent of desired */
#define LAZY_DOWN_TO	102	/* percent of desired */
#define LAZY_STEP	20	/* at most 1/20 of what is granted in a tick */
#define LAZY_EXCESS	4	/* and at most 1/4 of what is too much */

u64 dynmem_plan_slack(u64 bytes)
{
	return max(DYNMEM_BLOCK, bytes / 100);
}

static u64 percent(u64 bytes, unsigned int n)
{
	return bytes / 100 * n;
}

bool dynmem_plan_admitted(const struct dynmem_vm *vm)
{
	return vm->admitted_ms;
}

/* Startup is set in round figures and RAM never is: the smaller one counts. */
static u64 startup_of(const struct dynmem_vm *vm)
{
	return vm->set.dynamic ? min(vm->set.startup, vm->ram) : vm->ram;
}

/* The part of a VM's figure that belongs to vnode @i. */
static u64 vnode_part(const struct dynmem_vm *vm, unsigned int i, u64 bytes)
{
	u64 before = 0;
	unsigned int k;

	for (k = 0; k < i; k++)
		before += vm->vnode[k].ram;
	return dynmem_part(bytes, before, vm->vnode[i].ram, vm->ram, DYNMEM_BLOCK);
}

static void want_fixed(struct dynmem_want *want, u64 bytes)
{
	want->minimum = bytes;
	want->demand = bytes;
	want->desired = bytes;
}

/* A guest that has reported: what it needs, with buffer, within its settings. */
static void want_reported(const struct dynmem_plan *plan, struct dynmem_want *want, unsigned int i)
{
	const struct dynmem_vm *vm = want->vm;
	const struct dynmem_figures *f = &vm->figures;
	u64 maximum = vnode_part(vm, i, min(vm->set.maximum, vm->ram));
	u64 demand;

	demand = f->vnodes == vm->nr_vnodes ? dynmem_demand_vnode(f, i, vm->demand) :
					      vnode_part(vm, i, vm->demand);
	want->minimum = want->floor;
	want->demand = dynmem_desired(demand, 0, want->minimum, maximum);
	want->desired = dynmem_desired(demand, vm->set.buffer, want->minimum, maximum);
	if (plan->now_ms < vm->settled_ms) {
		want->minimum = max(want->minimum, min(want->startup, want->vnode->granted));
		want->demand = max(want->demand, want->startup);
		want->desired = max(want->desired, want->startup);
	}
	want->lazy = true;
	want->vnode->demand = demand;
	want->vnode->desired = want->desired;
}

/*
 * What a VM that starts holds already. It has one vnode for each node its memory is bound to, and
 * one for what floats: that is on the nodes that remain.
 */
static u64 resident_of(const struct dynmem_vm *vm, const struct dynmem_vnode *v)
{
	u64 bytes = 0;
	unsigned int i;
	int nid;

	if (v->node != NUMA_NO_NODE)
		return vm->holding[v->node].resident;
	for_each_dynmem_node(nid) {
		for (i = 0; i < vm->nr_vnodes; i++)
			if (vm->vnode[i].node == nid)
				break;
		if (i == vm->nr_vnodes)
			bytes += vm->holding[nid].resident;
	}
	return bytes;
}

static void want_vnode(const struct dynmem_plan *plan, struct dynmem_want *want, unsigned int i)
{
	struct dynmem_vm *vm = want->vm;
	struct dynmem_vnode *v = &vm->vnode[i];

	want->vnode = v;
	want->startup = vnode_part(vm, i, startup_of(vm));
	want->floor = vm->set.dynamic ? vnode_part(vm, i, min(vm->set.minimum, vm->ram)) : v->ram;
	if (!dynmem_plan_admitted(vm)) {
		u64 overhead = vm->start ? vnode_part(vm, i, vm->start->overhead) : 0;

		want->resident = resident_of(vm, v);
		want_fixed(want, max(want->startup, want->resident) + overhead);
		v->desired = want->startup;
	} else if (!vm->set.dynamic) {
		want_fixed(want, v->ram);
		v->demand = vm->reported_ms ? vnode_part(vm, i, vm->demand) : 0;
		v->desired = v->ram;
	} else if (vm->driver == DYNMEM_DRIVER_DETACHED ||
		   (vm->reported_ms && plan->now_ms > vm->reported_ms + REPORT_OLD_MS)) {
		want_fixed(want, v->granted);
		want->hold = true;
	} else if (vm->reported_ms) {
		want_reported(plan, want, i);
	} else {
		/* No report: no driver, one without statistics, or a guest that restarts. */
		if (vm->state == DYNMEM_VM_STATE_RESTARTING)
			want_fixed(want, max(v->granted, want->startup));
		else
			want_fixed(want, want->startup);
		want->minimum = min(want->minimum, v->granted);
		v->demand = 0;
		v->desired = want->desired;
	}
}

/* What the guest has given *and* the host has released is taken off. */
static void follow(struct dynmem_vnode *v)
{
	if (v->target < v->granted)
		v->granted = max(v->target, min(v->granted, dynmem_vnode_exposed(v)));
}

static void begin_vm(struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	unsigned int i;

	if (dynmem_plan_admitted(vm)) {
		if (!vm->reported_ms) {
			vm->settled_ms = 0;
		} else {
			u64 demand = dynmem_demand(&vm->figures, vm->ram, vm->set.startup,
						   vm->set.demand_mode);

			vm->demand = dynmem_demand_filter(&vm->filter, demand, plan->now_ms);
			if (!vm->settled_ms)
				vm->settled_ms = plan->now_ms + SETTLE_MS;
		}
		for (i = 0; i < vm->nr_vnodes; i++)
			follow(&vm->vnode[i]);
		dynmem_node_charge(vm);
	}
	for (i = 0; i < vm->nr_vnodes; i++) {
		struct dynmem_want *want = &plan->want[plan->nr_wants++];

		want->vm = vm;
		want_vnode(plan, want, i);
	}
}

void dynmem_plan_renew(struct dynmem_plan *plan, const struct dynmem_vm *vm)
{
	unsigned int i;

	for (i = 0; i < plan->nr_wants; i++)
		if (plan->want[i].vm == vm)
			want_vnode(plan, &plan->want[i], plan->want[i].vnode - vm->vnode);
}

/*
 * Floating vnodes are shared on each node in proportion to what bound ones leave there, so that
 * sharing each node by itself comes close to sharing all of them as one.
 */
static void weigh_floating(struct dynmem_plan *plan)
{
	unsigned int i, rest;
	int nid;

	for (rest = 0; rest < 2 && !plan->float_weights; rest++) {
		for_each_dynmem_node(nid) {
			u64 bound = 0;

			for (i = 0; !rest && i < plan->nr_wants; i++)
				if (plan->want[i].vnode->node == nid)
					bound += plan->want[i].desired;
			plan->float_weight[nid] =
				dynmem_above(dynmem_nodes[nid].host.present, bound);
			if (!rest)
				plan->float_weight[nid] =
					dynmem_above(dynmem_plan_capacity(plan, nid), bound);
			plan->float_weights += plan->float_weight[nid];
		}
	}
}

static int compare_weight(const void *a, const void *b)
{
	const struct dynmem_vm *x = *(const struct dynmem_vm **)a;
	const struct dynmem_vm *y = *(const struct dynmem_vm **)b;

	return x->set.weight < y->set.weight ? 1 : x->set.weight > y->set.weight ? -1 : 0;
}

int dynmem_plan_begin(struct dynmem_plan *plan)
{
	unsigned int i, nr = 0;

	for (i = 0; i < plan->nr_vms; i++)
		nr += plan->vm[i]->nr_vnodes;
	plan->nr_wants = 0;
	plan->float_weights = 0;
	plan->want = kvcalloc(nr + 1, sizeof(*plan->want), GFP_KERNEL);
	plan->share = kvcalloc(nr + 1, sizeof(*plan->share), GFP_KERNEL);
	plan->float_weight = kvcalloc(nr_node_ids, sizeof(*plan->float_weight), GFP_KERNEL);
	plan->short_of = kvcalloc(nr_node_ids, sizeof(*plan->short_of), GFP_KERNEL);
	if (!plan->want || !plan->share || !plan->float_weight || !plan->short_of) {
		dynmem_plan_end(plan);
		return -ENOMEM;
	}
	sort(plan->vm, plan->nr_vms, sizeof(*plan->vm), compare_weight, NULL);
	for (i = 0; i < plan->nr_vms; i++)
		begin_vm(plan, plan->vm[i]);
	weigh_floating(plan);
	return 0;
}

void dynmem_plan_end(struct dynmem_plan *plan)
{
	kvfree(plan->want);
	kvfree(plan->share);
	kvfree(plan->float_weight);
	kvfree(plan->short_of);
}

u64 dynmem_plan_part(const struct dynmem_plan *plan, const struct dynmem_want *want, u64 bytes,
		     int nid)
{
	u64 before = 0;
	int i;

	if (want->vnode->node != NUMA_NO_NODE)
		return want->vnode->node == nid ? bytes : 0;
	for_each_dynmem_node(i)
		if (i < nid)
			before += plan->float_weight[i];
	return dynmem_part(bytes, before, plan->float_weight[nid], plan->float_weights, PAGE_SIZE);
}

u64 dynmem_plan_capacity(const struct dynmem_plan *plan, int nid)
{
	const struct dynmem_ledger *ledger = &dynmem_nodes[nid].ledger;
	u64 fixed = ledger->overhead;
	unsigned int i;

	/* A guest that never reported can't give what it holds above its grant. */
	for (i = 0; i < plan->nr_vms; i++) {
		const struct dynmem_vm *vm = plan->vm[i];
		const struct dynmem_holding *h = &vm->holding[nid];

		if (dynmem_plan_admitted(vm) ? !vm->reported_ms : !vm->start || !vm->start->fits)
			fixed += dynmem_above(h->resident, h->granted);
	}
	return dynmem_above(ledger->capacity, fixed);
}

unsigned int dynmem_plan_shares(struct dynmem_plan *plan, int nid, const struct dynmem_vm *but)
{
	unsigned int i, n = 0;

	for (i = 0; i < plan->nr_wants; i++) {
		const struct dynmem_want *want = &plan->want[i];
		const struct dynmem_vm *vm = want->vm;
		struct dynmem_share *share = &plan->share[n];

		if (vm == but || (want->vnode->node != NUMA_NO_NODE && want->vnode->node != nid))
			continue;
		if (!dynmem_plan_admitted(vm) && !(vm->start && vm->start->fits))
			continue;
		share->who = i;
		share->weight = vm->set.weight;
		share->minimum = dynmem_plan_part(plan, want, want->minimum, nid);
		/* Each is rounded by itself, and they must stay in order. */
		share->demand = max(share->minimum,
				    dynmem_plan_part(plan, want, want->demand, nid));
		share->desired = max(share->demand,
				     dynmem_plan_part(plan, want, want->desired, nid));
		n++;
	}
	return n;
}

/* How much more policy gives a vnode than it has; 0 when it is hardly worth it. */
static u64 growth(const struct dynmem_want *want)
{
	const struct dynmem_vnode *v = want->vnode;

	if (want->hold || !dynmem_plan_admitted(want->vm))
		return 0;
	if (want->minimum <= v->granted &&
	    want->desired <= v->granted + dynmem_plan_slack(want->desired))
		return 0;
	return dynmem_above(want->target, v->granted);
}

/* Where memory is needed that is not spare. */
static void find_shortage(struct dynmem_plan *plan)
{
	u64 floating = 0, spare = 0;
	bool everywhere;
	unsigned int i;
	int nid;

	for_each_dynmem_node(nid) {
		u64 room = dynmem_ledger_spare(&dynmem_nodes[nid].ledger), bound = 0;

		for (i = 0; i < plan->nr_wants; i++)
			if (plan->want[i].vnode->node == nid)
				bound += growth(&plan->want[i]);
		plan->short_of[nid] |= bound > room ||
				       dynmem_ledger_debt(&dynmem_nodes[nid].ledger);
		spare += dynmem_above(room, bound);
	}
	for (i = 0; i < plan->nr_wants; i++)
		if (plan->want[i].vnode->node == NUMA_NO_NODE)
			floating += growth(&plan->want[i]);
	everywhere = floating > spare;
	for_each_dynmem_node(nid)
		plan->short_of[nid] |= everywhere;
}

static bool is_short(const struct dynmem_plan *plan, const struct dynmem_vnode *v)
{
	int nid;

	if (v->node != NUMA_NO_NODE)
		return plan->short_of[v->node];
	for_each_dynmem_node(nid)
		if (plan->short_of[nid])
			return true;
	return false;
}

/* Nobody needs it: what is far above desired for a while goes, a little each tick. */
static u64 lazy_target(const struct dynmem_plan *plan, const struct dynmem_want *want)
{
	struct dynmem_vnode *v = want->vnode;
	u64 down_to = max(percent(want->desired, LAZY_DOWN_TO), want->minimum);
	bool taking = v->above_ms && plan->now_ms >= v->above_ms + LAZY_AFTER_MS;
	u64 excess = dynmem_above(v->granted, down_to), step;

	if (excess < DYNMEM_BLOCK || !want->lazy ||
	    (!taking && v->granted <= percent(want->desired, LAZY_ABOVE))) {
		v->above_ms = 0;
		return v->granted;
	}
	if (!v->above_ms)
		v->above_ms = plan->now_ms;
	if (!taking)
		return v->granted;
	if (!plan->tick)
		return min(v->target, v->granted);
	step = min(v->granted / LAZY_STEP, excess / LAZY_EXCESS);
	return v->granted - max(step - step % DYNMEM_BLOCK, DYNMEM_BLOCK);
}

static void set_target(const struct dynmem_plan *plan, struct dynmem_want *want)
{
	struct dynmem_vnode *v = want->vnode;
	u64 target = min(want->target, v->ram);

	if (want->hold) {
		v->target = min(v->target, v->granted);
		return;
	}
	/* Whole blocks, but all of a vnode's RAM is all of it. */
	if (target < v->ram)
		target = max(target - target % DYNMEM_BLOCK, want->minimum);
	if (target > v->granted)
		v->target = growth(want) ? target : v->granted;
	else if (is_short(plan, v))
		v->target = target;
	else
		v->target = lazy_target(plan, want);
	follow(v);
}

/* Grants what is spare; whole blocks, since a guest takes no less back. */
static void grow(const struct dynmem_want *want)
{
	struct dynmem_vnode *v = want->vnode;
	u64 bytes = dynmem_above(v->target, v->granted);
	u64 got = bytes ? dynmem_node_grant(want->vm, v, bytes) : 0;

	if (got < bytes && got % DYNMEM_BLOCK) {
		v->granted -= got % DYNMEM_BLOCK;
		dynmem_node_charge(want->vm);
	}
}

void dynmem_plan_decide(struct dynmem_plan *plan, enum dynmem_balance balance)
{
	unsigned int i, n;
	int nid;

	for_each_dynmem_node(nid) {
		n = dynmem_plan_shares(plan, nid, NULL);
		dynmem_policy_share(plan->share, n, dynmem_plan_capacity(plan, nid), balance);
		for (i = 0; i < n; i++)
			plan->want[plan->share[i].who].target += plan->share[i].target;
	}
	find_shortage(plan);
	for (i = 0; i < plan->nr_wants; i++)
		if (dynmem_plan_admitted(plan->want[i].vm))
			set_target(plan, &plan->want[i]);
	for (i = 0; i < plan->nr_vms; i++)
		if (dynmem_plan_admitted(plan->vm[i]))
			dynmem_node_charge(plan->vm[i]);

	/* The highest weight first: what is spare may not do for all of them at once. */
	for (i = 0; i < plan->nr_wants; i++)
		if (dynmem_plan_admitted(plan->want[i].vm))
			grow(&plan->want[i]);
}
