// SPDX-License-Identifier: GPL-2.0
/*
 * balancer: the loop. A run measures (no lock held), then decides under the set's mutex with every
 * VM's lock: admission (admit.c), targets and grants (plan.c). vm.c kicks it when a guest has
 * reported, given or come; otherwise it runs once a second.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "control/balancer.h"
#include "control/events_node.h"
#include "control/walker.h"
#include "device/vdpa.h"
#include "event.h"
#include "memory/release.h"
#include "sharing/admit.h"
#include "sharing/limit.h"
#include "sharing/node.h"
#include "sharing/plan.h"
#include "trace.h"
#include "vm/vm.h"

#define TICK_MS		1000
/*
 * Runs that are kicked keep this distance, and take no more than a tenth of a CPU; half of one
 * where a guest's jump would otherwise have to wait for more than 50 ms.
 */
#define SPACING_MS	20
#define SPACING_MAX_MS	40
#define SPACING_PART	10
#define OVERHEAD_MS	30000	/* until a VMM's own use has shown in the host's */
#define STATUS_TICKS	3
#define TARGET_TOLD_MS	2500	/* a change of target is told no more often, by VM */

static void run(struct work_struct *work);
static DECLARE_DELAYED_WORK(run_work, run);
static struct workqueue_struct *run_wq;
static unsigned long next_run;		/* jiffies */

/* Held during a run. Before dynmem_set_lock. */
static DEFINE_MUTEX(run_lock);
/* Guarded by run_lock: */
static u64 *scratch;			/* dynmem_nr_nodes() entries */
static u64 last_tick_ms;
static struct dynmem_plan_arrays *arrays;	/* enough for all VMs that are defined */

/* Guarded by dynmem_set_lock. */
static enum dynmem_balance balance = DYNMEM_BALANCE_STRICT;

static u64 clock_ms(void)
{
	return ktime_get_ns() / NSEC_PER_MSEC;
}

void dynmem_balancer_kick(void)
{
	unsigned long due = READ_ONCE(next_run), now = jiffies;

	mod_delayed_work(run_wq, &run_work, time_after(due, now) ? due - now : 0);
}

int dynmem_balancer_reserve(unsigned int nr_vms)
{
	struct dynmem_plan_arrays *more, *less;
	bool enough;

	mutex_lock(&run_lock);
	enough = nr_vms <= arrays->nr_vms;
	mutex_unlock(&run_lock);
	if (enough)
		return 0;
	more = dynmem_plan_arrays_alloc(nr_vms + nr_vms / 2);
	if (!more)
		return -ENOMEM;
	less = more;
	mutex_lock(&run_lock);
	if (nr_vms > arrays->nr_vms) {
		less = arrays;
		arrays = more;
	}
	mutex_unlock(&run_lock);
	dynmem_plan_arrays_free(less);
	return 0;
}

/* A reference to one more VM, for release_vms(). */
static void add_vm(struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	kref_get(&vm->ref);
	plan->vm[plan->nr_vms++] = vm;
}

/* The VMs that a VMM has attached, as far as there is room for them. */
static void collect_vms(struct dynmem_plan *plan, unsigned int room)
{
	struct dynmem_vm *vm = NULL;

	plan->vm = plan->arrays->vm;
	while ((vm = dynmem_vm_next(vm))) {
		if (READ_ONCE(vm->state) == DYNMEM_VM_STATE_DEFINED)
			continue;
		if (plan->nr_vms == room) {
			dynmem_vm_put(vm);
			return;
		}
		add_vm(plan, vm);
	}
}

static void release_vms(struct dynmem_plan *plan)
{
	while (plan->nr_vms)
		dynmem_vm_put(plan->vm[--plan->nr_vms]);
}

/* A VMM that pauses its guest resets the device, too: which it was is seen within two ticks. */
static void look_at_vcpus(struct dynmem_vm *vm)
{
	struct dynmem_vcpus vcpus;
	bool look, was, is;

	mutex_lock(&vm->lock);
	vcpus = vm->vcpus;
	look = !dynmem_vm_has_driver(vm);
	mutex_unlock(&vm->lock);
	if (!look)
		return;
	dynmem_vcpus_look(&vm->gm, &vcpus);

	mutex_lock(&vm->lock);
	was = dynmem_vm_paused(vm);
	/* Its driver may have come meanwhile, and then it runs. */
	if (!dynmem_vm_has_driver(vm))
		vm->vcpus = vcpus;
	is = dynmem_vm_paused(vm);
	mutex_unlock(&vm->lock);
	if (is != was)
		dynmem_event(DYNMEM_EVENT_STATE, vm->name, NUMA_NO_NODE, 0, is ?
			     "paused: none of its virtual CPUs runs, nothing is given or taken" :
			     "runs again after a pause");
}

/* Renews the total, which costs little, and enters what the VM holds on each node. */
static void measure_vm(struct dynmem_vm *vm, u64 now_ms)
{
	u64 total, exposed, pinned, locked = dynmem_reclaim_locked(&vm->gm);
	struct dynmem_memcg memcg;
	bool counted;
	int error;

	dynmem_memcg_read(&vm->gm, &memcg);
	mutex_lock(&vm->lock);
	exposed = dynmem_vm_exposed(vm);
	mutex_unlock(&vm->lock);
	mutex_lock(&vm->account_lock);
	dynmem_account_total(&vm->account, &vm->gm, exposed);
	exposed = vm->account.exposed;
	memcpy(scratch, vm->account.node, dynmem_nr_nodes() * sizeof(*scratch));
	total = vm->account.total;
	pinned = min(max(locked, vm->account.pinned), total);
	error = dynmem_account_error(&vm->account);
	counted = vm->account.walks && !error;
	/* A VMM that has died holds nothing, though nobody has closed its device yet. */
	if (READ_ONCE(vm->gm.gone)) {
		total = 0;
		pinned = 0;
		error = 0;
	}
	mutex_unlock(&vm->account_lock);

	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	/* It may have let go meanwhile, and what it held been given back. */
	if (dynmem_plan_admitted(vm) || vm->start) {
		if (error && !vm->uncounted)
			vm->uncounted_ms = now_ms;
		/* Another that looks just now is in the way for a moment: what lasts counts. */
		if (error != -EAGAIN || !vm->uncounted)
			vm->uncounted = error;
		dynmem_node_measured(vm, scratch, total, exposed);
		vm->limit.memcg = memcg;
		vm->limit.counted = counted;
		/* A little is I/O under way; half of what it has is nothing that passes. */
		vm->pinned = pinned;
		vm->barred = pinned && (locked == U64_MAX ||
					pinned >= max(total, vm->set.minimum) / 2);
	}
	mutex_unlock(&vm->lock);
	mutex_unlock(&dynmem_set_lock);
}

static void measure_nodes(struct dynmem_plan *plan)
{
	unsigned int i;
	int nid;

	for_each_dynmem_node(nid) {
		struct dynmem_node *node = &dynmem_nodes[nid];

		node->resident = 0;
		node->host.uncounted = 0;
		for (i = 0; i < plan->nr_vms; i++) {
			const struct dynmem_holding *h = &plan->vm[i]->holding[nid];

			node->resident += h->resident;
			if (plan->vm[i]->uncounted)
				node->host.uncounted += dynmem_holding_charge(h);
		}
		dynmem_host_measure(&node->host, &node->before, &node->after, node->resident,
				    plan->now_ms);
		dynmem_ledger_capacity(&node->ledger, node->host.capacity, DYNMEM_DEBT_HOST);
	}
}

static void update_overhead(const struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	if (vm->reported_ms || plan->now_ms > vm->admitted_ms + OVERHEAD_MS)
		dynmem_node_overhead_shown(vm);
}

static const char * const status_words[] = {
	[DYNMEM_STATUS_UNKNOWN] = "unknown",
	[DYNMEM_STATUS_OK] = "OK",
	[DYNMEM_STATUS_LOW] = "Low",
	[DYNMEM_STATUS_WARNING] = "Warning",
};

/* A change of status is told when it has lasted; that nothing is known is told at once. */
static void update_status(struct dynmem_vm *vm, u64 assigned, u64 desired)
{
	enum dynmem_status next = DYNMEM_STATUS_OK;

	/* What is assigned is whole blocks on each vnode: less than one is missing nowhere. */
	if (!vm->reported_ms)
		next = DYNMEM_STATUS_UNKNOWN;
	else if (assigned + vm->nr_vnodes * DYNMEM_BLOCK <= vm->demand)
		next = DYNMEM_STATUS_WARNING;
	else if (assigned + dynmem_plan_slack(desired) < desired)
		next = DYNMEM_STATUS_LOW;

	if (next != vm->status_next) {
		vm->status_next = next;
		vm->status_ticks = 0;
	}
	vm->status_ticks++;
	if (next == vm->status ||
	    (next != DYNMEM_STATUS_UNKNOWN && vm->status_ticks < STATUS_TICKS))
		return;
	vm->status = next;
	dynmem_event(DYNMEM_EVENT_STATUS, vm->name, NUMA_NO_NODE, assigned,
		     "%s: demand %lluM, desired %lluM, assigned %lluM", status_words[next],
		     vm->demand >> 20, desired >> 20, assigned >> 20);
}

/* A change of target is told with its reason, so often; the last one always is in the end. */
static void tell_target(const struct dynmem_plan *plan, struct dynmem_vm *vm, u64 assigned,
			u64 target)
{
	u64 moved = max(target, vm->target_told) - min(target, vm->target_told);
	struct dynmem_why_info why;

	if (moved <= dynmem_plan_slack(vm->target_told) ||
	    plan->now_ms < vm->target_told_ms + TARGET_TOLD_MS)
		return;
	dynmem_why(vm, plan->now_ms, &why);
	dynmem_event(DYNMEM_EVENT_TARGET, vm->name, NUMA_NO_NODE, target,
		     "target %lluM, was %lluM; assigned %lluM, demand %lluM: %s", target >> 20,
		     vm->target_told >> 20, assigned >> 20, vm->demand >> 20, why.text);
	vm->target_told = target;
	vm->target_told_ms = plan->now_ms;
}

/* After a decision: tells the guest, and whoever listens. */
static void publish(const struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	u64 assigned = 0, desired = 0, target = 0;
	unsigned int i;

	update_overhead(plan, vm);
	for (i = 0; i < vm->nr_vnodes; i++) {
		const struct dynmem_vnode *v = &vm->vnode[i];

		assigned += v->granted;
		desired += v->desired;
		target += v->target;
		if (plan->tick || v->target != v->granted)
			trace_dynmem_decision(vm->name, i, v, v->node == NUMA_NO_NODE ? 0 :
					      vm->holding[v->node].resident);
	}
	dynmem_vdpa_notify(vm);
	if (plan->tick) {
		update_status(vm, assigned, desired);
		tell_target(plan, vm, assigned, target);
		dynmem_conduct_tell(vm, target, plan->now_ms);
		dynmem_limit_tell(vm);
	}
}

static void sum_assigned(const struct dynmem_plan *plan)
{
	unsigned int i;
	int nid;

	for_each_dynmem_node(nid) {
		dynmem_nodes[nid].assigned = 0;
		for (i = 0; i < plan->nr_vms; i++)
			dynmem_nodes[nid].assigned += plan->vm[i]->holding[nid].granted;
	}
}

static void decide(struct dynmem_plan *plan)
{
	unsigned int i;

	measure_nodes(plan);
	dynmem_limit_set(plan);
	dynmem_plan_begin(plan);
	dynmem_admit_consider(plan);
	dynmem_plan_decide(plan, balance);

	for (i = 0; i < plan->nr_vms; i++)
		if (dynmem_plan_admitted(plan->vm[i]))
			publish(plan, plan->vm[i]);
	sum_assigned(plan);
	dynmem_debt_tell(plan);
}

static u64 node_bytes(int nid, enum node_stat_item item)
{
	s64 pages = atomic_long_read(&NODE_DATA(nid)->vm_stat[item]);

	return pages > 0 ? pages << PAGE_SHIFT : 0;
}

static void sample_node(int nid, struct dynmem_host_sample *sample)
{
	struct zone *zones = NODE_DATA(dynmem_pool_host(nid))->node_zones;
	u64 present = 0, free = 0, file, busy, slab;
	int i;

	if (dynmem_pool_of(nid)) {
		dynmem_pool_sample(nid, sample);
		return;
	}
	for (i = 0; i < MAX_NR_ZONES; i++) {
		present += zone_managed_pages(&zones[i]);
		free += zone_page_state(&zones[i], NR_FREE_PAGES);
	}
	/* Memory of memfd and shared mappings, which guests live in, is not on the file lists. */
	file = node_bytes(nid, NR_ACTIVE_FILE) + node_bytes(nid, NR_INACTIVE_FILE);
	busy = node_bytes(nid, NR_FILE_DIRTY) + node_bytes(nid, NR_WRITEBACK);
	/* Objects share pages: about half of what is reclaimable can really be had. */
	slab = node_bytes(nid, NR_SLAB_RECLAIMABLE_B) / 2;

	sample->present = present << PAGE_SHIFT;
	sample->free = free << PAGE_SHIFT;
	sample->dirty = min(file, busy);
	sample->available = sample->free + file - sample->dirty + slab;
}

static void sample_nodes(bool before)
{
	int nid;

	for_each_dynmem_node(nid) {
		struct dynmem_node *node = &dynmem_nodes[nid];
		struct dynmem_host_sample sample;

		sample_node(nid, &sample);
		mutex_lock(&dynmem_set_lock);
		if (before)
			node->before = sample;
		else
			node->after = sample;
		mutex_unlock(&dynmem_set_lock);
	}
}

static unsigned long until_tick(void)
{
	return msecs_to_jiffies(dynmem_above(last_tick_ms + TICK_MS, clock_ms()));
}

/* How long after a run that took @ms the next may be, in milliseconds. */
static u64 spacing(u64 ms)
{
	return max(min_t(u64, ms * SPACING_PART, SPACING_MAX_MS), max_t(u64, ms, SPACING_MS));
}

static void lock_all(const struct dynmem_plan *plan)
{
	unsigned int i;

	mutex_lock(&dynmem_set_lock);
	for (i = 0; i < plan->nr_vms; i++)
		mutex_lock_nest_lock(&plan->vm[i]->lock, &dynmem_set_lock);
}

static void unlock_all(const struct dynmem_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->nr_vms; i++)
		mutex_unlock(&plan->vm[i]->lock);
	mutex_unlock(&dynmem_set_lock);
}

int dynmem_balancer_look(struct dynmem_vm *extra,
			 int (*prepare)(unsigned int nr_vms, void *arg),
			 void (*look)(struct dynmem_plan *plan, void *arg), void *arg)
{
	struct dynmem_plan plan = { .now_ms = clock_ms(), .dry = true };
	unsigned int nr = dynmem_vm_defined();
	int ret;

	/* VMs may be defined meanwhile; those are not in it. */
	plan.arrays = dynmem_plan_arrays_alloc(nr + 1);
	if (!plan.arrays)
		return -ENOMEM;
	collect_vms(&plan, nr);
	if (extra)
		add_vm(&plan, extra);
	ret = prepare(plan.nr_vms, arg);
	if (!ret) {
		lock_all(&plan);
		dynmem_plan_begin(&plan);
		look(&plan, arg);
		unlock_all(&plan);
	}
	release_vms(&plan);
	dynmem_plan_arrays_free(plan.arrays);
	return ret;
}

static void run(struct work_struct *work)
{
	u64 began_ms = clock_ms();
	struct dynmem_plan plan = { .now_ms = began_ms };
	u64 budget = DYNMEM_WALKER_FIRST;
	unsigned int i;

	mutex_lock(&run_lock);
	plan.arrays = arrays;
	plan.tick = began_ms >= last_tick_ms + TICK_MS;
	collect_vms(&plan, arrays->nr_vms);
	if (plan.tick)
		last_tick_ms = began_ms;
	/* What a VM has that came just now is not known before the first walk. */
	for (i = 0; budget && i < plan.nr_vms; i++)
		if (!READ_ONCE(plan.vm[i]->account.walks))
			budget -= dynmem_walker_vm(plan.vm[i], budget);
	for (i = 0; plan.tick && i < plan.nr_vms; i++)
		look_at_vcpus(plan.vm[i]);
	sample_nodes(true);
	for (i = 0; i < plan.nr_vms; i++)
		measure_vm(plan.vm[i], began_ms);
	sample_nodes(false);

	lock_all(&plan);
	decide(&plan);
	unlock_all(&plan);
	release_vms(&plan);
	mutex_unlock(&run_lock);
	WRITE_ONCE(next_run, jiffies +
		   msecs_to_jiffies(spacing(clock_ms() - began_ms)));
	/* Somebody kicked meanwhile: not before the time that has just been set. */
	if (delayed_work_pending(&run_work))
		dynmem_balancer_kick();
	else
		queue_delayed_work(run_wq, &run_work, until_tick());
}

int dynmem_balancer_init(void)
{
	int ret = dynmem_node_init();

	if (ret)
		return ret;
	scratch = kcalloc(dynmem_nr_nodes(), sizeof(*scratch), GFP_KERNEL);
	arrays = dynmem_plan_arrays_alloc(0);
	/* What it does frees memory: it must not wait for some to be free. */
	run_wq = alloc_ordered_workqueue("dynmem", WQ_MEM_RECLAIM);
	if (!scratch || !arrays || !run_wq || dynmem_walker_init()) {
		dynmem_balancer_exit();
		return -ENOMEM;
	}
	/* Nobody shall see a host without memory: the first run is waited for. */
	next_run = jiffies;
	queue_delayed_work(run_wq, &run_work, 0);
	flush_delayed_work(&run_work);
	return 0;
}

void dynmem_balancer_exit(void)
{
	dynmem_walker_exit();
	if (run_wq) {
		cancel_delayed_work_sync(&run_work);
		destroy_workqueue(run_wq);
	}
	kfree(scratch);
	scratch = NULL;
	dynmem_plan_arrays_free(arrays);
	arrays = NULL;
	dynmem_node_exit();
}

void dynmem_balancer_forget(struct dynmem_vm *vm)
{
	mutex_lock(&dynmem_set_lock);
	vm->admitted_ms = 0;
	dynmem_node_forget(vm);
	mutex_unlock(&dynmem_set_lock);
	dynmem_balancer_kick();
}

static void node_info(int nid, struct dynmem_node_info *info)
{
	const struct dynmem_node *node = &dynmem_nodes[nid];

	*info = (struct dynmem_node_info) {
		.node = dynmem_pool_host(nid),
		.page = dynmem_pool_page(dynmem_pool_of(nid)),
		.present = node->host.present,
		.free = node->host.free,
		.used = node->host.used,
		.reserve = node->host.reserve,
		.capacity = node->ledger.capacity,
		.resident = node->resident,
		.assigned = node->assigned,
		.charge = node->ledger.charge,
		.promised = node->ledger.promised,
		.overhead = node->ledger.overhead,
		.spare = dynmem_ledger_spare(&node->ledger),
		.minimums = node->ledger.minimums,
		.at_risk = node->ledger.at_risk,
		.debt = dynmem_ledger_debt(&node->ledger),
		.overdrawn = dynmem_ledger_overdrawn(&node->ledger),
	};
	memcpy(info->debt_by, node->ledger.debt, sizeof(info->debt_by));
}

bool dynmem_balancer_node(int nid, struct dynmem_node_info *info)
{
	if (nid < 0 || nid >= dynmem_nr_nodes() || !node_state(dynmem_pool_host(nid), N_MEMORY))
		return false;
	mutex_lock(&dynmem_set_lock);
	node_info(nid, info);
	mutex_unlock(&dynmem_set_lock);
	/* A pool without pages is none. */
	return !dynmem_pool_of(nid) || info->present || info->charge;
}

void dynmem_balancer_host(struct dynmem_node_info *info)
{
	struct dynmem_node_info one;
	int nid, i;

	mutex_lock(&dynmem_set_lock);
	*info = (struct dynmem_node_info) { .node = NUMA_NO_NODE };
	for_each_dynmem_node(nid) {
		node_info(nid, &one);
		info->present += one.present;
		info->free += one.free;
		info->used += one.used;
		info->reserve += one.reserve;
		info->capacity += one.capacity;
		info->resident += one.resident;
		info->assigned += one.assigned;
		info->charge += one.charge;
		info->promised += one.promised;
		info->overhead += one.overhead;
		info->spare += one.spare;
		info->minimums += one.minimums;
		info->at_risk += one.at_risk;
		info->debt += one.debt;
		for (i = 0; i < DYNMEM_DEBT_CAUSES; i++)
			info->debt_by[i] += one.debt_by[i];
		info->overdrawn |= one.overdrawn;
		if (dynmem_pool_of(nid)) {
			info->pools += one.capacity;
			info->pools_spare += one.spare;
		}
	}
	mutex_unlock(&dynmem_set_lock);
}

static int check_reserve(int nid, u64 reserve, struct netlink_ext_ack *extack)
{
	u64 present = dynmem_nodes[nid].host.present;

	if (reserve <= present)
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "reserve %lluM is more than node %d has (%lluM)",
			   reserve >> 20, nid, present >> 20);
	return -ERANGE;
}

int dynmem_balancer_set_reserve(int nid, u64 reserve, struct netlink_ext_ack *extack)
{
	int i, ret = 0;

	if (nid != NUMA_NO_NODE && !node_state(nid, N_MEMORY)) {
		NL_SET_ERR_MSG_FMT(extack, "the host has no node %d with memory", nid);
		return -ENOENT;
	}
	mutex_lock(&dynmem_set_lock);
	for_each_dynmem_node_of(i, 0)
		if (!ret && (nid == NUMA_NO_NODE || nid == i))
			ret = check_reserve(i, reserve, extack);
	for_each_dynmem_node_of(i, 0) {
		struct dynmem_node *node = &dynmem_nodes[i];

		if (ret || (nid != NUMA_NO_NODE && nid != i))
			continue;
		dynmem_host_set_reserve(&node->host, reserve);
		dynmem_ledger_capacity(&node->ledger, node->host.capacity, DYNMEM_DEBT_RESERVE);
	}
	mutex_unlock(&dynmem_set_lock);
	if (!ret)
		dynmem_balancer_kick();
	return ret;
}

void dynmem_balancer_set_balance(enum dynmem_balance mode)
{
	mutex_lock(&dynmem_set_lock);
	balance = mode;
	mutex_unlock(&dynmem_set_lock);
	dynmem_balancer_kick();
}

enum dynmem_balance dynmem_balancer_balance(void)
{
	return READ_ONCE(balance);
}
