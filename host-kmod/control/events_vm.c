// SPDX-License-Identifier: GPL-2.0
/* events_vm: the events about a VM. */
#include <linux/atomic.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/numa.h>

#include "control/events_vm.h"
#include "event.h"
#include "memory/pool.h"
#include "policy/pacing.h"
#include "sharing/explain.h"
#include "sharing/limit.h"
#include "sharing/plan.h"
#include "vm/vm.h"

#define UNCOUNTED_MS	5000	/* an event is raised if memory can't be counted for this long */
#define STATUS_TICKS	3	/* ticks that a new status has to last before an event */
#define TARGET_SPACING_MS	2500	/* least time between two events about a target */
#define ALERT_SPACING_MS	10000	/* least time between two events about a counter */

/* Counters that raise an event when they rise, and the text of the event. */
static const struct {
	int counter;
	const char *text;
} alerts[DYNMEM_ALERTS] = {
	{ DYNMEM_A_COUNTER_RETOUCHED,
	  "that were ballooned are resident again: the guest has touched them, or the host did" },
	{ DYNMEM_A_COUNTER_REFUSED_PINNED,
	  "are not released: they are pinned for DMA or locked" },
	{ DYNMEM_A_COUNTER_LOST,
	  "were pinned for DMA while they were released: the guest never gets them back" },
};

/*
 * The first rise of a counter raises an event at once. Later rises raise events that are at least
 * ALERT_SPACING_MS apart.
 */
static void tell_alerts(struct dynmem_vm *vm, u64 now_ms)
{
	struct dynmem_last_reported *last = &vm->last_reported;
	unsigned int i;

	for (i = 0; i < DYNMEM_ALERTS; i++) {
		u64 count = dynmem_counters_read(&vm->counters, alerts[i].counter);
		u64 rise = dynmem_above(count, last->count[i]);

		if (!rise || (last->ms[i] && now_ms < last->ms[i] + ALERT_SPACING_MS))
			continue;
		last->count[i] = count;
		last->ms[i] = now_ms;
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE,
			     rise << VIRTIO_DYNMEM_PAGE_SHIFT, "%llu pages %s", rise,
			     alerts[i].text);
	}
}

/* Reports that a guest has become uncooperative, with the reason, or that it gives again. */
static void tell_reaction(struct dynmem_vm *vm, u64 exposed, u64 target)
{
	bool uncooperative = dynmem_vm_reaction(vm) == DYNMEM_REACTION_UNCOOPERATIVE;

	if (uncooperative == vm->last_reported.uncooperative)
		return;
	vm->last_reported.uncooperative = uncooperative;
	if (!uncooperative)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE,
			     dynmem_above(exposed, target), "gives again: has %lluM, target %lluM",
			     exposed >> 20, target >> 20);
	else if (dynmem_pacing_reaction(vm->books.beyond_ms) == DYNMEM_REACTION_UNCOOPERATIVE)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, vm->books.beyond,
			     "uncooperative: %lluM of what it has given are resident; it pays for them first, others share what remains%s",
			     vm->books.beyond >> 20, vm->set.enforce == DYNMEM_ENFORCE_RECLAIM ?
			     "" : "; `dmctl vm set` with `enforce reclaim` takes them back");
	else
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE,
			     dynmem_above(exposed, target),
			     "uncooperative: has %lluM, target %lluM; others share what remains",
			     exposed >> 20, target >> 20);
}

/*
 * Reports that a guest has not been able to give for some time, or that it can give again. The
 * guest is not at fault, but the operator may want to know why its memory does not fall.
 */
static void tell_unable(struct dynmem_vm *vm, u64 exposed, u64 target)
{
	u64 ms = 0;
	unsigned int i;
	bool unable;

	for (i = 0; i < vm->nr_vnodes; i++)
		ms = max(ms, vm->vnode[i].pacing.unable_ms);
	unable = vm->last_reported.unable ? ms : ms >= DYNMEM_PACING_UNABLE_EVENT_MS;
	if (unable == vm->last_reported.unable)
		return;
	vm->last_reported.unable = unable;
	if (unable)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE,
			     dynmem_above(exposed, target),
			     "cannot give: has %lluM, target %lluM, and finds nothing more to give for %u s; others share what remains",
			     exposed >> 20, target >> 20,
			     DYNMEM_PACING_UNABLE_EVENT_MS / (unsigned int)MSEC_PER_SEC);
	else
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
			     "can give again: has %lluM, target %lluM", exposed >> 20,
			     target >> 20);
}

static void tell_hurt(struct dynmem_vm *vm)
{
	if (vm->demand.hurt)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
			     "needed what was taken from it: gets it back if it is spare; nothing is taken without need for %llu s",
			     vm->demand.thrash.backoff_ms / MSEC_PER_SEC);
	vm->demand.hurt = false;
}

static void tell_unreclaimable(struct dynmem_vm *vm)
{
	if (vm->unreclaimable == vm->last_reported.unreclaimable)
		return;
	vm->last_reported.unreclaimable = vm->unreclaimable;
	if (vm->unreclaimable)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, vm->pinned,
			     "pinned: %lluM of its memory are pinned for DMA (device assignment, RDMA) or locked: no memory is taken from it",
			     vm->pinned >> 20);
	else
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, vm->pinned,
			     "no longer pinned: memory is taken from it again");
}

/*
 * Reports that a VM's memory could not be counted for UNCOUNTED_MS, or that it can be counted
 * again.
 */
static void tell_uncounted(struct dynmem_vm *vm, u64 now_ms)
{
	bool uncounted = vm->books.uncounted && now_ms >= vm->books.uncounted_ms + UNCOUNTED_MS;

	if (vm->last_reported.uncounted == uncounted || (vm->books.uncounted && !uncounted))
		return;
	vm->last_reported.uncounted = uncounted;
	if (!uncounted)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
			     "its memory can be counted again");
	else if (vm->books.uncounted == -E2BIG)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
			     "its memory cannot be counted: it lies in more than %u mappings of process %d; it stays charged as it was, and nothing of it is released",
			     DYNMEM_MAPPINGS_MAX, vm->pid);
	else if (vm->books.uncounted == -EAGAIN)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
			     "its memory cannot be counted: process %d holds its own mmap_lock (see /proc/%d/task/*/stack); it stays charged as it was",
			     vm->pid, vm->pid);
	else
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
			     "its memory cannot be counted (error %d); it stays charged as it was",
			     vm->books.uncounted);
}

/*
 * Reports that a memory cgroup allows less than the minimum, or that it allows the minimum again.
 */
static void tell_limit(struct dynmem_vm *vm)
{
	const struct dynmem_limit *limit = &vm->limit;
	u64 minimum = min(vm->set.dynamic ? vm->set.minimum : dynmem_vm_size(vm),
			  dynmem_limit_ram(vm));
	bool below = limit->limited && limit->due < minimum;

	if (below == vm->last_reported.limited)
		return;
	vm->last_reported.limited = below;
	if (below)
		dynmem_event(DYNMEM_EVENT_LIMIT, vm->name, NUMA_NO_NODE, limit->due,
			     "memory cgroup %s allows %lluM, which leaves %lluM: less than the minimum of %lluM, which stands; the kernel may kill the VMM",
			     limit->name, limit->allows >> 20, limit->due >> 20, minimum >> 20);
	else
		dynmem_event(DYNMEM_EVENT_LIMIT, vm->name, NUMA_NO_NODE,
			     limit->limited ? limit->bytes : 0,
			     "its memory cgroup allows its minimum again");
}

/* Return: whether and where the VM is bound, see enum dynmem_binding. */
static int vm_binding(const struct dynmem_vm *vm)
{
	int binding = DYNMEM_BINDING_UNKNOWN, here;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++) {
		const struct dynmem_vnode *v = &vm->vnode[i];

		if (!v->ram)
			continue;
		if (v->node == NUMA_NO_NODE)
			return DYNMEM_BINDING_FLOATS;
		here = DYNMEM_BOUND + dynmem_pool_host(v->node);
		binding = binding && binding != here ? DYNMEM_BINDING_VNODES : here;
	}
	return binding;
}

/* Reports that memory policies or the VMM's cpuset have changed the VM's binding to nodes. */
static void tell_binding(struct dynmem_vm *vm)
{
	int binding = vm_binding(vm), before = vm->last_reported.binding;

	if (binding == before)
		return;
	vm->last_reported.binding = binding;
	if (!before || !binding)
		return;
	if (binding == DYNMEM_BINDING_FLOATS)
		dynmem_event(DYNMEM_EVENT_STATE, vm->name, NUMA_NO_NODE, 0,
			     "floats now: some of its memory is bound to no single node");
	else if (binding == DYNMEM_BINDING_VNODES)
		dynmem_event(DYNMEM_EVENT_STATE, vm->name, NUMA_NO_NODE, 0,
			     "is bound to several nodes now, each vnode to one");
	else
		dynmem_event(DYNMEM_EVENT_STATE, vm->name, binding - DYNMEM_BOUND, 0,
			     "is bound to node %d now", binding - DYNMEM_BOUND);
}

static const char * const status_words[] = {
	[DYNMEM_STATUS_UNKNOWN] = "unknown",
	[DYNMEM_STATUS_OK] = "OK",
	[DYNMEM_STATUS_LOW] = "Low",
	[DYNMEM_STATUS_WARNING] = "Warning",
};

/*
 * Raises an event when a new status has lasted for some ticks, or at once if it is "unknown".
 */
static void tell_status(struct dynmem_vm *vm, u64 assigned, u64 desired)
{
	enum dynmem_status next = DYNMEM_STATUS_OK;

	/* Grants are whole blocks, so a lack of less than a block for each vnode does not count. */
	if (!vm->demand.reported_ms || vm->state == DYNMEM_VM_STATE_AWAY)
		next = DYNMEM_STATUS_UNKNOWN;
	else if (assigned + vm->nr_vnodes * DYNMEM_BLOCK <= vm->demand.shown)
		next = DYNMEM_STATUS_WARNING;
	else if (assigned + dynmem_pacing_slack(desired) < desired)
		next = DYNMEM_STATUS_LOW;

	if (next != vm->last_reported.status) {
		vm->last_reported.status = next;
		vm->last_reported.status_ticks = 0;
	}
	vm->last_reported.status_ticks++;
	if (next == vm->status ||
	    (next != DYNMEM_STATUS_UNKNOWN && vm->last_reported.status_ticks < STATUS_TICKS))
		return;
	vm->status = next;
	dynmem_event(DYNMEM_EVENT_STATUS, vm->name, NUMA_NO_NODE, assigned,
		     "%s: demand %lluM, desired %lluM, assigned %lluM", status_words[next],
		     vm->demand.shown >> 20, desired >> 20, assigned >> 20);
}

/*
 * Reports a target that has moved by more than dynmem_pacing_slack(), with the reason, but not more
 * often than every TARGET_SPACING_MS. If a target moves too early for an event, a later tick
 * reports it.
 */
static void tell_target(struct dynmem_vm *vm, u64 assigned, u64 target, u64 now_ms)
{
	struct dynmem_last_reported *last = &vm->last_reported;
	u64 moved = max(target, last->target) - min(target, last->target);
	struct dynmem_explanation why;

	if (moved <= dynmem_pacing_slack(last->target) ||
	    now_ms < last->target_ms + TARGET_SPACING_MS)
		return;
	dynmem_explain(vm, now_ms, &why);
	dynmem_event(DYNMEM_EVENT_TARGET, vm->name, NUMA_NO_NODE, target,
		     "target %lluM, was %lluM; assigned %lluM, demand %lluM: %s", target >> 20,
		     last->target >> 20, assigned >> 20, vm->demand.shown >> 20, why.text);
	last->target = target;
	last->target_ms = now_ms;
}

void dynmem_events_vm_tell(struct dynmem_vm *vm, u64 now_ms)
{
	u64 exposed = dynmem_vm_exposed(vm), assigned = dynmem_vm_granted(vm);
	u64 desired = 0, target = 0, own = 0, lent = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++) {
		desired += vm->vnode[i].desired;
		target += vm->vnode[i].target;
		own += dynmem_vnode_own_target(&vm->vnode[i]);
		lent += vm->vnode[i].lent;
	}
	tell_status(vm, assigned, desired);
	/*
	 * Loans change whenever the demand of any VM changes, so events about the target leave
	 * loans out.
	 */
	tell_target(vm, assigned - lent, own, now_ms);
	tell_reaction(vm, exposed, target);
	tell_unable(vm, exposed, target);
	tell_hurt(vm);
	tell_unreclaimable(vm);
	tell_alerts(vm, now_ms);
	tell_uncounted(vm, now_ms);
	tell_limit(vm);
	tell_binding(vm);
}
