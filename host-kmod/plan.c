// SPDX-License-Identifier: GPL-2.0
/*
 * plan: one decision, from wants to targets and grants. See plan.h for who calls it and how.
 *
 * Policy says what each vnode should have; pace.c, how fast it comes there. What is needed on a
 * node and not spare there is taken from those who have more than policy gives them: no more than
 * is lacking, and first where an order is outstanding already.
 */
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "admit.h"
#include "node.h"
#include "pace.h"
#include "plan.h"
#include "policy.h"
#include "vm.h"

#define NEED_MS		3000	/* how long a guest's cry for memory counts as demand */

/* What the last decision leaves to the next. Under dynmem_set_lock. */
static struct dynmem_policy policy;

u64 dynmem_plan_slack(u64 bytes)
{
	return dynmem_pace_slack(bytes);
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

/* The part of a VM's figure that belongs to vnode @i: whole blocks, if what is left then fits. */
static u64 vnode_part(const struct dynmem_vm *vm, unsigned int i, u64 bytes)
{
	u64 left = min(bytes, vm->ram), ram = vm->ram, part = 0, own = 0;
	unsigned int k;

	for (k = 0; k <= i; k++) {
		own = vm->vnode[k].ram;
		ram -= own;
		part = dynmem_next_part(left, own, ram, DYNMEM_BLOCK);
		left -= part;
	}
	/* A demand may be above RAM. */
	return part + dynmem_part(dynmem_above(bytes, vm->ram), vm->ram - ram - own, own, vm->ram,
				  DYNMEM_BLOCK);
}

static u64 granted_of(const struct dynmem_vm *vm)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		bytes += vm->vnode[i].granted;
	return bytes;
}

static u64 round_blocks(u64 bytes)
{
	return (bytes + DYNMEM_BLOCK - 1) / DYNMEM_BLOCK * DYNMEM_BLOCK;
}

static void want_fixed(struct dynmem_want *want, u64 bytes)
{
	want->minimum = bytes;
	want->demand = bytes;
	want->desired = bytes;
}

static u64 vnode_demand(const struct dynmem_vm *vm, unsigned int i, u64 demand)
{
	const struct dynmem_figures *f = &vm->figures;

	return f->vnodes == vm->nr_vnodes ? dynmem_demand_vnode(&vm->parts, f, i, demand) :
					    vnode_part(vm, i, demand);
}

static bool cries(const struct dynmem_plan *plan, const struct dynmem_vnode *v)
{
	return v->cried_ms && plan->now_ms <= v->cried_ms + NEED_MS;
}

/* What a guest that is about to kill or swap asks for; believed up to a step of growth. */
static u64 cried_for(const struct dynmem_plan *plan, const struct dynmem_vm *vm,
		     const struct dynmem_vnode *v)
{
	if (!cries(plan, v))
		return 0;
	return min(v->cried_for, v->granted + dynmem_above(vm->believed, granted_of(vm)));
}

/* What a VM may have at most. */
static u64 most_of(const struct dynmem_vm *vm, const struct dynmem_vnode *v)
{
	u64 most = min(vm->set.maximum, vm->ram);

	return v->pool ? most : dynmem_limit_of(&vm->limit, most);
}

/* A guest that has reported: what it needs, with buffer, within its settings. */
static void want_reported(const struct dynmem_plan *plan, struct dynmem_want *want, unsigned int i)
{
	const struct dynmem_vm *vm = want->vm;
	u64 maximum = vnode_part(vm, i, most_of(vm, want->vnode));
	u64 demand = vnode_demand(vm, i, vm->believed_demand);

	want->minimum = want->floor;
	want->desired = dynmem_desired(demand, vm->set.buffer, want->minimum, maximum);
	demand = max(vnode_demand(vm, i, vm->firm_demand), cried_for(plan, vm, want->vnode));
	want->demand = dynmem_desired(demand, 0, want->minimum, maximum);
	want->desired = max(want->desired, want->demand);
	if (plan->now_ms < vm->settled_ms) {
		want->minimum = max(want->minimum, min(want->startup, want->vnode->granted));
		want->demand = max(want->demand, want->startup);
		want->desired = max(want->desired, want->startup);
	}
	want->lazy = true;
	want->vnode->demand = vnode_demand(vm, i, vm->demand);
	want->vnode->desired = want->desired;
}

/*
 * What a VM that starts holds already. It has one vnode for each node its memory is bound to, and
 * one for what of a pool floats: that is on the nodes that remain.
 */
static u64 resident_of(const struct dynmem_vm *vm, const struct dynmem_vnode *v)
{
	u64 bytes = 0;
	unsigned int i;
	int nid;

	if (v->node != NUMA_NO_NODE)
		return vm->holding[v->node].resident;
	for_each_dynmem_node_of(nid, v->pool) {
		for (i = 0; i < vm->nr_vnodes; i++)
			if (vm->vnode[i].node == nid)
				break;
		if (i == vm->nr_vnodes)
			bytes += vm->holding[nid].resident;
	}
	return bytes;
}

/* It can't do anything now, or nobody knows what it would: its VMM may have stopped it. */
static bool is_silent(const struct dynmem_plan *plan, const struct dynmem_vm *vm)
{
	return vm->driver == DYNMEM_DRIVER_DETACHED ||
	       (vm->reported_ms && plan->now_ms > vm->reported_ms + DYNMEM_PACE_REPORT_OLD_MS);
}

/* What its cgroups do not allow would kill its VMM; but its minimum stands. */
static void bound(struct dynmem_want *want, unsigned int i)
{
	if (want->hold || !want->vm->limit.limited)
		return;
	want->most = max(vnode_part(want->vm, i, most_of(want->vm, want->vnode)), want->floor);
	want->minimum = min(want->minimum, want->most);
	want->demand = min(want->demand, want->most);
	want->desired = min(want->desired, want->most);
	want->vnode->desired = want->desired;
}

/* What a device uses, or the VMM has locked, can't be had: all that it has is its minimum. */
static void keep_all(struct dynmem_want *want)
{
	struct dynmem_vnode *v = want->vnode;

	want->floor = max(want->floor, v->granted);
	want->minimum = max(want->minimum, v->granted);
	want->demand = max(want->demand, v->granted);
	want->desired = max(want->desired, v->granted);
	v->minimum = want->floor;
}

static void want_vnode(const struct dynmem_plan *plan, struct dynmem_want *want, unsigned int i)
{
	struct dynmem_vm *vm = want->vm;
	struct dynmem_vnode *v = &vm->vnode[i];

	want->vnode = v;
	want->startup = vnode_part(vm, i, startup_of(vm));
	want->floor = vm->set.dynamic ? vnode_part(vm, i, min(vm->set.minimum, vm->ram)) : v->ram;
	want->most = v->ram;
	v->minimum = want->floor;
	if (!dynmem_plan_admitted(vm)) {
		want->overhead = vm->start ? vnode_part(vm, i, vm->start->overhead) : 0;
		want->resident = resident_of(vm, v);
		want_fixed(want, max(want->startup, want->resident) +
			   (v->pool ? 0 : want->overhead));
		v->desired = want->startup;
	} else if (!vm->set.dynamic) {
		want_fixed(want, v->ram);
		v->demand = vm->reported_ms ? vnode_part(vm, i, vm->demand) : 0;
		v->desired = v->ram;
	} else if (is_silent(plan, vm)) {
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
	if (dynmem_plan_admitted(vm))
		bound(want, i);
	if (vm->barred && dynmem_plan_admitted(vm))
		keep_all(want);
}

/* What the guest has given *and* the host has released is taken off. */
static void follow(struct dynmem_vnode *v)
{
	if (v->target < v->granted)
		v->granted = max(v->target, min(v->granted, dynmem_vnode_exposed(v)));
}

static u64 resident_all(const struct dynmem_vm *vm)
{
	u64 bytes = 0;
	int nid;

	for_each_dynmem_node(nid)
		bytes += vm->holding[nid].resident;
	return bytes;
}

static void cut(u64 *claim, u64 *believed)
{
	*claim = min(*claim, *believed);
	*believed -= *claim;
}

/* Cuts what the guest says it uses to what it can be using. */
static void cut_claims(struct dynmem_figures *f, u64 believed)
{
	u64 left = believed;

	cut(&f->kernel, &left);
	cut(&f->anon, &left);
	cut(&f->shmem, &left);
	if (f->stock)
		f->available = max(f->available, dynmem_above(f->total, believed));
}

static u64 nodes_of(const struct dynmem_plan *plan, const struct dynmem_vm *vm)
{
	u64 nodes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		nodes |= dynmem_plan_nodes(plan, &vm->vnode[i]);
	return nodes;
}

/*
 * What the guest says it needs, as it is shown; and what of that counts when memory is shared,
 * since what a guest has touched is resident.
 */
static void renew_demand(const struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	struct dynmem_figures *f = &vm->figures;
	u64 nodes = nodes_of(plan, vm);
	u64 anon = f->anon, shmem = f->shmem, kernel = f->kernel, available = f->available;
	u64 resident = resident_all(vm), demand;

	demand = dynmem_demand(f, vm->ram, vm->set.startup, vm->set.demand_mode);
	vm->demand = dynmem_demand_filter(&vm->filter, demand, plan->now_ms);
	vm->believed = resident + dynmem_pace_step(resident);
	cut_claims(f, vm->believed);
	demand = dynmem_demand(f, vm->ram, vm->set.startup, vm->set.demand_mode);
	vm->believed_demand = dynmem_demand_filter(&vm->believed_filter, demand, plan->now_ms);
	dynmem_demand_divide(&vm->parts, f, demand, vm->believed_demand == demand);
	if (nodes & plan->crying)
		dynmem_demand_yield(&vm->believed_filter);
	if (nodes & plan->starting)
		vm->firm_demand = dynmem_demand_real(&vm->believed_filter, demand, plan->now_ms);
	else
		vm->firm_demand = dynmem_demand_firm(&vm->believed_filter, demand);
	f->anon = anon;
	f->shmem = shmem;
	f->kernel = kernel;
	f->available = available;
}

static void moment_of(const struct dynmem_plan *plan, const struct dynmem_vm *vm, unsigned int i,
		      struct dynmem_moment *m)
{
	const struct dynmem_vnode *v = &vm->vnode[i];

	*m = (struct dynmem_moment) {
		.now_ms = plan->now_ms,
		.ram = v->ram,
		.granted = v->granted,
		.exposed = dynmem_vnode_exposed(v),
		.told = dynmem_vnode_visible(v),
		.tick = plan->tick,
		.backoff = dynmem_guard_backs_off(&vm->guard, plan->now_ms),
		.hold = !vm->set.dynamic || vm->driver == DYNMEM_DRIVER_NONE ||
			is_silent(plan, vm),
	};
	if (i < vm->figures.vnodes)
		m->unavailable = vm->figures.vnode[i].unavailable;
}

static void begin_vm(struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	struct dynmem_moment m;
	unsigned int i;

	if (dynmem_plan_admitted(vm)) {
		if (!vm->reported_ms) {
			vm->settled_ms = 0;
		} else {
			renew_demand(plan, vm);
			if (!vm->settled_ms)
				vm->settled_ms = plan->now_ms + DYNMEM_PACE_SETTLE_MS;
			vm->hurt |= dynmem_guard_look(&vm->guard, vm->reported_ms, vm->refault,
						      vm->stalled);
		}
		for (i = 0; i < vm->nr_vnodes; i++) {
			moment_of(plan, vm, i, &m);
			dynmem_pace_watch(&vm->vnode[i].pace, &m);
			follow(&vm->vnode[i]);
		}
	}
	vm->want = plan->nr_wants;
	for (i = 0; i < vm->nr_vnodes; i++) {
		struct dynmem_want *want = &plan->want[plan->nr_wants++];

		want->vm = vm;
		want_vnode(plan, want, i);
	}
	if (dynmem_plan_admitted(vm))
		dynmem_node_charge(vm);
}

struct dynmem_want *dynmem_plan_wants(const struct dynmem_plan *plan, const struct dynmem_vm *vm)
{
	struct dynmem_want *want = &plan->want[vm->want];

	return vm->want < plan->nr_wants && want->vm == vm ? want : NULL;
}

void dynmem_plan_renew(struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	struct dynmem_want *want = dynmem_plan_wants(plan, vm);
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		want_vnode(plan, &want[i], i);
	if (dynmem_plan_admitted(vm))
		dynmem_node_charge(vm);
}

/* What stands for a node in policy. Should there be more than it tells apart, the rest are one. */
static unsigned int node_index(int node)
{
	unsigned int i = 0;
	int nid;

	for_each_dynmem_node(nid)
		if (nid < node && i < DYNMEM_SETS_NODES - 1)
			i++;
	return i;
}

/* Whether a guest cries for memory that it was not granted and may have. */
static bool cries_in_need(const struct dynmem_plan *plan, const struct dynmem_vm *vm,
			  unsigned int i)
{
	const struct dynmem_vnode *v = &vm->vnode[i];

	return min(cried_for(plan, vm, v), vnode_part(vm, i, most_of(vm, v))) > v->granted;
}

static u64 crying_nodes(const struct dynmem_plan *plan)
{
	u64 nodes = 0;
	unsigned int i, k;

	for (i = 0; i < plan->nr_vms; i++)
		for (k = 0; k < plan->vm[i]->nr_vnodes; k++)
			if (cries_in_need(plan, plan->vm[i], k))
				nodes |= dynmem_plan_nodes(plan, &plan->vm[i]->vnode[k]);
	return nodes;
}

/* A device that is hot-plugged does not wait: what others may give is no use to it. */
static u64 starting_nodes(const struct dynmem_plan *plan)
{
	u64 nodes = 0;
	unsigned int i;

	for (i = 0; i < plan->nr_vms; i++) {
		const struct dynmem_vm *vm = plan->vm[i];

		if (!dynmem_plan_admitted(vm) && vm->start && !vm->start->runs)
			nodes |= nodes_of(plan, vm);
	}
	return nodes;
}

static int compare_weight(const void *a, const void *b)
{
	const struct dynmem_vm *x = *(const struct dynmem_vm **)a;
	const struct dynmem_vm *y = *(const struct dynmem_vm **)b;

	return x->set.weight < y->set.weight ? 1 : x->set.weight > y->set.weight ? -1 : 0;
}

struct dynmem_plan_arrays *dynmem_plan_arrays_alloc(unsigned int nr_vms)
{
	struct dynmem_plan_arrays *a = kzalloc(sizeof(*a), GFP_KERNEL);
	unsigned int nr = max(nr_vms, 1U) * VIRTIO_DYNMEM_MAX_VNODES;

	if (!a)
		return NULL;
	a->nr_vms = nr_vms;
	a->vm = kvcalloc(max(nr_vms, 1U), sizeof(*a->vm), GFP_KERNEL);
	a->want = kvcalloc(nr, sizeof(*a->want), GFP_KERNEL);
	a->share = kvcalloc(nr, sizeof(*a->share), GFP_KERNEL);
	a->order = kvcalloc(2 * nr, sizeof(*a->order), GFP_KERNEL);
	a->bit = kvcalloc(dynmem_nr_nodes(), sizeof(*a->bit), GFP_KERNEL);
	a->lack = kvcalloc(dynmem_nr_nodes(), sizeof(*a->lack), GFP_KERNEL);
	a->need[0] = kvcalloc(dynmem_nr_nodes(), sizeof(*a->need[0]), GFP_KERNEL);
	a->need[1] = kvcalloc(dynmem_nr_nodes(), sizeof(*a->need[1]), GFP_KERNEL);
	if (a->vm && a->want && a->share && a->order && a->bit && a->lack && a->need[0] &&
	    a->need[1])
		return a;
	dynmem_plan_arrays_free(a);
	return NULL;
}

void dynmem_plan_arrays_free(struct dynmem_plan_arrays *a)
{
	if (!a)
		return;
	kvfree(a->vm);
	kvfree(a->want);
	kvfree(a->share);
	kvfree(a->order);
	kvfree(a->bit);
	kvfree(a->lack);
	kvfree(a->need[0]);
	kvfree(a->need[1]);
	kfree(a);
}

static void use_arrays(struct dynmem_plan *plan, const struct dynmem_plan_arrays *a)
{
	unsigned int i, nr = 0;

	for (i = 0; i < plan->nr_vms; i++)
		nr += plan->vm[i]->nr_vnodes;
	plan->nr_wants = 0;
	plan->want = memset(a->want, 0, nr * sizeof(*a->want));
	plan->share = memset(a->share, 0, nr * sizeof(*a->share));
	plan->order = a->order;
	plan->bit = memset(a->bit, 0, dynmem_nr_nodes() * sizeof(*a->bit));
	plan->lack = memset(a->lack, 0, dynmem_nr_nodes() * sizeof(*a->lack));
	for (i = 0; i < 2; i++)
		plan->need[i] = memset(a->need[i], 0, dynmem_nr_nodes() * sizeof(*a->need[i]));
}

void dynmem_plan_begin(struct dynmem_plan *plan)
{
	unsigned int i;
	int nid;

	use_arrays(plan, plan->arrays);
	for_each_dynmem_node(nid) {
		plan->bit[nid] = 1ULL << node_index(nid);
		plan->any[dynmem_pool_of(nid)] |= plan->bit[nid];
	}
	plan->crying = crying_nodes(plan);
	plan->starting = starting_nodes(plan);
	sort(plan->vm, plan->nr_vms, sizeof(*plan->vm), compare_weight, NULL);
	for (i = 0; i < plan->nr_vms; i++)
		begin_vm(plan, plan->vm[i]);
}

static bool is_stuck(const struct dynmem_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		if (dynmem_pace_stuck(&vm->vnode[i].pace))
			return true;
	return false;
}

int dynmem_plan_vmm_node(const struct dynmem_vnode *v)
{
	return v->node != NUMA_NO_NODE ? dynmem_pool_host(v->node) : dynmem_node_roomiest(0);
}

/* What the VMM of a VM that starts needs on a node for its memory in pools. */
static u64 overhead_on(const struct dynmem_vm *vm, int nid)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		if (vm->vnode[i].pool && dynmem_plan_vmm_node(&vm->vnode[i]) == nid)
			bytes += vnode_part(vm, i, vm->start->overhead);
	return bytes;
}

u64 dynmem_plan_fixed(const struct dynmem_plan *plan, int nid)
{
	u64 fixed = dynmem_nodes[nid].ledger.overhead;
	unsigned int i;

	/* What a guest that can't or won't give holds above its grant is nobody's. */
	for (i = 0; i < plan->nr_vms; i++) {
		const struct dynmem_vm *vm = plan->vm[i];
		const struct dynmem_holding *h = &vm->holding[nid];
		bool gives = dynmem_plan_admitted(vm) ?
			     vm->reported_ms && !is_stuck(vm) && !is_silent(plan, vm) :
			     vm->start && vm->start->fits;

		if (!gives)
			fixed += dynmem_above(h->resident, h->granted);
		if (!dynmem_plan_admitted(vm) && vm->start && vm->start->fits && vm != plan->but)
			fixed += overhead_on(vm, nid);
	}
	return fixed;
}

u64 dynmem_plan_capacity(const struct dynmem_plan *plan, int nid)
{
	return dynmem_above(dynmem_nodes[nid].ledger.capacity, dynmem_plan_fixed(plan, nid));
}

u64 dynmem_plan_nodes(const struct dynmem_plan *plan, const struct dynmem_vnode *v)
{
	return v->node != NUMA_NO_NODE ? plan->bit[v->node] : plan->any[v->pool];
}

struct dynmem_sets *dynmem_plan_sets(const struct dynmem_plan *plan,
				     u64 (*capacity)(const struct dynmem_plan *plan, int nid))
{
	u64 bytes[DYNMEM_SETS_NODES] = { 0 };
	unsigned int nr = 0;
	int nid;

	for_each_dynmem_node(nid) {
		nr = node_index(nid);
		bytes[nr] += capacity(plan, nid);
	}
	dynmem_sets_begin(&policy.sets, bytes, nr + 1);
	return &policy.sets;
}

void dynmem_plan_shares(struct dynmem_plan *plan, const struct dynmem_vm *but)
{
	unsigned int i;

	plan->but = but;
	for (i = 0; i < plan->nr_wants; i++) {
		const struct dynmem_want *want = &plan->want[i];
		const struct dynmem_vm *vm = want->vm;
		struct dynmem_share *share = &plan->share[i];

		plan->order[i] = i;
		*share = (struct dynmem_share) {
			.who = vm->id,
			.weight = vm->set.weight,
			.nodes = dynmem_plan_nodes(plan, want->vnode),
		};
		if (vm == but ||
		    (!dynmem_plan_admitted(vm) && !(vm->start && vm->start->fits)))
			continue;
		share->minimum = want->minimum;
		share->demand = max(share->minimum, want->demand);
		share->desired = max(share->demand, want->desired);
	}
}

/* Keeps why a vnode is to get less than it desires, for those who ask. */
static void explain(const struct dynmem_plan *plan, unsigned int i)
{
	const struct dynmem_share *share = &plan->share[i];
	struct dynmem_cut *cut = &plan->want[i].vnode->cut;
	struct dynmem_reason reason;
	int nid;

	if (share->target == share->desired) {
		cut->why = DYNMEM_WHY_NONE;
		return;
	}
	dynmem_policy_reason(&policy, share, &reason);
	*cut = (struct dynmem_cut) {
		.why = reason.why, .buffer = reason.buffer, .demand = reason.demand,
	};
	for_each_dynmem_node(nid)
		if (nid < 64 && (plan->bit[nid] & reason.nodes))
			cut->nodes |= 1ULL << nid;
	if (reason.why != DYNMEM_WHY_CAPACITY) {
		const struct dynmem_vm *ahead = plan->want[reason.ahead].vm;

		cut->ahead = ahead->id;
		cut->weight = ahead->set.weight;
	}
}

static void share(struct dynmem_plan *plan, enum dynmem_balance balance)
{
	unsigned int i;

	dynmem_plan_shares(plan, NULL);
	dynmem_plan_sets(plan, dynmem_plan_capacity);
	dynmem_policy_share(&policy, plan->share, plan->order, plan->nr_wants, balance);
	for (i = 0; i < plan->nr_wants; i++) {
		plan->want[i].target = plan->share[i].target;
		/* What is fixed here is not why it is told to give, nor is what would be. */
		if (!plan->want[i].stuck && !plan->dry)
			explain(plan, i);
	}
}

void dynmem_plan_share(struct dynmem_plan *plan, enum dynmem_balance balance)
{
	bool any = false;
	unsigned int i;

	share(plan, balance);
	for (i = 0; i < plan->nr_wants; i++) {
		struct dynmem_want *want = &plan->want[i];
		u64 held = want->vnode->granted;

		if (want->hold || !dynmem_plan_admitted(want->vm) || want->target >= held ||
		    !dynmem_pace_stuck(&want->vnode->pace))
			continue;
		want->told = want->target;
		want_fixed(want, held);
		want->stuck = true;
		any = true;
	}
	if (!any)
		return;
	share(plan, balance);
	for (i = 0; i < plan->nr_wants; i++)
		if (plan->want[i].stuck)
			plan->want[i].target = plan->want[i].told;
}

static void moment_now(const struct dynmem_plan *plan, const struct dynmem_want *want,
		       struct dynmem_moment *m)
{
	moment_of(plan, want->vm, want->vnode - want->vm->vnode, m);
	m->minimum = want->stuck ? want->floor : want->minimum;
	m->demand = want->demand;
	m->desired = want->desired;
	m->share = want->target;
	m->lazy = want->lazy;
	m->hold = want->hold;
}

/* Finds what each is to get, and how much of that is not spare where it is needed. */
static void find_lack(struct dynmem_plan *plan)
{
	u64 floating[2][DYNMEM_POOLS_MAX] = {}, spare[2][DYNMEM_POOLS_MAX] = {};
	struct dynmem_moment m;
	unsigned int i, pool;
	int nid;

	for (i = 0; i < plan->nr_wants; i++) {
		struct dynmem_want *want = &plan->want[i];
		int node = want->vnode->node;
		u64 need;

		if (!dynmem_plan_admitted(want->vm))
			continue;
		moment_now(plan, want, &m);
		want->gain = dynmem_pace_gain(&want->vnode->pace, &m, &need, &want->urgent);
		if (node == NUMA_NO_NODE)
			floating[!want->urgent][want->vnode->pool] += need;
		else
			plan->need[!want->urgent][node] += need;
	}
	for_each_dynmem_node(nid) {
		const struct dynmem_ledger *ledger = &dynmem_nodes[nid].ledger;
		u64 room = dynmem_ledger_spare(ledger);
		u64 urgent = plan->need[0][nid], all = urgent + plan->need[1][nid];

		pool = dynmem_pool_of(nid);
		spare[0][pool] += dynmem_above(room, urgent);
		spare[1][pool] += dynmem_above(room, all);
		plan->need[0][nid] = dynmem_above(urgent, room);
		plan->need[1][nid] = dynmem_above(all, room) - plan->need[0][nid];
		plan->need[0][nid] += plan->lack[nid] + dynmem_ledger_debt(ledger);
	}
	for (pool = 0; pool < dynmem_nr_pools; pool++) {
		u64 urgent = floating[0][pool], all = urgent + floating[1][pool];
		u64 lack = dynmem_above(urgent, spare[0][pool]);

		plan->floating[0][pool] = lack + plan->floating_lack[pool];
		plan->floating[1][pool] = dynmem_above(all, spare[1][pool] + lack);
	}
}

/* Takes up to @bytes from @want to make up for a lack. */
static void cover(struct dynmem_want *want, u64 *bytes, u64 *lack)
{
	u64 got = min(*bytes, round_blocks(*lack));

	want->take += got;
	*bytes -= got;
	*lack = dynmem_above(*lack, got);
}

/*
 * Who gives first: in turn 0 who is giving already; then who has 1/8 too much, 1/16 and so on; in
 * the last turn anybody.
 */
#define TURNS 6

/*
 * What a vnode can give in a turn of what it has above its share. For another one's @buffer only
 * what is worth it, and not if it has just been given some; and to the last byte only when nobody
 * has more, as it would soon want it back.
 */
static u64 may_give(const struct dynmem_plan *plan, const struct dynmem_want *want, bool buffer,
		    unsigned int turn)
{
	const struct dynmem_vnode *v = want->vnode;
	u64 bytes = dynmem_above(v->granted, want->target + want->take), keep = 0;

	if (!dynmem_plan_admitted(want->vm) || want->hold || want->stuck ||
	    (buffer && dynmem_pace_dwells(&v->pace, plan->now_ms)))
		return 0;
	if (buffer)
		keep = dynmem_pace_worth(want->target);
	else if (turn < TURNS - 1)
		keep = dynmem_pace_slack(want->target);
	bytes = dynmem_above(bytes, keep);
	if (!turn)
		return min(bytes, dynmem_above(v->granted, v->target + want->take));
	return turn == TURNS - 1 || bytes > want->target >> (turn + 2) ? bytes : 0;
}

/* Makes those with more than their share give what is lacking, the lightest first. */
static void collect(struct dynmem_plan *plan, bool buffer, unsigned int turn)
{
	unsigned int i = plan->nr_wants;
	u64 *need = plan->need[buffer];
	int nid;

	while (i--) {
		struct dynmem_want *want = &plan->want[i];
		u64 bytes = may_give(plan, want, buffer, turn);

		if (!bytes)
			continue;
		if (want->vnode->node != NUMA_NO_NODE)
			cover(want, &bytes, &need[want->vnode->node]);
		cover(want, &bytes, &plan->floating[buffer][want->vnode->pool]);
		for_each_dynmem_node_of(nid, want->vnode->pool)
			if (want->vnode->node == NUMA_NO_NODE)
				cover(want, &bytes, &need[nid]);
	}
}

/* One that does not give is told the same as long as anything is lacking, or it was before. */
static void tell_stuck(struct dynmem_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->nr_wants; i++) {
		struct dynmem_want *want = &plan->want[i];
		const struct dynmem_vnode *v = want->vnode;

		if (!want->stuck)
			continue;
		want->take = dynmem_above(v->granted, want->target);
		if (!plan->floating[0][v->pool] &&
		    (v->node == NUMA_NO_NODE || !plan->need[0][v->node]))
			want->take = min(want->take, dynmem_above(v->granted, v->target));
	}
}

static void set_target(struct dynmem_plan *plan, struct dynmem_want *want)
{
	struct dynmem_vnode *v = want->vnode;
	u64 lazy_ms = v->pace.lazy_ms;
	struct dynmem_moment m;

	moment_now(plan, want, &m);
	v->target = dynmem_pace_target(&v->pace, &m, want->gain, want->take, v->target);
	if (!want->hold)
		v->target = min(v->target, max(want->most, want->floor));
	if (v->pace.lazy_ms != lazy_ms)
		dynmem_guard_took(&want->vm->guard, plan->now_ms);
	follow(v);
}

/* Grants what is spare, up to @most; whole blocks, since a guest takes no less back. */
static void grow(const struct dynmem_plan *plan, const struct dynmem_want *want, u64 most)
{
	struct dynmem_vnode *v = want->vnode;
	u64 bytes = dynmem_above(min(v->target, most), v->granted);
	u64 got = bytes ? dynmem_node_grant(want->vm, v, bytes) : 0;

	if (got < bytes && got % DYNMEM_BLOCK) {
		v->granted -= got % DYNMEM_BLOCK;
		got -= got % DYNMEM_BLOCK;
		dynmem_node_charge(want->vm);
	}
	if (got)
		dynmem_pace_given(&v->pace, plan->now_ms);
}

/* The same order as policy's, since what is spare may not do for all of them at once. */
static void grow_all(const struct dynmem_plan *plan)
{
	enum { TO_MINIMUM, TO_DEMAND, TO_DESIRED, UNDO, GROW_TURNS } turn;
	unsigned int i;

	for (turn = 0; turn < GROW_TURNS; turn++)
		for (i = 0; i < plan->nr_wants; i++) {
			const struct dynmem_want *want = &plan->want[i];
			u64 most = turn == TO_MINIMUM ? want->minimum :
				   turn == TO_DEMAND ? want->demand : want->vnode->ram;

			if (dynmem_plan_admitted(want->vm) && (want->gain || turn == UNDO))
				grow(plan, want, round_blocks(most));
		}
}

void dynmem_plan_decide(struct dynmem_plan *plan, enum dynmem_balance balance)
{
	unsigned int turn, i;

	dynmem_plan_share(plan, balance);
	find_lack(plan);
	tell_stuck(plan);
	for (turn = 0; turn < 2 * TURNS; turn++)
		collect(plan, turn / TURNS, turn % TURNS);
	for (i = 0; i < plan->nr_wants; i++)
		if (dynmem_plan_admitted(plan->want[i].vm))
			set_target(plan, &plan->want[i]);
	for (i = 0; i < plan->nr_vms; i++)
		if (dynmem_plan_admitted(plan->vm[i]))
			dynmem_node_charge(plan->vm[i]);
	grow_all(plan);
}
