/* SPDX-License-Identifier: GPL-2.0 */
/*
 * share: the arithmetic of sharing a host's nodes between VMs. Pure: fixed-width integers only,
 * no allocation, builds in user space too. The balancer's plan and admission are its only callers.
 */
#ifndef _DYNMEM_SHARE_H
#define _DYNMEM_SHARE_H

#include "policy/arith.h"
#include "policy/nodesets.h"
#include "uapi/dynmem.h"

/* Demand, then buffers. */
#define DYNMEM_ROUNDS 2

/* What the vnodes of a VM have of its weight together. */
#define DYNMEM_SHARE_WHOLE 16384

/**
 * struct dynmem_share - what one vnode of a VM asks for and what it gets; bytes, at most 1 PiB each
 * @who: the VM, by a mark of the caller's; the lower one is named when two are equal
 * @weight: of the VM, 1 .. 10000
 * @part: by round: how fast it rises, of a VM with several vnodes, in parts of DYNMEM_SHARE_WHOLE;
 *	see dynmem_policy_divide(). 0: a whole
 * @nodes: where it may lie, a bit for each node: one, or several; 0: anywhere
 * @minimum: served first
 * @demand: within minimum and maximum
 * @desired: demand plus buffer, within minimum and maximum; >= @demand
 * @target: the result; minimum <= target <= desired
 * @set: of nodes, in struct dynmem_nodesets; policy's own
 */
struct dynmem_share {
	u32 who;
	u16 weight;
	u16 part[DYNMEM_ROUNDS];
	u8 set;
	u64 nodes;
	u64 minimum;
	u64 demand;
	u64 desired;
	u64 target;
};

/**
 * struct dynmem_level - how far a round has raised those of one set of nodes
 * @level: amount for each unit of weight and part, a binary fraction
 * @limit: the level at which some set will be used up, as far as known
 * @met, @unmet: of those looked at: bytes missing where that is below @level; weight of the others
 * @last: @level at which they stopped, by round, in the last decision: where to begin in the next
 * @heaviest: who has most weight of those with more than their minimum, and who is next, index + 1
 * @ahead: the same of all who may lie nowhere but where @bound of the set is
 */
struct dynmem_level {
	u64 level;
	u64 limit;
	u64 met;
	u64 unmet;
	u64 last[DYNMEM_ROUNDS];
	u32 heaviest[2];
	u32 ahead[2];
};

/**
 * struct dynmem_policy - a decision; what stays of it makes the next one faster, never different
 * @sets: the nodes
 * @level: by set
 * @served: by round, how many could be served in full before one weight could not
 * @relative: enum dynmem_balance
 * @shares, @nr: as given to dynmem_policy_share()
 * @ahead_known: the levels' @ahead are
 */
struct dynmem_policy {
	struct dynmem_nodesets sets;
	struct dynmem_level level[DYNMEM_NODESETS_MAX];
	u32 served[DYNMEM_ROUNDS];
	bool relative;
	const struct dynmem_share *shares;
	unsigned int nr;
	bool ahead_known;
};

/**
 * dynmem_policy_divide() - divide the weight of a VM between its vnodes
 * @shares: those of one VM, with what they ask for; their @part is filled in
 * @n: how many
 *
 * In proportion to what each asks for in a round. So all of them have it at the same moment, and
 * together they rise as fast as one vnode that asks for all of it: neither a guest that names more
 * vnodes nor one that names fewer gets a byte more for that.
 */
void dynmem_policy_divide(struct dynmem_share *shares, unsigned int n);

/**
 * dynmem_policy_share() - share the nodes' capacity (design section 7)
 * @policy: zeroed before its first use; dynmem_nodesets_begin() was called for its @sets
 * @shares: who wants what
 * @order: 2 * @n entries: an order of @shares in the first half, 0 .. n - 1 or that of the last
 *	decision; by weight on return
 * @n: how many
 * @balance: enum dynmem_balance
 *
 * Every minimum first, then demand, then buffers. Strict: a higher weight is served in full before
 * a lower one gets anything above its minimum; VMs of equal weight are raised by the same amount
 * above minimum until each is met. Relative: all are raised in proportion to weight. What a VM is
 * raised by is divided between its vnodes. Who may lie on several nodes lies wherever most can be
 * given.
 *
 * The result does not depend on the order of @shares, nor on earlier decisions. Some bytes may be
 * left where a division rounds: less than three for each share.
 *
 * Return: bytes by which minimums exceed capacity where they do not fit, 0 if they do. On those
 * nodes (@sets.full on return has more: those that are used up) every target is its minimum.
 */
u64 dynmem_policy_share(struct dynmem_policy *policy, struct dynmem_share *shares, u32 *order,
			unsigned int n, enum dynmem_balance balance);

/**
 * enum dynmem_why - what stands before a share that is cut
 * @DYNMEM_WHY_NONE: nothing is cut
 * @DYNMEM_WHY_HEAVIER: a higher weight is served first
 * @DYNMEM_WHY_EQUAL: what there is, is shared by equal weights
 * @DYNMEM_WHY_RELATIVE: what there is, is shared in proportion to weight
 * @DYNMEM_WHY_DEMAND: demand comes before buffers, whatever the weights
 * @DYNMEM_WHY_CAPACITY: nobody else has more than his minimum
 */
enum dynmem_why {
	DYNMEM_WHY_NONE,
	DYNMEM_WHY_HEAVIER,
	DYNMEM_WHY_EQUAL,
	DYNMEM_WHY_RELATIVE,
	DYNMEM_WHY_DEMAND,
	DYNMEM_WHY_CAPACITY,
};

/**
 * struct dynmem_reason - why a target is below desired; bytes
 * @buffer, @demand: what is cut of either; they add up to desired - target
 * @nodes: the nodes that have no more
 * @why: enum dynmem_why
 * @ahead: the share (index), of another VM, that has most weight among those that come first or
 *	share, when @why names somebody
 */
struct dynmem_reason {
	u64 buffer;
	u64 demand;
	u64 nodes;
	enum dynmem_why why;
	u32 ahead;
};

/**
 * dynmem_policy_reason() - why a share got less than it desired
 * @policy: after dynmem_policy_share()
 * @share: one of its shares
 * @reason: the result
 */
void dynmem_policy_reason(struct dynmem_policy *policy, const struct dynmem_share *share,
			  struct dynmem_reason *reason);

/**
 * dynmem_policy_keep() - enter what a VM that starts has to leave to others
 * @sets: begun; to be settled
 * @shares: the others
 * @n: how many
 * @weight: of the VM that starts
 *
 * A start may use what nobody holds, what others have above their desired memory, buffers, and
 * the demand of VMs with a lower weight; never a minimum. Ask dynmem_nodesets_room() for the rest.
 */
void dynmem_policy_keep(struct dynmem_nodesets *sets, const struct dynmem_share *shares,
			unsigned int n, u32 weight);

#endif
