// SPDX-License-Identifier: GPL-2.0
/*
 * balancer: the loop. A run first measures, without holding locks for long. Then it decides about
 * admission, targets and grants under dynmem_set_lock and the locks of all VMs. A run is kicked
 * when a VM starts or ends, a guest reports or moves memory, or a setting changes. Without a kick
 * the loop runs once a second.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "control/balancer.h"
#include "control/events_node.h"
#include "control/events_vm.h"
#include "control/measure.h"
#include "control/walker.h"
#include "device/mgmt.h"
#include "memory/pool.h"
#include "sharing/admit.h"
#include "sharing/headroom.h"
#include "sharing/limit.h"
#include "sharing/node.h"
#include "sharing/plan.h"
#include "trace.h"
#include "vm/vm.h"

#define TICK_MS		1000
/*
 * After a run there is a pause before the next kicked run. Normally the pause is SPACING_PART times
 * the length of the run, so that runs take about a tenth of a CPU. If this is more than
 * SPACING_MAX_MS, the pause is SPACING_MAX_MS, so that a jump of demand waits for no longer than
 * about 50 ms. But a pause is never shorter than SPACING_MS, and never shorter than the run: even
 * long runs take at most half of a CPU.
 */
#define SPACING_MS	20
#define SPACING_MAX_MS	40
#define SPACING_PART	10

static void balancer_run(struct work_struct *work);
static DECLARE_DELAYED_WORK(run_work, balancer_run);
static struct workqueue_struct *run_wq;
static unsigned long next_run;		/* jiffies */

/* A run holds this mutex, and takes it before dynmem_set_lock. */
static DEFINE_MUTEX(run_lock);
/* Guarded by run_lock. */
static u64 last_tick_ms;
static struct dynmem_plan_arrays *arrays;	/* large enough for all VMs that are defined */

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

static void trace_decision(const struct dynmem_vm *vm, unsigned int vnode)
{
	const struct dynmem_vnode *v = &vm->vnode[vnode];
	struct dynmem_trace_decision decision = {
		.node = dynmem_pool_host(v->node),
		.page = dynmem_pool_page(v->pool),
		.demand = v->demand,
		.desired = v->desired,
		.granted = v->granted,
		.target = v->target,
		.resident = v->node == NUMA_NO_NODE ? 0 : vm->books.holding[v->node].resident,
		.why = v->cut.why,
	};

	if (v->cut.why) {
		decision.buffer_cut = v->cut.buffer;
		decision.demand_cut = v->cut.demand;
		decision.ahead = v->cut.ahead;
	}
	trace_dynmem_decision(vm->name, vnode, &decision);
}

/* Publishes a decision about a VM: to the guest, as events, and as tracepoints. */
static void balancer_publish(const struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	unsigned int i;

	dynmem_node_overhead_age(vm, plan->now_ms);
	for (i = 0; trace_dynmem_decision_enabled() && i < vm->nr_vnodes; i++)
		if (plan->tick || vm->vnode[i].target != vm->vnode[i].granted)
			trace_decision(vm, i);
	dynmem_vdpa_notify(vm);
	if (plan->tick)
		dynmem_events_vm_tell(vm, plan->now_ms);
}

static void sum_assigned(const struct dynmem_plan *plan)
{
	unsigned int i;
	int nid;

	for_each_dynmem_node(nid) {
		dynmem_nodes[nid].assigned = 0;
		for (i = 0; i < plan->nr_vms; i++)
			dynmem_nodes[nid].assigned += plan->vm[i]->books.holding[nid].granted;
	}
}

static void balancer_decide(struct dynmem_plan *plan)
{
	unsigned int i;
	bool more;

	dynmem_measure_nodes(plan);
	dynmem_limit_set(plan);
	dynmem_plan_begin(plan);
	more = dynmem_admit_consider(plan);
	dynmem_plan_decide(plan, balance);
	if (plan->tick)
		dynmem_admit_note_startable(plan);

	for (i = 0; i < plan->nr_vms; i++)
		if (dynmem_vm_admitted(plan->vm[i]))
			balancer_publish(plan, plan->vm[i]);
	sum_assigned(plan);
	dynmem_debt_tell(plan);
	if (more)
		dynmem_balancer_kick();
}

static unsigned long until_tick(void)
{
	return msecs_to_jiffies(dynmem_above(last_tick_ms + TICK_MS, clock_ms()));
}

/* The pause, in milliseconds, after a run that took @ms milliseconds. */
static u64 run_spacing(u64 ms)
{
	return max(min_t(u64, ms * SPACING_PART, SPACING_MAX_MS), max_t(u64, ms, SPACING_MS));
}

/*
 * Adds @extra, if it is not NULL, and all VMs that are not DEFINED to the plan. Takes
 * dynmem_set_lock and the locks of these VMs. Until dynmem_set_lock is dropped, none of them can
 * leave the set or become DEFINED. The time is taken under the lock, so that no plan is earlier
 * than the plan before it. Return: false if the arrays of the plan are too small. Then no lock is
 * held.
 */
static bool plan_lock(struct dynmem_plan *plan, struct dynmem_vm *extra)
{
	struct dynmem_vm *vm = NULL;
	unsigned int i;

	plan->vm = plan->arrays->vm;
	plan->nr_vms = 0;
	if (extra)
		plan->vm[plan->nr_vms++] = extra;
	mutex_lock(&dynmem_set_lock);
	plan->now_ms = clock_ms();
	while ((vm = dynmem_vm_next_locked(vm))) {
		if (vm->state == DYNMEM_VM_STATE_DEFINED)
			continue;
		if (plan->nr_vms == plan->arrays->nr_vms) {
			mutex_unlock(&dynmem_set_lock);
			return false;
		}
		plan->vm[plan->nr_vms++] = vm;
	}
	for (i = 0; i < plan->nr_vms; i++)
		mutex_lock_nest_lock(&plan->vm[i]->lock, &dynmem_set_lock);
	return true;
}

static void plan_unlock(const struct dynmem_plan *plan)
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
	bool looked = false;
	int ret = 0;

	/* If VMs are added while memory is allocated, the arrays may be too small. Try again. */
	while (!ret && !looked) {
		struct dynmem_plan plan = { .dry = true };
		unsigned int room = dynmem_vm_defined() + 1;

		plan.arrays = dynmem_plan_arrays_alloc(room);
		if (!plan.arrays)
			return -ENOMEM;
		ret = prepare ? prepare(room, arg) : 0;
		if (!ret && plan_lock(&plan, extra)) {
			dynmem_plan_begin(&plan);
			look(&plan, arg);
			plan_unlock(&plan);
			looked = true;
		}
		dynmem_plan_arrays_free(plan.arrays);
	}
	return ret;
}

/* Walks new VMs: the nodes of their memory are unknown before the first walk. */
static void walk_new_vms(void)
{
	u64 budget = DYNMEM_WALKER_FIRST;
	struct dynmem_vm *vm = NULL;

	while ((vm = dynmem_vm_next(vm)))
		if (budget && READ_ONCE(vm->state) != DYNMEM_VM_STATE_DEFINED &&
		    !READ_ONCE(vm->account.walks))
			budget -= dynmem_walker_vm(vm, budget);
}

static void balancer_run(struct work_struct *work)
{
	u64 began_ms = clock_ms();
	struct dynmem_plan plan = {};

	mutex_lock(&run_lock);
	plan.arrays = arrays;
	plan.tick = began_ms >= last_tick_ms + TICK_MS;
	if (plan.tick)
		last_tick_ms = began_ms;
	walk_new_vms();
	dynmem_measure(began_ms, plan.tick);
	if (plan_lock(&plan, NULL)) {
		balancer_decide(&plan);
		plan_unlock(&plan);
	}
	mutex_unlock(&run_lock);
	WRITE_ONCE(next_run, jiffies +
		   msecs_to_jiffies(run_spacing(clock_ms() - began_ms)));
	/* A kick during this run may have queued the next run too early: move it to @next_run. */
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
	arrays = dynmem_plan_arrays_alloc(0);
	/* Decisions free memory, so the work must not wait for free memory. */
	run_wq = alloc_ordered_workqueue("dynmem", WQ_MEM_RECLAIM);
	if (!arrays || !run_wq || dynmem_measure_init() ||
	    dynmem_walker_init(dynmem_balancer_kick)) {
		dynmem_balancer_exit();
		return -ENOMEM;
	}
	/* Waits for the first run, so that no VM and no user sees nodes without capacity. */
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
	dynmem_measure_exit();
	dynmem_plan_arrays_free(arrays);
	arrays = NULL;
	dynmem_node_exit();
}

static int check_reserve(int nid, u64 reserve, struct netlink_ext_ack *extack)
{
	u64 present = dynmem_nodes[nid].host.present;

	/* While a node's memory is offline or not measured yet, any reserve is accepted. */
	if (reserve <= present || !present)
		return 0;
	NL_SET_ERR_MSG_FMT(extack, "reserve %lluM is more than node %d has (%lluM)",
			   reserve >> 20, nid, present >> 20);
	return -ERANGE;
}

int dynmem_balancer_set_reserve(int nid, u64 reserve, struct netlink_ext_ack *extack)
{
	int i, ret = 0;

	mutex_lock(&dynmem_set_lock);
	/* A node may have got memory since the last plan. */
	dynmem_pool_renew();
	if (nid != NUMA_NO_NODE && !node_isset(nid, dynmem_pool_hosts)) {
		NL_SET_ERR_MSG_FMT(extack, "the host has no node %d with memory", nid);
		ret = -ENOENT;
	}
	for_each_dynmem_node_of(i, 0)
		if (!ret && (nid == NUMA_NO_NODE || nid == i))
			ret = check_reserve(i, reserve, extack);
	for_each_dynmem_node_of(i, 0) {
		struct dynmem_node *node = &dynmem_nodes[i];

		if (ret || (nid != NUMA_NO_NODE && nid != i))
			continue;
		dynmem_capacity_set_reserve(&node->host, reserve);
		dynmem_ledger_capacity(&node->ledger, node->host.capacity, DYNMEM_DEBT_RESERVE);
	}
	mutex_unlock(&dynmem_set_lock);
	if (!ret)
		dynmem_balancer_kick();
	return ret;
}

void dynmem_balancer_set_headroom(u64 bytes, u32 percent)
{
	mutex_lock(&dynmem_set_lock);
	dynmem_headroom_set(bytes, percent);
	mutex_unlock(&dynmem_set_lock);
	dynmem_balancer_kick();
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
