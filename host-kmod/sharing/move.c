// SPDX-License-Identifier: GPL-2.0
/*
 * move: carries out a decision.
 *
 * Memory that is needed on a node and not spare there is taken from vnodes that have more than
 * policy gives them. No more is taken than is lacking. Vnodes that are giving already come first.
 */
#include <linux/minmax.h>

#include "policy/pacing.h"
#include "sharing/move.h"
#include "sharing/node.h"
#include "sharing/types.h"
#include "sharing/want.h"
#include "vm/vm.h"

static u64 round_blocks(u64 bytes)
{
	return (bytes + DYNMEM_BLOCK - 1) / DYNMEM_BLOCK * DYNMEM_BLOCK;
}

static void pacing_input_now(const struct dynmem_plan *plan, const struct dynmem_want *want,
			     struct dynmem_pacing_input *m)
{
	dynmem_want_pacing_input(plan, want->vm, want->vnode - want->vm->vnode, m);
	m->minimum = want->stuck ? want->floor : want->minimum;
	m->demand = want->demand;
	m->desired = want->desired;
	m->share = want->target;
	m->lazy = want->lazy;
	m->hold = want->hold;
}

/* Computes the bytes that each vnode is to get, and how many of these bytes are not spare. */
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

/* Takes up to @bytes from @want to cover a lack. */
static void lack_cover(struct dynmem_want *want, u64 *bytes, u64 *lack)
{
	u64 got = min(*bytes, round_blocks(*lack));

	want->take += got;
	*bytes -= got;
	*lack = dynmem_above(*lack, got);
}

/* Takes up to @bytes in all from @want, for the lacks that its memory can cover. */
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
 * Vnodes give in turns: in turn 0 the vnodes that are giving already; in turns 1 to 4 the vnodes
 * that have more than 1/8, 1/16, 1/32 and 1/64 above their share; in the last turn all vnodes.
 */
#define TURNS 6

/*
 * Bytes above its share that a vnode can give in a turn. For buffers of others (@buffer) a vnode
 * gives only amounts that are worth moving, and nothing shortly after a grant. For demand a vnode
 * keeps a little above its share until the last turn, since it would soon want that back.
 */
static u64 want_may_give(const struct dynmem_plan *plan, const struct dynmem_want *want,
			 bool buffer, unsigned int turn)
{
	const struct dynmem_vnode *v = want->vnode;
	u64 bytes = dynmem_above(v->granted, want->target + want->take), keep = 0;

	if (!dynmem_vm_admitted(want->vm) || want->hold || want->stuck ||
	    (buffer && dynmem_pacing_dwells(&v->pacing, plan->now_ms)))
		return 0;
	if (buffer)
		keep = dynmem_pacing_worth(want->target);
	else if (turn < TURNS - 1)
		keep = dynmem_pacing_slack(want->target);
	bytes = dynmem_above(bytes, keep);
	if (!turn)
		return min(bytes, dynmem_above(v->granted, v->target + want->take));
	return turn == TURNS - 1 || bytes > want->target >> (turn + 2) ? bytes : 0;
}

/* Makes vnodes with more than their share give what is lacking, the lowest weight first. */
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
 * While memory is lacking, a stuck guest is asked to give all memory above its new target. If no
 * memory is lacking, its last target stands. The memory that it will give soon covers a lack.
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

	pacing_input_now(plan, want, &m);
	v->target = dynmem_pacing_target(&v->pacing, &m, want->gain, want->take, v->target);
	if (!want->hold)
		v->target = min(v->target, max(want->most, want->floor));
	if (v->pacing.lazy_ms != lazy_ms)
		dynmem_thrash_took(&want->vm->demand.thrash, plan->now_ms);
	dynmem_want_follow(v);
}

/* Grants spare memory up to the target or @most. A guest takes back whole blocks only. */
static void vnode_grow(const struct dynmem_plan *plan, const struct dynmem_want *want, u64 most)
{
	struct dynmem_vnode *v = want->vnode;
	u64 bytes = dynmem_above(min(v->target, most), v->granted);
	u64 got = bytes ? dynmem_node_grant(want->vm, v, bytes) : 0;

	if (got < bytes && got % DYNMEM_BLOCK) {
		v->granted -= got % DYNMEM_BLOCK;
		got -= got % DYNMEM_BLOCK;
		dynmem_node_charge(want->vm);
	}
	if (got)
		dynmem_pacing_granted(&v->pacing, plan->now_ms);
}

/* Grants spare memory in policy's order, since it may not suffice for all vnodes. */
static void vnodes_grow(const struct dynmem_plan *plan)
{
	enum { TO_MINIMUM, TO_DEMAND, TO_DESIRED, UNDO, GROW_TURNS } turn;
	unsigned int i;

	for (turn = 0; turn < GROW_TURNS; turn++)
		for (i = 0; i < plan->nr_wants; i++) {
			const struct dynmem_want *want = &plan->want[i];
			u64 most = turn == TO_MINIMUM ? want->minimum :
				   turn == TO_DEMAND ? want->demand : want->vnode->ram;

			if (dynmem_vm_admitted(want->vm) && (want->gain || turn == UNDO))
				vnode_grow(plan, want, round_blocks(most));
		}
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
	vnodes_grow(plan);
}
