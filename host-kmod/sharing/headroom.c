// SPDX-License-Identifier: GPL-2.0
/*
 * headroom: how much of each node is kept unlent, and how much of the other part a VM may borrow.
 */
#include <linux/minmax.h>

#include "memory/pool.h"
#include "policy/lend.h"
#include "policy/pacing.h"
#include "sharing/headroom.h"
#include "sharing/node.h"
#include "sharing/types.h"
#include "vm/vm.h"

/* Guarded by dynmem_set_lock. */
static struct {
	bool set;
	u64 bytes;
	u32 percent;
	u64 lent;
} headroom = { .percent = DYNMEM_HEADROOM_DEFAULT };

void dynmem_headroom_set(u64 bytes, u32 percent)
{
	headroom.set = bytes || percent;
	headroom.bytes = bytes;
	headroom.percent = bytes ? 0 : percent ?: DYNMEM_HEADROOM_DEFAULT;
}

bool dynmem_headroom_get(u64 *bytes, u32 *percent)
{
	*bytes = headroom.bytes;
	*percent = headroom.percent;
	return headroom.set;
}

void dynmem_headroom_note_lent(u64 bytes)
{
	headroom.lent = bytes;
}

u64 dynmem_headroom_lent(void)
{
	return headroom.lent;
}

u64 dynmem_headroom_of(int nid)
{
	u64 capacity = dynmem_nodes[nid].ledger.capacity;

	if (headroom.percent == DYNMEM_HEADROOM_OFF)
		return capacity;
	return min(capacity, headroom.bytes ?: capacity / 100 * headroom.percent);
}

/* Headroom of a vnode's node; if the vnode floats, the largest headroom of a node of its pool. */
static u64 headroom_for(const struct dynmem_vnode *v)
{
	u64 bytes = 0;
	int nid;

	if (v->node != NUMA_NO_NODE)
		return dynmem_headroom_of(v->node);
	for_each_dynmem_node_of(nid, v->pool)
		bytes = max(bytes, dynmem_headroom_of(nid));
	return bytes;
}

/* The number of vnodes of the VM that may lie on a node where @v may lie, @v included. */
static unsigned int vnodes_beside(const struct dynmem_vm *vm, const struct dynmem_vnode *v)
{
	unsigned int i, n = 1;

	for (i = 0; i < vm->nr_vnodes; i++) {
		const struct dynmem_vnode *other = &vm->vnode[i];

		n += other != v && other->pool == v->pool &&
		     (other->node == v->node || other->node == NUMA_NO_NODE ||
		      v->node == NUMA_NO_NODE);
	}
	return n;
}

/*
 * Whether the VM may borrow. A VM that borrows must give the loan back at once when the host needs
 * the memory. So its guest must use the driver dynmem_balloon and must report, and nothing may keep
 * the host from taking memory from the VM now.
 */
static bool vm_may_borrow(const struct dynmem_plan *plan, const struct dynmem_want *want)
{
	const struct dynmem_vm *vm = want->vm;
	unsigned int i;

	if (headroom.percent == DYNMEM_HEADROOM_OFF || !dynmem_vm_admitted(vm) ||
	    !vm->set.dynamic || vm->unreclaimable || vm->demand.figures.standard ||
	    !vm->books.settled_ms || plan->now_ms < vm->books.settled_ms ||
	    dynmem_thrash_backs_off(&vm->demand.thrash, plan->now_ms))
		return false;
	for (i = 0; i < vm->nr_vnodes; i++)
		if (want[i].hold || !want[i].lazy || want[i].pays)
			return false;
	return true;
}

/*
 * Whether the guest has clearly less available memory than the floor, which is the amount that its
 * driver must leave available. Such a guest would keep a part of a loan, to reach the floor. A
 * guest that has given all that it can has about the floor available, so "clearly less" means less
 * than 7/8 of the floor.
 */
static bool figures_are_tight(const struct dynmem_figures *figures)
{
	u64 floor = virtio_dynmem_floor(figures->total);

	return figures->available < floor - floor / 8;
}

static bool vm_borrows(const struct dynmem_plan *plan, const struct dynmem_want *want)
{
	struct dynmem_vm *vm = want->vm;
	u64 resident = 0, desired = 0;
	unsigned int i;
	int nid;

	if (!vm_may_borrow(plan, want))
		return false;
	/*
	 * A guest that reports that it can't give some memory still has reaction OK, so it may
	 * borrow. Either the guest uses that memory, or its kernel keeps that memory free. If the
	 * guest fills the loan, dynmem_lend_look() ends the loan.
	 */
	if (dynmem_vm_reaction(vm) != DYNMEM_REACTION_OK) {
		dynmem_lend_fail(&vm->books.lend, plan->now_ms);
		return false;
	}
	for_each_dynmem_node(nid)
		resident += vm->books.holding[nid].resident;
	for (i = 0; i < vm->nr_vnodes; i++)
		desired += want[i].desired;
	return dynmem_lend_look(&vm->books.lend, plan->now_ms, resident, desired,
				figures_are_tight(&vm->demand.figures));
}

void dynmem_headroom_lend(const struct dynmem_plan *plan, struct dynmem_want *want)
{
	const struct dynmem_vm *vm = want->vm;
	bool borrows = vm_borrows(plan, want);
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++) {
		const struct dynmem_vnode *v = want[i].vnode;
		u64 most = headroom_for(v) / 2 / vnodes_beside(vm, v);

		most -= most % DYNMEM_BLOCK;
		want[i].lend = borrows ? min(want[i].lend, most) : 0;
	}
}
