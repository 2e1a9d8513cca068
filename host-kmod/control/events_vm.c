// SPDX-License-Identifier: GPL-2.0
/*
 * conduct: tells of guests that do not do their part. Called by balancer.c.
 */
#include <linux/atomic.h>
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/numa.h>

#include "event.h"
#include "policy/pacing.h"
#include "vm/vm.h"

#define UNCOUNTED_MS	5000	/* for which a VM could not be counted before that is told */
#define TALE_MS		10000	/* a counter that rises on and on is told so often */

/* Counters that should not rise. */
static const struct {
	int counter;
	const char *text;
} tales[DYNMEM_TALES] = {
	{ DYNMEM_A_COUNTER_RETOUCHED,
	  "that were given are resident again: the guest has touched them, or the host did" },
	{ DYNMEM_A_COUNTER_REFUSED_PINNED,
	  "are not released: they are pinned for DMA or locked" },
	{ DYNMEM_A_COUNTER_LOST,
	  "were pinned for DMA while they were released: the guest never gets them back" },
};

/* The first time at once. */
static void tell_tales(struct dynmem_vm *vm, u64 now_ms)
{
	struct dynmem_told *told = &vm->told;
	unsigned int i;

	for (i = 0; i < DYNMEM_TALES; i++) {
		u64 count = atomic64_read(&vm->counters[tales[i].counter]);
		u64 rise = dynmem_above(count, told->count[i]);

		if (!rise || (told->ms[i] && now_ms < told->ms[i] + TALE_MS))
			continue;
		told->count[i] = count;
		told->ms[i] = now_ms;
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE,
			     rise << VIRTIO_DYNMEM_PAGE_SHIFT, "%llu pages %s", rise,
			     tales[i].text);
	}
}

/* A guest that does not give, or uses again what it has given, is told of, and that it is back. */
static void tell_reaction(struct dynmem_vm *vm, u64 exposed, u64 target)
{
	bool uncooperative = dynmem_vm_reaction(vm) == DYNMEM_REACTION_UNCOOPERATIVE;

	if (uncooperative == vm->told.uncooperative)
		return;
	vm->told.uncooperative = uncooperative;
	if (!uncooperative)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE,
			     dynmem_above(exposed, target), "gives again: has %lluM, target %lluM",
			     exposed >> 20, target >> 20);
	else if (dynmem_pace_reaction(vm->beyond_ms) == DYNMEM_REACTION_UNCOOPERATIVE)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, vm->beyond,
			     "uncooperative: %lluM of what it has given are resident; it pays for them first, others share what remains%s",
			     vm->beyond >> 20, vm->set.enforce == DYNMEM_ENFORCE_RECLAIM ?
			     "" : "; `dmctl vm set` with `enforce reclaim` takes them back");
	else
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE,
			     dynmem_above(exposed, target),
			     "uncooperative: has %lluM, target %lluM; others share what remains",
			     exposed >> 20, target >> 20);
}

/* It is no fault of a guest that it can't give, but somebody may want to look why. */
static void tell_unable(struct dynmem_vm *vm, u64 exposed, u64 target)
{
	u64 ms = 0;
	unsigned int i;
	bool unable;

	for (i = 0; i < vm->nr_vnodes; i++)
		ms = max(ms, vm->vnode[i].pace.unable_ms);
	unable = vm->told.unable ? ms : ms >= DYNMEM_PACE_UNABLE_TOLD_MS;
	if (unable == vm->told.unable)
		return;
	vm->told.unable = unable;
	if (unable)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE,
			     dynmem_above(exposed, target),
			     "cannot give: has %lluM, target %lluM, and finds nothing more to give for %u s; others share what remains",
			     exposed >> 20, target >> 20,
			     DYNMEM_PACE_UNABLE_TOLD_MS / (unsigned int)MSEC_PER_SEC);
	else
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
			     "can give again: has %lluM, target %lluM", exposed >> 20,
			     target >> 20);
}

static void tell_hurt(struct dynmem_vm *vm)
{
	if (vm->hurt)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
			     "needed what was taken from it: gets it back if it is spare; nothing is taken without need for %llu s",
			     vm->guard.backoff_ms / MSEC_PER_SEC);
	vm->hurt = false;
}

static void tell_barred(struct dynmem_vm *vm)
{
	if (vm->barred == vm->told.barred)
		return;
	vm->told.barred = vm->barred;
	if (vm->barred)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, vm->pinned,
			     "pinned: %lluM of its memory are pinned for DMA (device assignment, RDMA) or locked: no memory is taken from it",
			     vm->pinned >> 20);
	else
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, vm->pinned,
			     "no longer pinned: memory is taken from it again");
}

/* A VM whose memory cannot be counted for a moment is no news. */
static void tell_uncounted(struct dynmem_vm *vm, u64 now_ms)
{
	bool uncounted = vm->uncounted && now_ms >= vm->uncounted_ms + UNCOUNTED_MS;

	if (vm->told.uncounted == uncounted || (vm->uncounted && !uncounted))
		return;
	vm->told.uncounted = uncounted;
	if (!uncounted)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
			     "its memory can be counted again");
	else if (vm->uncounted == -E2BIG)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
			     "its memory cannot be counted: it lies in more than %u mappings of process %d; it stays charged as it was, and nothing of it is released",
			     DYNMEM_MAPPINGS_MAX, vm->pid);
	else if (vm->uncounted == -EAGAIN)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
			     "its memory cannot be counted: process %d holds its own mmap_lock (see /proc/%d/task/*/stack); it stays charged as it was",
			     vm->pid, vm->pid);
	else
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
			     "its memory cannot be counted (error %d); it stays charged as it was",
			     vm->uncounted);
}

void dynmem_conduct_tell(struct dynmem_vm *vm, u64 target, u64 now_ms)
{
	u64 exposed = dynmem_vm_exposed(vm);

	tell_reaction(vm, exposed, target);
	tell_unable(vm, exposed, target);
	tell_hurt(vm);
	tell_barred(vm);
	tell_tales(vm, now_ms);
	tell_uncounted(vm, now_ms);
}
