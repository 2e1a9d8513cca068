// SPDX-License-Identifier: GPL-2.0
/* node: the ledgers of all nodes, and the nodes on which a VM is charged. */
#include <linux/minmax.h>
#include <linux/slab.h>

#include "policy/startq.h"
#include "sharing/node.h"
#include "vm/vm.h"

/* Time after admission. By then a VMM has allocated most of its own memory. */
#define OVERHEAD_FALLS_MS	3000
/* Time after admission. By then all of a VMM's own memory is measured as the host's own use. */
#define OVERHEAD_ENDS_MS	30000

struct dynmem_node *dynmem_nodes;
static u64 *placing;	/* by node: bytes that dynmem_node_charge() is about to charge */
static u64 *least;	/* by node: the minimum that dynmem_node_charge() is about to enter */

int dynmem_node_init(void)
{
	int nid;

	dynmem_pool_init();
	dynmem_nodes = kvcalloc(dynmem_nr_nodes(), sizeof(*dynmem_nodes), GFP_KERNEL);
	placing = kvcalloc(dynmem_nr_nodes(), sizeof(*placing), GFP_KERNEL);
	least = kvcalloc(dynmem_nr_nodes(), sizeof(*least), GFP_KERNEL);
	if (!dynmem_nodes || !placing || !least) {
		dynmem_node_exit();
		return -ENOMEM;
	}
	for (nid = 0; nid < dynmem_nr_nodes(); nid++) {
		dynmem_nodes[nid].host.pool = dynmem_pool_of(nid);
		dynmem_pool_name(nid, dynmem_nodes[nid].name, sizeof(dynmem_nodes[nid].name));
	}
	return 0;
}

void dynmem_node_exit(void)
{
	kvfree(dynmem_nodes);
	kvfree(placing);
	kvfree(least);
	dynmem_nodes = NULL;
	placing = NULL;
	least = NULL;
}

static u64 node_spare(int nid)
{
	return dynmem_ledger_spare(&dynmem_nodes[nid].ledger);
}

static int node_first_of(unsigned int pool)
{
	return dynmem_pool_node(first_node(dynmem_pool_hosts), pool);
}

int dynmem_node_roomiest(unsigned int pool)
{
	int nid, best = node_first_of(pool);

	for_each_dynmem_node_of(nid, pool)
		if (node_spare(nid) > node_spare(best))
			best = nid;
	return best;
}

/*
 * Sums up @of() over the VM's vnodes in @pool that are bound to @nid. If @nid is NUMA_NO_NODE, sums
 * up over the VM's floating vnodes in @pool.
 */
static u64 vnodes_sum_on(const struct dynmem_vm *vm, int nid, unsigned int pool,
			 u64 (*of)(const struct dynmem_vnode *v))
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		if (vm->vnode[i].node == nid && vm->vnode[i].pool == pool)
			bytes += of(&vm->vnode[i]);
	return bytes;
}

static u64 vnode_granted(const struct dynmem_vnode *v)
{
	return v->granted;
}

static u64 vnode_minimum(const struct dynmem_vnode *v)
{
	return v->minimum;
}

/* Memory that would be spare on @nid if the VM's grants were charged as @placing says. */
static u64 node_spare_without(const struct dynmem_vm *vm, int nid)
{
	const struct dynmem_ledger *ledger = &dynmem_nodes[nid].ledger;
	const struct dynmem_holding *h = &vm->books.holding[nid];
	u64 others = dynmem_ledger_bound(ledger) - dynmem_holding_charge(h);

	return dynmem_above(ledger->capacity, others + max(placing[nid], h->resident));
}

/*
 * The node of @pool with the most room for the VM's floating memory. If several nodes have the most
 * room, this is the one of them with the largest part of the VM's grant.
 */
static int node_roomiest_for(const struct dynmem_vm *vm, unsigned int pool)
{
	const struct dynmem_holding *holding = vm->books.holding;
	int nid, best = node_first_of(pool);
	u64 most = node_spare_without(vm, best);

	for_each_dynmem_node_of(nid, pool) {
		u64 room = node_spare_without(vm, nid);

		if (room > most ||
		    (room == most && holding[nid].granted > holding[best].granted)) {
			best = nid;
			most = room;
		}
	}
	return best;
}

/* Bytes of the VM's minimum that fit on a node in addition to @least. */
static u64 node_room_for_least(const struct dynmem_vm *vm, int nid)
{
	const struct dynmem_ledger *ledger = &dynmem_nodes[nid].ledger;
	u64 others = ledger->minimums - vm->books.holding[nid].minimum + ledger->overhead;

	return dynmem_above(ledger->capacity, others + least[nid]);
}

/*
 * Places the floating part of the VM's minimum: first on the nodes where floating memory of the VM
 * is charged, as far as the minimum fits there; then on any node where it fits; the rest on @best.
 */
static void place_minimum(const struct dynmem_vm *vm, unsigned int pool, int best)
{
	u64 floating = vnodes_sum_on(vm, NUMA_NO_NODE, pool, vnode_minimum), here;
	int nid;

	for_each_dynmem_node_of(nid, pool) {
		u64 floats = placing[nid] - vnodes_sum_on(vm, nid, pool, vnode_granted);

		least[nid] = vnodes_sum_on(vm, nid, pool, vnode_minimum);
		here = min(min(floating, floats), node_room_for_least(vm, nid));
		least[nid] += here;
		floating -= here;
	}
	for_each_dynmem_node_of(nid, pool) {
		here = min(floating, node_room_for_least(vm, nid));
		least[nid] += here;
		floating -= here;
	}
	least[best] += floating;
	for_each_dynmem_node_of(nid, pool)
		dynmem_ledger_minimum(&dynmem_nodes[nid].ledger, &vm->books.holding[nid],
				      least[nid]);
}

/* Charges the VM's memory in one pool. */
static void charge_in_pool(struct dynmem_vm *vm, unsigned int pool)
{
	u64 floating = vnodes_sum_on(vm, NUMA_NO_NODE, pool, vnode_granted);
	u64 exposed = vnodes_sum_on(vm, NUMA_NO_NODE, pool, dynmem_vnode_exposed);
	int nid, best = node_first_of(pool);
	u64 here;

	for_each_dynmem_node_of(nid, pool) {
		u64 bound = vnodes_sum_on(vm, nid, pool, vnode_granted);

		here = min(floating, dynmem_above(vm->books.holding[nid].resident, bound));
		placing[nid] = bound + here;
		floating -= here;
	}
	for (; floating; floating -= here) {
		best = node_roomiest_for(vm, pool);
		here = min(floating, node_spare_without(vm, best)) ?: floating;
		placing[best] += here;
	}
	for_each_dynmem_node_of(nid, pool) {
		struct dynmem_ledger *ledger = &dynmem_nodes[nid].ledger;
		struct dynmem_holding *h = &vm->books.holding[nid];
		u64 floats = placing[nid] - vnodes_sum_on(vm, nid, pool, vnode_granted);

		dynmem_ledger_place(ledger, h, placing[nid]);
		here = min(exposed, floats);
		exposed -= here;
		dynmem_ledger_exposed(ledger, h,
				      vnodes_sum_on(vm, nid, pool, dynmem_vnode_exposed) + here);
	}
	place_minimum(vm, pool, best);
	/* Floating memory that the guest could touch beyond its grant is entered on one node. */
	if (exposed)
		dynmem_ledger_exposed(&dynmem_nodes[best].ledger, &vm->books.holding[best],
				      vm->books.holding[best].exposed + exposed);
}

void dynmem_node_charge(struct dynmem_vm *vm)
{
	unsigned int pool;

	for (pool = 0; pool < dynmem_nr_pools; pool++)
		charge_in_pool(vm, pool);
}

u64 dynmem_node_grant(struct dynmem_vm *vm, struct dynmem_vnode *v, u64 bytes)
{
	u64 got = 0, more;

	do {
		int nid = v->node != NUMA_NO_NODE ? v->node : dynmem_node_roomiest(v->pool);

		more = dynmem_ledger_grant(&dynmem_nodes[nid].ledger, &vm->books.holding[nid],
					   bytes - got, false);
		got += more;
	} while (more && got < bytes);
	v->granted += got;
	return got;
}

/* Lowers the overhead of a VM to @left bytes, on all of its nodes in the same proportion. */
static void node_lower_overhead(struct dynmem_vm *vm, u64 left)
{
	u64 before = 0, all = 0;
	int nid;

	for_each_dynmem_node(nid)
		all += vm->books.holding[nid].overhead;
	if (all <= left)
		return;
	for_each_dynmem_node(nid) {
		struct dynmem_holding *h = &vm->books.holding[nid];
		u64 own = h->overhead;

		dynmem_ledger_overhead(&dynmem_nodes[nid].ledger, h,
				       dynmem_part(left, before, own, all, PAGE_SIZE));
		before += own;
	}
}

void dynmem_node_overhead_age(struct dynmem_vm *vm, u64 now_ms)
{
	if (vm->demand.reported_ms || now_ms > vm->books.admitted_ms + OVERHEAD_ENDS_MS)
		node_lower_overhead(vm, 0);
	else if (now_ms > vm->books.admitted_ms + OVERHEAD_FALLS_MS)
		node_lower_overhead(vm, dynmem_startq_overhead_left(vm->ram));
}

static u64 vm_exposed_on(const struct dynmem_vm *vm, int nid)
{
	return vnodes_sum_on(vm, nid, dynmem_pool_of(nid), dynmem_vnode_exposed);
}

static bool vm_has_memory_in(const struct dynmem_vm *vm, unsigned int pool)
{
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		if (vm->vnode[i].pool == pool)
			return true;
	return false;
}

/* Whether a node has enough free memory for the kernel to allocate there without reclaim. */
static bool node_has_free(int nid)
{
	const struct dynmem_capacity *host = &dynmem_nodes[nid].host;

	return host->free > host->present / 64;
}

/*
 * Whether floating memory is likelier to grow on @nid than on @than: nodes with free memory come
 * first, then nodes with more of the VM's memory, where the VM's CPUs probably run.
 */
static bool node_is_likelier(int nid, int than, const u64 *resident)
{
	if (node_has_free(nid) != node_has_free(than))
		return node_has_free(nid);
	if (resident[nid] != resident[than])
		return resident[nid] > resident[than];
	return dynmem_nodes[nid].host.free > dynmem_nodes[than].host.free;
}

/*
 * Adds @bytes, which have become resident since the last full walk, to @resident. First, nodes with
 * bound vnodes are filled up to the memory that the guest could touch on these vnodes. The
 * remaining bytes go to the node where floating memory is likeliest to grow.
 */
static void add_resident(const struct dynmem_vm *vm, u64 *resident, u64 bytes)
{
	int nid, best = node_first_of(vm->vnode[0].pool);

	for_each_dynmem_node(nid) {
		u64 here = min(bytes, dynmem_above(vm_exposed_on(vm, nid), resident[nid]));

		resident[nid] += here;
		bytes -= here;
		if (vm_has_memory_in(vm, dynmem_pool_of(nid)) &&
		    node_is_likelier(nid, best, resident))
			best = nid;
	}
	resident[best] += bytes;
}

/*
 * Subtracts @bytes, which have been released since the last full walk, from @resident. First, nodes
 * with bound vnodes are lowered to the memory that the guest could touch on these vnodes. The
 * remaining bytes are subtracted on the node with the most resident memory.
 */
static void remove_resident(const struct dynmem_vm *vm, u64 *resident, u64 bytes)
{
	int nid, best = first_node(dynmem_pool_hosts);

	for_each_dynmem_node(nid) {
		u64 exposed = vm_exposed_on(vm, nid), here;

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

u64 dynmem_node_floats(const struct dynmem_vm *vm, int nid)
{
	const struct dynmem_holding *h = &vm->books.holding[nid];
	unsigned int pool = dynmem_pool_of(nid);

	if (!vnodes_sum_on(vm, NUMA_NO_NODE, pool, dynmem_vnode_exposed))
		return 0;
	return dynmem_above(dynmem_holding_charge(h), vnodes_sum_on(vm, nid, pool, vnode_granted));
}

/*
 * Whether the VM has floating memory in the pool, and its resident memory in the pool does not
 * exceed its grants there. @resident has bytes by node.
 */
static bool vm_is_within_grant(const struct dynmem_vm *vm, const u64 *resident, unsigned int pool)
{
	u64 bytes = 0, grant = 0;
	bool floats = false;
	unsigned int i;
	int nid;

	for (i = 0; i < vm->nr_vnodes; i++) {
		if (vm->vnode[i].pool != pool)
			continue;
		grant += vm->vnode[i].granted;
		floats |= vm->vnode[i].node == NUMA_NO_NODE;
	}
	for_each_dynmem_node_of(nid, pool)
		bytes += resident[nid];
	return floats && bytes <= grant;
}

void dynmem_node_measured(struct dynmem_vm *vm, u64 *resident, u64 total, u64 exposed)
{
	u64 walked = 0;
	int nid;

	for_each_dynmem_node(nid)
		walked += resident[nid];
	vm->books.exposed_then = exposed;
	if (walked < total)
		add_resident(vm, resident, total - walked);
	else
		remove_resident(vm, resident, walked - total);
	for_each_dynmem_node(nid) {
		struct dynmem_ledger *ledger = &dynmem_nodes[nid].ledger;

		if (vm_is_within_grant(vm, resident, dynmem_pool_of(nid)))
			dynmem_ledger_moved(ledger, &vm->books.holding[nid], resident[nid]);
		else
			dynmem_ledger_measured(ledger, &vm->books.holding[nid], resident[nid]);
	}
	/* After -EAGAIN, @resident and @total may be those of a guest that was never counted. */
	if (vm->books.start && vm->books.uncounted != -EAGAIN)
		vm->books.start->measured = true;
}

void dynmem_node_forget(struct dynmem_vm *vm)
{
	int nid;

	/* A node whose memory is offline may still have a holding of the VM. */
	for (nid = 0; nid < dynmem_nr_nodes(); nid++)
		dynmem_ledger_forget(&dynmem_nodes[nid].ledger, &vm->books.holding[nid]);
}
