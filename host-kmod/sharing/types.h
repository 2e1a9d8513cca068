/* SPDX-License-Identifier: GPL-2.0 */
/* What the steps of a decision share; see plan.h. */
#ifndef _DYNMEM_SHARING_TYPES_H
#define _DYNMEM_SHARING_TYPES_H

#include <linux/numa.h>
#include <linux/types.h>

#include "memory/pool.h"
#include "policy/startq.h"
#include "vm/types.h"

struct dynmem_share;

/**
 * struct dynmem_want - what one vnode of one VM wants; bytes
 * @vm, @vnode: whose
 * @startup: of the VM, this vnode's part
 * @floor: what it can be brought down to in the end, whatever it needs now
 * @resident: of a VM that starts: what is in use already
 * @overhead: of a VM that starts: what its VMM needs, this vnode's part. Part of @minimum, unless
 *	the vnode is in a hugetlb pool: VMMs live in ordinary memory
 * @minimum, @demand, @desired: as in struct dynmem_share
 * @target: what the policy gives it, all nodes together
 * @sent: target sent to a stuck guest, computed as if it were not stuck
 * @most: what it may have in any case: RAM, or what memory cgroups allow
 * @gain: how much of that it is to get now
 * @take: how much it is made to give for others
 * @pays: how much less it wants for what it holds that it was not granted and can't be asked for
 * @soon: of one that gives slowly, or not: how much of what is above @sent it will give soon
 * @hold: nothing is known of the guest now: nothing is given or taken
 * @lazy: what it has above desired may be taken, slowly, without need
 * @stuck: it will not soon have given what it has above @sent: the rest is planned around
 * @urgent: @gain is for its demand, not for its buffer
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
	u64 target;
	u64 sent;
	u64 most;
	u64 gain;
	u64 take;
	u64 pays;
	u64 soon;
	bool hold;
	bool lazy;
	bool stuck;
	bool urgent;
};

/**
 * struct dynmem_plan_arrays - memory for a plan, kept from one decision to the next
 * @nr_vms: VMs that it is enough for, whatever vnodes they have
 * @vm, @want, @share, @order, @bit, @lack, @need: as in struct dynmem_plan
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
 * struct dynmem_plan - the state of one decision
 * @arrays: what the arrays here are parts of
 * @vm, @nr_vms: the VMs that a VMM has attached, the highest weight first
 * @want, @nr_wants: their vnodes, in the same order
 * @share: what policy is asked for, want by want; @order: what it needs besides
 * @but: a VM that @share leaves out, or NULL
 * @bit: by node; what stands for it in the masks of policy
 * @any: by pool; those of all its nodes
 * @needing: the nodes where a guest that is about to kill or swap lacks memory, as such a mask
 * @starting: the nodes where a VM waits to start, as such a mask
 * @lack: by node; bytes beyond what is spare that VMs need to start
 * @need: by node; bytes that others must give, for demand and for buffers
 * @floating_lack, @floating: the same of what floats, on whichever node; by pool
 * @now_ms: monotonic
 * @tick: a second has passed since the last decision that had this set
 * @dry: it is not to be carried out: why VMs have what they have stays as it is
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
	u64 *bit;
	u64 any[DYNMEM_POOLS_MAX];
	u64 needing;
	u64 starting;
	u64 *lack;
	u64 *need[2];
	u64 floating_lack[DYNMEM_POOLS_MAX];
	u64 floating[2][DYNMEM_POOLS_MAX];
	u64 now_ms;
	bool tick;
	bool dry;
};

/* The nodes a vnode may lie on, as a mask for policy. */
static inline u64 dynmem_plan_nodes(const struct dynmem_plan *plan, const struct dynmem_vnode *v)
{
	return v->node != NUMA_NO_NODE ? plan->bit[v->node] : plan->any[v->pool];
}

#endif
