/* SPDX-License-Identifier: GPL-2.0 */
/* types: the state that the steps of a decision share; see plan.h. */
#ifndef _DYNMEM_SHARING_TYPES_H
#define _DYNMEM_SHARING_TYPES_H

#include <linux/numa.h>
#include <linux/types.h>

#include "memory/pool.h"
#include "policy/startq.h"
#include "vm/types.h"

struct dynmem_share;

/**
 * struct dynmem_want - one vnode's needs (its *wants*) and the result of a decision; bytes
 * @vm: the VM
 * @vnode: the vnode
 * @startup: this vnode's part of the VM's startup memory
 * @floor: no decision lowers the vnode's grant below @floor; @minimum may be higher for a while
 * @resident: for a VM that starts: memory of the vnode that is resident already
 * @overhead: for a VM that starts: this vnode's part of the memory that the VMM needs for itself.
 *	@minimum includes this part, except for a vnode in a hugetlb pool, since a VMM itself uses
 *	ordinary memory
 * @minimum: as in struct dynmem_share
 * @demand: likewise
 * @desired: likewise
 * @lend: the most memory that may be lent to the vnode beyond @desired
 * @lent: the part of @target that is lent
 * @target: memory that policy gives the vnode, on all nodes together
 * @sent: for a stuck guest: the target to send, computed as if the guest were not stuck
 * @assured: the part of @demand that the vnode would get if no guest were slow. The vnode may keep
 *	this part if its VM has a higher weight than all slow guests, see plan_assure()
 * @owed: the part of @demand that would be the vnode's target if no VM started, for VMs with at
 *	least the weight of all starts that could take it; see plan_share_again()
 * @most: the most that the vnode may have: its RAM, or less if memory cgroups allow less
 * @gain: bytes that the vnode is to get now, towards @target
 * @take: bytes that the vnode must give now: for other vnodes, for headroom, or because a static VM
 *	was made smaller
 * @pays: bytes by which @demand and @desired are lowered, because the VM holds memory beyond its
 *	grant that the guest has given already, see dynmem_want_beyond()
 * @soon: for a stuck guest: memory above @sent that the guest will give soon
 * @late: the part of @minimum that is there only because the guest will not give it soon; 0 without
 *	dynmem_plan_keep_late()
 * @hold: the guest's needs are unknown now, so nothing is given or taken
 * @lazy: memory above @desired may be taken slowly even if no VM needs memory
 * @stuck: the guest gives too slowly or not at all. So policy lets the vnode keep all memory that
 *	the guest will not give soon. The other vnodes share the remaining memory
 * @slow: the stuck guest gives, but too slowly
 * @urgent: the vnode is below minimum or demand; if not, @gain is only for buffer or a loan
 *
 * The locks of struct dynmem_plan guard the wants.
 */
struct dynmem_want {
	struct dynmem_vm *vm;
	struct dynmem_vnode *vnode;
	u64 startup;
	u64 floor;
	u64 resident;
	u64 overhead;
	u64 minimum;
	u64 demand;
	u64 desired;
	u64 lend;
	u64 lent;
	u64 target;
	u64 sent;
	u64 assured;
	u64 owed;
	u64 most;
	u64 gain;
	u64 take;
	u64 pays;
	u64 soon;
	u64 late;
	bool hold;
	bool lazy;
	bool stuck;
	bool slow;
	bool urgent;
};

/**
 * struct dynmem_plan_arrays - the arrays of a plan; the balancer reuses them for each decision
 * @nr_vms: number of VMs that the arrays are large enough for, with any number of vnodes
 * @vm: as in struct dynmem_plan
 * @want: likewise
 * @share: likewise
 * @order: likewise
 * @bit: likewise
 * @lack: likewise
 * @need: likewise
 */
struct dynmem_plan_arrays {
	unsigned int nr_vms;
	struct dynmem_vm **vm;
	struct dynmem_want *want;
	struct dynmem_share *share;
	u32 *order;
	u64 *bit;
	u64 *lack;
	u64 *need[2];
};

/**
 * struct dynmem_plan - the state of one decision; amounts in bytes
 * @arrays: the memory of the arrays below
 * @vm: the VMs that have a VMM attached, the highest weight first
 * @nr_vms: number of @vm
 * @want: the wants of their vnodes, in the same order
 * @nr_wants: number of @want
 * @share: the input of policy and its result, one share for each want
 * @order: scratch for policy
 * @but: a VM that @share leaves out, or NULL
 * @startq: the VMs that start, or NULL if none was considered in this decision
 * @bit: by node; the bit that stands for the node in the masks of policy
 * @any: by pool; the bits of all nodes of the pool
 * @needing: mask of the nodes where guests lack memory and are about to kill a process or to swap
 * @starting: mask of the nodes where a VM waits to start
 * @recalling: mask of the nodes where loans are called back
 * @lack: by node; memory that has to become spare for VMs that start
 * @need: by node; memory that vnodes must give: [0] for demand, starts and debt, [1] for buffers
 * @floating_lack: by pool; as @lack, for memory that floats and may lie on any node of the pool
 * @floating: by pool; as @need, for memory that floats
 * @now_ms: monotonic time
 * @tick: a second has passed since the last decision in which @tick was true
 * @without_starts: VMs that start take no part in sharing
 * @dry: the plan is not carried out. Like any plan, it brings the VMs up to date with time, their
 *	reports and their balloons. But it keeps nothing in the VMs that depends on a VM which is
 *	only assumed to start
 *
 * A plan belongs to one thread, which holds dynmem_set_lock and the locks of all VMs in the plan
 * from dynmem_plan_begin() on.
 */
struct dynmem_plan {
	struct dynmem_plan_arrays *arrays;
	struct dynmem_vm **vm;
	unsigned int nr_vms;
	struct dynmem_want *want;
	unsigned int nr_wants;
	struct dynmem_share *share;
	u32 *order;
	const struct dynmem_vm *but;
	struct dynmem_startq *startq;
	u64 *bit;
	u64 any[DYNMEM_POOLS_MAX];
	u64 needing;
	u64 starting;
	u64 recalling;
	u64 *lack;
	u64 *need[2];
	u64 floating_lack[DYNMEM_POOLS_MAX];
	u64 floating[2][DYNMEM_POOLS_MAX];
	u64 now_ms;
	bool tick;
	bool without_starts;
	bool dry;
};

/* The nodes that a vnode may lie on, as a mask for policy. */
static inline u64 dynmem_plan_nodes(const struct dynmem_plan *plan, const struct dynmem_vnode *v)
{
	return v->node != NUMA_NO_NODE ? plan->bit[v->node] : plan->any[v->pool];
}

#endif
