// SPDX-License-Identifier: GPL-2.0
/* info: consistent figures of a VM, a node and the host. */
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/nodemask.h>
#include <linux/slab.h>

#include "control/info.h"
#include "device/mgmt.h"
#include "memory/pool.h"
#include "sharing/admit.h"
#include "sharing/headroom.h"
#include "sharing/node.h"
#include "vm/vm.h"

/* Adds the figures of all vnodes to those of their VM. The VM's lock is held. */
static void sum_vnodes(struct dynmem_vm_info *info, const struct dynmem_vm *vm)
{
	unsigned int i, n;

	for (i = 0; i < vm->nr_vnodes; i++) {
		const struct dynmem_vnode *v = &vm->vnode[i];

		info->desired += v->desired;
		info->assigned += v->granted;
		info->target += v->target;
		info->lent += v->lent;
		info->ballooned += v->ballooned;
		info->exposed += dynmem_vnode_exposed(v);
		if (i < vm->demand.figures.vnodes)
			info->unavailable += vm->demand.figures.vnode[i].unavailable;
		if (v->node == NUMA_NO_NODE) {
			info->floating |= v->ram;
			continue;
		}
		for (n = 0; n < info->nr_nodes; n++)
			if (info->nodes[n].node == dynmem_pool_host(v->node) &&
			    info->nodes[n].page == dynmem_pool_page(v->pool)) {
				info->nodes[n].target += v->target;
				info->nodes[n].ballooned += v->ballooned;
			}
	}
}

struct dynmem_vm_info *dynmem_info_vm(struct dynmem_vm *vm)
{
	unsigned int nr = dynmem_nr_nodes(), n;
	struct dynmem_vm_info *info;
	int node;

	info = kzalloc(struct_size(info, nodes, nr), GFP_KERNEL);
	if (!info)
		return ERR_PTR(-ENOMEM);

	mutex_lock(&dynmem_set_lock);
	for_each_dynmem_node(node) {
		const struct dynmem_holding *h = &vm->books.holding[node];

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
	info->next = vm->next;
	info->ram = vm->ram;
	info->missing = vm->books.missing;
	info->status = vm->status;
	info->state = dynmem_vm_paused(vm) ? DYNMEM_VM_STATE_PAUSED : vm->state;
	/* A paused guest still has its driver, though a pause resets the device. */
	info->driver = dynmem_vm_paused(vm) && vm->driver == DYNMEM_DRIVER_DETACHED ?
		       vm->driver_before : vm->driver;
	info->pid = vm->pid;
	info->reaction = vm->unreclaimable ? DYNMEM_REACTION_PINNED : dynmem_vm_reaction(vm);
	info->backoff_ms = dynmem_above(vm->demand.thrash.until_ms, ktime_get_ns() / NSEC_PER_MSEC);
	info->known = vm->demand.reported_ms;
	info->commit_known = info->known && !vm->demand.figures.standard;
	info->demand = vm->demand.shown;
	info->commit = vm->demand.figures.commit;
	info->foreign = vm->demand.foreign.taken;
	info->pinned = vm->pinned;
	info->retouched = vm->retouched;
	info->shared = vm->shared;
	info->saved = vm->saved;
	info->paged = vm->paged;
	info->page_to = vm->books.page_to;
	info->cache = dynmem_cache_pays(&vm->demand.cache);
	info->reread = vm->demand.cache.rate;
	if (vm->limit.limited) {
		info->limit = vm->limit.bytes;
		strscpy(info->limit_by, vm->limit.name, sizeof(info->limit_by));
	}
	info->plugs = vm->plugs && vm->driver == DYNMEM_DRIVER_DYNMEM;
	sum_vnodes(info, vm);
	/*
	 * If any memory floats, the whole target is divided among the nodes in proportion to the
	 * grants that are charged there.
	 */
	if (info->floating && info->assigned)
		for (n = 0; n < info->nr_nodes; n++)
			info->nodes[n].target =
				mul_u64_u64_div_u64(info->nodes[n].assigned, info->target,
						    info->assigned);
	if (info->known)
		info->pressure = dynmem_vm_pressure(vm);
	info->pressure_known = info->known &&
			       dynmem_window_read(&vm->demand.pressure, &info->pressure_minimum,
						  &info->pressure_maximum, &info->pressure_average);
	info->available = min(vm->demand.figures.available, vm->ram);
	dynmem_explain(vm, ktime_get_ns() / NSEC_PER_MSEC, &info->why);
	dynmem_vdpa_chardev(vm, info->device, sizeof(info->device));
	mutex_unlock(&vm->lock);
	mutex_unlock(&dynmem_set_lock);

	info->unavailable = min(info->unavailable, dynmem_above(info->exposed, info->target));
	for (n = 0; n <= DYNMEM_A_COUNTER_MAX; n++)
		info->counters[n] = dynmem_counters_read(&vm->counters, n);
	return info;
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
		/* A reserve can be larger than the node's memory, which may be offline. */
		.reserve = min(node->host.reserve, node->host.present),
		.reserve_set = node->host.reserve_set,
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

bool dynmem_info_node(int nid, struct dynmem_node_info *info)
{
	if (nid < 0 || nid >= dynmem_nr_nodes() ||
	    !node_isset(dynmem_pool_host(nid), dynmem_pool_hosts))
		return false;
	mutex_lock(&dynmem_set_lock);
	node_info(nid, info);
	mutex_unlock(&dynmem_set_lock);
	/* A node without memory and without a charge is not shown. */
	return info->present || info->charge;
}

void dynmem_info_host(struct dynmem_node_info *info)
{
	struct dynmem_node_info one;
	int nid, i;

	mutex_lock(&dynmem_set_lock);
	*info = (struct dynmem_node_info) {
		.node = NUMA_NO_NODE,
		.lent = dynmem_headroom_lent(),
		.startable = dynmem_admit_startable(),
	};
	info->headroom_set = dynmem_headroom_get(&info->headroom_per_node, &info->headroom_percent);
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
		info->headroom += dynmem_headroom_of(nid);
		if (dynmem_pool_of(nid)) {
			info->pools += one.capacity;
			info->pools_spare += one.spare;
		}
	}
	mutex_unlock(&dynmem_set_lock);
}
