/* SPDX-License-Identifier: GPL-2.0 */
/*
 * plan: one decision. A plan computes the wants of each vnode (want.h), then the share of each
 * vnode (policy/share.h), and then sets targets and grants according to the shares (move.h).
 * Admission adds VMs that start (admit.h). The *wants* are the vnode's needs, see struct
 * dynmem_want.
 *
 * Context, unless said otherwise: dynmem_set_lock and the locks of all VMs in the plan are held.
 * Nothing here sleeps or allocates.
 */
#ifndef _DYNMEM_PLAN_H
#define _DYNMEM_PLAN_H

#include <linux/types.h>

#include "sharing/types.h"
#include "uapi/dynmem.h"

struct dynmem_nodesets;
struct dynmem_vm;
struct dynmem_vnode;

/**
 * dynmem_plan_arrays_alloc() - allocate memory for plans
 * @nr_vms: the most VMs that a plan may have
 *
 * Context: may sleep. The caller holds no lock that a decision needs, since a decision may free the
 * memory for which this function waits.
 * Return: arrays for dynmem_plan_arrays_free(), or NULL
 */
struct dynmem_plan_arrays *dynmem_plan_arrays_alloc(unsigned int nr_vms);
void dynmem_plan_arrays_free(struct dynmem_plan_arrays *arrays);

/**
 * dynmem_plan_begin() - compute the wants of every vnode
 * @plan: with @vm, @nr_vms, @now_ms, @tick and large enough @arrays filled in
 *
 * Also lowers grants by the memory that guests have given since the last decision.
 */
void dynmem_plan_begin(struct dynmem_plan *plan);

/* The wants of a VM's vnodes, in the order of the vnodes; NULL if the VM is not in the plan. */
struct dynmem_want *dynmem_plan_wants(const struct dynmem_plan *plan, const struct dynmem_vm *vm);

/*
 * Computes the wants of a VM again. To be called if the VM has changed since dynmem_plan_begin().
 */
void dynmem_plan_renew(struct dynmem_plan *plan, struct dynmem_vm *vm);

/**
 * dynmem_plan_share() - let policy set the target of each want
 * @plan: the plan, after dynmem_plan_begin(). For each VM that waits to start, the caller has
 *	filled in @fits of struct dynmem_start
 * @balance: strict or relative
 *
 * A stuck guest keeps the memory that it will not give soon, and the other VMs share the remaining
 * memory. The target of the stuck guest is computed as if it were not stuck. VMs with at least the
 * weight of all starts on their nodes do not pay with demand for memory that stuck guests keep from
 * a start. If any memory floats in a pool, the pool's nodes count as one node for this. In strict
 * mode, while guests that give too slowly reduce a node's debt, VMs of higher weight than
 * all these guests keep their demand.
 */
void dynmem_plan_share(struct dynmem_plan *plan, enum dynmem_balance balance);

/**
 * dynmem_plan_keep_late() - do not count on memory that guests will not give soon
 * @plan: the plan, after dynmem_plan_begin(); not to be shared or carried out
 *
 * Raises @minimum of the wants of guests that give slowly or not at all to the memory that they
 * will still have in a few seconds, whatever their targets. @late of each want has the difference.
 */
void dynmem_plan_keep_late(struct dynmem_plan *plan);

/*
 * Shares memory, sets targets and grants spare memory, and counts the changes. To be called after
 * dynmem_admit_consider().
 */
void dynmem_plan_decide(struct dynmem_plan *plan, enum dynmem_balance balance);

/*
 * Bytes on node @nid that no decision can move: memory that guests hold above their grants and
 * cannot or do not give, and the memory that VMMs need.
 */
u64 dynmem_plan_fixed(const struct dynmem_plan *plan, int nid);

/* Bytes of node @nid that policy can share: its capacity less dynmem_plan_fixed(). */
u64 dynmem_plan_capacity(const struct dynmem_plan *plan, int nid);

/* The host node that is charged for the VMM of a VM whose vnode @v is in a hugetlb pool. */
int dynmem_plan_vmm_node(const struct dynmem_vnode *v);

/**
 * dynmem_plan_sets() - begin node sets (see policy/nodesets.h) with the host's nodes
 * @plan: the plan
 * @capacity: returns the capacity of a node in bytes
 *
 * Return: the node sets, with no memory entered. There is only one such object, which the next call
 * of this function or of dynmem_plan_share() overwrites
 */
struct dynmem_nodesets *dynmem_plan_sets(const struct dynmem_plan *plan,
					 u64 (*capacity)(const struct dynmem_plan *plan, int nid));

/**
 * dynmem_plan_shares() - fill @share of a plan, one for each want
 * @plan: the plan
 * @but: a VM to leave out, or NULL. After this call dynmem_plan_fixed() also leaves out the memory
 *	that the VMM of that VM would need
 *
 * A VM that starts takes part if admission has found room for it (@fits of struct dynmem_start).
 * In the shares of VMs that do not take part, all amounts are 0.
 */
void dynmem_plan_shares(struct dynmem_plan *plan, const struct dynmem_vm *but);

#endif
