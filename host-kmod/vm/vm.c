// SPDX-License-Identifier: GPL-2.0
/*
 * vm: the set of VMs, the rules of their settings, and their life cycle. Called by netlink.c for
 * the operator and by vdpa.c and serve.c for what happens in the device.
 */
#include <linux/bitops.h>
#include <linux/ctype.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/netlink.h>
#include <linux/slab.h>

#include "control/balancer.h"
#include "device/vdpa.h"
#include "event.h"
#include "memory/pool.h"
#include "vm/vm.h"

/* Guards @vms, @last_id, @nr_vms, every VM's settings and state, and the ledger; see vm.h. */
DEFINE_MUTEX(dynmem_set_lock);
static LIST_HEAD(vms);			/* in order of creation */
static u64 last_id;
static unsigned int nr_vms;		/* in @vms, or about to be */

static const char * const driver_words[] = {
	[DYNMEM_DRIVER_NONE] = "no driver",
	[DYNMEM_DRIVER_STOCK] = "a stock driver",
	[DYNMEM_DRIVER_DYNMEM] = "dynmem_balloon",
	[DYNMEM_DRIVER_DETACHED] = "detached",
};

static void free_vm(struct kref *ref)
{
	struct dynmem_vm *vm = container_of(ref, struct dynmem_vm, ref);

	dynmem_account_free(&vm->account);
	kfree(vm->holding);
	kfree(vm);
}

void dynmem_vm_put(struct dynmem_vm *vm)
{
	kref_put(&vm->ref, free_vm);
}

/* dynmem_set_lock held. */
static struct dynmem_vm *find_locked(const char *name)
{
	struct dynmem_vm *vm;

	list_for_each_entry(vm, &vms, link)
		if (!strcmp(vm->name, name))
			return vm;
	return NULL;
}

struct dynmem_vm *dynmem_vm_find(const char *name)
{
	struct dynmem_vm *vm;

	mutex_lock(&dynmem_set_lock);
	vm = find_locked(name);
	if (vm)
		kref_get(&vm->ref);
	mutex_unlock(&dynmem_set_lock);
	return vm;
}

/* The VM that was defined next after @prev, which may have been deleted; dynmem_set_lock held. */
static struct dynmem_vm *next_locked(struct dynmem_vm *prev)
{
	struct dynmem_vm *vm;

	if (!list_empty(&prev->link))
		return list_is_last(&prev->link, &vms) ? NULL : list_next_entry(prev, link);
	list_for_each_entry(vm, &vms, link)
		if (vm->id > prev->id)
			return vm;
	return NULL;
}

struct dynmem_vm *dynmem_vm_next(struct dynmem_vm *prev)
{
	struct dynmem_vm *vm = NULL;

	mutex_lock(&dynmem_set_lock);
	if (!prev)
		vm = list_first_entry_or_null(&vms, struct dynmem_vm, link);
	else
		vm = next_locked(prev);
	if (vm)
		kref_get(&vm->ref);
	mutex_unlock(&dynmem_set_lock);
	if (prev)
		dynmem_vm_put(prev);
	return vm;
}

static int check_name(const char *name, struct netlink_ext_ack *extack)
{
	size_t len = strlen(name), i;

	if (!len || len > DYNMEM_NAME_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "a VM's name has 1 to %u characters", DYNMEM_NAME_MAX);
		return -EINVAL;
	}
	for (i = 0; i < len; i++)
		if (!isascii(name[i]) || (!isalnum(name[i]) && !strchr("._-", name[i])) ||
		    (!i && !isalnum(name[i]))) {
			NL_SET_ERR_MSG(extack,
				       "a VM's name has letters, digits, '.', '_' and '-', and begins with a letter or digit");
			return -EINVAL;
		}
	return 0;
}

static int check_size(const char *what, u64 bytes, struct netlink_ext_ack *extack)
{
	if (bytes % DYNMEM_BLOCK) {
		NL_SET_ERR_MSG_FMT(extack, "%s must be a multiple of 2M", what);
		return -EINVAL;
	}
	if (bytes < DYNMEM_STARTUP_MIN || bytes > DYNMEM_MEMORY_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "%s must be between 32M and 1024T", what);
		return -ERANGE;
	}
	return 0;
}

/* The rules that a VM's settings obey whether it runs or not (design, section 6). */
static int check_settings(const struct dynmem_settings *s, struct netlink_ext_ack *extack)
{
	int ret;

	ret = check_size("startup", s->startup, extack) ?:
	      check_size("minimum", s->minimum, extack) ?:
	      check_size("maximum", s->maximum, extack);
	if (ret)
		return ret;
	if (s->minimum > s->startup) {
		NL_SET_ERR_MSG_FMT(extack, "minimum (%lluM) must not be above startup (%lluM)",
				   s->minimum >> 20, s->startup >> 20);
		return -EINVAL;
	}
	if (s->maximum < s->startup) {
		NL_SET_ERR_MSG_FMT(extack, "maximum (%lluM) must not be below startup (%lluM)",
				   s->maximum >> 20, s->startup >> 20);
		return -EINVAL;
	}
	if (s->buffer < DYNMEM_BUFFER_MIN || s->buffer > DYNMEM_BUFFER_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "buffer must be between %u and %u percent",
				   DYNMEM_BUFFER_MIN, DYNMEM_BUFFER_MAX);
		return -ERANGE;
	}
	if (s->weight < DYNMEM_WEIGHT_MIN || s->weight > DYNMEM_WEIGHT_MAX) {
		NL_SET_ERR_MSG_FMT(extack, "weight must be between %u and %u", DYNMEM_WEIGHT_MIN,
				   DYNMEM_WEIGHT_MAX);
		return -ERANGE;
	}
	return 0;
}

/*
 * The least that a guest with so much RAM can be brought down to: its page structures and its
 * kernel. A minimum below that is of no use, and of no harm: the guest will not give so much.
 */
static u64 least_of(u64 minimum, u64 ram)
{
	return ALIGN(ram / 64 + dynmem_demand_floor(minimum), DYNMEM_MIB);
}

static void warn_minimum(u64 minimum, u64 ram, struct netlink_ext_ack *extack)
{
	if (minimum < least_of(minimum, ram))
		NL_SET_ERR_MSG_FMT(extack,
				   "a guest with %lluM RAM needs %lluM for itself, above minimum",
				   ram >> 20, least_of(minimum, ram) >> 20);
}

static struct dynmem_vm *alloc_vm(const char *name, const struct dynmem_settings *set)
{
	struct dynmem_vm *vm = kzalloc(sizeof(*vm), GFP_KERNEL);

	if (!vm)
		return NULL;
	kref_init(&vm->ref);
	strscpy(vm->name, name, sizeof(vm->name));
	INIT_LIST_HEAD(&vm->link);
	mutex_init(&vm->lock);
	mutex_init(&vm->account_lock);
	mutex_init(&vm->given_lock);
	dynmem_given_init(&vm->given);
	dynmem_guestmem_init(&vm->gm);
	vm->set = *set;
	vm->holding = kcalloc(dynmem_nr_nodes(), sizeof(*vm->holding), GFP_KERNEL);
	if (!vm->holding || dynmem_account_init(&vm->account)) {
		dynmem_vm_put(vm);
		return NULL;
	}
	return vm;
}

struct dynmem_vm *dynmem_vm_like(const char *name)
{
	const struct dynmem_settings none = {};
	struct dynmem_vm *vm, *like = alloc_vm(name, &none);
	int ret = 0;

	if (!like)
		return ERR_PTR(-ENOMEM);
	mutex_lock(&dynmem_set_lock);
	vm = find_locked(name);
	if (!vm)
		ret = -ENOENT;
	else if (vm->state != DYNMEM_VM_STATE_DEFINED)
		ret = -EBUSY;
	else
		like->set = vm->set;
	mutex_unlock(&dynmem_set_lock);
	if (!ret)
		return like;
	dynmem_vm_put(like);
	return ERR_PTR(ret);
}

/* Out of the set; true for the one caller who took it out. */
static bool unlink(struct dynmem_vm *vm)
{
	bool linked;

	mutex_lock(&dynmem_set_lock);
	linked = !list_empty(&vm->link);
	list_del_init(&vm->link);
	nr_vms -= linked;
	mutex_unlock(&dynmem_set_lock);
	return linked;
}

unsigned int dynmem_vm_defined(void)
{
	unsigned int nr;

	mutex_lock(&dynmem_set_lock);
	nr = nr_vms;
	mutex_unlock(&dynmem_set_lock);
	return nr;
}

/* Makes the balancer ready for one VM more, or one less. */
static int count_vm(int more)
{
	unsigned int nr;

	mutex_lock(&dynmem_set_lock);
	nr_vms += more;
	nr = nr_vms;
	mutex_unlock(&dynmem_set_lock);
	return more > 0 ? dynmem_balancer_reserve(nr) : 0;
}

int dynmem_vm_new(const char *name, const struct dynmem_settings *set,
		  struct netlink_ext_ack *extack)
{
	struct dynmem_vm *vm;
	int ret;

	ret = check_name(name, extack) ?: check_settings(set, extack);
	if (ret)
		return ret;
	vm = alloc_vm(name, set);
	if (!vm)
		return -ENOMEM;
	ret = count_vm(1);
	if (ret) {
		count_vm(-1);
		dynmem_vm_put(vm);
		return ret;
	}

	mutex_lock(&dynmem_set_lock);
	if (find_locked(name)) {
		nr_vms--;
		mutex_unlock(&dynmem_set_lock);
		dynmem_vm_put(vm);
		NL_SET_ERR_MSG(extack, "there is a VM of that name already");
		return -EEXIST;
	}
	kref_get(&vm->ref);
	vm->id = ++last_id;
	list_add_tail(&vm->link, &vms);
	mutex_unlock(&dynmem_set_lock);

	ret = dynmem_vdpa_create(vm);
	if (ret) {
		if (ret == -EEXIST)
			NL_SET_ERR_MSG(extack, "another vDPA device has that name already");
		else
			NL_SET_ERR_MSG_FMT(extack, "cannot create the vDPA device (error %d)", ret);
		if (unlink(vm))
			dynmem_vm_put(vm);
	} else {
		warn_minimum(set->minimum, set->maximum, extack);
	}
	dynmem_vm_put(vm);
	return ret;
}

/* What may change while the VMM is attached: minimum down, maximum up, buffer, weight. */
static int check_running(const struct dynmem_vm *vm, const struct dynmem_settings *s,
			 struct netlink_ext_ack *extack)
{
	if (s->startup != vm->set.startup) {
		NL_SET_ERR_MSG(extack, "startup can only be changed while the VM is off");
		return -EBUSY;
	}
	if (s->dynamic != vm->set.dynamic) {
		NL_SET_ERR_MSG(extack, "dynamic can only be changed while the VM is off");
		return -EBUSY;
	}
	if (s->reporting != vm->set.reporting) {
		NL_SET_ERR_MSG(extack, "reporting can only be changed while the VM is off");
		return -EBUSY;
	}
	if (s->minimum > vm->set.minimum) {
		NL_SET_ERR_MSG_FMT(extack,
				   "minimum can only be lowered while the VM runs; it is %lluM",
				   vm->set.minimum >> 20);
		return -EBUSY;
	}
	if (s->maximum < vm->set.maximum) {
		NL_SET_ERR_MSG_FMT(extack,
				   "maximum can only be raised while the VM runs; it is %lluM",
				   vm->set.maximum >> 20);
		return -EBUSY;
	}
	if (s->maximum != vm->set.maximum && s->maximum > vm->ram)
		NL_SET_ERR_MSG_FMT(extack,
				   "maximum is above RAM (%lluM): takes effect when started with more",
				   vm->ram >> 20);
	return 0;
}

static void merge_settings(struct dynmem_settings *to, const struct dynmem_settings *from, u32 mask)
{
	if (mask & BIT(DYNMEM_A_VM_STARTUP))
		to->startup = from->startup;
	if (mask & BIT(DYNMEM_A_VM_MINIMUM))
		to->minimum = from->minimum;
	if (mask & BIT(DYNMEM_A_VM_MAXIMUM))
		to->maximum = from->maximum;
	if (mask & BIT(DYNMEM_A_VM_BUFFER))
		to->buffer = from->buffer;
	if (mask & BIT(DYNMEM_A_VM_WEIGHT))
		to->weight = from->weight;
	if (mask & BIT(DYNMEM_A_VM_DYNAMIC))
		to->dynamic = from->dynamic;
	if (mask & BIT(DYNMEM_A_VM_DEMAND_MODE))
		to->demand_mode = from->demand_mode;
	if (mask & BIT(DYNMEM_A_VM_ENFORCE))
		to->enforce = from->enforce;
	if (mask & BIT(DYNMEM_A_VM_REPORTING))
		to->reporting = from->reporting;
}

int dynmem_vm_set(const char *name, const struct dynmem_settings *set, u32 mask,
		  struct netlink_ext_ack *extack)
{
	struct dynmem_settings new;
	struct dynmem_vm *vm;
	int ret = -ENOENT;

	mutex_lock(&dynmem_set_lock);
	vm = find_locked(name);
	if (!vm) {
		NL_SET_ERR_MSG(extack, "there is no VM of that name");
		goto out;
	}
	mutex_lock(&vm->lock);
	new = vm->set;
	merge_settings(&new, set, mask);
	ret = check_settings(&new, extack);
	if (!ret && vm->state != DYNMEM_VM_STATE_DEFINED)
		ret = check_running(vm, &new, extack);
	if (!ret && mask & BIT(DYNMEM_A_VM_MINIMUM))
		warn_minimum(new.minimum, vm->state == DYNMEM_VM_STATE_DEFINED ? new.maximum :
			     vm->ram, extack);
	if (!ret)
		vm->set = new;
	mutex_unlock(&vm->lock);
out:
	mutex_unlock(&dynmem_set_lock);
	if (!ret)
		dynmem_balancer_kick();
	return ret;
}

int dynmem_vm_del(const char *name, struct netlink_ext_ack *extack)
{
	struct dynmem_vm *vm = dynmem_vm_find(name);
	int ret;

	if (!vm) {
		NL_SET_ERR_MSG(extack, "there is no VM of that name");
		return -ENOENT;
	}
	/* The device first: from then on no VMM can attach, and a VM that is attached stays. */
	ret = dynmem_vdpa_delete(vm);
	if (ret)
		NL_SET_ERR_MSG(extack, "the VM is in use by a VMM: stop that first");
	else if (unlink(vm))
		dynmem_vm_put(vm);
	dynmem_vm_put(vm);
	return ret;
}

/* Both locks held. Returns whether something changed. */
static bool set_state(struct dynmem_vm *vm, enum dynmem_vm_state state, enum dynmem_driver driver)
{
	bool changed = vm->state != state || vm->driver != driver;

	vm->state = state;
	vm->driver = driver;
	return changed;
}

static int vm_bind(struct dynmem_vm *vm)
{
	int ret = 0;

	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	if (list_empty(&vm->link)) {
		ret = -ENODEV;
	} else if (ALIGN(vm->ram, DYNMEM_BLOCK) < vm->set.startup) {
		dynmem_event(DYNMEM_EVENT_REFUSED, vm->name, NUMA_NO_NODE,
			     vm->set.startup - vm->ram,
			     "cannot start: RAM is %lluM, below startup %lluM; start the VMM with at least that much, or lower startup",
			     vm->ram >> 20, vm->set.startup >> 20);
		ret = -EINVAL;
	} else if (!vm->set.dynamic && vm->ram > vm->set.startup + DYNMEM_RAM_SLACK) {
		dynmem_event(DYNMEM_EVENT_REFUSED, vm->name, NUMA_NO_NODE,
			     vm->ram - vm->set.startup,
			     "cannot start: dynamic is off, so RAM (%lluM) must equal startup (%lluM)",
			     vm->ram >> 20, vm->set.startup >> 20);
		ret = -EINVAL;
	} else {
		if (vm->set.dynamic && vm->set.minimum < least_of(vm->set.minimum, vm->ram))
			dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, 0,
				     "a guest with %lluM RAM needs %lluM for itself and will not go down to minimum %lluM",
				     vm->ram >> 20, least_of(vm->set.minimum, vm->ram) >> 20,
				     vm->set.minimum >> 20);
		set_state(vm, DYNMEM_VM_STATE_STARTING, DYNMEM_DRIVER_NONE);
		vm->status = DYNMEM_STATUS_UNKNOWN;
		vm->reported_ms = 0;
		vm->demand = 0;
		memset(&vm->filter, 0, sizeof(vm->filter));
		memset(&vm->believed_filter, 0, sizeof(vm->believed_filter));
		memset(&vm->parts, 0, sizeof(vm->parts));
		memset(&vm->guard, 0, sizeof(vm->guard));
		memset(&vm->told, 0, sizeof(vm->told));
		vm->uncounted = 0;
		vm->beyond = 0;
		vm->beyond_ms = 0;
		vm->beyond_seen_ms = 0;
		vm->pinned = 0;
		vm->barred = false;
		vm->retouched = 0;
		memset(&vm->figures, 0, sizeof(vm->figures));
		memset(&vm->foreign, 0, sizeof(vm->foreign));
		memset(&vm->vcpus, 0, sizeof(vm->vcpus));
	}
	mutex_unlock(&vm->lock);
	mutex_unlock(&dynmem_set_lock);
	if (ret)
		return ret;

	ret = dynmem_balancer_admit(vm, dynmem_guestmem_has_run(&vm->gm));
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
	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	set_state(vm, DYNMEM_VM_STATE_DEFINED, DYNMEM_DRIVER_NONE);
	vm->status = DYNMEM_STATUS_UNKNOWN;
	vm->reported_ms = 0;
	vm->pinned = 0;
	vm->barred = false;
	vm->retouched = 0;
	vm->limit.limited = false;
	memset(&vm->vcpus, 0, sizeof(vm->vcpus));
	mutex_unlock(&vm->lock);
	mutex_unlock(&dynmem_set_lock);

	dynmem_balancer_forget(vm);
	mutex_lock(&vm->account_lock);
	dynmem_account_reset(&vm->account);
	mutex_unlock(&vm->account_lock);
	dynmem_event(DYNMEM_EVENT_STATE, vm->name, NUMA_NO_NODE, 0, "defined: the VMM %s", how);
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
			     "detached: the device was reset, as by a pause, a restart or an unload of the driver: nothing is taken until the driver is back");
}

/* A driver that begins anew where one has been before: the guest has restarted. */
static void vm_session(struct dynmem_vm *vm, enum dynmem_driver driver, bool fresh)
{
	bool changed;

	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	changed = set_state(vm, fresh && vm->driver == DYNMEM_DRIVER_DETACHED ?
			    DYNMEM_VM_STATE_RESTARTING : vm->state, driver);
	memset(&vm->vcpus, 0, sizeof(vm->vcpus));
	if (fresh) {
		vm->reported_ms = 0;
		memset(&vm->foreign, 0, sizeof(vm->foreign));
	}
	mutex_unlock(&vm->lock);
	mutex_unlock(&dynmem_set_lock);
	if (changed)
		dynmem_event(DYNMEM_EVENT_STATE, vm->name, NUMA_NO_NODE, 0, "%s %s",
			     driver_words[driver], fresh ? "has begun" : "goes on");
	dynmem_balancer_kick();
}

/* A second controller can't be kept out: the guest loses memory that nobody else gets. */
static void watch_foreign(struct dynmem_vm *vm)
{
	bool changed = false;
	u64 taken;

	mutex_lock(&vm->lock);
	if (vm->reported_ms)
		changed = dynmem_foreign(&vm->foreign, &vm->figures);
	taken = vm->foreign.taken;
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

	/* The state changes once in a restart, so that a report is not held up by the set. */
	if (READ_ONCE(vm->state) == DYNMEM_VM_STATE_RESTARTING) {
		mutex_lock(&dynmem_set_lock);
		mutex_lock(&vm->lock);
		if (vm->state == DYNMEM_VM_STATE_RESTARTING && vm->reported_ms)
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
	.bind = vm_bind,
	.unbind = vm_unbind,
	.reset = vm_reset,
	.session = vm_session,
	.report = vm_report,
	.moved = vm_moved,
};

/* The vnodes' figures into the VM's; its lock held. */
static void sum_vnodes(struct dynmem_vm_info *info, const struct dynmem_vm *vm)
{
	unsigned int i, n;

	for (i = 0; i < vm->nr_vnodes; i++) {
		const struct dynmem_vnode *v = &vm->vnode[i];

		info->desired += v->desired;
		info->assigned += v->granted;
		info->target += v->target;
		info->given += v->given;
		info->exposed += dynmem_vnode_exposed(v);
		if (i < vm->figures.vnodes)
			info->unavailable += vm->figures.vnode[i].unavailable;
		if (v->node == NUMA_NO_NODE) {
			info->floating |= v->ram;
			continue;
		}
		for (n = 0; n < info->nr_nodes; n++)
			if (info->nodes[n].node == dynmem_pool_host(v->node) &&
			    info->nodes[n].page == dynmem_pool_page(v->pool)) {
				info->nodes[n].target += v->target;
				info->nodes[n].given += v->given;
			}
	}
}

struct dynmem_vm_info *dynmem_vm_info(struct dynmem_vm *vm)
{
	unsigned int nr = dynmem_nr_nodes(), n;
	struct dynmem_vm_info *info;
	int node;

	info = kzalloc(struct_size(info, nodes, nr), GFP_KERNEL);
	if (!info)
		return ERR_PTR(-ENOMEM);

	mutex_lock(&dynmem_set_lock);
	for_each_dynmem_node(node) {
		const struct dynmem_holding *h = &vm->holding[node];

		if (dynmem_pool_of(node) && !dynmem_holding_charge(h))
			continue;
		info->nodes[info->nr_nodes].node = dynmem_pool_host(node);
		info->nodes[info->nr_nodes].page = dynmem_pool_page(dynmem_pool_of(node));
		info->nodes[info->nr_nodes].resident = h->resident;
		info->nodes[info->nr_nodes].assigned = h->granted;
		info->resident += h->resident;
		info->charge += dynmem_holding_charge(h);
		info->nr_nodes++;
	}
	mutex_lock(&vm->lock);
	strscpy(info->name, vm->name, sizeof(info->name));
	info->set = vm->set;
	info->ram = vm->ram;
	info->missing = vm->missing;
	info->status = vm->status;
	info->state = dynmem_vm_paused(vm) ? DYNMEM_VM_STATE_PAUSED : vm->state;
	/* A pause takes no driver away, though it resets the device. */
	info->driver = dynmem_vm_paused(vm) && vm->driver == DYNMEM_DRIVER_DETACHED ?
		       vm->driver_before : vm->driver;
	info->pid = vm->pid;
	info->reaction = vm->barred ? DYNMEM_REACTION_PINNED : dynmem_vm_reaction(vm);
	info->backoff_ms = dynmem_above(vm->guard.until_ms, ktime_get_ns() / NSEC_PER_MSEC);
	info->known = vm->reported_ms;
	info->commit_known = info->known && !vm->figures.stock;
	info->demand = vm->demand;
	info->commit = vm->figures.commit;
	info->foreign = vm->foreign.taken;
	info->pinned = vm->pinned;
	info->retouched = vm->retouched;
	if (vm->limit.limited) {
		info->limit = vm->limit.bytes;
		strscpy(info->limit_by, vm->limit.name, sizeof(info->limit_by));
	}
	sum_vnodes(info, vm);
	/* A floating vnode is where its memory is: its target is spread as it is charged. */
	if (info->floating && info->assigned)
		for (n = 0; n < info->nr_nodes; n++)
			info->nodes[n].target =
				mul_u64_u64_div_u64(info->nodes[n].assigned, info->target,
						    info->assigned);
	if (info->known && info->assigned)
		info->pressure = min_t(u64, mul_u64_u64_div_u64(info->demand, 100, info->assigned),
				       U32_MAX);
	dynmem_why(vm, ktime_get_ns() / NSEC_PER_MSEC, &info->why);
	dynmem_vdpa_chardev(vm, info->device, sizeof(info->device));
	mutex_unlock(&vm->lock);
	mutex_unlock(&dynmem_set_lock);

	info->unavailable = min(info->unavailable, dynmem_above(info->exposed, info->target));
	for (n = 0; n <= DYNMEM_A_COUNTER_MAX; n++)
		info->counters[n] = atomic64_read(&vm->counters[n]);
	return info;
}

void dynmem_vm_exit(void)
{
	struct dynmem_vm *vm, *next;

	/* Nobody is left who could look for one. */
	list_for_each_entry_safe(vm, next, &vms, link) {
		list_del_init(&vm->link);
		dynmem_vm_put(vm);
	}
	nr_vms = 0;
}
