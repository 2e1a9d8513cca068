// SPDX-License-Identifier: GPL-2.0
/*
 * move: carries out a decision.
 *
 * If the memory that is needed on a node is not spare there, the lacking part is taken from vnodes
 * that have more than policy gives them. Loans are taken first, then memory of vnodes that are
 * giving already.
 */
#include <linux/minmax.h>

#include "policy/pacing.h"
#include "sharing/headroom.h"
#include "sharing/move.h"
#include "sharing/node.h"
#include "sharing/types.h"
#include "sharing/want.h"
#include "vm/vm.h"

static void pacing_input_now(const struct dynmem_plan *plan, const struct dynmem_want *want,
			     struct dynmem_pacing_input *m)
{
	dynmem_want_pacing_input(plan, want->vm, want->vnode - want->vm->vnode, m);
	m->minimum = want->stuck ? want->floor : want->minimum;
	m->demand = want->demand;
	m->desired = want->desired + want->lent;
	m->share = want->target;
	m->lent = want->lent;
	m->lazy = want->lazy;
	m->hold = want->hold;
}

/*
 * Whether loans on a node are called back. The host begins to call loans back when more than a
 * quarter of headroom is used up, and stops when all of headroom is spare. @spare is in bytes. If
 * headroom is all of capacity, nothing may be lent, so loans are always called back.
 */
static bool recall_on(int nid, u64 spare)
{
	struct dynmem_node *node = &dynmem_nodes[nid];
	u64 headroom = dynmem_headroom_of(nid);

	if (headroom >= node->ledger.capacity)
		node->recalling = true;
	else if (spare >= headroom)
		node->recalling = false;
	else
		node->recalling |= spare < headroom / 4 * 3;
	return node->recalling;
}

/*
 * Computes how many bytes each vnode is to get (@gain). Then computes the lack: the part of these
 * bytes that is not spare, so that other vnodes must give it. There is one lack for each node and,
 * for memory that floats, one for each page size. A lack also includes the memory that starts lack,
 * and debt.
 */
static void find_lack(struct dynmem_plan *plan)
{
	u64 floating[2][DYNMEM_POOLS_MAX] = {}, spare[2][DYNMEM_POOLS_MAX] = {};
	struct dynmem_pacing_input m;
	unsigned int i, pool;
	int nid;

	for (i = 0; i < plan->nr_wants; i++) {
		struct dynmem_want *want = &plan->want[i];
		int node = want->vnode->node;
		u64 need;

		if (!dynmem_vm_admitted(want->vm))
			continue;
		pacing_input_now(plan, want, &m);
		want->gain = dynmem_pacing_gain(&want->vnode->pacing, &m, &need, &want->urgent);
		if (node == NUMA_NO_NODE)
			floating[!want->urgent][want->vnode->pool] += need;
		else
			plan->need[!want->urgent][node] += need;
	}
	for_each_dynmem_node(nid) {
		const struct dynmem_ledger *ledger = &dynmem_nodes[nid].ledger;
		u64 room = dynmem_ledger_spare(ledger);
		u64 urgent = plan->need[0][nid], all = urgent + plan->need[1][nid];

		if (recall_on(nid, room))
			plan->recalling |= plan->bit[nid];
		pool = dynmem_pool_of(nid);
		spare[0][pool] += dynmem_above(room, urgent);
		spare[1][pool] += dynmem_above(room, all);
		plan->need[0][nid] = dynmem_above(urgent, room);
		plan->need[1][nid] = dynmem_above(all, room) - plan->need[0][nid];
		plan->need[0][nid] += plan->lack[nid] + dynmem_ledger_debt(ledger);
	}
	for (pool = 0; pool < dynmem_nr_pools; pool++) {
		u64 urgent = floating[0][pool], all = urgent + floating[1][pool];
		u64 lack = dynmem_above(urgent, spare[0][pool]);

		plan->floating[0][pool] = lack + plan->floating_lack[pool];
		plan->floating[1][pool] = dynmem_above(all, spare[1][pool] + lack);
	}
}

/*
 * Takes up to @bytes from the vnode of @want to cover @lack. Subtracts the amount taken from @bytes
 * and from @lack.
 */
static void lack_cover(struct dynmem_want *want, u64 *bytes, u64 *lack)
{
	u64 got = min(*bytes, dynmem_whole_blocks(*lack));

	want->take += got;
	*bytes -= got;
	*lack = dynmem_above(*lack, got);
}

/*
 * Takes up to @bytes in all from the vnode of @want, to cover the lacks on the nodes where the
 * vnode may lie. If @buffer is true, covers the lacks for buffers; if not, the lacks for demand,
 * starts and debt.
 */
static void lack_cover_all(struct dynmem_plan *plan, struct dynmem_want *want, bool buffer,
			   u64 *bytes)
{
	u64 *need = plan->need[buffer];
	int nid;

	if (want->vnode->node != NUMA_NO_NODE)
		lack_cover(want, bytes, &need[want->vnode->node]);
	lack_cover(want, bytes, &plan->floating[buffer][want->vnode->pool]);
	for_each_dynmem_node_of(nid, want->vnode->pool)
		if (want->vnode->node == NUMA_NO_NODE)
			lack_cover(want, bytes, &need[nid]);
}

/*
 * Vnodes give in turns:
 * - in turn LENT, all vnodes give memory that was lent to them;
 * - in turn GIVING, vnodes give memory above their last targets, which they are giving already;
 * - in the next four turns, vnodes give if they exceed their share by more than 1/8, 1/16, 1/32 and
 *   1/64 of the share;
 * - in the last turn, all vnodes give.
 */
#define LENT 0
#define GIVING 1
#define TURNS 7

/* Bytes that were lent to a vnode and that policy does not lend to it any more. */
static u64 want_recallable(const struct dynmem_want *want)
{
	return min(dynmem_above(want->vnode->granted, want->target),
		   dynmem_above(want->vnode->lent, want->lent));
}

/*
 * Bytes above its share that a vnode can give in a turn. Except in turn LENT, these rules hold. For
 * buffers of other vnodes (@buffer), the vnode gives nothing shortly after a grant, and keeps
 * dynmem_pacing_worth() above its share. For other needs, the vnode keeps dynmem_pacing_slack()
 * above its share until the last turn, since it would soon need this small amount again.
 */
static u64 want_may_give(const struct dynmem_plan *plan, const struct dynmem_want *want,
			 bool buffer, unsigned int turn)
{
	const struct dynmem_vnode *v = want->vnode;
	u64 bytes = dynmem_above(v->granted, want->target + want->take), keep = 0;

	if (!dynmem_vm_admitted(want->vm) || want->hold || want->stuck)
		return 0;
	if (turn == LENT)
		return min(bytes, want_recallable(want));
	if (buffer && dynmem_pacing_dwells(&v->pacing, plan->now_ms))
		return 0;
	if (buffer)
		keep = dynmem_pacing_worth(want->target);
	else if (turn < TURNS - 1)
		keep = dynmem_pacing_slack(want->target);
	bytes = dynmem_above(bytes, keep);
	if (turn == GIVING)
		return min(bytes, dynmem_above(v->granted, v->target + want->take));
	return turn == TURNS - 1 || bytes > want->target >> (turn + 1) ? bytes : 0;
}

/* Takes lacking memory from vnodes that have more than their share, the lowest weight first. */
static void move_collect_lack(struct dynmem_plan *plan, bool buffer, unsigned int turn)
{
	unsigned int i = plan->nr_wants;

	while (i--) {
		struct dynmem_want *want = &plan->want[i];
		u64 bytes = want_may_give(plan, want, buffer, turn);

		if (bytes)
			lack_cover_all(plan, want, buffer, &bytes);
	}
}

/*
 * Computes how many bytes each stuck vnode must give. If memory for demand, starts or debt is
 * lacking on the vnode's node, or lacking for floating memory of its page size, the vnode must give
 * all memory above its new target. If not, the vnode must give at most the memory above its last
 * target. Only memory that the guest will give soon counts as covering a lack.
 */
static void move_order_stuck(struct dynmem_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->nr_wants; i++) {
		struct dynmem_want *want = &plan->want[i];
		const struct dynmem_vnode *v = want->vnode;
		u64 take = dynmem_above(v->granted, want->target), soon;

		if (!want->stuck)
			continue;
		if (!plan->floating[0][v->pool] &&
		    (v->node == NUMA_NO_NODE || !plan->need[0][v->node]))
			take = min(take, dynmem_above(v->granted, v->target));
		soon = min(take, want->soon);
		lack_cover_all(plan, want, false, &soon);
		want->take = take;
	}
}

static void set_target(struct dynmem_plan *plan, struct dynmem_want *want)
{
	struct dynmem_vnode *v = want->vnode;
	u64 lazy_ms = v->pacing.lazy_ms;
	struct dynmem_pacing_input m;

	if (plan->recalling & dynmem_plan_nodes(plan, v))
		want->take = max(want->take, want_recallable(want));
	/*
	 * If the operator has made a static VM smaller, all memory beyond the new size is taken at
	 * once.
	 */
	if (!want->vm->set.dynamic)
		want->take = max(want->take, dynmem_above(v->granted, want->floor));
	pacing_input_now(plan, want, &m);
	v->target = dynmem_pacing_target(&v->pacing, &m, want->gain, want->take, v->target);
	if (!want->hold)
		v->target = min(v->target, max(want->most, want->floor));
	if (v->pacing.lazy_ms != lazy_ms)
		dynmem_thrash_took(&want->vm->demand.thrash, plan->now_ms);
	dynmem_want_follow(v);
}

/*
 * If @bytes are not spare for a vnode that needs them, takes the rest from VMs that start and have
 * at most its weight: a start waits for other VMs rather than let a heavier VM wait.
 */
static void vnode_precede(const struct dynmem_plan *plan, const struct dynmem_want *want, u64 bytes)
{
	const struct dynmem_vnode *v = want->vnode;
	int nid;

	for_each_dynmem_node_of(nid, v->pool)
		if (dynmem_want_may_lie(v, nid))
			bytes = dynmem_above(bytes, dynmem_ledger_spare(&dynmem_nodes[nid].ledger));
	for_each_dynmem_node_of(nid, v->pool)
		if (dynmem_want_may_lie(v, nid))
			bytes -= dynmem_startq_yield(plan->startq, &dynmem_nodes[nid].ledger,
						     want->vm->set.weight, bytes);
}

/*
 * Grants up to @bytes of spare memory. If less than @bytes is spare, grants whole blocks only,
 * since a guest takes back whole blocks only. Return: bytes granted.
 */
static u64 vnode_grow(const struct dynmem_want *want, u64 bytes)
{
	struct dynmem_vnode *v = want->vnode;
	u64 got = bytes ? dynmem_node_grant(want->vm, v, bytes) : 0;

	if (got < bytes && got % DYNMEM_BLOCK) {
		v->granted -= got % DYNMEM_BLOCK;
		got -= got % DYNMEM_BLOCK;
		dynmem_node_charge(want->vm);
	}
	return got;
}

/*
 * Grants a vnode its loan. The loan comes from one node, out of the spare memory that exceeds
 * headroom there. If the vnode may lie on several nodes, this is the node with the most spare
 * memory. The next decision may use another node. The part of the loan that is not granted now is
 * removed from the target.
 */
static void vnode_borrow(const struct dynmem_want *want)
{
	struct dynmem_vnode *v = want->vnode;
	int nid = v->node != NUMA_NO_NODE ? v->node : dynmem_node_roomiest(v->pool);
	u64 bytes = dynmem_above(dynmem_ledger_spare(&dynmem_nodes[nid].ledger),
				 dynmem_headroom_of(nid));

	bytes = min(bytes, dynmem_above(v->target, v->granted));
	if (v->granted + bytes < v->ram)
		bytes -= bytes % DYNMEM_BLOCK;
	vnode_grow(want, bytes);
	v->target = min(v->target, max(v->granted, want->target - want->lent));
}

/* The turns in which spare memory is granted. */
enum grow_turn { TO_MINIMUM, TO_DEMAND, TO_DESIRED, UNDO, LEND, GROW_TURNS };

/* Bytes that a vnode lacks in a turn, in whole blocks. */
static u64 grow_lack(const struct dynmem_want *want, enum grow_turn turn)
{
	const struct dynmem_vnode *v = want->vnode;
	u64 most = turn == TO_MINIMUM ? want->minimum : turn == TO_DEMAND ? want->demand :
		   turn == TO_DESIRED ? want->target - want->lent : v->ram;

	/*
	 * A vnode with @gain takes part in all turns but UNDO. Any other vnode takes part only in
	 * UNDO, in which it gets back memory that a lazy take has taken.
	 */
	if (want->gain ? turn == UNDO : turn != UNDO)
		return 0;
	return dynmem_above(min(v->target, dynmem_whole_blocks(most)), v->granted);
}

/*
 * Grants the vnodes of a VM the memory that they lack in a turn. Vnodes that lack little come
 * first. Otherwise a vnode whose demand rises all the time would keep the other vnodes waiting.
 */
static void vm_grow(const struct dynmem_plan *plan, const struct dynmem_want *want,
		    enum grow_turn turn)
{
	unsigned int i, pass;

	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < want->vm->nr_vnodes; i++) {
			u64 lack = grow_lack(&want[i], turn);
			bool little = lack <= DYNMEM_PACING_GAIN;

			if (!lack || little == pass)
				continue;
			if (turn <= TO_DEMAND && plan->startq)
				vnode_precede(plan, &want[i], lack);
			if (turn == LEND)
				vnode_borrow(&want[i]);
			else if (vnode_grow(&want[i], lack))
				dynmem_pacing_granted(&want[i].vnode->pacing, plan->now_ms);
		}
}

/*
 * Grants spare memory in the order in which policy serves VMs, since the spare memory may not
 * suffice for all VMs.
 */
static void vms_grow(const struct dynmem_plan *plan)
{
	enum grow_turn turn;
	unsigned int i;

	for (turn = 0; turn < GROW_TURNS; turn++)
		for (i = 0; i < plan->nr_wants; i += plan->want[i].vm->nr_vnodes)
			if (dynmem_vm_admitted(plan->want[i].vm))
				vm_grow(plan, &plan->want[i], turn);
}

/*
 * Notes how much of each grant is lent, and how much is lent to all VMs together. Memory that a
 * vnode has beyond desired counts as lent, up to the amount that was lent before or the amount that
 * policy lends now, whichever is larger. If the guest reports that it can't give memory, the amount
 * that was lent before does not count.
 */
static void note_lent(const struct dynmem_plan *plan)
{
	unsigned int i;
	u64 all = 0;

	for (i = 0; i < plan->nr_wants; i++) {
		struct dynmem_vnode *v = plan->want[i].vnode;
		bool unable = v->pacing.unable_ms >= DYNMEM_PACING_UNABLE_MS;

		v->lent = min(dynmem_above(v->granted, v->desired),
			      max(unable ? 0 : v->lent, plan->want[i].lent));
		all += v->lent;
	}
	dynmem_headroom_note_lent(all);
}

void dynmem_move(struct dynmem_plan *plan)
{
	unsigned int turn, i;

	find_lack(plan);
	move_order_stuck(plan);
	for (turn = 0; turn < 2 * TURNS; turn++)
		move_collect_lack(plan, turn / TURNS, turn % TURNS);
	for (i = 0; i < plan->nr_wants; i++)
		if (dynmem_vm_admitted(plan->want[i].vm))
			set_target(plan, &plan->want[i]);
	for (i = 0; i < plan->nr_vms; i++)
		if (dynmem_vm_admitted(plan->vm[i]))
			dynmem_node_charge(plan->vm[i]);
	vms_grow(plan);
	note_lent(plan);
}
