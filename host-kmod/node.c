// SPDX-License-Identifier: GPL-2.0
/*
 * node: the books of all host nodes, and where a VM is charged. Used by the balancer's files.
 */
#include <linux/minmax.h>
#include <linux/slab.h>

#include "node.h"
#include "vm.h"

struct dynmem_node *dynmem_nodes;

int dynmem_node_init(void)
{
	dynmem_nodes = kvcalloc(nr_node_ids, sizeof(*dynmem_nodes), GFP_KERNEL);
	return dynmem_nodes ? 0 : -ENOMEM;
}

void dynmem_node_exit(void)
{
	kvfree(dynmem_nodes);
	dynmem_nodes = NULL;
}

static u64 spare(int nid)
{
	return dynmem_ledger_spare(&dynmem_nodes[nid].ledger);
}

int dynmem_node_roomiest(void)
{
	int nid, best = first_node(node_states[N_MEMORY]);

	for_each_dynmem_node(nid)
		if (spare(nid) > spare(best))
			best = nid;
	return best;
}

/* What the VM's vnodes that are bound to @nid may hold. */
static u64 granted_on(const struct dynmem_vm *vm, int nid)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		if (vm->vnode[i].node == nid)
			bytes += vm->vnode[i].granted;
	return bytes;
}

void dynmem_node_charge(struct dynmem_vm *vm)
{
	u64 floating = granted_on(vm, NUMA_NO_NODE);
	struct dynmem_holding *h;
	int nid;

	for_each_dynmem_node(nid) {
		u64 granted = granted_on(vm, nid), here;

		h = &vm->holding[nid];
		here = min(floating, dynmem_above(h->resident, granted));
		floating -= here;
		dynmem_ledger_place(&dynmem_nodes[nid].ledger, h, granted + here);
	}
	while (floating) {
		u64 here;

		nid = dynmem_node_roomiest();
		h = &vm->holding[nid];
		here = min(floating, spare(nid)) ?: floating;
		floating -= here;
		dynmem_ledger_place(&dynmem_nodes[nid].ledger, h, h->granted + here);
	}
}

u64 dynmem_node_grant(struct dynmem_vm *vm, struct dynmem_vnode *v, u64 bytes)
{
	u64 got = 0, more;

	do {
		int nid = v->node != NUMA_NO_NODE ? v->node : dynmem_node_roomiest();

		more = dynmem_ledger_grant(&dynmem_nodes[nid].ledger, &vm->holding[nid],
					   bytes - got, false);
		got += more;
	} while (more && got < bytes);
	v->granted += got;
	return got;
}

u64 dynmem_node_promise(struct dynmem_vm *vm, const struct dynmem_vnode *v, u64 bytes)
{
	u64 got = 0, more;

	do {
		int nid = v->node != NUMA_NO_NODE ? v->node : dynmem_node_roomiest();

		more = dynmem_ledger_promise(&dynmem_nodes[nid].ledger, &vm->holding[nid],
					     bytes - got);
		got += more;
	} while (more && got < bytes);
	return got;
}

void dynmem_node_release(struct dynmem_vm *vm)
{
	int nid;

	for_each_dynmem_node(nid)
		dynmem_ledger_release(&dynmem_nodes[nid].ledger, &vm->holding[nid]);
}

void dynmem_node_overhead(struct dynmem_vm *vm, u64 bytes)
{
	u64 before = 0;
	unsigned int i;
	int nid;

	for_each_dynmem_node(nid)
		dynmem_ledger_overhead(&dynmem_nodes[nid].ledger, &vm->holding[nid], 0);
	for (i = 0; bytes && i < vm->nr_vnodes; i++) {
		const struct dynmem_vnode *v = &vm->vnode[i];
		u64 part = dynmem_part(bytes, before, v->ram, vm->ram, DYNMEM_BLOCK);

		before += v->ram;
		while (part) {
			struct dynmem_holding *h;
			u64 here = part;

			nid = v->node;
			if (nid == NUMA_NO_NODE) {
				nid = dynmem_node_roomiest();
				here = min(part, spare(nid)) ?: part;
			}
			h = &vm->holding[nid];
			dynmem_ledger_overhead(&dynmem_nodes[nid].ledger, h, h->overhead + here);
			part -= here;
		}
	}
}

/* What the guest could touch of its memory that is bound to @nid. */
static u64 exposed_on(const struct dynmem_vm *vm, int nid)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		if (vm->vnode[i].node == nid)
			bytes += dynmem_vnode_exposed(&vm->vnode[i]);
	return bytes;
}

/* What came since the walk is where the guest could touch more; else where memory is free. */
static void add_resident(const struct dynmem_vm *vm, u64 *resident, u64 bytes)
{
	int nid, best = first_node(node_states[N_MEMORY]);

	for_each_dynmem_node(nid) {
		u64 here = min(bytes, dynmem_above(exposed_on(vm, nid), resident[nid]));

		resident[nid] += here;
		bytes -= here;
		if (dynmem_nodes[nid].host.free > dynmem_nodes[best].host.free)
			best = nid;
	}
	resident[best] += bytes;
}

/* What went since the walk: first where the guest has given, then where there is most. */
static void remove_resident(const struct dynmem_vm *vm, u64 *resident, u64 bytes)
{
	int nid, best = first_node(node_states[N_MEMORY]);

	for_each_dynmem_node(nid) {
		u64 exposed = exposed_on(vm, nid), here;

		here = exposed ? min(bytes, dynmem_above(resident[nid], exposed)) : 0;
		resident[nid] -= here;
		bytes -= here;
	}
	while (bytes) {
		u64 here;

		for_each_dynmem_node(nid)
			if (resident[nid] > resident[best])
				best = nid;
		here = min(bytes, resident[best]);
		if (!here)
			break;
		resident[best] -= here;
		bytes -= here;
	}
}

void dynmem_node_measured(struct dynmem_vm *vm, u64 *resident, u64 total)
{
	u64 walked = 0;
	int nid;

	for_each_dynmem_node(nid)
		walked += resident[nid];
	if (walked < total)
		add_resident(vm, resident, total - walked);
	else
		remove_resident(vm, resident, walked - total);
	for_each_dynmem_node(nid)
		dynmem_ledger_measured(&dynmem_nodes[nid].ledger, &vm->holding[nid],
				       resident[nid]);
}

void dynmem_node_forget(struct dynmem_vm *vm)
{
	int nid;

	for_each_dynmem_node(nid)
		dynmem_ledger_forget(&dynmem_nodes[nid].ledger, &vm->holding[nid]);
}
