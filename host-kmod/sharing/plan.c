// SPDX-License-Identifier: GPL-2.0
/* plan: one decision, from the wants to the share that policy gives each vnode. */
#include <linux/minmax.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/string.h>

#include "policy/pacing.h"
#include "policy/share.h"
#include "sharing/headroom.h"
#include "sharing/move.h"
#include "sharing/node.h"
#include "sharing/paging.h"
#include "sharing/plan.h"
#include "sharing/want.h"
#include "vm/vm.h"

#define PATIENCE_TICKS	5	/* if debt does not fall for this long, all VMs must give memory */

/* Policy's state, kept from one decision to the next. Guarded by dynmem_set_lock. */
static struct dynmem_policy policy;

struct dynmem_want *dynmem_plan_wants(const struct dynmem_plan *plan, const struct dynmem_vm *vm)
{
	struct dynmem_want *want = &plan->want[vm->books.want];

	return vm->books.want < plan->nr_wants && want->vm == vm ? want : NULL;
}

void dynmem_plan_renew(struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	dynmem_want_vm(plan, dynmem_plan_wants(plan, vm));
	if (dynmem_vm_admitted(vm))
		dynmem_node_charge(vm);
}

/*
 * The index of a node in policy. If there are more nodes than policy has bits, the last nodes share
 * the last bit.
 */
static unsigned int node_index(int node)
{
	unsigned int i = 0;
	int nid;

	for_each_dynmem_node(nid)
		if (nid < node && i < DYNMEM_NODESETS_NODES - 1)
			i++;
	return i;
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
	a->order = kvcalloc(2UL * nr, sizeof(*a->order), GFP_KERNEL);
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

	dynmem_pool_renew();
	use_arrays(plan, plan->arrays);
	for_each_dynmem_node(nid) {
		plan->bit[nid] = 1ULL << node_index(nid);
		plan->any[dynmem_pool_of(nid)] |= plan->bit[nid];
	}
	plan->needing = dynmem_want_needing(plan);
	plan->starting = dynmem_want_starting(plan);
	sort(plan->vm, plan->nr_vms, sizeof(*plan->vm), compare_weight, NULL);
	for (i = 0; i < plan->nr_vms; i++)
		dynmem_want_begin(plan, plan->vm[i]);
}

/* Bytes still exposed on a vnode after DYNMEM_PACING_SOON seconds, however low its target is. */
static u64 vnode_keeps(const struct dynmem_vnode *v)
{
	return dynmem_above(dynmem_vnode_exposed(v), dynmem_pacing_soon(&v->pacing));
}

/*
 * Whether a VM takes part in sharing: it is admitted, or it starts and admission has found room. If
 * @without_starts is set, VMs that start do not take part.
 */
static bool vm_takes_part(const struct dynmem_plan *plan, const struct dynmem_vm *vm)
{
	const struct dynmem_start *start = vm->books.start;

	return dynmem_vm_admitted(vm) || (start && start->fits && !plan->without_starts);
}

/* Bytes that a VM holds on a node above its grant, and that no decision can move soon. */
static u64 vm_stays_on(const struct dynmem_plan *plan, const struct dynmem_vm *vm, int nid)
{
	const struct dynmem_holding *h = &vm->books.holding[nid];
	u64 above = dynmem_above(h->resident, h->granted), bytes;
	unsigned int i;

	if (!dynmem_vm_admitted(vm))
		return vm_takes_part(plan, vm) ? 0 : above;
	if (!vm->demand.reported_ms || dynmem_want_is_silent(plan, vm))
		return above;
	bytes = dynmem_want_beyond(vm, nid);
	for (i = 0; i < vm->nr_vnodes; i++)
		if (dynmem_want_may_lie(&vm->vnode[i], nid))
			bytes += dynmem_above(vnode_keeps(&vm->vnode[i]), vm->vnode[i].granted);
	return min(above, bytes);
}

int dynmem_plan_vmm_node(const struct dynmem_vnode *v)
{
	return v->node != NUMA_NO_NODE ? dynmem_pool_host(v->node) : dynmem_node_roomiest(0);
}

/* Bytes of ordinary memory on @nid that the VMM of a VM with vnodes in hugetlb pools will need. */
static u64 vmm_overhead_on(const struct dynmem_vm *vm, int nid)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		if (vm->vnode[i].pool && dynmem_plan_vmm_node(&vm->vnode[i]) == nid)
			bytes += dynmem_want_part(vm, i, vm->books.start->overhead);
	return bytes;
}

u64 dynmem_plan_fixed(const struct dynmem_plan *plan, int nid)
{
	u64 fixed = dynmem_nodes[nid].ledger.overhead;
	unsigned int i;

	for (i = 0; i < plan->nr_vms; i++) {
		const struct dynmem_vm *vm = plan->vm[i];

		fixed += vm_stays_on(plan, vm, nid);
		if (!dynmem_vm_admitted(vm) && vm != plan->but && vm_takes_part(plan, vm))
			fixed += vmm_overhead_on(vm, nid);
	}
	return fixed;
}

u64 dynmem_plan_capacity(const struct dynmem_plan *plan, int nid)
{
	return dynmem_above(dynmem_nodes[nid].ledger.capacity, dynmem_plan_fixed(plan, nid));
}

struct dynmem_nodesets *dynmem_plan_sets(const struct dynmem_plan *plan,
					 u64 (*capacity)(const struct dynmem_plan *plan, int nid))
{
	u64 bytes[DYNMEM_NODESETS_NODES] = { 0 };
	unsigned int nr = 0;
	int nid;

	for_each_dynmem_node(nid) {
		nr = node_index(nid);
		bytes[nr] += capacity(plan, nid);
	}
	dynmem_nodesets_begin(&policy.sets, bytes, nr + 1);
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
		if (vm == but || !vm_takes_part(plan, vm))
			continue;
		share->minimum = want->minimum;
		share->demand = max(share->minimum, want->demand);
		share->desired = max(share->demand, want->desired);
		share->lend = want->lend;
	}
	for (i = 0; i < plan->nr_wants; i += plan->want[i].vm->nr_vnodes)
		if (plan->want[i].vm->nr_vnodes > 1)
			dynmem_policy_divide(&plan->share[i], plan->want[i].vm->nr_vnodes);
}

/* Stores in the vnode the reason why it gets less than it desires. */
static void plan_explain_cut(const struct dynmem_plan *plan, unsigned int i)
{
	const struct dynmem_share *share = &plan->share[i];
	struct dynmem_cut *cut = &plan->want[i].vnode->cut;
	struct dynmem_reason reason;
	int nid;

	if (share->target >= share->desired) {
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
		strscpy(cut->name, ahead->name, sizeof(cut->name));
		cut->weight = ahead->set.weight;
	}
}

static void plan_share(struct dynmem_plan *plan, enum dynmem_balance balance)
{
	unsigned int i;
	int nid;

	dynmem_plan_shares(plan, NULL);
	dynmem_plan_sets(plan, dynmem_plan_capacity);
	memset(policy.unlent, 0, sizeof(policy.unlent));
	for_each_dynmem_node(nid)
		policy.unlent[__builtin_ctzll(plan->bit[nid])] += dynmem_headroom_of(nid);
	dynmem_policy_share(&policy, plan->share, plan->order, plan->nr_wants, balance);
	for (i = 0; i < plan->nr_wants; i++) {
		plan->want[i].target = plan->share[i].target;
		plan->want[i].lent = dynmem_above(plan->share[i].target, plan->share[i].desired);
		/*
		 * The reason for a stuck guest was stored before the guest was marked as stuck. A
		 * dry plan stores no reasons.
		 */
		if (!plan->want[i].stuck && !plan->dry)
			plan_explain_cut(plan, i);
	}
}

/*
 * Marks guests that do not give as stuck. If @slow is true, also marks guests that give too slowly.
 * When policy shares memory again, it lets a stuck guest keep all memory that the guest will not
 * give soon. Return: whether a guest was marked.
 */
static bool plan_fix(struct dynmem_plan *plan, bool slow)
{
	bool any = false;
	unsigned int i;

	for (i = 0; i < plan->nr_wants; i++) {
		struct dynmem_want *want = &plan->want[i];
		const struct dynmem_vnode *v = want->vnode;
		u64 held = v->granted, kept = min(held, vnode_keeps(v));

		if (want->stuck || want->hold || !dynmem_vm_admitted(want->vm) ||
		    want->target >= kept || (!slow && !dynmem_pacing_stuck(&v->pacing)))
			continue;
		want->sent = want->target - want->lent;
		want->soon = held - kept;
		want->slow = slow;
		dynmem_want_fixed(want, kept);
		want->stuck = true;
		any = true;
	}
	return any;
}

void dynmem_plan_keep_late(struct dynmem_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->nr_wants; i++) {
		struct dynmem_want *want = &plan->want[i];
		u64 kept = min(want->vnode->granted, vnode_keeps(want->vnode));

		if (want->hold || !dynmem_vm_admitted(want->vm))
			continue;
		want->late = dynmem_above(kept, want->minimum);
		want->minimum += want->late;
	}
}

/*
 * Whether the vnode may keep its memory while other vnodes reduce debt. The vnode may do so if some
 * nodes where it may lie are in debt, the debt of each of them has fallen lately, and the host does
 * not reclaim memory on any node where the vnode may lie.
 */
static bool vnode_can_wait(const struct dynmem_vnode *v)
{
	bool debt = false;
	int nid;

	if (dynmem_want_is_pressed(v))
		return false;
	for_each_dynmem_node_of(nid, v->pool) {
		const struct dynmem_ledger *ledger = &dynmem_nodes[nid].ledger;

		if (!dynmem_want_may_lie(v, nid) || !dynmem_ledger_debt(ledger))
			continue;
		if (ledger->stuck_ticks >= PATIENCE_TICKS)
			return false;
		debt = true;
	}
	return debt;
}

/* Sets the target of a want to at least @bytes. */
static void want_raise(const struct dynmem_plan *plan, unsigned int i, u64 bytes)
{
	struct dynmem_want *want = &plan->want[i];

	if (want->target >= bytes)
		return;
	want->target = bytes;
	plan->share[i].target = bytes;
	if (!plan->dry)
		plan_explain_cut(plan, i);
}

/*
 * While slow guests reduce debt and the debt falls, lets the VMs that have a higher weight than all
 * slow guests keep the memory @assured of struct dynmem_want.
 */
static void plan_assure(struct dynmem_plan *plan)
{
	u32 weight = 0;
	unsigned int i;

	for (i = 0; i < plan->nr_wants; i++)
		if (plan->want[i].slow)
			weight = max(weight, plan->want[i].vm->set.weight);
	for (i = 0; i < plan->nr_wants; i++) {
		const struct dynmem_want *want = &plan->want[i];

		if (!want->stuck && want->vm->set.weight > weight && vnode_can_wait(want->vnode))
			want_raise(plan, i, want->assured);
	}
}

/*
 * The starts that take part in sharing. @weight: by bit of policy's masks of nodes, the highest
 * weight of the starts that need memory there; 0: there are none. @floating: mask of the nodes
 * among which memory of any VM floats. @any: there are starts.
 */
struct starts {
	u32 weight[DYNMEM_NODESETS_NODES];
	u64 floating;
	bool any;
};

static void starts_add(struct starts *starts, u64 nodes, u32 weight)
{
	starts->any = true;
	for (; nodes; nodes &= nodes - 1) {
		u32 *on = &starts->weight[__builtin_ctzll(nodes)];

		*on = max(*on, weight);
	}
}

static void find_starts(const struct dynmem_plan *plan, struct starts *starts)
{
	unsigned int i;

	*starts = (struct starts) { };
	for (i = 0; i < plan->nr_wants; i++) {
		const struct dynmem_vnode *v = plan->want[i].vnode;
		const struct dynmem_vm *vm = plan->want[i].vm;

		if (v->node == NUMA_NO_NODE)
			starts->floating |= plan->any[v->pool];
		if (dynmem_vm_admitted(vm) || !vm_takes_part(plan, vm))
			continue;
		starts_add(starts, dynmem_plan_nodes(plan, v), vm->set.weight);
		if (v->pool)
			starts_add(starts, plan->bit[dynmem_plan_vmm_node(v)], vm->set.weight);
	}
}

/*
 * Whether there are starts that could take memory from a vnode, and the VM has at least the weight
 * of all of them. These are the starts on the vnode's node. But if any memory floats in the pool,
 * they are the starts on all nodes of the pool: a start on one node leaves less room there for
 * floating memory, which then takes room on the other nodes.
 */
static bool want_precedes_starts(const struct dynmem_plan *plan, const struct dynmem_want *want,
				 const struct starts *starts)
{
	u64 nodes = dynmem_plan_nodes(plan, want->vnode);
	u32 weight = 0;

	if (nodes & starts->floating)
		nodes = plan->any[want->vnode->pool];
	for (; nodes; nodes &= nodes - 1)
		weight = max(weight, starts->weight[__builtin_ctzll(nodes)]);
	return weight && want->vm->set.weight >= weight;
}

/*
 * Shares memory after guests have been marked as stuck. Policy serves a start like a minimum. If
 * stuck guests keep the memory that a start was to get, policy would take it from the demand of
 * other VMs, even of those whose weight is higher. So the targets of VMs that precede the starts
 * (see above) are no lower, up to demand, than if no VM started. The start has to wait for the
 * stuck guests.
 */
static void plan_share_again(struct dynmem_plan *plan, enum dynmem_balance balance)
{
	struct starts starts;
	unsigned int i;

	find_starts(plan, &starts);
	if (starts.any) {
		plan->without_starts = true;
		plan_share(plan, balance);
		plan->without_starts = false;
	}
	for (i = 0; i < plan->nr_wants; i++) {
		struct dynmem_want *want = &plan->want[i];

		want->owed = !want->stuck && want_precedes_starts(plan, want, &starts) ?
			     min(want->target, want->demand) : 0;
	}
	plan_share(plan, balance);
	for (i = 0; i < plan->nr_wants; i++)
		want_raise(plan, i, plan->want[i].owed);
}

void dynmem_plan_share(struct dynmem_plan *plan, enum dynmem_balance balance)
{
	unsigned int i;

	plan_share(plan, balance);
	if (plan_fix(plan, false))
		plan_share_again(plan, balance);
	for (i = 0; i < plan->nr_wants; i++)
		plan->want[i].assured = min(plan->want[i].target, plan->want[i].demand);
	if (plan_fix(plan, true)) {
		plan_share_again(plan, balance);
		if (balance == DYNMEM_BALANCE_STRICT)
			plan_assure(plan);
	}
	for (i = 0; i < plan->nr_wants; i++)
		if (plan->want[i].stuck)
			plan->want[i].target = plan->want[i].sent;
}

/*
 * Counts by how much the VM's memory has changed since the last decision: decisions raise it, and
 * guests that give memory lower it. On a tick also samples the VM's pressure.
 */
static void plan_count(struct dynmem_vm *vm, bool tick)
{
	u64 before = vm->books.counted, now = dynmem_vm_granted(vm);
	struct dynmem_counters *counters = &vm->counters;

	if (now > before) {
		dynmem_count(counters, DYNMEM_A_COUNTER_ADDED, now - before);
		dynmem_count(counters, DYNMEM_A_COUNTER_ADD_OPERATIONS, 1);
	} else if (now < before) {
		dynmem_count(counters, DYNMEM_A_COUNTER_REMOVED, before - now);
		dynmem_count(counters, DYNMEM_A_COUNTER_REMOVE_OPERATIONS, 1);
	}
	vm->books.counted = now;
	if (tick && vm->demand.reported_ms && now)
		dynmem_window_add(&vm->demand.pressure, dynmem_vm_pressure(vm));
}

void dynmem_plan_decide(struct dynmem_plan *plan, enum dynmem_balance balance)
{
	unsigned int i;

	dynmem_plan_share(plan, balance);
	dynmem_move(plan);
	for (i = 0; i < plan->nr_vms; i++)
		if (dynmem_vm_admitted(plan->vm[i]))
			plan_count(plan->vm[i], plan->tick);
	dynmem_paging_decide(plan);
}
