// SPDX-License-Identifier: GPL-2.0
/*
 * walker: walks the memory of the VMs that are due, one after the other, once a second. The cost is
 * bounded for each VM and for all VMs together. A VM that had no turn comes first the next time.
 *
 * Memory that KSM frees counts as free on the host at once, but as resident in the VM until the
 * next walk of that VM. So capacity is measured right after a walk of a VM with merged pages.
 */
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mutex.h>
#include <linux/workqueue.h>

#include "control/walker.h"
#include "vm/vm.h"

#define TICK_MS		1000
/*
 * Budgets in steps of 20 to 100 ns. BUDGET is for all VMs in a tick, some hundredths of a CPU.
 * BUDGET_VM is for one VM in a tick. BUDGET_LOCKED is for one hold of a VM's account_lock, at most
 * two milliseconds, since decisions wait for that lock.
 */
#define BUDGET		524288ULL
#define BUDGET_VM	262144ULL
#define BUDGET_LOCKED	16384ULL

static void walker_walk(struct work_struct *work);
static DECLARE_DELAYED_WORK(walk_work, walker_walk);
static struct workqueue_struct *walk_wq;
static void (*walk_measure)(void);
static struct dynmem_vm *last;	/* the VM that had the last turn; holds a reference */

u64 dynmem_walker_vm(struct dynmem_vm *vm, u64 budget)
{
	u64 steps = 0, exposed;
	bool done = false;

	budget = min(budget, BUDGET_VM);
	while (!done && steps < budget) {
		u64 slice = min(budget - steps, BUDGET_LOCKED), left = slice;

		mutex_lock(&vm->lock);
		exposed = dynmem_vm_exposed(vm);
		mutex_unlock(&vm->lock);
		mutex_lock(&vm->account_lock);
		done = dynmem_account_walk(&vm->account, &vm->gm, exposed, &left);
		mutex_unlock(&vm->account_lock);
		steps += slice - left;
	}
	return steps;
}

static bool vm_is_due(struct dynmem_vm *vm, u64 migrated)
{
	bool due;

	if (READ_ONCE(vm->state) == DYNMEM_VM_STATE_DEFINED)
		return false;
	mutex_lock(&vm->account_lock);
	due = dynmem_account_is_due(&vm->account, migrated);
	mutex_unlock(&vm->account_lock);
	return due;
}

/*
 * Visits each VM once, beginning after the VM that had the last turn. Ends early if the budget is
 * used up.
 */
static void walker_walk(struct work_struct *work)
{
	unsigned long next = jiffies + msecs_to_jiffies(TICK_MS);
	u64 budget = BUDGET, end = last ? last->id : 0, migrated = dynmem_account_migrated();
	bool from_start = !last, merges = false;

	while (budget) {
		last = dynmem_vm_next(last);
		if (!last && from_start)
			break;
		if (!last) {
			from_start = true;
			continue;
		}
		if (from_start && end && last->id > end)
			break;
		if (!vm_is_due(last, migrated))
			continue;
		budget -= dynmem_walker_vm(last, budget);
		merges |= READ_ONCE(last->account.merges);
	}
	if (merges)
		walk_measure();
	queue_delayed_work(walk_wq, &walk_work, time_after(next, jiffies) ? next - jiffies : 0);
}

int dynmem_walker_init(void (*measure)(void))
{
	walk_measure = measure;
	walk_wq = alloc_ordered_workqueue("dynmem_walk", WQ_MEM_RECLAIM);
	if (!walk_wq)
		return -ENOMEM;
	queue_delayed_work(walk_wq, &walk_work, 0);
	return 0;
}

void dynmem_walker_exit(void)
{
	if (!walk_wq)
		return;
	cancel_delayed_work_sync(&walk_work);
	destroy_workqueue(walk_wq);
	if (last)
		dynmem_vm_put(last);
	last = NULL;
}
