/* SPDX-License-Identifier: GPL-2.0 */
/*
 * share: the arithmetic of sharing a host's nodes between VMs. This file needs no kernel types,
 * allocates nothing and also builds in user space. The structs here belong to one decision, under
 * dynmem_set_lock.
 */
#ifndef _DYNMEM_SHARE_H
#define _DYNMEM_SHARE_H

#include "policy/arith.h"
#include "policy/nodesets.h"
#include "uapi/dynmem.h"

/* The rounds of a decision: round 0 serves demand, round 1 buffers, and round 2 loans. */
#define DYNMEM_ROUND_LEND 2
#define DYNMEM_ROUNDS 3

/* The parts that the vnodes of a VM have in its weight add up to about this number. */
#define DYNMEM_SHARE_WHOLE 16384

/**
 * struct dynmem_share - a vnode's needs, and its share of memory; bytes, at most 1 PiB each
 * @who: number of the VM, chosen by the caller. If several VMs of equal weight could be named by
 *	@ahead of struct dynmem_reason, the VM with the lowest number is named
 * @weight: the VM's weight, 1 .. 10000
 * @part: by round: the vnode's part in the VM's weight, as a fraction of DYNMEM_SHARE_WHOLE; 0: all
 *	of the weight. See dynmem_policy_divide()
 * @set: index of @nodes in struct dynmem_nodesets; set by dynmem_policy_share()
 * @nodes: mask of the nodes that the vnode's memory may be on; 0: any node
 * @minimum: minimum of the vnode, which is served first, whatever the weights
 * @demand: demand, within minimum and maximum
 * @desired: demand plus buffer, within minimum and maximum, at least @demand
 * @lend: the most memory that may be lent to the vnode beyond @desired
 * @target: the result, from @minimum to @desired + @lend
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
	u64 lend;
	u64 target;
};

/**
 * struct dynmem_level - how far a round has raised the shares of one set of nodes
 * @level: bytes that each unit of weight x part gets, as a fixed-point number (see share.c)
 * @limit: estimate of the level at which the set is used up; never too high
 * @met: sum over the shares that reach their goals (see share.c) by @level: bytes that they lack
 *	now
 * @unmet: sum of the weights of the shares that do not reach their goals by @level
 * @last: by round: the level at which the last decision stopped, where the next search begins
 * @heaviest: the two heaviest shares above their minimum, of different VMs: index + 1, or 0 for
 *	none
 * @ahead: like @heaviest, but among all shares whose memory can be only on nodes that are used up
 *	together with the set (@bound of struct dynmem_set)
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
 * struct dynmem_policy - the state of a decision; the next decision reuses it only to save time
 * @sets: the node sets
 * @unlent: by node, as in @sets: bytes that are not lent; the caller sets this
 * @level: the levels, by set
 * @served: by round: number of shares before the first weight that was not served in full
 * @relative: DYNMEM_BALANCE_RELATIVE applies
 * @shares: the shares of the last call of dynmem_policy_share()
 * @nr: number of these shares
 * @ahead_known: @ahead of all elements of @level has been computed
 */
struct dynmem_policy {
	struct dynmem_nodesets sets;
	u64 unlent[DYNMEM_NODESETS_NODES];
	struct dynmem_level level[DYNMEM_NODESETS_MAX];
	u32 served[DYNMEM_ROUNDS];
	bool relative;
	const struct dynmem_share *shares;
	unsigned int nr;
	bool ahead_known;
};

/**
 * dynmem_policy_divide() - divide the weight of a VM between its vnodes
 * @shares: the shares of one VM. The caller has filled in their amounts; this function sets @part
 * @n: number of shares
 *
 * In each round the weight is divided in proportion to the bytes by which that round may raise the
 * vnodes. So all vnodes reach their goals at the same level, and together they rise as fast as a
 * single vnode with the sum of these bytes. A guest gets no more memory by naming more or fewer
 * vnodes.
 */
void dynmem_policy_divide(struct dynmem_share *shares, unsigned int n);

/**
 * dynmem_policy_share() - share the capacity of nodes between VMs (design section 7)
 * @policy: the caller zeroes it before its first use, and calls dynmem_nodesets_begin() for its
 *	@sets before each call
 * @shares: the shares of all VMs; this function sets their @target and @set
 * @order: 2 * @n entries. The first half has the indices of @shares in any order; it is sorted by
 *	weight on return, and can be used for the next decision. The second half is scratch
 * @n: number of shares
 * @balance: strict or relative
 *
 * Minimums are served first, then demand, then buffers. Of the memory that remains on each node,
 * @policy->unlent bytes are not lent, and all other bytes are lent, to each share up to @lend. In
 * strict mode a higher weight is served in full before a lower weight gets anything in the same
 * round, and VMs of equal weight are raised by the same amount until each has reached its goal. In
 * relative mode all VMs are raised in proportion to weight. The rise of a VM is divided between its
 * vnodes. Memory that may be on several nodes is placed so that as much as possible is granted.
 *
 * The result depends neither on the order of @shares nor on earlier decisions. As divisions round
 * down, some bytes may remain: less than three for each share.
 *
 * Return: bytes by which minimums exceed capacity on the nodes where minimums do not fit, or 0. On
 * these nodes every target is a minimum
 */
u64 dynmem_policy_share(struct dynmem_policy *policy, struct dynmem_share *shares, u32 *order,
			unsigned int n, enum dynmem_balance balance);

/**
 * enum dynmem_why - why a share gets less than it desires
 * @DYNMEM_WHY_NONE: the share gets all that it desires
 * @DYNMEM_WHY_HEAVIER: a higher weight is served first
 * @DYNMEM_WHY_EQUAL: equal weights share the capacity
 * @DYNMEM_WHY_RELATIVE: capacity is shared in proportion to weight
 * @DYNMEM_WHY_DEMAND: demand comes before buffers, whatever the weights
 * @DYNMEM_WHY_CAPACITY: on the nodes that are used up, no other VM has more than its minimum
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
 * @demand: how much of the demand is cut; @buffer + @demand is desired - target
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
 * @share: one of the shares of that call
 * @reason: result
 */
void dynmem_policy_reason(struct dynmem_policy *policy, const struct dynmem_share *share,
			  struct dynmem_reason *reason);

/**
 * dynmem_policy_keep() - enter the memory that other VMs keep when a VM starts
 * @sets: the node sets, after dynmem_nodesets_begin() and before dynmem_nodesets_settle()
 * @shares: the shares of the other VMs
 * @n: number of shares
 * @weight: weight of the VM that starts
 *
 * A VM that starts may use free memory, memory that other VMs have above their demand, and memory
 * that VMs of lower weight have above their minimum. After dynmem_nodesets_settle(),
 * dynmem_nodesets_room() returns how much memory the VM that starts may use.
 */
void dynmem_policy_keep(struct dynmem_nodesets *sets, const struct dynmem_share *shares,
			unsigned int n, u32 weight);

#endif
