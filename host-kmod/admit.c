// SPDX-License-Identifier: GPL-2.0
/*
 * admit: whether a VM may start. dynmem_balancer_admit() queues it and waits; every decision of
 * the balancer looks at the queue in dynmem_admit_consider().
 */
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "admit.h"
#include "balancer.h"
#include "event.h"
#include "node.h"
#include "plan.h"
#include "policy.h"
#include "vm.h"

#define OVERHEAD_MIN	(64 * DYNMEM_MIB)
#define OVERHEAD_PART	128	/* of RAM: page tables, KVM's and the VMM's own records of it */
#define HOLDERS		3	/* how many are named when a VM is refused */

static unsigned int start_timeout = 15;
module_param(start_timeout, uint, 0644);
MODULE_PARM_DESC(start_timeout, "seconds a VM waits for its startup memory (default 15)");

/* VMs that wait, the highest weight first, then by arrival. Under dynmem_set_lock. */
static LIST_HEAD(starts);

static void enqueue(struct dynmem_start *start)
{
	struct dynmem_start *other;

	list_for_each_entry(other, &starts, link)
		if (other->vm->set.weight < start->vm->set.weight)
			break;
	list_add_tail(&start->link, &other->link);
}

static void finish(struct dynmem_start *start, int error)
{
	list_del_init(&start->link);
	start->vm->start = NULL;
	start->error = error;
	WRITE_ONCE(start->done, true);
	wake_up(&start->wait);
}

static bool is_floating(const struct dynmem_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		if (vm->vnode[i].node == NUMA_NO_NODE)
			return true;
	return false;
}

/* Finds where most is lacking: a floating VM lacks it on the host, not on one node. */
static void note_lack(struct dynmem_start *start, int nid, u64 bytes)
{
	if (is_floating(start->vm)) {
		start->nid = NUMA_NO_NODE;
		start->lacking += bytes;
	} else if (bytes >= start->lacking) {
		start->nid = nid;
		start->lacking = bytes;
	}
}

static int node_of(const struct dynmem_plan *plan, u64 nodes)
{
	int nid;

	for_each_dynmem_node(nid)
		if (plan->bit[nid] == nodes)
			return nid;
	return NUMA_NO_NODE;
}

/* Whether what a VM needs fits on the nodes besides what others keep; what does not is noted. */
static bool find_room(const struct dynmem_plan *plan, const struct dynmem_vm *vm,
		      struct dynmem_sets *sets, struct dynmem_start *note)
{
	bool fits = true;
	unsigned int i;

	for (i = 0; i < plan->nr_wants; i++) {
		const struct dynmem_want *want = &plan->want[i];
		u64 nodes = dynmem_plan_nodes(plan, want->vnode), room, binding;

		if (want->vm != vm)
			continue;
		room = dynmem_sets_room(sets, nodes, &binding);
		dynmem_sets_use(sets, nodes, min(want->minimum, room));
		if (room >= want->minimum)
			continue;
		fits = false;
		if (note)
			note_lack(note, node_of(plan, binding), want->minimum - room);
	}
	return fits;
}

/* Whether others would stand back far enough for it. */
static bool others_make_room(struct dynmem_plan *plan, struct dynmem_start *start)
{
	struct dynmem_sets *sets;

	start->fits = true;
	start->lacking = 0;
	dynmem_plan_shares(plan, start->vm);
	sets = dynmem_plan_sets(plan, dynmem_plan_capacity);
	dynmem_policy_keep(sets, plan->share, plan->nr_wants, start->vm->set.weight);
	return find_room(plan, start->vm, sets, start);
}

static u64 capacity_at_best(const struct dynmem_plan *plan, int nid)
{
	const struct dynmem_host_node *host = &dynmem_nodes[nid].host;

	return max(host->capacity, dynmem_above(host->measured, host->reserve));
}

/* Whether it would not fit if everybody else were at the least they can ever be brought to. */
static bool is_hopeless(const struct dynmem_plan *plan, const struct dynmem_start *start)
{
	struct dynmem_sets *sets = dynmem_plan_sets(plan, capacity_at_best);
	unsigned int i;

	for (i = 0; i < plan->nr_wants; i++) {
		const struct dynmem_want *want = &plan->want[i];

		if (want->vm != start->vm && dynmem_plan_admitted(want->vm))
			dynmem_sets_use(sets, dynmem_plan_nodes(plan, want->vnode), want->floor);
	}
	dynmem_sets_settle(sets);
	return !find_room(plan, start->vm, sets, NULL);
}

/* Sets aside what is spare; true when that is all it needs. */
static bool collect(struct dynmem_plan *plan, struct dynmem_start *start)
{
	bool all = true;
	unsigned int i;

	start->lacking = 0;
	for (i = 0; i < plan->nr_wants; i++) {
		const struct dynmem_want *want = &plan->want[i];
		u64 need = want->minimum - want->resident, got;

		if (want->vm != start->vm)
			continue;
		got = dynmem_node_promise(start->vm, want->vnode, need);
		if (got == need)
			continue;
		all = false;
		note_lack(start, want->vnode->node, need - got);
		if (want->vnode->node == NUMA_NO_NODE)
			plan->floating_lack += need - got;
		else
			plan->lack[want->vnode->node] += need - got;
	}
	return all;
}

/* Turns what was set aside into grants; all or nothing. */
static bool admit(struct dynmem_plan *plan, struct dynmem_start *start)
{
	struct dynmem_vm *vm = start->vm;
	bool all = true;
	unsigned int i;

	dynmem_node_release(vm);
	dynmem_node_overhead(vm, start->overhead);
	for (i = 0; i < plan->nr_wants; i++) {
		struct dynmem_want *want = &plan->want[i];

		if (want->vm != vm)
			continue;
		want->vnode->target = want->startup;
		all &= dynmem_node_grant(vm, want->vnode, want->startup) == want->startup;
	}
	if (!all) {
		for (i = 0; i < vm->nr_vnodes; i++)
			vm->vnode[i].granted = 0;
		dynmem_node_charge(vm);
		dynmem_node_overhead(vm, 0);
		return false;
	}
	vm->admitted_ms = plan->now_ms;
	dynmem_plan_renew(plan, vm);
	return true;
}

static u64 charge_on(const struct dynmem_vm *vm, int nid)
{
	u64 bytes = 0;
	int i;

	for_each_dynmem_node(i)
		if (nid == NUMA_NO_NODE || nid == i)
			bytes += dynmem_holding_charge(&vm->holding[i]);
	return bytes;
}

/* " db 2048M, web 1024M": those who hold most on @nid, or on the host. */
static void name_holders(const struct dynmem_plan *plan, const struct dynmem_start *start,
			 char *text, size_t size)
{
	u64 below = U64_MAX;
	unsigned int i, n, last = 0;
	int len = 0;

	for (n = 0; n < HOLDERS; n++) {
		const struct dynmem_vm *most = NULL;
		unsigned int next = 0;
		u64 held = 0;

		for (i = 0; i < plan->nr_vms; i++) {
			u64 charge = charge_on(plan->vm[i], start->nid);

			if (plan->vm[i] == start->vm || charge <= held ||
			    charge > below || (charge == below && i <= last))
				continue;
			most = plan->vm[i];
			held = charge;
			next = i;
		}
		if (!most)
			break;
		len += scnprintf(text + len, size - len, "%s %s %lluM", n ? "," : "", most->name,
				 held >> 20);
		below = held;
		last = next;
	}
	if (!n)
		scnprintf(text, size, " no other VM");
}

static void refuse(const struct dynmem_plan *plan, struct dynmem_start *start)
{
	u64 startup = 0;
	unsigned int i;
	int len;

	for (i = 0; i < plan->nr_wants; i++)
		if (plan->want[i].vm == start->vm &&
		    (start->nid == NUMA_NO_NODE || plan->want[i].vnode->node == start->nid))
			startup += max(plan->want[i].startup, plan->want[i].resident);
	len = start->nid == NUMA_NO_NODE ?
		scnprintf(start->text, sizeof(start->text), "cannot start: the host lacks") :
		scnprintf(start->text, sizeof(start->text), "cannot start: node %d lacks",
			  start->nid);
	len += scnprintf(start->text + len, sizeof(start->text) - len,
			 " %lluM for %lluM startup and its VMM; held by", start->lacking >> 20,
			 startup >> 20);
	name_holders(plan, start, start->text + len, sizeof(start->text) - len);
	dynmem_node_release(start->vm);
	finish(start, -ENOMEM);
}

static bool in_plan(const struct dynmem_plan *plan, const struct dynmem_vm *vm)
{
	unsigned int i;

	for (i = 0; i < plan->nr_vms; i++)
		if (plan->vm[i] == vm)
			return true;
	return false;
}

void dynmem_admit_consider(struct dynmem_plan *plan)
{
	struct dynmem_start *start, *next;

	/* What was set aside is collected anew, in order: capacity may have fallen. */
	list_for_each_entry(start, &starts, link) {
		dynmem_node_release(start->vm);
		start->fits = false;
	}
	list_for_each_entry_safe(start, next, &starts, link) {
		/* One that came after the plan was begun has its turn in the next. */
		if (!in_plan(plan, start->vm))
			continue;
		start->fits = others_make_room(plan, start);
		if (start->fits && collect(plan, start) && admit(plan, start))
			finish(start, 0);
		else if (plan->now_ms >= start->deadline_ms || is_hopeless(plan, start))
			refuse(plan, start);
	}
}

int dynmem_balancer_admit(struct dynmem_vm *vm)
{
	u64 now_ms = ktime_get_ns() / NSEC_PER_MSEC;
	struct dynmem_start *start = kzalloc(sizeof(*start), GFP_KERNEL);
	int ret;

	if (!start)
		return -ENOMEM;
	start->vm = vm;
	start->deadline_ms = now_ms + READ_ONCE(start_timeout) * MSEC_PER_SEC;
	init_waitqueue_head(&start->wait);

	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	start->overhead = OVERHEAD_MIN + vm->ram / OVERHEAD_PART;
	mutex_unlock(&vm->lock);
	vm->start = start;
	vm->admitted_ms = 0;
	vm->settled_ms = 0;
	vm->target_told = 0;
	vm->status_ticks = 0;
	enqueue(start);
	mutex_unlock(&dynmem_set_lock);
	dynmem_balancer_kick();

	wait_event_killable(start->wait, READ_ONCE(start->done));

	mutex_lock(&dynmem_set_lock);
	if (start->done) {
		ret = start->error;
	} else {
		ret = -EINTR;
		finish(start, ret);
	}
	if (ret)
		dynmem_node_forget(vm);
	mutex_unlock(&dynmem_set_lock);
	if (ret == -ENOMEM)
		dynmem_event(DYNMEM_EVENT_REFUSED, vm->name, start->nid, start->lacking, "%s",
			     start->text);
	if (ret)
		dynmem_balancer_kick();
	kfree(start);
	return ret;
}
