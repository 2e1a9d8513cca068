/* SPDX-License-Identifier: GPL-2.0 */
/*
 * share: the arithmetic of sharing a host's nodes between VMs. Pure: fixed-width integers only, no
 * allocation, builds in user space too. Its structs belong to one decision, under dynmem_set_lock.
 */
#ifndef _DYNMEM_SHARE_H
#define _DYNMEM_SHARE_H

#include "policy/arith.h"
#include "policy/nodesets.h"
#include "uapi/dynmem.h"

/* The rounds: demand, then buffers. */
#define DYNMEM_ROUNDS 2

/* Sum of the parts that the vnodes of a VM have in its weight. */
#define DYNMEM_SHARE_WHOLE 16384

/**
 * struct dynmem_share - the wishes of one vnode of a VM, and the result; bytes, at most 1 PiB each
 * @who: number of the VM, chosen by the caller; between VMs of equal weight the one with the lower
 *	number is named as ahead
 * @weight: the VM's weight, 1 .. 10000
 * @part: by round: the vnode's part in the VM's weight, of DYNMEM_SHARE_WHOLE; 0: all of it. See
 *	dynmem_policy_divide()
 * @set: index of @nodes in struct dynmem_nodesets; set by dynmem_policy_share()
 * @nodes: mask of the nodes that its memory may be on; 0: any node
 * @minimum: served first, whatever the weights
 * @demand: within minimum and maximum
 * @desired: demand plus buffer, within minimum and maximum, at least @demand
 * @target: result, from @minimum to @desired
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
 * struct dynmem_level - how far a round has raised the shares of one set of nodes
 * @level: bytes for each unit of weight x part, a binary fraction
 * @limit: the level at which the set is used up, as far as it is known
 * @met: bytes missing to the goals of the shares that meet their goals by @level
 * @unmet: weight of the shares that do not meet their goals by @level
 * @last: by round: the level at which the last decision stopped; the next one begins to look there
 * @heaviest: index + 1 of the share with most weight of those above their minimum, and of the next
 *	one of another VM; 0: none
 * @ahead: the same among all shares whose memory can only be on nodes that are used up together
 *	with the set (@bound of struct dynmem_set)
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
 * struct dynmem_policy - the state of a decision; the next one reuses it only to save time
 * @sets: the nodes
 * @level: by set
 * @served: by round: number of shares that were served in full before the first weight that was not
 * @relative: DYNMEM_BALANCE_RELATIVE applies
 * @shares: of the last dynmem_policy_share()
 * @nr: number of shares
 * @ahead_known: @ahead of all elements of @level has been computed
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
 * @shares: the shares of one VM with their wishes; @part is set
 * @n: number of shares
 *
 * In each round the weight is divided in proportion to the memory that the vnodes ask for. So they
 * all reach their goals at the same level, and together they rise as fast as a single vnode with
 * the sum of their wishes. A guest gets no more memory by naming more vnodes, or fewer.
 */
void dynmem_policy_divide(struct dynmem_share *shares, unsigned int n);

/**
 * dynmem_policy_share() - share the capacity of nodes between VMs (design section 7)
 * @policy: zeroed before its first use; dynmem_nodesets_begin() was called for its @sets
 * @shares: the wishes; @target and @set are set
 * @order: 2 * @n entries. The first half is an order of @shares: 0 .. n - 1, or that of the last
 *	decision; on return it is by weight. The second half is scratch
 * @n: number of shares
 * @balance: strict or relative
 *
 * Minimums are served first, then demand, then buffers. Strict: a higher weight is served in full
 * before a lower one gets more than its minimum; VMs of equal weight are raised by the same amount
 * until each has reached its goal. Relative: all VMs are raised in proportion to weight. The rise
 * of a VM is divided between its vnodes. Memory that may be on several nodes is placed so that most
 * is granted.
 *
 * The result depends neither on the order of @shares nor on earlier decisions. As divisions round
 * down, some bytes may remain: less than three for each share.
 *
 * Return: bytes by which minimums exceed capacity on the nodes where they do not fit, or 0. On such
 * nodes every target is its minimum. @policy->sets.full has these nodes and those that are used up.
 */
u64 dynmem_policy_share(struct dynmem_policy *policy, struct dynmem_share *shares, u32 *order,
			unsigned int n, enum dynmem_balance balance);

/**
 * enum dynmem_why - why a share gets less than it desires
 * @DYNMEM_WHY_NONE: it gets all of it
 * @DYNMEM_WHY_HEAVIER: a higher weight is served first
 * @DYNMEM_WHY_EQUAL: equal weights share the capacity
 * @DYNMEM_WHY_RELATIVE: capacity is shared in proportion to weight
 * @DYNMEM_WHY_DEMAND: demand comes before buffers, whatever the weights
 * @DYNMEM_WHY_CAPACITY: no other VM has more than its minimum
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
 * @buffer: how much of the buffer is cut
 * @demand: how much of demand is cut; with @buffer it adds up to desired - target
 * @nodes: mask of the nodes that are used up
 * @why: the reason
 * @ahead: index of the heaviest share of another VM that is served first or shares the nodes; not
 *	valid with DYNMEM_WHY_NONE and DYNMEM_WHY_CAPACITY
 */
struct dynmem_reason {
	u64 buffer;
	u64 demand;
	u64 nodes;
	enum dynmem_why why;
	u32 ahead;
};

/**
 * dynmem_policy_reason() - find out why a share got less than it desired
 * @policy: after dynmem_policy_share()
 * @share: one of its shares
 * @reason: result
 */
void dynmem_policy_reason(struct dynmem_policy *policy, const struct dynmem_share *share,
			  struct dynmem_reason *reason);

/**
 * dynmem_policy_keep() - enter the memory that other VMs keep when a VM starts
 * @sets: after dynmem_nodesets_begin(); not settled yet
 * @shares: the shares of the other VMs
 * @n: number of shares
 * @weight: weight of the VM that starts
 *
 * A start may use free memory, memory that other VMs have above their demand, and the demand of VMs
 * with a lower weight, but never a minimum. When the sets are settled, dynmem_nodesets_room()
 * returns the room for the VM that starts.
 */
void dynmem_policy_keep(struct dynmem_nodesets *sets, const struct dynmem_share *shares,
			unsigned int n, u32 weight);

#endif
