// SPDX-License-Identifier: GPL-2.0
/* paging: decides whether a VM is to be paged to disk. */
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/numa.h>

#include "event.h"
#include "policy/pacing.h"
#include "sharing/holders.h"
#include "sharing/limit.h"
#include "sharing/paging.h"
#include "sharing/types.h"
#include "sharing/want.h"
#include "vm/vm.h"

#define NOBODY_TICKS	3	/* an event says that nobody pages a VM after this many ticks */
#define EVENT_MS	60000	/* time between events about paging that lasts too long */

static unsigned int paging_deadline = 600;
module_param(paging_deadline, uint, 0644);
MODULE_PARM_DESC(paging_deadline,
		 "seconds of paging after which events name who holds the memory (default 600)");

static bool vm_may_be_paged(const struct dynmem_vm *vm)
{
	unsigned int i;

	if (vm->state != DYNMEM_VM_STATE_RESTARTING || !vm->set.paging || !vm->set.dynamic ||
	    vm->unreclaimable)
		return false;
	for (i = 0; i < vm->nr_vnodes; i++)
		if (vm->vnode[i].pool)
			return false;
	return true;
}

/*
 * Bytes of startup memory that a VM has not been granted. With @soon, memory counts as granted if
 * other VMs are giving it for this VM. Amounts that pacing leaves alone do not count.
 */
static u64 vm_lacks(const struct dynmem_plan *plan, const struct dynmem_vm *vm, bool soon)
{
	const struct dynmem_want *want = &plan->want[vm->books.want];
	u64 startup = 0, all = 0, bytes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++) {
		const struct dynmem_vnode *v = want[i].vnode;
		u64 has = soon ? max(v->granted, v->target) : v->granted;
		u64 lack = dynmem_above(want[i].startup, has);

		bytes += lack > dynmem_pacing_slack(want[i].startup) ? lack : 0;
		startup += want[i].startup;
		all += has;
	}
	/* One vnode may have less than its part, and another one more. */
	return min(bytes, dynmem_above(startup, all));
}

/* Whether the guest needs no startup memory any more, and has given what is not granted. */
static bool vm_is_settled(const struct dynmem_plan *plan, const struct dynmem_vm *vm)
{
	u64 granted = dynmem_vm_granted(vm);

	return vm->demand.reported_ms && vm->books.settled_ms &&
	       plan->now_ms >= vm->books.settled_ms &&
	       dynmem_vm_exposed(vm) <= granted + dynmem_pacing_slack(granted);
}

static u64 vm_startup(const struct dynmem_vm *vm)
{
	return min(vm->set.startup, vm->ram);
}

static void paging_begin(const struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	struct dynmem_books *books = &vm->books;

	books->page_to = dynmem_vm_granted(vm);
	books->paging_ms = plan->now_ms;
	books->paging_event_ms = 0;
	books->unpaged_ticks = 0;
	dynmem_limit_paging_begins(vm);
	dynmem_event(DYNMEM_EVENT_PAGING, vm->name, NUMA_NO_NODE, books->page_to,
		     "pages to disk: has %lluM of %lluM startup", books->page_to >> 20,
		     vm_startup(vm) >> 20);
}

static void paging_end(struct dynmem_vm *vm)
{
	vm->books.page_to = 0;
	dynmem_event(DYNMEM_EVENT_PAGING, vm->name, NUMA_NO_NODE, 0,
		     "paging has ended, %lluM are still out", vm->paged >> 20);
}

/* Bytes that @vm holds where the VM @arg may have memory. */
static u64 charge_where_paged(const struct dynmem_vm *vm, const void *arg)
{
	const struct dynmem_vm *paged = arg;
	u64 bytes = 0;
	unsigned int i;
	int nid;

	for_each_dynmem_node(nid)
		for (i = 0; i < paged->nr_vnodes; i++)
			if (dynmem_want_may_lie(&paged->vnode[i], nid)) {
				bytes += dynmem_holding_charge(&vm->books.holding[nid]);
				break;
			}
	return bytes;
}

/* Raises an event each minute from the deadline on, which names who holds the lacking memory. */
static void tell_deadline(const struct dynmem_plan *plan, struct dynmem_vm *vm, u64 lacks)
{
	struct dynmem_books *books = &vm->books;
	u64 seconds = (plan->now_ms - books->paging_ms) / MSEC_PER_SEC;
	char holders[160] = " no other VM";

	if (seconds < READ_ONCE(paging_deadline) ||
	    (books->paging_event_ms && plan->now_ms < books->paging_event_ms + EVENT_MS))
		return;
	books->paging_event_ms = plan->now_ms;
	dynmem_holders_name(plan, vm, charge_where_paged, vm, holders, sizeof(holders));
	dynmem_event(DYNMEM_EVENT_PAGING, vm->name, NUMA_NO_NODE, books->page_to,
		     "has been paged for %llu s: lacks %lluM of %lluM startup; held by%s", seconds,
		     lacks >> 20, vm_startup(vm) >> 20, holders);
}

/* Raises an event if nobody has begun to page the VM although it holds more than it may. */
static void tell_nobody(struct dynmem_vm *vm)
{
	struct dynmem_books *books = &vm->books;
	u64 resident = 0;
	int nid;

	for_each_dynmem_node(nid)
		resident += books->holding[nid].resident;
	if (resident <= books->page_to + books->page_to / 20 || dynmem_limit_is_for_paging(vm))
		books->unpaged_ticks = 0;
	else if (++books->unpaged_ticks == NOBODY_TICKS)
		dynmem_event(DYNMEM_EVENT_PAGING, vm->name, NUMA_NO_NODE, books->page_to,
			     "nobody pages: is dynmem-agent running? Others pay for %lluM beyond its grant",
			     (resident - books->page_to) >> 20);
}

static void paging_decide(const struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	struct dynmem_books *books = &vm->books;
	u64 lacks;

	if (!books->page_to) {
		if (vm_may_be_paged(vm) && !vm_is_settled(plan, vm) && vm_lacks(plan, vm, true))
			paging_begin(plan, vm);
		return;
	}
	lacks = vm_lacks(plan, vm, false);
	if (!vm_may_be_paged(vm) || !lacks || vm_is_settled(plan, vm)) {
		paging_end(vm);
		return;
	}
	books->page_to = max(books->page_to, dynmem_vm_granted(vm));
	if (!plan->tick)
		return;
	tell_deadline(plan, vm, lacks);
	tell_nobody(vm);
}

void dynmem_paging_decide(const struct dynmem_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->nr_vms; i++)
		if (dynmem_vm_admitted(plan->vm[i]))
			paging_decide(plan, plan->vm[i]);
}
