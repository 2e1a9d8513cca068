/* SPDX-License-Identifier: GPL-2.0 */
/*
 * plan: one decision. From what each vnode wants (want.c) to what it should get (policy), and from
 * there to targets and grants (move.c). Called by balancer.c in each run; admit.c adds the VMs that
 * start.
 *
 * Everything here runs under dynmem_set_lock and the locks of all VMs in the plan, and ends in a
 * moment: it computes, it never waits.
 */
#ifndef _DYNMEM_PLAN_H
#define _DYNMEM_PLAN_H

#include <linux/types.h>

#include "memory/pool.h"
#include "sharing/want.h"
#include "uapi/dynmem.h"

struct dynmem_sets;
struct dynmem_share;
struct dynmem_vm;
struct dynmem_vnode;

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
 * @crying: the nodes where a guest that is about to kill or swap lacks memory, as such a mask
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
	u64 crying;
	u64 starting;
	u64 *lack;
	u64 *need[2];
	u64 floating_lack[DYNMEM_POOLS_MAX];
	u64 floating[2][DYNMEM_POOLS_MAX];
	u64 now_ms;
	bool tick;
	bool dry;
};

/**
 * dynmem_plan_arrays_alloc() - memory for plans
 * @nr_vms: VMs that a plan may have
 *
 * Context: may sleep; no lock held that a decision needs, since a decision may free the memory
 * that this waits for. Return: for dynmem_plan_arrays_free(), or NULL
 */
struct dynmem_plan_arrays *dynmem_plan_arrays_alloc(unsigned int nr_vms);
void dynmem_plan_arrays_free(struct dynmem_plan_arrays *arrays);

/**
 * dynmem_plan_begin() - work out what everyone wants
 * @plan: with @arrays that are large enough, @vm, @nr_vms, @now_ms and @tick
 *
 * Also takes off what guests have given since the last decision. Allocates nothing.
 */
void dynmem_plan_begin(struct dynmem_plan *plan);

/* The wants of a VM's vnodes, in their order; NULL if it is not in the plan. */
struct dynmem_want *dynmem_plan_wants(const struct dynmem_plan *plan, const struct dynmem_vm *vm);

/* Works out anew what a VM wants that has just been admitted. */
void dynmem_plan_renew(struct dynmem_plan *plan, struct dynmem_vm *vm);

/**
 * dynmem_plan_share() - fill in what policy gives each want, as its target
 * @plan: begun; admission had its turn
 * @balance: mode
 *
 * A guest that does not give, or slowly, keeps what it will not soon have given, and the others are
 * shared what remains. What it is told to give stays what it would have to.
 */
void dynmem_plan_share(struct dynmem_plan *plan, enum dynmem_balance balance);

/* Sets targets by policy, and grants what is spare. After admission had its turn. */
void dynmem_plan_decide(struct dynmem_plan *plan, enum dynmem_balance balance);

/* Whether the VM has been let in: running, or about to. */
bool dynmem_plan_admitted(const struct dynmem_vm *vm);

/* A difference from @bytes that is not worth a movement of memory. Bytes. */
u64 dynmem_plan_slack(u64 bytes);

/*
 * What no decision can move on node @nid: what guests that can't or won't give hold above their
 * grants, and what VMMs need. Bytes.
 */
u64 dynmem_plan_fixed(const struct dynmem_plan *plan, int nid);

/*
 * What node @nid has for policy: capacity less what no decision can move, and what the VMMs need of
 * VMs that start in its pools. Bytes.
 */
u64 dynmem_plan_capacity(const struct dynmem_plan *plan, int nid);

/* The nodes a vnode may lie on, as a mask for policy. */
u64 dynmem_plan_nodes(const struct dynmem_plan *plan, const struct dynmem_vnode *v);

/* The node that the VMM of a VM in a pool lives on, as far as this vnode has part in it. */
int dynmem_plan_vmm_node(const struct dynmem_vnode *v);

/**
 * dynmem_plan_sets() - the host's nodes, to find out what would fit
 * @plan: the plan
 * @capacity: says how much a node has
 *
 * Return: with nothing entered. There is only one: it is valid until this or dynmem_plan_decide()
 * is called again
 */
struct dynmem_sets *dynmem_plan_sets(const struct dynmem_plan *plan,
				     u64 (*capacity)(const struct dynmem_plan *plan, int nid));

/**
 * dynmem_plan_shares() - fill @plan->share, want by want
 * @plan: the plan
 * @but: a VM to leave out, or NULL; also from what dynmem_plan_capacity() says from then on
 *
 * VMs that start are in it when admission has found that they may (struct dynmem_start). Those
 * that are left out want nothing.
 */
void dynmem_plan_shares(struct dynmem_plan *plan, const struct dynmem_vm *but);

#endif
