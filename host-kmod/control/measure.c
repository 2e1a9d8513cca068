// SPDX-License-Identifier: GPL-2.0
/* measure: measures the memory of VMs and of nodes before each decision. */
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "control/measure.h"
#include "event.h"
#include "memory/pool.h"
#include "memory/pressure.h"
#include "memory/release.h"
#include "sharing/node.h"
#include "sharing/plan.h"
#include "vm/vm.h"

/* Resident bytes by node, dynmem_nr_nodes() entries. One run at a time uses this array. */
static u64 *scratch;

/*
 * A pause of the guest resets the device, so a paused guest looks as if its driver had gone. If the
 * guest has no driver, finds out whether the guest is paused.
 */
static void look_at_vcpus(struct dynmem_vm *vm)
{
	struct dynmem_vcpus vcpus;
	bool look, was, is;
	u64 attachment;

	mutex_lock(&vm->lock);
	attachment = vm->attachment;
	vcpus = vm->vcpus;
	look = !dynmem_vm_has_driver(vm);
	mutex_unlock(&vm->lock);
	if (!look)
		return;
	dynmem_vcpus_look(&vm->gm, &vcpus);

	mutex_lock(&vm->lock);
	was = dynmem_vm_paused(vm);
	/*
	 * If a driver or another VMM has come since the lock was dropped, @vcpus is out of date.
	 */
	if (!dynmem_vm_has_driver(vm) && vm->attachment == attachment)
		vm->vcpus = vcpus;
	is = dynmem_vm_paused(vm);
	mutex_unlock(&vm->lock);
	if (is != was)
		dynmem_event(DYNMEM_EVENT_STATE, vm->name, NUMA_NO_NODE, 0, is ?
			     "paused: none of its virtual CPUs runs, nothing is given or taken" :
			     "runs again after a pause");
}

/*
 * Renews the total of the VM's resident memory, which costs little, and enters the resident memory
 * in the ledgers of the nodes. Also stores how much memory is pinned, merged or paged, and reads
 * the limits of the VMM's cgroups.
 */
static void measure_vm(struct dynmem_vm *vm, u64 now_ms)
{
	u64 total, exposed, pinned, shared, saved, paged, locked, attachment;
	struct dynmem_memcg memcg;
	bool counted;
	int error;

	mutex_lock(&vm->lock);
	attachment = vm->attachment;
	exposed = dynmem_vm_exposed(vm);
	mutex_unlock(&vm->lock);
	locked = dynmem_release_locked(&vm->gm);
	dynmem_memcg_read(&vm->gm, &memcg);
	mutex_lock(&vm->account_lock);
	dynmem_account_total(&vm->account, &vm->gm, exposed);
	exposed = vm->account.exposed;
	memcpy(scratch, vm->account.node, dynmem_nr_nodes() * sizeof(*scratch));
	total = vm->account.total;
	pinned = min(max(locked, vm->account.pinned), total);
	shared = vm->account.shared;
	saved = vm->account.saved;
	paged = vm->account.paged;
	error = dynmem_account_error(&vm->account);
	counted = vm->account.walks && !error;
	/* A VMM that has died holds nothing, even if its device is not closed yet. */
	if (READ_ONCE(vm->gm.owner.gone)) {
		total = 0;
		pinned = 0;
		error = 0;
	}
	mutex_unlock(&vm->account_lock);

	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	/* If the VMM has detached by now, even if another has attached, the figures are too old. */
	if (vm->attachment == attachment && (dynmem_vm_admitted(vm) || vm->books.start)) {
		if (error && !vm->books.uncounted)
			vm->books.uncounted_ms = now_ms;
		/*
		 * -EAGAIN may only mean that mmap_lock is held at this moment, so it does not
		 * replace an earlier error.
		 */
		if (error != -EAGAIN || !vm->books.uncounted)
			vm->books.uncounted = error;
		dynmem_node_measured(vm, scratch, total, exposed);
		vm->limit.memcg = memcg;
		vm->limit.counted = counted;
		vm->shared = shared;
		vm->saved = saved;
		vm->paged = paged;
		vm->pinned = pinned;
		/*
		 * A little pinned memory may be I/O in flight. So the VM is unreclaimable only if
		 * half of its memory is pinned or locked, the VMM locks all its memory, or a
		 * device is assigned to the guest.
		 */
		vm->unreclaimable = pinned && (locked == U64_MAX ||
					pinned >= max(total, vm->set.minimum) / 2);
	}
	mutex_unlock(&vm->lock);
	mutex_unlock(&dynmem_set_lock);
}

void dynmem_measure_nodes(const struct dynmem_plan *plan)
{
	unsigned int i;
	int nid;

	for_each_dynmem_node(nid) {
		struct dynmem_node *node = &dynmem_nodes[nid];

		node->resident = 0;
		node->host.uncounted = 0;
		for (i = 0; i < plan->nr_vms; i++) {
			const struct dynmem_holding *h = &plan->vm[i]->books.holding[nid];

			node->resident += h->resident;
			if (plan->vm[i]->books.uncounted)
				node->host.uncounted += dynmem_holding_charge(h);
		}
		dynmem_capacity_measure(&node->host, &node->before, &node->after, node->resident,
					plan->now_ms);
		dynmem_ledger_capacity(&node->ledger, node->host.capacity, DYNMEM_DEBT_HOST);
	}
}

static u64 node_bytes(int nid, enum node_stat_item item)
{
	s64 pages = atomic_long_read(&NODE_DATA(nid)->vm_stat[item]);

	return pages > 0 ? pages << PAGE_SHIFT : 0;
}

static void sample_node(int nid, struct dynmem_capacity_sample *sample)
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
	/* Shared memory, such as a memfd with guest memory, is not on the file lists. */
	file = node_bytes(nid, NR_ACTIVE_FILE) + node_bytes(nid, NR_INACTIVE_FILE);
	busy = node_bytes(nid, NR_FILE_DIRTY) + node_bytes(nid, NR_WRITEBACK);
	/* Slab objects share pages, so only about half of the reclaimable slab can be freed. */
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
		bool pressed = !dynmem_pool_of(nid) && dynmem_pressure_on(nid);
		struct dynmem_capacity_sample sample;

		sample_node(nid, &sample);
		mutex_lock(&dynmem_set_lock);
		node->pressed = pressed;
		if (before)
			node->before = sample;
		else
			node->after = sample;
		mutex_unlock(&dynmem_set_lock);
	}
}

void dynmem_measure(u64 now_ms, bool tick)
{
	struct dynmem_vm *vm = NULL;

	while (tick && (vm = dynmem_vm_next(vm)))
		if (READ_ONCE(vm->state) != DYNMEM_VM_STATE_DEFINED)
			look_at_vcpus(vm);
	sample_nodes(true);
	while ((vm = dynmem_vm_next(vm)))
		if (READ_ONCE(vm->state) != DYNMEM_VM_STATE_DEFINED)
			measure_vm(vm, now_ms);
	sample_nodes(false);
}

int dynmem_measure_init(void)
{
	scratch = kcalloc(dynmem_nr_nodes(), sizeof(*scratch), GFP_KERNEL);
	if (!scratch)
		return -ENOMEM;
	if (!dynmem_pressure_init())
		return 0;
	dynmem_measure_exit();
	return -ENOMEM;
}

void dynmem_measure_exit(void)
{
	dynmem_pressure_exit();
	kfree(scratch);
	scratch = NULL;
}
