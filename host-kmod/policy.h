/* SPDX-License-Identifier: GPL-2.0 */
/*
 * policy: the arithmetic of sharing one node between VMs. Pure: fixed-width integers only, no
 * allocation, builds in user space too. The balancer is its only caller.
 */
#ifndef _DYNMEM_POLICY_H
#define _DYNMEM_POLICY_H

#include "../include/uapi/dynmem.h"
#include "pure.h"

/**
 * struct dynmem_share - what one VM asks of a node and what it gets; bytes, at most 1 PiB each
 * @who: the caller's own mark; not looked at
 * @weight: 1 .. 10000
 * @minimum: served first
 * @demand: within minimum and maximum
 * @desired: demand plus buffer, within minimum and maximum; >= @demand
 * @target: the result; minimum <= target <= desired unless the minimums alone do not fit
 */
struct dynmem_share {
	u32 who;
	u32 weight;
	u64 minimum;
	u64 demand;
	u64 desired;
	u64 target;
};

/**
 * dynmem_policy_share() - share a node's capacity (design section 7)
 * @shares: the VMs on the node; sorted on return, the highest weight first
 * @n: how many
 * @capacity: bytes
 * @balance: enum dynmem_balance
 *
 * Every minimum first, then demand, then buffers. Strict: a higher weight is served in full before
 * a lower one gets anything above its minimum; equal weights are raised by the same amount above
 * minimum until each is met. Relative: in proportion to weight. O(n log n).
 *
 * Return: bytes by which the minimums exceed @capacity, 0 if they fit. Then every target is its
 * minimum.
 */
u64 dynmem_policy_share(struct dynmem_share *shares, unsigned int n, u64 capacity,
			enum dynmem_balance balance);

/**
 * dynmem_policy_room() - what a VM that starts may have of a node
 * @shares: the other VMs on the node
 * @n: how many
 * @capacity: bytes
 * @weight: of the VM that starts
 *
 * A start may use what nobody holds, what others have above their desired memory, buffers, and
 * the demand of VMs with a lower weight; never a minimum.
 *
 * Return: bytes
 */
u64 dynmem_policy_room(const struct dynmem_share *shares, unsigned int n, u64 capacity, u32 weight);

#endif
