// SPDX-License-Identifier: GPL-2.0
/* want: computes the needs of each vnode from the reports and holdings of its VM. */
#include <linux/minmax.h>

#include "policy/pacing.h"
#include "sharing/headroom.h"
#include "sharing/node.h"
#include "sharing/types.h"
#include "sharing/want.h"
#include "vm/vm.h"

#define BACK_MS		30000	/* a guest whose device is back has to report within this time */
#define NEED_MS		3000	/* a NEED message counts as demand for this long */

u64 dynmem_want_part(const struct dynmem_vm *vm, unsigned int i, u64 bytes)
{
	u64 left = min(bytes, vm->ram), ram = vm->ram, part = 0, own = 0;
	unsigned int k;

	for (k = 0; k <= i; k++) {
		own = vm->vnode[k].ram;
		ram -= own;
		part = dynmem_next_part(left, own, ram, DYNMEM_BLOCK);
		left -= part;
	}
	/* A demand may be above RAM. The excess is divided in proportion to RAM. */
	return part + dynmem_part(dynmem_above(bytes, vm->ram), vm->ram - ram - own, own, vm->ram,
				  DYNMEM_BLOCK);
}

void dynmem_want_fixed(struct dynmem_want *want, u64 bytes)
{
	want->minimum = bytes;
	want->demand = bytes;
	want->desired = bytes;
	want->lend = 0;
}

static u64 vnode_demand(const struct dynmem_vm *vm, unsigned int i, u64 demand)
{
	const struct dynmem_figures *f = &vm->demand.figures;

	return f->vnodes == vm->nr_vnodes ? dynmem_demand_vnode(&vm->demand.parts, f, i, demand) :
					    dynmem_want_part(vm, i, demand);
}

/*
 * Vnode @i's part of the memory that the VM gets beyond demand for files that the guest reads
 * again, in bytes. Parts are in proportion to reclaimable memory, or to RAM if the guest reports
 * none.
 */
static u64 vnode_cache(const struct dynmem_vm *vm, unsigned int i)
{
	const struct dynmem_figures *f = &vm->demand.figures;
	u64 pays = dynmem_cache_pays(&vm->demand.cache), before = 0, all = 0;
	unsigned int k;

	for (k = 0; k < f->vnodes && f->vnodes == vm->nr_vnodes; k++) {
		before += k < i ? f->vnode[k].reclaimable : 0;
		all += f->vnode[k].reclaimable;
	}
	if (!all)
		return dynmem_want_part(vm, i, pays);
	return dynmem_part(pays, before, f->vnode[i].reclaimable, all, PAGE_SIZE);
}

static bool vnode_needs(const struct dynmem_plan *plan, const struct dynmem_vnode *v)
{
	return v->need_ms && plan->now_ms <= v->need_ms + NEED_MS;
}

/*
 * Bytes that a vnode should have according to a NEED message of the last NEED_MS; 0: there was
 * none. The result is at most the vnode's grant plus the bytes by which @believed exceeds the VM's
 * grant.
 */
static u64 vnode_need(const struct dynmem_plan *plan, const struct dynmem_vm *vm,
		      const struct dynmem_vnode *v)
{
	if (!vnode_needs(plan, v))
		return 0;
	return min(v->need, v->granted + dynmem_above(vm->demand.believed, dynmem_vm_granted(vm)));
}

/*
 * The most bytes that a VM may have. Limits of memory cgroups apply only if the VM's vnode @v is in
 * ordinary memory, since by default memory cgroups do not count hugetlb pages.
 */
static u64 vm_most(const struct dynmem_vm *vm, const struct dynmem_vnode *v)
{
	u64 most = min(vm->set.maximum, vm->ram);

	return v->pool ? most : dynmem_limit_of(&vm->limit, most);
}

static bool vm_floats_in(const struct dynmem_vm *vm, unsigned int pool)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		if (vm->vnode[i].pool == pool && vm->vnode[i].node == NUMA_NO_NODE)
			return true;
	return false;
}

/*
 * Bytes that are resident beyond the VM's grant and beyond the memory that the guest could touch.
 * Memory that the guest has given since resident memory was measured is left out, since it is still
 * a part of @resident.
 */
static u64 vm_beyond(const struct dynmem_vm *vm, u64 resident, u64 granted, u64 exposed)
{
	u64 gave = dynmem_above(vm->books.exposed_then, dynmem_vm_exposed(vm));

	return dynmem_above(resident, max(granted, exposed) + gave);
}

/*
 * vm_beyond() for a VM with floating memory. The bytes are computed for the whole pool of @node,
 * and then divided among the nodes of the pool. Return: the part of @node.
 */
static u64 vm_beyond_floating(const struct dynmem_vm *vm, int node)
{
	u64 resident = 0, granted = 0, exposed = 0, left, here = 0;
	unsigned int pool = dynmem_pool_of(node);
	int nid;

	for_each_dynmem_node_of(nid, pool) {
		resident += vm->books.holding[nid].resident;
		granted += vm->books.holding[nid].granted;
		exposed += vm->books.holding[nid].exposed;
	}
	left = vm_beyond(vm, resident, granted, exposed);
	for_each_dynmem_node_of(nid, pool) {
		const struct dynmem_holding *held = &vm->books.holding[nid];

		here = min(left, dynmem_above(held->resident, held->granted));
		if (nid == node)
			break;
		left -= here;
	}
	return here;
}

u64 dynmem_want_beyond(const struct dynmem_vm *vm, int nid)
{
	const struct dynmem_holding *h = &vm->books.holding[nid];

	if (!dynmem_vm_admitted(vm))
		return 0;
	if (vm_floats_in(vm, dynmem_pool_of(nid)))
		return vm_beyond_floating(vm, nid);
	return vm_beyond(vm, h->resident, h->granted, h->exposed);
}

bool dynmem_want_may_lie(const struct dynmem_vnode *v, int nid)
{
	return v->pool == dynmem_pool_of(nid) && (v->node == NUMA_NO_NODE || v->node == nid);
}

/* Whether the memory of two vnodes of a VM may lie on the same node. */
static bool vnodes_meet(const struct dynmem_vnode *v, const struct dynmem_vnode *other)
{
	return v->pool == other->pool && (v->node == NUMA_NO_NODE || other->node == NUMA_NO_NODE ||
					  v->node == other->node);
}

/*
 * Lowers demand and desired by the bytes of dynmem_want_beyond(), but not below minimum, since the
 * VM holds these bytes in addition to its grant. Bytes for which an earlier vnode of the VM on the
 * same nodes was lowered are left out. @vnode is the index of the vnode.
 */
static void want_pay(struct dynmem_want *want, unsigned int vnode)
{
	const struct dynmem_vnode *v = want->vnode;
	const struct dynmem_want *first = want - vnode;
	u64 bytes = 0;
	unsigned int i;
	int nid;

	for_each_dynmem_node_of(nid, v->pool)
		if (dynmem_want_may_lie(v, nid))
			bytes += dynmem_want_beyond(want->vm, nid);
	for (i = 0; i < vnode; i++)
		if (vnodes_meet(v, first[i].vnode))
			bytes = dynmem_above(bytes, first[i].pays);
	want->pays = min(bytes, dynmem_above(want->desired, want->minimum));
	want->desired -= want->pays;
	want->demand = max(want->minimum, dynmem_above(want->demand, want->pays));
}

/*
 * If a vnode desires more than in the last decision, memory lent to it covers the rise first, and
 * is no longer lent. For pacing this counts as a grant, unless the amount is small.
 */
static void use_lent(const struct dynmem_plan *plan, struct dynmem_want *want)
{
	struct dynmem_vnode *v = want->vnode;
	u64 used = min(v->lent, dynmem_above(want->desired, v->desired));

	v->lent -= used;
	if (used > dynmem_pacing_slack(want->desired))
		dynmem_pacing_granted(&v->pacing, plan->now_ms);
}

u64 dynmem_want_nodes(const struct dynmem_plan *plan, const struct dynmem_vm *vm)
{
	u64 nodes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		nodes |= dynmem_plan_nodes(plan, &vm->vnode[i]);
	return nodes;
}

/*
 * The part of the VM's believed demand that competes with the demand of other VMs in this plan. If
 * a VM waits to start where this VM has memory, a peak that is over counts only for a few seconds.
 */
static u64 vm_firm(const struct dynmem_plan *plan, const struct dynmem_vm *vm)
{
	const struct dynmem_demand_filter *filter = &vm->demand.believed_filter;

	if (dynmem_want_nodes(plan, vm) & plan->starting)
		return dynmem_demand_real(filter, vm->demand.parts.demand, plan->now_ms);
	return dynmem_demand_firm(filter, vm->demand.parts.demand);
}

/*
 * Computes the want of a vnode whose guest has reported: demand and buffer, within the VM's
 * settings. @firm: vm_firm() of the VM.
 */
static void want_reported(const struct dynmem_plan *plan, struct dynmem_want *want, unsigned int i,
			  u64 firm)
{
	const struct dynmem_vm *vm = want->vm;
	u64 maximum = dynmem_want_part(vm, i, vm_most(vm, want->vnode));
	u64 demand = vnode_demand(vm, i, vm->demand.believed_demand);

	want->minimum = want->floor;
	want->desired = dynmem_desired_cached(demand, vm->set.buffer, vnode_cache(vm, i),
					      want->minimum, maximum);
	demand = max(vnode_demand(vm, i, firm), vnode_need(plan, vm, want->vnode));
	want->demand = dynmem_desired(demand, 0, want->minimum, maximum);
	want->desired = max(want->desired, want->demand);
	if (plan->now_ms < vm->books.settled_ms) {
		want->minimum = max(want->minimum, min(want->startup, want->vnode->granted));
		want->demand = max(want->demand, want->startup);
		want->desired = max(want->desired, want->startup);
	}
	/*
	 * No lazy takes while another controller, such as a second balloon, has taken memory from
	 * the guest: two controllers must not compete.
	 */
	want->lazy = !vm->demand.foreign.taken;
	want->vnode->demand = vnode_demand(vm, i, vm->demand.shown);
	use_lent(plan, want);
	want->vnode->desired = want->desired;
	want->lend = dynmem_above(maximum, want->desired);
	want_pay(want, i);
}

/*
 * Bytes of vnode @v that are resident already in a VM that starts. Such a VM has one vnode for each
 * node that its memory is bound to, and one for the floating memory of each pool. Floating memory
 * is assumed to be on those nodes of the pool to which no vnode is bound.
 */
static u64 vnode_resident(const struct dynmem_vm *vm, const struct dynmem_vnode *v)
{
	u64 bytes = 0;
	unsigned int i;
	int nid;

	if (v->node != NUMA_NO_NODE)
		return vm->books.holding[v->node].resident;
	for_each_dynmem_node_of(nid, v->pool) {
		for (i = 0; i < vm->nr_vnodes; i++)
			if (vm->vnode[i].node == nid)
				break;
		if (i == vm->nr_vnodes)
			bytes += vm->books.holding[nid].resident;
	}
	return bytes;
}

bool dynmem_want_is_silent(const struct dynmem_plan *plan, const struct dynmem_vm *vm)
{
	u64 reported_ms = vm->demand.reported_ms;

	if (vm->state == DYNMEM_VM_STATE_AWAY ||
	    (vm->books.back_ms > reported_ms && plan->now_ms < vm->books.back_ms + BACK_MS))
		return true;
	return vm->driver == DYNMEM_DRIVER_DETACHED ||
	       (reported_ms && plan->now_ms > reported_ms + DYNMEM_PACING_REPORT_OLD_MS);
}

bool dynmem_want_is_pressed(const struct dynmem_vnode *v)
{
	int nid;

	if (v->node != NUMA_NO_NODE)
		return dynmem_nodes[v->node].pressed;
	for_each_dynmem_node_of(nid, v->pool)
		if (dynmem_nodes[nid].pressed)
			return true;
	return false;
}

/* Pinned or locked memory cannot be taken, so the grant of the vnode becomes its minimum. */
static void want_keep_all(struct dynmem_want *want)
{
	struct dynmem_vnode *v = want->vnode;

	want->floor = max(want->floor, v->granted);
	want->minimum = max(want->minimum, v->granted);
	want->demand = max(want->demand, v->granted);
	want->desired = max(want->desired, v->granted);
	want->lend = 0;
	v->minimum = want->floor;
}

/*
 * Limits a want to the memory that cgroups allow, since the kernel may kill a VMM that uses more.
 * The limit is never below the floor.
 */
static void want_bound(struct dynmem_want *want, unsigned int i)
{
	if (want->hold || !want->vm->limit.limited)
		return;
	want->most = max(dynmem_want_part(want->vm, i, vm_most(want->vm, want->vnode)),
			 want->floor);
	want->minimum = min(want->minimum, want->most);
	want->demand = min(want->demand, want->most);
	want->desired = min(want->desired, want->most);
	want->lend = min(want->lend, want->most - want->desired);
	want->vnode->desired = want->desired;
}

/*
 * Vnode @i's part of the startup memory, in bytes. A dynamic VM's startup memory is its setting
 * @startup, but at most its RAM. A static VM's startup memory is dynmem_vm_size().
 */
static u64 vnode_startup(const struct dynmem_vm *vm, unsigned int i)
{
	if (vm->set.dynamic)
		return dynmem_want_part(vm, i, min(vm->set.startup, vm->ram));
	if (dynmem_vm_size(vm) == vm->ram)
		return vm->vnode[i].ram;
	return dynmem_want_part(vm, i, dynmem_vm_size(vm));
}

static void want_vnode(const struct dynmem_plan *plan, struct dynmem_want *want, unsigned int i,
		       u64 firm)
{
	struct dynmem_vm *vm = want->vm;
	struct dynmem_vnode *v = &vm->vnode[i];

	want->vnode = v;
	want->pays = 0;
	want->startup = vnode_startup(vm, i);
	want->floor = vm->set.dynamic ?
		      dynmem_want_part(vm, i, min(vm->set.minimum, vm->ram)) : want->startup;
	want->most = v->ram;
	v->minimum = want->floor;
	if (!dynmem_vm_admitted(vm)) {
		if (vm->books.start)
			want->overhead = dynmem_want_part(vm, i, vm->books.start->overhead);
		else
			want->overhead = 0;
		want->resident = vnode_resident(vm, v);
		dynmem_want_fixed(want, max(want->startup, want->resident) +
					(v->pool ? 0 : want->overhead));
		v->desired = want->startup;
	} else if (dynmem_want_is_silent(plan, vm)) {
		dynmem_want_fixed(want, v->granted);
		want->hold = true;
	} else if (!vm->set.dynamic) {
		dynmem_want_fixed(want, want->floor);
		v->demand = vm->demand.reported_ms ? dynmem_want_part(vm, i, vm->demand.shown) : 0;
		v->desired = want->floor;
	} else if (vm->demand.reported_ms) {
		want_reported(plan, want, i, firm);
	} else {
		/* No driver, a driver without statistics, or a guest that restarts. */
		if (vm->state == DYNMEM_VM_STATE_RESTARTING)
			dynmem_want_fixed(want, max(v->granted, want->startup));
		else
			dynmem_want_fixed(want, want->startup);
		want->minimum = min(want->minimum, v->granted);
		v->demand = 0;
		v->desired = want->desired;
	}
	if (dynmem_vm_admitted(vm))
		want_bound(want, i);
	if (vm->unreclaimable && dynmem_vm_admitted(vm))
		want_keep_all(want);
}

void dynmem_want_vm(const struct dynmem_plan *plan, struct dynmem_want *want)
{
	u64 firm = vm_firm(plan, want->vm);
	unsigned int i;

	for (i = 0; i < want->vm->nr_vnodes; i++)
		want_vnode(plan, &want[i], i, firm);
	dynmem_headroom_lend(plan, want);
}

void dynmem_want_follow(struct dynmem_vnode *v)
{
	if (v->target < v->granted)
		v->granted = max(v->target, min(v->granted, dynmem_vnode_exposed(v)));
	v->lent = min(v->lent, dynmem_above(v->granted, v->desired));
}

static u64 vm_resident(const struct dynmem_vm *vm)
{
	u64 bytes = 0;
	int nid;

	for_each_dynmem_node(nid)
		bytes += vm->books.holding[nid].resident;
	return bytes;
}

/*
 * RAM that the guest's figures can be about. They do not count memory that is being plugged in, or
 * that the guest has not announced again yet. It is no demand of the kernel's.
 */
static u64 vm_known_ram(const struct dynmem_vm *vm)
{
	u64 ram = vm->ram;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		ram = dynmem_above(ram, vm->vnode[i].awaited);
	return ram;
}

/*
 * Renews the VM's demand (struct dynmem_vm_demand). @shown follows the guest's claims; dmctl shows
 * it, and the VM's status depends on it. Policy shares memory according to @believed_demand and
 * vm_firm(), for which the claims are limited to @believed: resident memory and one step of growth.
 */
static void renew_demand(const struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	struct dynmem_vm_demand *d = &vm->demand;
	const struct dynmem_figures *f = &d->figures;
	u64 resident = vm_resident(vm), nodes = dynmem_want_nodes(plan, vm), demand;
	u64 ram = vm_known_ram(vm);

	demand = dynmem_demand(f, ram, vm->set.startup, vm->set.demand_mode);
	d->shown = dynmem_demand_filter(&d->filter, demand, plan->now_ms);
	d->believed = resident + dynmem_pacing_step(resident);
	demand = dynmem_demand_believed(f, ram, vm->set.startup, vm->set.demand_mode,
					d->believed);
	d->believed_demand = dynmem_demand_filter(&d->believed_filter, demand, plan->now_ms);
	dynmem_demand_divide(&d->parts, f, demand, d->believed_demand == demand);
	if (nodes & plan->needing)
		dynmem_demand_yield(&d->believed_filter);
	/* A VM that is only assumed to start must not lower @firm for later decisions. */
	if (!plan->dry)
		d->firm = vm_firm(plan, vm);
}

/*
 * Bytes that the guest reports as unavailable on a vnode, as far as the report is credible. In all,
 * the guest can be using at most @believed bytes. These bytes are divided between the vnodes with
 * unavailable memory, in the order of the vnodes. Each of them gets its target first, and then its
 * unavailable memory, which counts only as far as bytes are left.
 */
static u64 vnode_unavailable(const struct dynmem_vm *vm, unsigned int vnode)
{
	u64 left = vm->demand.believed, bytes = 0;
	unsigned int i;

	for (i = 0; i <= vnode; i++) {
		u64 keeps = dynmem_vnode_visible(&vm->vnode[i]);

		bytes = i < vm->demand.figures.vnodes ? vm->demand.figures.vnode[i].unavailable : 0;
		if (!bytes)
			continue;
		bytes = min(bytes, dynmem_above(left, keeps));
		left = dynmem_above(left, keeps + bytes);
	}
	return bytes;
}

void dynmem_want_pacing_input(const struct dynmem_plan *plan, const struct dynmem_vm *vm,
			      unsigned int i, struct dynmem_pacing_input *m)
{
	const struct dynmem_vnode *v = &vm->vnode[i];

	*m = (struct dynmem_pacing_input) {
		.now_ms = plan->now_ms,
		.ram = v->ram,
		.granted = v->granted,
		.exposed = dynmem_vnode_exposed(v),
		.sent = dynmem_vnode_visible(v),
		.tick = plan->tick,
		.hurts = vm->demand.thrash.bad_ms,
		.backoff = dynmem_thrash_backs_off(&vm->demand.thrash, plan->now_ms),
		/* A guest that is paged gives slowly, which is no fault of the guest. */
		.hold = vm->driver == DYNMEM_DRIVER_NONE || dynmem_want_is_silent(plan, vm) ||
			vm->books.page_to,
	};
	m->unavailable = vnode_unavailable(vm, i);
	m->pressed = dynmem_want_is_pressed(v);
}

/*
 * Whether a recent NEED message asks for memory on vnode @i that the VM may have and that was not
 * granted yet.
 */
static bool vnode_is_in_need(const struct dynmem_plan *plan, const struct dynmem_vm *vm,
			     unsigned int i)
{
	const struct dynmem_vnode *v = &vm->vnode[i];

	return min(vnode_need(plan, vm, v), dynmem_want_part(vm, i, vm_most(vm, v))) > v->granted;
}

u64 dynmem_want_needing(const struct dynmem_plan *plan)
{
	u64 nodes = 0;
	unsigned int i, k;

	for (i = 0; i < plan->nr_vms; i++)
		for (k = 0; k < plan->vm[i]->nr_vnodes; k++)
			if (vnode_is_in_need(plan, plan->vm[i], k))
				nodes |= dynmem_plan_nodes(plan, &plan->vm[i]->vnode[k]);
	return nodes;
}

/*
 * VMs with a hot-plugged device are left out: their start waits for no memory, so memory that other
 * VMs give would come too late. VMs whose memory is not measured yet are left out, too, since
 * admission does not consider them before @deadline_ms.
 */
u64 dynmem_want_starting(const struct dynmem_plan *plan)
{
	u64 nodes = 0;
	unsigned int i;

	for (i = 0; i < plan->nr_vms; i++) {
		const struct dynmem_vm *vm = plan->vm[i];

		if (!dynmem_vm_admitted(vm) && vm->books.start && vm->books.start->measured &&
		    !vm->books.start->runs)
			nodes |= dynmem_want_nodes(plan, vm);
	}
	return nodes;
}

/*
 * Measures for how long the guest has used memory that it had given. After some time such a guest
 * is uncooperative, like a guest that does not give. Nodes where no vnode may lie are left out:
 * memory there has not been moved since the VM was bound to other nodes, which is no fault of the
 * guest.
 */
static void watch_beyond(const struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	struct dynmem_books *books = &vm->books;
	u64 passed = dynmem_above(plan->now_ms, books->beyond_seen_ms);
	u64 nodes = dynmem_want_nodes(plan, vm);
	bool counts = books->beyond_seen_ms && vm->demand.reported_ms &&
		      !dynmem_want_is_silent(plan, vm) && !books->page_to;
	int nid;

	books->beyond = 0;
	for_each_dynmem_node(nid)
		if (nodes & plan->bit[nid])
			books->beyond += dynmem_want_beyond(vm, nid);
	books->beyond_seen_ms = plan->now_ms;
	if (books->beyond <= dynmem_pacing_slack(dynmem_vm_granted(vm)))
		books->beyond_ms = 0;
	else if (counts)
		books->beyond_ms += passed;
}

/*
 * For each vnode of the VM, sums up the spare memory of the nodes where the vnode may lie. Return:
 * the smallest of these sums, bytes.
 */
static u64 vm_spare(const struct dynmem_vm *vm)
{
	u64 least = ~0ULL, bytes;
	unsigned int i;
	int nid;

	for (i = 0; i < vm->nr_vnodes; i++) {
		bytes = 0;
		for_each_dynmem_node(nid)
			if (dynmem_want_may_lie(&vm->vnode[i], nid))
				bytes += dynmem_ledger_spare(&dynmem_nodes[nid].ledger);
		least = min(least, bytes);
	}
	return least;
}

/*
 * Updates how much memory beyond demand the VM gets for files that the guest reads again.
 * Together with demand, this memory is at most @believed.
 */
static void want_look_at_cache(struct dynmem_vm *vm)
{
	struct dynmem_vm_demand *d = &vm->demand;
	u64 most = min(vm_most(vm, &vm->vnode[0]), d->believed);
	u64 granted = dynmem_vm_granted(vm);
	struct dynmem_cache_input m = {
		.report_ms = d->reported_ms, .reread = d->reread,
		.has = dynmem_above(granted, d->believed_demand),
		.most = dynmem_above(most, d->believed_demand), .spare = vm_spare(vm),
		/* Twice the slack, since a rise within dynmem_pacing_slack() is not granted. */
		.step = 2 * dynmem_pacing_slack(granted),
	};

	if (!d->figures.standard && vm->set.demand_mode != DYNMEM_DEMAND_MODE_COMMIT_PLUS)
		d->cache = (struct dynmem_cache) {};
	else
		dynmem_cache_look(&d->cache, &m);
}

/*
 * A lazy take has hurt the guest. All memory beyond demand that the VM had before the last steps of
 * the take now counts as memory for files that the guest reads again, so the VM desires that
 * memory.
 */
static void want_keep_cache(struct dynmem_vm *vm)
{
	u64 had = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		had += dynmem_pacing_before(&vm->vnode[i].pacing) ?: vm->vnode[i].granted;
	dynmem_cache_keep(&vm->demand.cache, dynmem_above(had, vm->demand.believed_demand));
}

/* Updates the VM's demand, pacing and grants from its reports and its balloon. */
static void want_look_back(const struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	struct dynmem_vm_demand *d = &vm->demand;
	struct dynmem_pacing_input m;
	unsigned int i;

	if (!d->reported_ms) {
		vm->books.settled_ms = 0;
		vm->books.lend = (struct dynmem_lend) {};
	} else {
		renew_demand(plan, vm);
		want_look_at_cache(vm);
		if (!vm->books.settled_ms) {
			vm->books.settled_ms = vm->books.back_ms ? plan->now_ms :
					       plan->now_ms + DYNMEM_PACING_SETTLE_MS;
		}
		if (d->reported_ms > vm->books.back_ms)
			vm->books.back_ms = 0;
		if (dynmem_thrash_look(&d->thrash, d->reported_ms, d->refault, d->stalled)) {
			d->hurt = true;
			want_keep_cache(vm);
		}
	}
	for (i = 0; i < vm->nr_vnodes; i++) {
		dynmem_want_pacing_input(plan, vm, i, &m);
		dynmem_pacing_watch(&vm->vnode[i].pacing, &m);
		dynmem_want_follow(&vm->vnode[i]);
	}
	dynmem_node_charge(vm);
	watch_beyond(plan, vm);
}

void dynmem_want_begin(struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	unsigned int i;

	if (dynmem_vm_admitted(vm))
		want_look_back(plan, vm);
	vm->books.want = plan->nr_wants;
	for (i = 0; i < vm->nr_vnodes; i++)
		plan->want[plan->nr_wants++].vm = vm;
	dynmem_want_vm(plan, &plan->want[vm->books.want]);
	/* The minimums were just computed. Enters them in the ledgers. */
	if (dynmem_vm_admitted(vm))
		dynmem_node_charge(vm);
}
