// SPDX-License-Identifier: GPL-2.0
/*
 * lifecycle: moves VMs from state to state. Devices call dynmem_vm_ops when a VMM attaches or
 * detaches, and when a guest's driver begins a session, reports or is reset.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/numa.h>
#include <linux/sched.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "control/admission.h"
#include "control/balancer.h"
#include "control/lifecycle.h"
#include "device/mgmt.h"
#include "event.h"
#include "sharing/node.h"
#include "vm/attach.h"
#include "vm/settings.h"
#include "vm/vm.h"

static unsigned int away_timeout = 600;
module_param(away_timeout, uint, 0644);
MODULE_PARM_DESC(away_timeout,
		 "seconds that a VM keeps its memory while its guest runs without the device (default 600)");

static void away_look_at_all(struct work_struct *work);
static DECLARE_DELAYED_WORK(away_work, away_look_at_all);

static const char * const driver_words[] = {
	[DYNMEM_DRIVER_STANDARD] = "a standard driver",
	[DYNMEM_DRIVER_DYNMEM] = "dynmem_balloon",
};

static u64 lifecycle_now_ms(void)
{
	return ktime_get_ns() / NSEC_PER_MSEC;
}

/*
 * Sets state and driver. A VM that becomes DEFINED gets the settings for its next start. Return:
 * whether state or driver changed. dynmem_set_lock and the VM's lock are held.
 */
static bool set_state(struct dynmem_vm *vm, enum dynmem_vm_state state, enum dynmem_driver driver)
{
	bool changed = vm->state != state || vm->driver != driver;

	vm->state = state;
	vm->driver = driver;
	if (state == DYNMEM_VM_STATE_DEFINED)
		vm->set = vm->next;
	return changed;
}

/*
 * Forgets all about the VM's guest, so that the guest of the next VMM inherits nothing. The vnodes
 * and the balloon are left to dynmem_vm_detach(). dynmem_set_lock and the VM's lock are held.
 */
static void vm_clear(struct dynmem_vm *vm)
{
	dynmem_node_forget(vm);
	vm->attachment++;
	vm->books = (struct dynmem_books) { .holding = vm->books.holding };
	memset(&vm->last_reported, 0, sizeof(vm->last_reported));
	vm->driver_before = DYNMEM_DRIVER_NONE;
	vm->status = DYNMEM_STATUS_UNKNOWN;
	memset(&vm->vcpus, 0, sizeof(vm->vcpus));
	vm->cut = 0;
	memset(&vm->demand, 0, sizeof(vm->demand));
	vm->pinned = 0;
	vm->unreclaimable = false;
	vm->shared = 0;
	vm->saved = 0;
	vm->paged = 0;
	memset(&vm->limit, 0, sizeof(vm->limit));
}

/*
 * If the VM was away, its guest has the device back, and the VM becomes RUNNING with the memory
 * that it had before. Return: whether the VM was away.
 */
static bool vm_comes_back(struct dynmem_vm *vm)
{
	bool back;

	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	back = vm->state == DYNMEM_VM_STATE_AWAY;
	if (back) {
		set_state(vm, DYNMEM_VM_STATE_RUNNING, DYNMEM_DRIVER_NONE);
		vm->books.back_ms = lifecycle_now_ms();
		/* The counters count from 0 again. */
		memset(vm->last_reported.count, 0, sizeof(vm->last_reported.count));
		dynmem_vdpa_notify(vm);
	}
	mutex_unlock(&vm->lock);
	mutex_unlock(&dynmem_set_lock);
	if (back) {
		dynmem_event(DYNMEM_EVENT_STATE, vm->name, NUMA_NO_NODE, 0,
			     "running: the device is back");
		dynmem_balancer_kick();
	}
	return back;
}

/* If the guest of @mm belongs to another VM than @vm, says so. dynmem_set_lock is held. */
static bool guest_is_taken(const struct dynmem_vm *vm, const struct mm_struct *mm)
{
	struct dynmem_vm *other = NULL;

	while ((other = dynmem_vm_next_locked(other))) {
		if (other == vm || other->state == DYNMEM_VM_STATE_DEFINED ||
		    READ_ONCE(other->gm.mm) != mm)
			continue;
		dynmem_event(DYNMEM_EVENT_REFUSED, vm->name, NUMA_NO_NODE, 0,
			     "cannot attach process %d: its guest belongs to VM %s already; give each guest one device",
			     task_tgid_nr(current), other->name);
		return true;
	}
	return false;
}

static int vm_bind(struct dynmem_vm *vm)
{
	bool runs, smaller;
	int ret = 0;
	u64 least;

	if (vm_comes_back(vm))
		return 0;
	runs = dynmem_guestmem_has_run(&vm->gm);
	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	smaller = !vm->set.dynamic && vm->ram > vm->set.startup + DYNMEM_RAM_SLACK;
	if (list_empty(&vm->link)) {
		ret = -ENODEV;
	} else if (guest_is_taken(vm, vm->gm.mm)) {
		ret = -EBUSY;
	} else if (!runs && ALIGN(vm->ram, DYNMEM_BLOCK) < vm->set.startup) {
		dynmem_event(DYNMEM_EVENT_REFUSED, vm->name, NUMA_NO_NODE,
			     vm->set.startup - vm->ram,
			     "cannot start: RAM is %lluM, below startup %lluM; start the VMM with at least that much, or lower startup",
			     vm->ram >> 20, vm->set.startup >> 20);
		ret = -EINVAL;
	} else if (smaller && !runs) {
		dynmem_event(DYNMEM_EVENT_REFUSED, vm->name, NUMA_NO_NODE,
			     vm->ram - vm->set.startup,
			     "cannot start: dynamic is off, so RAM (%lluM) must equal startup (%lluM)",
			     vm->ram >> 20, vm->set.startup >> 20);
		ret = -EINVAL;
	} else {
		least = dynmem_settings_least(vm->set.minimum, vm->ram);
		if (vm->set.dynamic && vm->set.minimum < least)
			dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
				     "a guest with %lluM RAM needs %lluM for itself and will not go down to minimum %lluM",
				     vm->ram >> 20, least >> 20, vm->set.minimum >> 20);
		set_state(vm, DYNMEM_VM_STATE_STARTING, DYNMEM_DRIVER_NONE);
		vm_clear(vm);
		vm->cut = smaller ? vm->ram - vm->set.startup : 0;
	}
	mutex_unlock(&vm->lock);
	mutex_unlock(&dynmem_set_lock);
	if (ret)
		return ret;

	ret = dynmem_admission_wait(vm, runs);
	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	set_state(vm, ret ? DYNMEM_VM_STATE_DEFINED : DYNMEM_VM_STATE_RUNNING, DYNMEM_DRIVER_NONE);
	dynmem_vdpa_notify(vm);
	mutex_unlock(&vm->lock);
	mutex_unlock(&dynmem_set_lock);
	if (!ret) {
		dynmem_event(DYNMEM_EVENT_STATE, vm->name, NUMA_NO_NODE, 0, "running");
		dynmem_balancer_kick();
	}
	return ret;
}

static void vm_unbind(struct dynmem_vm *vm, const char *how)
{
	bool was_away;

	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	was_away = vm->state == DYNMEM_VM_STATE_AWAY;
	set_state(vm, DYNMEM_VM_STATE_DEFINED, DYNMEM_DRIVER_NONE);
	vm_clear(vm);
	mutex_unlock(&vm->lock);
	mutex_unlock(&dynmem_set_lock);

	dynmem_balancer_kick();
	if (was_away && !how)
		how = "has ended";
	if (how)
		dynmem_event(DYNMEM_EVENT_STATE, vm->name, NUMA_NO_NODE, 0, "defined: the VMM %s",
			     how);
}

static bool vm_away(struct dynmem_vm *vm)
{
	bool was, is;

	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	was = vm->state == DYNMEM_VM_STATE_AWAY;
	is = dynmem_vm_admitted(vm);
	if (is && !was) {
		set_state(vm, DYNMEM_VM_STATE_AWAY, DYNMEM_DRIVER_NONE);
		vm->status = DYNMEM_STATUS_UNKNOWN;
		vm->books.away_ms = lifecycle_now_ms();
		vm->books.back_ms = 0;
		memset(&vm->vcpus, 0, sizeof(vm->vcpus));
	}
	mutex_unlock(&vm->lock);
	mutex_unlock(&dynmem_set_lock);
	if (is && !was) {
		dynmem_event(DYNMEM_EVENT_STATE, vm->name, NUMA_NO_NODE, 0,
			     "away: process %d runs on without the device; its guest keeps what it has, and nothing is given or taken until the device is back",
			     vm->pid);
		queue_delayed_work(system_wq, &away_work, HZ);
		dynmem_balancer_kick();
	}
	return is;
}

/*
 * Makes a VM that is away DEFINED if its guest has ended, or if the VM has been away for
 * away_timeout seconds. After the time-out the guest runs on, and its memory counts as the host's
 * own use. The VM's bind_lock is held.
 */
static void away_look(struct dynmem_vm *vm)
{
	u64 timeout_ms = READ_ONCE(away_timeout) * MSEC_PER_SEC;

	if (READ_ONCE(vm->state) != DYNMEM_VM_STATE_AWAY)
		return;
	if (READ_ONCE(vm->gm.owner.gone))
		vm_unbind(vm, "has ended");
	else if (lifecycle_now_ms() >= READ_ONCE(vm->books.away_ms) + timeout_ms)
		vm_unbind(vm,
			  "has not come back in time (away_timeout): what its guest holds is the host's own use");
	else
		return;
	dynmem_vm_detach(vm);
}

/*
 * A guest belongs to one VM only. So if @vm is away and its guest runs in @mm, makes @vm DEFINED.
 * If another thread holds the bind_lock, tries again: that thread may be about to do the same, or
 * to detach @vm from the guest. Does not wait for a VMM that waits for admission, since then the VM
 * is neither AWAY nor DEFINED. Gives up when the calling task is killed.
 */
static void away_end_for(struct dynmem_vm *vm, struct mm_struct *mm)
{
	while (READ_ONCE(vm->gm.mm) == mm && (READ_ONCE(vm->state) == DYNMEM_VM_STATE_AWAY ||
					      READ_ONCE(vm->state) == DYNMEM_VM_STATE_DEFINED)) {
		if (mutex_trylock(&vm->bind_lock)) {
			if (vm->state == DYNMEM_VM_STATE_AWAY && vm->gm.mm == mm) {
				vm_unbind(vm, "has attached to another VM");
				dynmem_vm_detach(vm);
			}
			mutex_unlock(&vm->bind_lock);
			return;
		}
		if (schedule_timeout_killable(1) && fatal_signal_pending(current))
			return;
	}
}

/*
 * Drops @vm's bind_lock before the walk: two VMMs might each hold the one the other waits for. A
 * guest may still be given to another VM after this, so vm_bind() looks again.
 */
static int vm_begin(struct dynmem_vm *vm, struct mm_struct *mm)
{
	struct dynmem_vm *other = NULL;
	bool taken;

	mutex_lock(&vm->bind_lock);
	away_look(vm);
	mutex_unlock(&vm->bind_lock);
	while ((other = dynmem_vm_next(other)))
		if (other != vm)
			away_end_for(other, mm);
	mutex_lock(&dynmem_set_lock);
	taken = guest_is_taken(vm, mm);
	mutex_unlock(&dynmem_set_lock);
	return taken ? -EBUSY : 0;
}

/* Looks once a second at VMs that are away, as long as there are any. */
static void away_look_at_all(struct work_struct *work)
{
	struct dynmem_vm *vm = NULL;
	bool any = false;

	while ((vm = dynmem_vm_next(vm))) {
		if (READ_ONCE(vm->state) != DYNMEM_VM_STATE_AWAY)
			continue;
		/* Do not wait for the mutex: a VMM that is attaching may hold it for long. */
		if (mutex_trylock(&vm->bind_lock)) {
			away_look(vm);
			mutex_unlock(&vm->bind_lock);
		}
		any |= READ_ONCE(vm->state) == DYNMEM_VM_STATE_AWAY;
	}
	if (any)
		queue_delayed_work(system_wq, &away_work, HZ);
}

void dynmem_lifecycle_forget(struct dynmem_vm *vm)
{
	mutex_lock(&vm->bind_lock);
	if (vm->state == DYNMEM_VM_STATE_AWAY) {
		vm_unbind(vm, "is not looked after any more");
		dynmem_vm_detach(vm);
	}
	mutex_unlock(&vm->bind_lock);
}

void dynmem_lifecycle_exit(void)
{
	struct dynmem_vm *vm = NULL;

	cancel_delayed_work_sync(&away_work);
	while ((vm = dynmem_vm_next(vm)))
		dynmem_lifecycle_forget(vm);
}

static void vm_reset(struct dynmem_vm *vm)
{
	bool changed = false;

	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	if (dynmem_vm_has_driver(vm)) {
		vm->driver_before = vm->driver;
		memset(&vm->vcpus, 0, sizeof(vm->vcpus));
		changed = set_state(vm, vm->state, DYNMEM_DRIVER_DETACHED);
	}
	mutex_unlock(&vm->lock);
	mutex_unlock(&dynmem_set_lock);
	if (changed)
		dynmem_event(DYNMEM_EVENT_STATE, vm->name, NUMA_NO_NODE, 0,
			     "detached: the device was reset, as by a pause, a restart or an unload of the driver; nothing is taken until the driver is back");
}

/* Forgets what an earlier kernel of the guest has reported. The locks of set_state() are held. */
static void forget_reports(struct dynmem_vm *vm)
{
	vm->demand.reported_ms = 0;
	memset(&vm->demand.foreign, 0, sizeof(vm->demand.foreign));
	memset(&vm->demand.cache, 0, sizeof(vm->demand.cache));
	memset(&vm->demand.pressure, 0, sizeof(vm->demand.pressure));
}

/*
 * The VMM has reset the guest, so the driver has gone, and the guest may touch all of its RAM. The
 * locks of set_state() are held.
 */
static void vm_restart(struct dynmem_vm *vm)
{
	unsigned int i;

	set_state(vm, DYNMEM_VM_STATE_RESTARTING, DYNMEM_DRIVER_NONE);
	forget_reports(vm);
	for (i = 0; i < vm->nr_vnodes; i++) {
		vm->vnode[i].ballooned_before += vm->vnode[i].ballooned;
		vm->vnode[i].ballooned = 0;
	}
}

int dynmem_lifecycle_restarted(const char *name, struct netlink_ext_ack *extack)
{
	struct dynmem_vm *vm = dynmem_vm_find(name);
	bool changed = false;
	int ret = 0;

	if (!vm) {
		NL_SET_ERR_MSG_FMT(extack, "no VM named '%.64s'", name);
		return -ENOENT;
	}
	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	if (vm->state != DYNMEM_VM_STATE_RUNNING && vm->state != DYNMEM_VM_STATE_RESTARTING) {
		NL_SET_ERR_MSG(extack,
			       "no guest runs with the VM's device, so none can restart");
		ret = -EBUSY;
	} else if (vm->driver == DYNMEM_DRIVER_DETACHED) {
		vm_restart(vm);
		changed = true;
	}
	mutex_unlock(&vm->lock);
	mutex_unlock(&dynmem_set_lock);
	if (changed) {
		dynmem_event(DYNMEM_EVENT_STATE, vm->name, NUMA_NO_NODE, 0,
			     "restarting: the VMM has reset the guest");
		dynmem_balancer_kick();
	}
	dynmem_vm_put(vm);
	return ret;
}

/*
 * A new session after a driver was detached means that the guest has restarted. A driver that goes
 * on with its old session has its old balloon.
 */
static void vm_session(struct dynmem_vm *vm, enum dynmem_driver driver, bool fresh)
{
	bool changed;
	unsigned int i;

	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	changed = set_state(vm, fresh && vm->driver == DYNMEM_DRIVER_DETACHED ?
			    DYNMEM_VM_STATE_RESTARTING : vm->state, driver);
	memset(&vm->vcpus, 0, sizeof(vm->vcpus));
	for (i = 0; i < vm->nr_vnodes; i++) {
		vm->vnode[i].ballooned += vm->vnode[i].ballooned_before;
		vm->vnode[i].ballooned_before = 0;
	}
	if (fresh) {
		forget_reports(vm);
		/*
		 * The guest may have named other vnodes than before. That does not bind the VM to
		 * other nodes, so no event about the binding is raised.
		 */
		vm->last_reported.binding = DYNMEM_BINDING_UNKNOWN;
	}
	mutex_unlock(&vm->lock);
	mutex_unlock(&dynmem_set_lock);
	if (changed)
		dynmem_event(DYNMEM_EVENT_STATE, vm->name, NUMA_NO_NODE, 0, "%s %s",
			     driver_words[driver], fresh ? "has begun" : "goes on");
	dynmem_balancer_kick();
}

/*
 * Reports memory that something other than dynmem, such as a second balloon, has taken from the
 * guest.
 */
static void watch_foreign(struct dynmem_vm *vm)
{
	bool changed = false;
	u64 taken;

	mutex_lock(&vm->lock);
	if (vm->demand.reported_ms)
		changed = dynmem_foreign(&vm->demand.foreign, &vm->demand.figures);
	taken = vm->demand.foreign.taken;
	mutex_unlock(&vm->lock);
	if (changed && taken)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, taken,
			     "somebody else has taken %lluM from the guest: a second balloon, or memory taken offline",
			     taken >> 20);
	else if (changed)
		dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
			     "the guest has back what somebody else had taken from it");
}

static void vm_report(struct dynmem_vm *vm)
{
	bool changed = false;

	watch_foreign(vm);

	/* Only reports of a guest that restarts take dynmem_set_lock. */
	if (READ_ONCE(vm->state) == DYNMEM_VM_STATE_RESTARTING) {
		mutex_lock(&dynmem_set_lock);
		mutex_lock(&vm->lock);
		if (vm->state == DYNMEM_VM_STATE_RESTARTING && vm->demand.reported_ms &&
		    !vm->books.page_to)
			changed = set_state(vm, DYNMEM_VM_STATE_RUNNING, vm->driver);
		mutex_unlock(&vm->lock);
		mutex_unlock(&dynmem_set_lock);
	}
	if (changed)
		dynmem_event(DYNMEM_EVENT_STATE, vm->name, NUMA_NO_NODE, 0,
			     "running: the guest has restarted");
	dynmem_balancer_kick();
}

static void vm_moved(struct dynmem_vm *vm)
{
	dynmem_balancer_kick();
}

const struct dynmem_vm_ops dynmem_vm_ops = {
	.begin = vm_begin,
	.bind = vm_bind,
	.unbind = vm_unbind,
	.away = vm_away,
	.reset = vm_reset,
	.session = vm_session,
	.report = vm_report,
	.moved = vm_moved,
};
