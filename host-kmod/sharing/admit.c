// SPDX-License-Identifier: GPL-2.0
/* admit: decides whether VMs may start. */
#include <linux/ktime.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "event.h"
#include "memory/memcg.h"
#include "policy/nodesets.h"
#include "policy/share.h"
#include "sharing/admit.h"
#include "sharing/holders.h"
#include "sharing/limit.h"
#include "sharing/node.h"
#include "sharing/plan.h"
#include "vm/vm.h"

#define REFUSALS	32	/* the most in one decision, since each needs a pass over all VMs */
#define RESTART_TICKS	3	/* an event reports a lack that lasts for this many ticks */

/* Guarded by dynmem_set_lock. */
static struct dynmem_startq queue;
static u64 failover;			/* see dynmem_admit_set_failover(); bytes */
static u64 startable_bytes;		/* see dynmem_admit_startable() */

/*
 * The memory that other VMs keep when a VM starts, entered in @sets. A decision computes @sets
 * once, and updates it for each VM that starts. So during a decision @sets is not settled (see
 * nodesets.h). @want of struct dynmem_plan is in order of weight, the highest first. The vnodes of
 * its first @demands elements keep their demand, and the other vnodes keep their minimum. A VM that
 * starts and was found to fit keeps the memory that it needs.
 */
struct kept {
	struct dynmem_nodesets sets;
	unsigned int demands;
};

static struct kept kept;		/* for the VM that is considered now */
static struct kept startable;		/* for a VM of any weight: all others keep their demand */
static struct dynmem_nodesets floors;	/* all VMs keep only their floors */
static struct dynmem_nodesets trial;	/* a copy of one of these, to see if one VM fits */

void dynmem_admit_set_failover(u64 bytes)
{
	mutex_lock(&dynmem_set_lock);
	failover = bytes;
	mutex_unlock(&dynmem_set_lock);
}

u64 dynmem_admit_failover(void)
{
	return READ_ONCE(failover);
}

static void admission_finish(struct dynmem_admission *a, int error)
{
	a->vm->books.start = NULL;
	a->vm->books.missing = 0;
	a->error = error;
	WRITE_ONCE(a->done, true);
	wake_up(&a->wait);
}

static u64 ledger_capacity(const struct dynmem_plan *plan, int nid)
{
	return dynmem_nodes[nid].ledger.capacity;
}

/* Begins @k: all VMs keep their minimums. @plan->share must be filled in. */
static void keep_minimums(const struct dynmem_plan *plan, struct kept *k)
{
	int nid;

	dynmem_nodesets_copy(&k->sets, dynmem_plan_sets(plan, ledger_capacity));
	for_each_dynmem_node(nid)
		dynmem_nodesets_use(&k->sets, plan->bit[nid], dynmem_plan_fixed(plan, nid));
	dynmem_policy_keep(&k->sets, plan->share, plan->nr_wants, U32_MAX);
	k->demands = 0;
}

/* Lets VMs with at least @weight keep their demand in @k. @weight must not rise between calls. */
static void keep_demands(const struct dynmem_plan *plan, struct kept *k, u32 weight)
{
	for (; k->demands < plan->nr_wants; k->demands++) {
		const struct dynmem_share *share = &plan->share[k->demands];

		if (share->weight < weight)
			break;
		dynmem_nodesets_use(&k->sets, share->nodes, share->demand - share->minimum);
	}
}

struct dynmem_nodesets *dynmem_admit_kept(struct dynmem_plan *plan, const struct dynmem_vm *vm,
					  u32 weight)
{
	dynmem_plan_shares(plan, vm);
	keep_minimums(plan, &kept);
	keep_demands(plan, &kept, weight);
	dynmem_nodesets_settle(&kept.sets);
	return &kept.sets;
}

u64 dynmem_admit_failover_room(struct dynmem_plan *plan, const struct dynmem_vm *vm)
{
	u64 binding;

	/* The weights of further VMs are unknown, so no VM's demand counts as room. */
	return dynmem_nodesets_room(dynmem_admit_kept(plan, vm, 0), plan->any[0], &binding);
}

void dynmem_admit_note_startable(struct dynmem_plan *plan)
{
	startable_bytes = dynmem_admit_failover_room(plan, NULL);
}

u64 dynmem_admit_startable(void)
{
	return startable_bytes;
}

static void keep_floors(const struct dynmem_plan *plan, const struct dynmem_vm *vm)
{
	const struct dynmem_want *want = dynmem_plan_wants(plan, vm);
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		dynmem_nodesets_use(&floors, dynmem_plan_nodes(plan, want[i].vnode), want[i].floor);
}

static u64 capacity_at_best(const struct dynmem_plan *plan, int nid)
{
	const struct dynmem_capacity *host = &dynmem_nodes[nid].host;

	return max(host->capacity, dynmem_above(host->measured, host->reserve));
}

/* Called once in a decision, before any start is considered. */
static void begin_kept(struct dynmem_plan *plan)
{
	unsigned int i;

	dynmem_plan_shares(plan, NULL);
	keep_minimums(plan, &kept);
	if (failover) {
		keep_minimums(plan, &startable);
		keep_demands(plan, &startable, 0);
	}
	dynmem_nodesets_copy(&floors, dynmem_plan_sets(plan, capacity_at_best));
	for (i = 0; i < plan->nr_vms; i++)
		if (dynmem_vm_admitted(plan->vm[i]))
			keep_floors(plan, plan->vm[i]);
}

/*
 * A starting VM may hold memory already. Takes that memory out of @sets, so that it counts as room
 * for the VM.
 */
static void free_held(const struct dynmem_plan *plan, struct dynmem_nodesets *sets,
		      const struct dynmem_vm *vm)
{
	int nid;

	for_each_dynmem_node(nid)
		if (vm->books.holding[nid].resident)
			dynmem_nodesets_unuse(sets, plan->bit[nid],
					      vm->books.holding[nid].resident);
}

/*
 * Enters the memory that a VM needs, after the VM was found to fit. So VMs that are considered
 * later cannot get this memory.
 */
static void nodesets_count_in(const struct dynmem_plan *plan, struct dynmem_nodesets *sets,
			      const struct dynmem_vm *vm)
{
	const struct dynmem_want *want = dynmem_plan_wants(plan, vm);
	unsigned int i;

	free_held(plan, sets, vm);
	for (i = 0; i < vm->nr_vnodes; i++) {
		const struct dynmem_vnode *v = want[i].vnode;

		dynmem_nodesets_use(sets, dynmem_plan_nodes(plan, v), want[i].minimum);
		if (v->pool)
			dynmem_nodesets_use(sets, plan->bit[dynmem_plan_vmm_node(v)],
					    want[i].overhead);
	}
}

/* Return: a settled copy of @of, in which the memory that @vm holds counts as room. */
static struct dynmem_nodesets *nodesets_try(const struct dynmem_plan *plan,
					    const struct dynmem_nodesets *of,
					    const struct dynmem_vm *vm)
{
	dynmem_nodesets_copy(&trial, of);
	free_held(plan, &trial, vm);
	dynmem_nodesets_settle(&trial);
	return &trial;
}

static void clear_lacks(struct dynmem_admission *a)
{
	unsigned int i;
	int nid;

	a->anywhere = 0;
	for (i = 0; i < a->vm->nr_vnodes; i++)
		if (a->vm->vnode[i].node == NUMA_NO_NODE)
			a->anywhere |= 1ULL << a->vm->vnode[i].pool;
	for_each_dynmem_node(nid)
		a->lacks[nid] = 0;
}

static bool lacks_anywhere(const struct dynmem_admission *a, unsigned int pool)
{
	return a->anywhere & 1ULL << pool;
}

/* Bytes that are missing on all nodes of a pool together. */
static u64 lacks_in_pool(const struct dynmem_admission *a, unsigned int pool)
{
	u64 bytes = 0;
	int nid;

	for_each_dynmem_node_of(nid, pool)
		bytes += a->lacks[nid];
	return bytes;
}

/*
 * Whether memory is missing on @nid. If @anywhere is set for the pool of @nid, memory that is
 * missing on one node of the pool counts as missing on all of them.
 */
static bool node_is_short(const struct dynmem_admission *a, int nid)
{
	unsigned int pool = dynmem_pool_of(nid);

	return lacks_anywhere(a, pool) ? lacks_in_pool(a, pool) : a->lacks[nid];
}

/*
 * Notes that @bytes are missing on the nodes of mask @nodes together. If the mask has several
 * nodes, the bytes are noted for one of them, and @anywhere is set for the pool.
 */
static void note_lack(const struct dynmem_plan *plan, struct dynmem_admission *a, u64 nodes,
		      u64 bytes)
{
	int nid, one = first_node(dynmem_pool_hosts);

	for_each_dynmem_node(nid)
		if (plan->bit[nid] & nodes)
			one = nid;
	a->lacks[one] += bytes;
	if (nodes != plan->bit[one])
		a->anywhere |= 1ULL << dynmem_pool_of(one);
}

/* Sets @lacking and @nid from the memory that is missing on each node. */
static void sum_lacks(struct dynmem_admission *a)
{
	unsigned int nodes = 0;
	int nid;

	a->lacking = 0;
	a->nid = NUMA_NO_NODE;
	for_each_dynmem_node(nid) {
		if (!a->lacks[nid])
			continue;
		a->lacking += a->lacks[nid];
		a->nid = nid;
		nodes++;
	}
	if (nodes > 1 || (nodes && lacks_anywhere(a, dynmem_pool_of(a->nid))))
		a->nid = NUMA_NO_NODE;
}

/*
 * Enters @bytes on @nodes as far as there is room, and notes the other bytes as missing. Return:
 * true if there is room for all @bytes.
 */
static bool admission_enter(const struct dynmem_plan *plan, struct dynmem_admission *a,
			    struct dynmem_nodesets *sets, u64 nodes, u64 bytes)
{
	u64 binding, room = dynmem_nodesets_room(sets, nodes, &binding);
	u64 lack = dynmem_above(bytes, room);

	dynmem_nodesets_use(sets, nodes, min(bytes, room));
	if (lack)
		note_lack(plan, a, binding, lack);
	return !lack;
}

/* Whether a VM's needs fit into the room in @sets. Notes the memory that is missing. */
static bool find_room(const struct dynmem_plan *plan, struct dynmem_admission *a,
		      struct dynmem_nodesets *sets)
{
	const struct dynmem_want *want = dynmem_plan_wants(plan, a->vm);
	bool fits = true;
	unsigned int i;

	clear_lacks(a);
	for (i = 0; i < a->vm->nr_vnodes; i++) {
		const struct dynmem_vnode *v = want[i].vnode;

		fits &= admission_enter(plan, a, sets, dynmem_plan_nodes(plan, v),
					want[i].minimum);
		if (v->pool)
			fits &= admission_enter(plan, a, sets, plan->bit[dynmem_plan_vmm_node(v)],
						want[i].overhead);
	}
	return fits;
}

/* Whether other VMs can give enough memory for the VM to start. */
static bool others_make_room(const struct dynmem_plan *plan, struct dynmem_admission *a)
{
	keep_demands(plan, &kept, a->start.weight);
	return find_room(plan, a, nodesets_try(plan, &kept.sets, a->vm));
}

/* Whether a VM would use memory that is kept for failover. */
static bool breaks_failover(const struct dynmem_plan *plan, struct dynmem_admission *a)
{
	const struct dynmem_want *want = dynmem_plan_wants(plan, a->vm);
	u64 left, binding;
	unsigned int i;

	if (!failover)
		return false;
	left = dynmem_nodesets_room(nodesets_try(plan, &startable.sets, a->vm), plan->any[0],
				    &binding);
	for (i = 0; i < a->vm->nr_vnodes; i++)
		left = dynmem_above(left, want[i].vnode->pool ? want[i].overhead :
							       want[i].minimum);
	if (left >= failover)
		return false;
	a->lacking = failover - left;
	a->nid = NUMA_NO_NODE;
	scnprintf(a->text, sizeof(a->text),
		  "cannot start: failover keeps %lluM startable, with it %lluM would be left",
		  failover >> 20, left >> 20);
	return true;
}

/*
 * Whether memory cgroups allow a VM less than its startup memory now. If so, sets @in_the_end to
 * whether the cgroups will allow too little even after other VMs in them have given memory.
 */
static bool breaks_limit(const struct dynmem_plan *plan, struct dynmem_admission *a,
			 bool *in_the_end)
{
	const struct dynmem_want *want = dynmem_plan_wants(plan, a->vm);
	const struct dynmem_limit *limit = &a->vm->limit;
	u64 startup = 0;
	unsigned int i;

	for (i = 0; i < a->vm->nr_vnodes; i++)
		startup += want[i].vnode->pool ? 0 : want[i].startup;
	if (dynmem_limit_of(limit, startup) == startup)
		return false;
	*in_the_end = limit->due < startup;
	a->lacking = startup - limit->bytes;
	a->nid = NUMA_NO_NODE;
	scnprintf(a->text, sizeof(a->text),
		  "cannot start: memory cgroup %s allows %lluM, which leaves %lluM for %lluM startup besides what VMMs and other VMs in it have",
		  limit->name, limit->allows >> 20, limit->bytes >> 20, startup >> 20);
	return true;
}

/* Whether memory is missing on the node of a vnode, or on the nodes among which it floats. */
static bool vnode_is_short(const struct dynmem_admission *a, const struct dynmem_vnode *v)
{
	if (v->node != NUMA_NO_NODE)
		return node_is_short(a, v->node);
	return lacks_anywhere(a, v->pool) && lacks_in_pool(a, v->pool);
}

/* Whether a VM would not fit even if all other VMs were at their floors. */
static bool start_is_hopeless(const struct dynmem_plan *plan, struct dynmem_admission *a)
{
	dynmem_nodesets_copy(&trial, &floors);
	dynmem_nodesets_settle(&trial);
	return !find_room(plan, a, &trial);
}

static void explain_hopeless(const struct dynmem_plan *plan, struct dynmem_admission *a)
{
	u64 capacity = 0, least = 0;
	unsigned int i;
	int nid;

	for_each_dynmem_node(nid)
		if (node_is_short(a, nid))
			capacity += capacity_at_best(plan, nid);
	for (i = 0; i < plan->nr_wants; i++) {
		const struct dynmem_want *want = &plan->want[i];

		if (want->vm != a->vm && dynmem_vm_admitted(want->vm) &&
		    vnode_is_short(a, want->vnode))
			least = dynmem_sum(least, want->floor);
	}
	scnprintf(a->text, sizeof(a->text), ", minimums alone are %lluM of a capacity of %lluM",
		  least >> 20, capacity >> 20);
}

static u64 part_still_spare(const struct dynmem_start_part *part)
{
	u64 used = dynmem_above(part->startup, part->holding->resident) + part->overhead;

	return dynmem_above(dynmem_ledger_spare(part->ledger), used);
}

/*
 * Finds the node with the most spare memory among the nodes of @pool. Memory of the VM's present
 * parts does not count as spare. Return: the VM's part on that node.
 */
static struct dynmem_start_part *part_roomiest(struct dynmem_admission *a, unsigned int pool)
{
	struct dynmem_start_part *best = &a->start.part[dynmem_node_roomiest(pool)];
	int nid;

	for_each_dynmem_node_of(nid, pool)
		if (part_still_spare(&a->start.part[nid]) > part_still_spare(best))
			best = &a->start.part[nid];
	return best;
}

/*
 * Chooses the nodes for startup memory that floats: first the nodes where the VM has resident
 * memory already, then the nodes with the most spare memory.
 */
static void find_floating_parts(const struct dynmem_want *want, struct dynmem_admission *a,
				unsigned int pool)
{
	struct dynmem_start_part *part;
	u64 floating = 0, here;
	unsigned int i;
	int nid;

	for (i = 0; i < a->vm->nr_vnodes; i++)
		if (want[i].vnode->node == NUMA_NO_NODE && want[i].vnode->pool == pool)
			floating += want[i].startup;
	for_each_dynmem_node_of(nid, pool) {
		part = &a->start.part[nid];
		here = min(floating, dynmem_above(part->holding->resident, part->startup));
		part->startup += here;
		floating -= here;
	}
	for (; floating; floating -= here) {
		part = part_roomiest(a, pool);
		here = min(floating, part_still_spare(part)) ?: floating;
		part->startup += here;
	}
}

/* Computes the memory that a VM needs on each node. */
static void find_parts(const struct dynmem_plan *plan, struct dynmem_admission *a)
{
	const struct dynmem_want *want = dynmem_plan_wants(plan, a->vm);
	struct dynmem_start_part *part = a->start.part;
	u64 overhead = 0, here;
	unsigned int i;
	int nid;

	for (nid = 0; nid < dynmem_nr_nodes(); nid++)
		part[nid] = (struct dynmem_start_part){
			.ledger = &dynmem_nodes[nid].ledger, .holding = &a->vm->books.holding[nid],
		};
	a->start.nr_parts = dynmem_nr_nodes();
	for (i = 0; i < a->vm->nr_vnodes; i++) {
		nid = want[i].vnode->node;
		if (nid != NUMA_NO_NODE)
			part[nid].startup += want[i].startup;
		if (nid != NUMA_NO_NODE || want[i].vnode->pool)
			part[dynmem_plan_vmm_node(want[i].vnode)].overhead += want[i].overhead;
		else
			overhead += want[i].overhead;
	}
	for (i = 0; i < dynmem_nr_pools; i++)
		find_floating_parts(want, a, i);
	for (; overhead; overhead -= here) {
		part = part_roomiest(a, 0);
		here = min(overhead, part_still_spare(part)) ?: overhead;
		part->overhead += here;
	}
}

/* Computes the memory that has to become spare on each node before a VM can start. */
static void find_lacks(struct dynmem_admission *a)
{
	int nid;

	clear_lacks(a);
	for_each_dynmem_node(nid) {
		const struct dynmem_start_part *part = &a->start.part[nid];

		a->lacks[nid] = dynmem_ledger_lacks(part->ledger, part->holding, part->startup,
						    part->overhead, false);
	}
}

/* Has other VMs give the memory that a waiting VM lacks. Debt is paid anyway, and only once. */
static void collect_lacks(struct dynmem_plan *plan, const struct dynmem_admission *a)
{
	int nid;

	for_each_dynmem_node(nid) {
		u64 debt = dynmem_ledger_debt(&dynmem_nodes[nid].ledger);
		u64 lack = dynmem_above(a->lacks[nid], debt);

		if (lacks_anywhere(a, dynmem_pool_of(nid)))
			plan->floating_lack[dynmem_pool_of(nid)] += lack;
		else
			plan->lack[nid] += lack;
	}
}

/* Admits a VM. The ledgers have already granted the VM the startup memory in its wants. */
static void admission_grant(struct dynmem_plan *plan, struct dynmem_admission *a)
{
	const struct dynmem_want *want = dynmem_plan_wants(plan, a->vm);
	unsigned int i;

	for (i = 0; i < a->vm->nr_vnodes; i++) {
		want[i].vnode->target = want[i].startup;
		want[i].vnode->granted = want[i].startup;
	}
	a->vm->books.admitted_ms = plan->now_ms;
	dynmem_plan_renew(plan, a->vm);
	admission_finish(a, 0);
}

/*
 * Admits a VM whose guest runs already. A refusal would free no memory, and would leave the memory
 * of this guest out of dynmem's control. The VM is granted the part of its startup memory that is
 * spare or that the guest holds. If the guest holds more memory, the VM is charged for that, too.
 */
static void admission_adopt(struct dynmem_plan *plan, struct dynmem_admission *a)
{
	struct dynmem_want *want = dynmem_plan_wants(plan, a->vm);
	unsigned int i;
	int nid;

	find_parts(plan, a);
	clear_lacks(a);
	dynmem_startq_adopt(&queue, &a->start, a->lacks);
	sum_lacks(a);
	for (i = 0; i < a->vm->nr_vnodes; i++) {
		const struct dynmem_vnode *v = want[i].vnode;

		for_each_dynmem_node_of(nid, v->pool) {
			u64 cut = min(want[i].startup, a->lacks[nid]);

			if (v->node != NUMA_NO_NODE && v->node != nid)
				continue;
			want[i].startup -= cut;
			a->lacks[nid] -= cut;
		}
		want[i].minimum = max(want[i].startup, want[i].resident);
	}
	nodesets_count_in(plan, &kept.sets, a->vm);
	if (failover)
		nodesets_count_in(plan, &startable.sets, a->vm);
	admission_grant(plan, a);
}

/* Bytes that a VM holds on nodes where memory is missing. */
static u64 charge_where_short(const struct dynmem_vm *vm, const void *arg)
{
	const struct dynmem_admission *a = arg;
	u64 bytes = 0;
	int nid;

	for_each_dynmem_node(nid)
		if (node_is_short(a, nid))
			bytes += dynmem_holding_charge(&vm->books.holding[nid]);
	return bytes;
}

/*
 * Completes the text of a refusal. In front of the present text, inserts how much memory is missing
 * on which nodes, and which VMs hold memory there.
 */
static void admission_explain(const struct dynmem_plan *plan, struct dynmem_admission *a)
{
	const struct dynmem_want *want = dynmem_plan_wants(plan, a->vm);
	const char *lead = "";
	char last[sizeof(a->text)];
	char *text = a->text;
	size_t size = sizeof(a->text);
	u64 startup = 0, promised = 0;
	unsigned int i;
	int len, nid, named;

	sum_lacks(a);
	for (i = 0; i < a->vm->nr_vnodes; i++)
		if (vnode_is_short(a, want[i].vnode))
			startup += max(want[i].startup, want[i].resident);

	memcpy(last, text, size);
	len = scnprintf(text, size, "cannot start:");
	for (i = 0; i < dynmem_nr_pools; i++) {
		if (!lacks_anywhere(a, i) || !lacks_in_pool(a, i))
			continue;
		len += scnprintf(text + len, size - len, "%s the host lacks %lluM", lead,
				 lacks_in_pool(a, i) >> 20);
		if (i)
			len += scnprintf(text + len, size - len, " of %lluM pages",
					 dynmem_pool_page(i) >> 20);
		lead = ",";
	}
	for_each_dynmem_node(nid) {
		if (lacks_anywhere(a, dynmem_pool_of(nid)) || !a->lacks[nid])
			continue;
		len += scnprintf(text + len, size - len, "%s node %s lacks %lluM", lead,
				 dynmem_nodes[nid].name, a->lacks[nid] >> 20);
		lead = ",";
	}
	if (startup)
		len += scnprintf(text + len, size - len, " for %lluM startup and its VMM; held by",
				 startup >> 20);
	else
		len += scnprintf(text + len, size - len, " for its VMM; held by");
	named = dynmem_holders_name(plan, a->vm, charge_where_short, a, text + len, size - len);
	if (!named)
		named = scnprintf(text + len, size - len, " no other VM");
	for_each_dynmem_node(nid)
		if (node_is_short(a, nid))
			promised += dynmem_nodes[nid].ledger.promised;
	if (promised)
		named += scnprintf(text + len + named, size - len - named,
				   ", %lluM set aside for other starts", promised >> 20);
	scnprintf(text + len + named, size - len - named, "%s", last);
}

/* Refuses a VM that has left the queue. If @explained, the text has the reason already. */
static void admission_refuse(struct dynmem_plan *plan, struct dynmem_admission *a, bool explained)
{
	if (a->start.fits)
		find_lacks(a);
	else if (a->start.hopeless && !explained)
		explain_hopeless(plan, a);
	if (!explained)
		admission_explain(plan, a);
	a->start.fits = false;
	admission_finish(a, -ENOMEM);
}

/*
 * Admits or refuses a VM that starts, or lets it wait. Without @may_refuse the VM is not refused in
 * this decision. Return: whether the VM was refused.
 */
static bool admission_consider(struct dynmem_plan *plan, struct dynmem_admission *a,
			       bool may_refuse)
{
	bool never = false, limited, explained;

	if (a->start.runs) {
		admission_adopt(plan, a);
		keep_floors(plan, a->vm);
		return false;
	}
	limited = breaks_limit(plan, a, &never);
	explained = limited || breaks_failover(plan, a);
	if (!explained)
		a->text[0] = '\0';
	a->start.limited = limited && !never;
	a->start.hopeless = limited ? never : explained || start_is_hopeless(plan, a);
	a->start.fits = !a->start.hopeless && !limited && others_make_room(plan, a);
	if (a->start.fits)
		nodesets_count_in(plan, &kept.sets, a->vm);
	if (a->start.fits && failover)
		nodesets_count_in(plan, &startable.sets, a->vm);
	find_parts(plan, a);
	switch (dynmem_startq_serve(&queue, &a->start, may_refuse)) {
	case DYNMEM_START_ADMITTED:
		admission_grant(plan, a);
		keep_floors(plan, a->vm);
		return false;
	case DYNMEM_START_REFUSED:
		admission_refuse(plan, a, explained);
		return true;
	case DYNMEM_START_WAITS:
		if (a->start.fits) {
			find_lacks(a);
			collect_lacks(plan, a);
		}
		if (!limited)
			sum_lacks(a);
		a->vm->books.missing = a->lacking;
		return false;
	}
	return false;
}

/*
 * A guest that restarts needs its startup memory again, so the VM's wants include this memory. If
 * some of it is missing, the VM cannot be refused. So the guest goes on with less, and an event
 * reports the lack if it lasts. See paging.h for a lack that no memory will cover.
 */
static void consider_restart(const struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	u64 startup = min(vm->set.startup, vm->ram), granted = dynmem_vm_granted(vm);

	vm->books.missing = vm->state == DYNMEM_VM_STATE_RESTARTING ?
		      dynmem_above(startup, granted) : 0;
	if (!vm->books.missing)
		vm->books.missing_ticks = 0;
	else if (plan->tick && ++vm->books.missing_ticks == RESTART_TICKS)
		dynmem_event(DYNMEM_EVENT_STATE, vm->name, NUMA_NO_NODE, vm->books.missing,
			     "restarting: %lluM of %lluM startup can't be had, the guest goes on with %lluM",
			     vm->books.missing >> 20, startup >> 20, granted >> 20);
}

/* If the weight of a VM in the queue has changed, moves the VM to the place of its new weight. */
static void follow_weight(const struct dynmem_vm *vm)
{
	struct dynmem_start *start = vm->books.start;

	if (start->weight == vm->set.weight)
		return;
	dynmem_startq_leave(&queue, start);
	start->weight = vm->set.weight;
	dynmem_startq_enqueue(&queue, start);
}

bool dynmem_admit_consider(struct dynmem_plan *plan)
{
	struct dynmem_start *start, *next;
	unsigned int i, refused = 0;

	for (i = 0; i < plan->nr_vms; i++)
		if (dynmem_vm_admitted(plan->vm[i]))
			consider_restart(plan, plan->vm[i]);
		else if (plan->vm[i]->books.start)
			follow_weight(plan->vm[i]);

	/* Gives back memory set aside earlier: capacity may have fallen since the last decision. */
	dynmem_startq_begin(&queue, plan->now_ms);
	if (!queue.first)
		return false;
	plan->startq = &queue;
	begin_kept(plan);
	for (start = queue.first; start; start = next) {
		struct dynmem_admission *a = container_of(start, struct dynmem_admission, start);

		next = start->next;
		/*
		 * A VM whose memory is not measured yet is considered in a later decision. Such a
		 * VM came after the VMs were measured, or its VMM holds its mmap_lock. A VMM may
		 * hold this lock for any time, so from @deadline_ms on the VM is considered anyway.
		 */
		if ((start->measured || plan->now_ms >= start->deadline_ms) &&
		    dynmem_plan_wants(plan, a->vm))
			refused += admission_consider(plan, a, refused < REFUSALS);
	}
	return refused == REFUSALS;
}

void dynmem_admit_enqueue(struct dynmem_admission *a)
{
	a->vm->books.start = &a->start;
	dynmem_startq_enqueue(&queue, &a->start);
}

void dynmem_admit_leave(struct dynmem_admission *a)
{
	dynmem_startq_leave(&queue, &a->start);
	admission_finish(a, -EINTR);
}
