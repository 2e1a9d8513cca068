// SPDX-License-Identifier: GPL-2.0
/*
 * whatif: answers what would happen if a VM started. For this, a *ghost* takes part in a plan that
 * is not carried out. A ghost is a copy of that VM, and is not in the set of VMs.
 */
#include <linux/err.h>
#include <linux/minmax.h>
#include <linux/slab.h>

#include "control/balancer.h"
#include "control/whatif.h"
#include "policy/nodesets.h"
#include "sharing/admit.h"
#include "sharing/node.h"
#include "sharing/plan.h"
#include "vm/vm.h"

#define LATE_NAMES	3	/* the most VMs named in the text that do not give soon */

/* A question and its answer. @best is the node of @pool on which the ghost fits best. */
struct question {
	struct dynmem_vm *ghost;
	unsigned int pool;
	int best;
	struct dynmem_start start;
	struct dynmem_whatif *check;
	struct dynmem_whatif_giver *giver;	/* one entry for each VM in the plan */
	struct dynmem_plan_rows *rows;
};

static struct dynmem_vm *make_ghost(const char *name, u64 page, struct question *q,
				    struct netlink_ext_ack *extack)
{
	struct dynmem_vm *ghost;

	q->pool = dynmem_pool_find(page);
	if (page && page != dynmem_pool_page(q->pool)) {
		NL_SET_ERR_MSG_FMT(extack,
				   "no pages of %llu KiB here; /sys/kernel/mm/hugepages has the sizes",
				   page >> 10);
		return ERR_PTR(-EINVAL);
	}
	ghost = dynmem_vm_like(name);
	if (IS_ERR(ghost)) {
		if (PTR_ERR(ghost) == -ENOENT)
			NL_SET_ERR_MSG_FMT(extack, "no VM named '%.64s'", name);
		else if (PTR_ERR(ghost) == -EBUSY)
			NL_SET_ERR_MSG(extack, "the VM runs already");
		return ghost;
	}
	ghost->ram = ghost->set.dynamic ? ghost->set.maximum : ghost->set.startup;
	ghost->nr_vnodes = 1;
	ghost->vnode[0].ram = ghost->ram;
	ghost->vnode[0].node = NUMA_NO_NODE;
	ghost->vnode[0].pool = q->pool;
	q->start.overhead = dynmem_startq_overhead(ghost->ram);
	q->start.weight = ghost->set.weight;
	q->start.measured = true;
	q->start.fits = true;
	ghost->books.start = &q->start;
	q->ghost = ghost;
	return ghost;
}

/* The number of VMs that fit in @room if each needs @need bytes. */
static u64 vms_that_fit(u64 room, u64 need)
{
	return need ? div64_u64(room, need) : 0;
}

/*
 * Finds out how much room each node of the ghost's pool has, and on which node the ghost fits best.
 */
static void look_at_nodes(struct dynmem_plan *plan, struct question *q,
			  struct dynmem_nodesets *kept)
{
	struct dynmem_whatif *check = q->check;
	u64 need = check->need, spare = 0, best_spare = 0, room, binding;
	int nid;

	room = dynmem_nodesets_room(kept, plan->any[q->pool], &binding);
	q->best = NUMA_NO_NODE;
	for_each_dynmem_node_of(nid, q->pool) {
		struct dynmem_whatif_node *node = &check->node[check->nr_nodes++];

		node->node = dynmem_pool_host(nid);
		node->spare = dynmem_ledger_spare(&dynmem_nodes[nid].ledger);
		node->room = dynmem_nodesets_room(kept, plan->bit[nid], &binding);
		node->lacking = dynmem_above(need, node->room);
		node->more = vms_that_fit(node->room, need);
		spare += node->spare;
		check->more += node->more;
		if (node->lacking || (q->best != NUMA_NO_NODE && node->spare <= best_spare))
			continue;
		q->best = nid;
		best_spare = node->spare;
	}
	check->best = dynmem_pool_host(q->best);
	check->more = max(check->more, vms_that_fit(room, need));
	check->lacking = q->best != NUMA_NO_NODE ? 0 : dynmem_above(need, room);
	check->spare = min(need, q->best != NUMA_NO_NODE ? best_spare : spare);
}

/*
 * Bytes of ordinary memory that a start of the ghost needs. If the ghost is in a hugetlb pool, only
 * its VMM needs ordinary memory.
 */
static u64 ordinary_need(const struct question *q)
{
	return q->pool ? q->start.overhead : q->check->need;
}

/*
 * If the ghost is in a hugetlb pool, returns the bytes of ordinary memory that its VMM lacks, and
 * limits @more of the answer to the number of VMMs for which there is ordinary memory. Otherwise
 * returns 0.
 */
static u64 lacks_for_vmm(const struct dynmem_plan *plan, struct question *q,
			 struct dynmem_nodesets *kept)
{
	int nid = dynmem_plan_vmm_node(&q->ghost->vnode[0]);
	u64 room, binding;

	if (!q->pool)
		return 0;
	room = dynmem_nodesets_room(kept, plan->bit[nid], &binding);
	q->check->more = min(q->check->more, vms_that_fit(room, q->start.overhead));
	return dynmem_above(q->start.overhead, room);
}

/* Bytes that the ghost lacks on the node where it lacks least. */
static u64 node_lacks_least(const struct dynmem_whatif *check)
{
	u64 least = U64_MAX;
	unsigned int i;

	for (i = 0; i < check->nr_nodes; i++)
		least = min(least, check->node[i].lacking);
	return least;
}

static void look_at_host(struct dynmem_plan *plan, struct question *q)
{
	u64 startable = dynmem_admit_failover_room(plan, q->ghost);
	struct dynmem_nodesets *kept = dynmem_admit_kept(plan, q->ghost, q->start.weight);
	u64 failover = dynmem_admit_failover(), left, lacks;
	struct dynmem_whatif *check = q->check;

	check->page = dynmem_pool_page(q->pool);
	check->need = dynmem_plan_wants(plan, q->ghost)->minimum;
	look_at_nodes(plan, q, kept);
	q->ghost->vnode[0].node = q->best;
	lacks = lacks_for_vmm(plan, q, kept);
	left = dynmem_above(startable, ordinary_need(q));
	if (failover)
		check->more = min(check->more,
				  vms_that_fit(dynmem_above(startable, failover),
					       ordinary_need(q)));
	if (check->lacking) {
		check->verdict = DYNMEM_CHECK_NO;
		scnprintf(check->text, sizeof(check->text),
			  "would be refused: the host lacks %lluM, of one node at least %lluM",
			  check->lacking >> 20, node_lacks_least(check) >> 20);
	} else if (lacks) {
		check->verdict = DYNMEM_CHECK_NO;
		check->lacking = lacks;
		scnprintf(check->text, sizeof(check->text),
			  "would be refused: its VMM needs %lluM of ordinary memory on node %d, which lacks %lluM",
			  q->start.overhead >> 20, dynmem_plan_vmm_node(&q->ghost->vnode[0]),
			  lacks >> 20);
	} else if (left < failover) {
		check->verdict = DYNMEM_CHECK_NO;
		check->lacking = failover - left;
		scnprintf(check->text, sizeof(check->text),
			  "would be refused: failover keeps %lluM startable, with it %lluM would be left",
			  failover >> 20, left >> 20);
	} else if (check->spare == check->need) {
		check->verdict = DYNMEM_CHECK_NOW;
		scnprintf(check->text, sizeof(check->text), "would start now: %lluM is spare",
			  check->need >> 20);
	} else {
		check->verdict = DYNMEM_CHECK_AFTER;
		scnprintf(check->text, sizeof(check->text),
			  "would start when others have given %lluM of the %lluM it needs",
			  (check->need - check->spare) >> 20, check->need >> 20);
	}
}

enum part { ABOVE, BUFFER, DEMAND, PARTS };

/*
 * Bytes that policy takes from one part of a vnode's memory. With @late, only bytes that the guest
 * will not give soon count; without, only the other bytes. The wants of a stuck guest are those
 * that plan_fix() has set, so the vnode's own figures are used.
 */
static u64 want_taken(const struct dynmem_want *want, enum part part, bool late)
{
	const struct dynmem_vnode *v = want->vnode;
	u64 desired = want->stuck ? v->desired : want->desired;
	u64 demand = want->stuck ? min(v->demand, desired) : want->demand;
	u64 has = v->granted, gets = min(want->target, has);
	u64 kept = want->stuck ? max(gets, has - want->soon) : gets;

	if (late)
		has = kept;
	else
		gets = kept;
	if (part == ABOVE)
		return dynmem_above(has, max(gets, desired));
	if (part == BUFFER)
		return dynmem_above(min(has, desired), max(gets, demand));
	return dynmem_above(min(has, demand), gets);
}

/* Bytes that a VM would give from one part of its memory, at most @most; adds them to @giver. */
static u64 giver_take(const struct dynmem_want *want, const struct question *q, u64 most,
		      enum part part, bool late, struct dynmem_whatif_giver *giver)
{
	u64 *figures[PARTS] = { &giver->above, &giver->buffer, &giver->demand };
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < want->vm->nr_vnodes; i++) {
		int node = want[i].vnode->node;

		if (!want[i].hold && want[i].vnode->pool == q->pool &&
		    (node == q->best || node == NUMA_NO_NODE || q->best == NUMA_NO_NODE))
			bytes += want_taken(&want[i], part, late);
	}
	bytes = min(bytes, most);
	*figures[part] += bytes;
	giver->late += late ? bytes : 0;
	return bytes;
}

static u64 giver_gives(const struct dynmem_whatif_giver *giver)
{
	return giver->above + giver->buffer + giver->demand;
}

/* Fills in @vm of the answer: the VMs that would give most, the largest amount first. */
static void name_givers(struct dynmem_whatif *check, const struct dynmem_plan *plan,
			struct dynmem_whatif_giver *giver)
{
	unsigned int i, most;

	for (;;) {
		for (i = 0, most = 0; i < plan->nr_vms; i++)
			if (giver_gives(&giver[i]) > giver_gives(&giver[most]))
				most = i;
		if (!giver_gives(&giver[most]) || check->nr_vms == DYNMEM_CHECK_VMS)
			break;
		strscpy(giver[most].name, plan->vm[most]->name, sizeof(giver[most].name));
		check->vm[check->nr_vms++] = giver[most];
		giver[most] = (struct dynmem_whatif_giver){ };
	}
	for (i = 0; i < plan->nr_vms; i++)
		check->vms_left_out += !!giver_gives(&giver[i]);
}

/* Adds to the text of the answer which VMs would not give soon what the start needs of them. */
static void name_late_givers(struct dynmem_whatif *check)
{
	size_t len = strlen(check->text), size = sizeof(check->text);
	unsigned int i, named = 0;

	for (i = 0; i < check->nr_vms && named < LATE_NAMES; i++) {
		const struct dynmem_whatif_giver *giver = &check->vm[i];

		if (!(giver->late >> 20))
			continue;
		len += scnprintf(check->text + len, size - len, "%s %s %lluM",
				 named ? "," : ", but these give slowly or not at all:",
				 giver->name, giver->late >> 20);
		named++;
	}
}

/*
 * Finds out which VMs would give how much: first memory above desired, then buffers, then demand.
 * For each of these, VMs with the lowest weight come first. Memory that guests will not give soon
 * counts last, since policy takes other memory in its place.
 */
static void look_at_givers(struct dynmem_plan *plan, struct question *q)
{
	struct dynmem_whatif *check = q->check;
	u64 *sums[PARTS] = { &check->above, &check->buffers, &check->demand };
	u64 rest = check->need - check->spare;
	unsigned int k, turn;

	for (turn = 0; turn < 2 * PARTS; turn++) {
		const struct dynmem_want *want = plan->want + plan->nr_wants;
		enum part part = turn % PARTS;

		for (k = plan->nr_vms; k--;) {
			u64 bytes = 0;

			want -= plan->vm[k]->nr_vnodes;
			if (dynmem_vm_admitted(plan->vm[k]))
				bytes = giver_take(want, q, rest, part, turn / PARTS, &q->giver[k]);
			*sums[part] += bytes;
			rest -= bytes;
		}
	}
	name_givers(check, plan, q->giver);
	name_late_givers(check);
}

/* Lets policy share as if the ghost were on the node where it fits best. */
static void whatif_share(struct dynmem_plan *plan, struct question *q)
{
	q->start.fits = q->check->verdict != DYNMEM_CHECK_NO;
	dynmem_plan_renew(plan, q->ghost);
	dynmem_plan_share(plan, dynmem_balancer_balance());
}

static int check_prepare(unsigned int nr_vms, void *arg)
{
	struct question *q = arg;

	kvfree(q->giver);
	q->giver = kvcalloc(nr_vms, sizeof(*q->giver), GFP_KERNEL);
	return q->giver ? 0 : -ENOMEM;
}

static void check_look(struct dynmem_plan *plan, void *arg)
{
	struct question *q = arg;

	look_at_host(plan, q);
	whatif_share(plan, q);
	if (q->start.fits)
		look_at_givers(plan, q);
}

static struct dynmem_whatif *alloc_check(void)
{
	struct dynmem_whatif *check;

	/* Nodes may get memory before @check is filled in, so there is room for all. */
	return kzalloc(struct_size(check, node, nr_node_ids), GFP_KERNEL);
}

struct dynmem_whatif *dynmem_whatif_vm(const char *name, u64 page, struct netlink_ext_ack *extack)
{
	struct question q = { .check = alloc_check() };
	struct dynmem_vm *ghost;
	int ret;

	if (!q.check)
		return ERR_PTR(-ENOMEM);
	ghost = make_ghost(name, page, &q, extack);
	if (IS_ERR(ghost)) {
		kfree(q.check);
		return ERR_CAST(ghost);
	}
	ret = dynmem_balancer_look(ghost, check_prepare, check_look, &q);
	dynmem_vm_put(ghost);
	kvfree(q.giver);
	if (!ret)
		return q.check;
	kfree(q.check);
	return ERR_PTR(ret);
}

void dynmem_whatif_free(struct dynmem_whatif *check)
{
	kfree(check);
}

/*
 * Allocates rows for the largest possible number of vnodes. The real number is unknown, since no
 * lock is held.
 */
static int plan_prepare(unsigned int nr_vms, void *arg)
{
	struct question *q = arg;

	kvfree(q->rows);
	q->rows = kvzalloc(struct_size(q->rows, row, (size_t)nr_vms * VIRTIO_DYNMEM_MAX_VNODES),
			   GFP_KERNEL);
	return q->rows ? 0 : -ENOMEM;
}

static void plan_look(struct dynmem_plan *plan, void *arg)
{
	struct question *q = arg;
	unsigned int i;

	if (q->ghost) {
		look_at_host(plan, q);
		whatif_share(plan, q);
	} else {
		dynmem_plan_share(plan, dynmem_balancer_balance());
	}
	q->rows->with = q->ghost;
	q->rows->fits = q->start.fits;
	for (i = 0; i < plan->nr_wants; i++) {
		const struct dynmem_want *want = &plan->want[i];
		struct dynmem_plan_row *row = &q->rows->row[q->rows->nr];

		if (q->ghost && !q->start.fits && want->vm == q->ghost)
			continue;
		strscpy(row->name, want->vm->name, sizeof(row->name));
		row->node = dynmem_pool_host(want->vnode->node);
		row->page = dynmem_pool_page(want->vnode->pool);
		row->weight = want->vm->set.weight;
		row->minimum = want->minimum;
		row->demand = want->demand;
		row->desired = want->desired;
		row->assigned = want->vnode->granted;
		row->target = want->target;
		q->rows->nr++;
	}
}

struct dynmem_plan_rows *dynmem_whatif_plan(const char *with, u64 page,
					    struct netlink_ext_ack *extack)
{
	struct question q = { .check = alloc_check() };
	struct dynmem_vm *ghost = NULL;
	int ret;

	if (!q.check)
		return ERR_PTR(-ENOMEM);
	if (with)
		ghost = make_ghost(with, page, &q, extack);
	if (IS_ERR(ghost)) {
		kfree(q.check);
		return ERR_CAST(ghost);
	}
	ret = dynmem_balancer_look(ghost, plan_prepare, plan_look, &q);
	if (ghost)
		dynmem_vm_put(ghost);
	kfree(q.check);
	if (!ret)
		return q.rows;
	kvfree(q.rows);
	return ERR_PTR(ret);
}
