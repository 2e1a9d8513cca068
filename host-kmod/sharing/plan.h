/* SPDX-License-Identifier: GPL-2.0 */
/*
 * plan: one decision. It computes the wants of each vnode (want), its share (policy), and from that
 * targets and grants (move). Admission adds the VMs that start (admit).
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
 * Context: may sleep. No lock is held that a decision needs, since a decision may free the memory
 * that this waits for.
 * Return: arrays for dynmem_plan_arrays_free(), or NULL
 */
struct dynmem_plan_arrays *dynmem_plan_arrays_alloc(unsigned int nr_vms);
void dynmem_plan_arrays_free(struct dynmem_plan_arrays *arrays);

/**
 * dynmem_plan_begin() - compute the wants of every vnode
 * @plan: has @arrays that are large enough, @vm, @nr_vms, @now_ms and @tick
 *
 * Also subtracts memory that guests have given since the last decision from their grants.
 */
void dynmem_plan_begin(struct dynmem_plan *plan);

/* The wants of a VM's vnodes, in their order; NULL if it is not in the plan. */
struct dynmem_want *dynmem_plan_wants(const struct dynmem_plan *plan, const struct dynmem_vm *vm);

/* Computes the wants of a VM again if the VM has changed since the plan was begun. */
void dynmem_plan_renew(struct dynmem_plan *plan, struct dynmem_vm *vm);

/**
 * dynmem_plan_share() - let policy set the target of each want
 * @plan: begun, and considered by admission
 * @balance: strict or relative
 *
 * A stuck guest keeps the memory that it will not give soon, and the others share the rest. Its own
 * target is computed as if it were not stuck.
 */
void dynmem_plan_share(struct dynmem_plan *plan, enum dynmem_balance balance);

/* Shares memory, sets targets, and grants spare memory. Admission has considered the plan. */
void dynmem_plan_decide(struct dynmem_plan *plan, enum dynmem_balance balance);

/*
 * Bytes on node @nid that no decision can move: the memory above their grants of guests that cannot
 * or do not give, and the memory that VMMs need.
 */
u64 dynmem_plan_fixed(const struct dynmem_plan *plan, int nid);

/* Bytes of node @nid that policy can share: its capacity less dynmem_plan_fixed(). */
u64 dynmem_plan_capacity(const struct dynmem_plan *plan, int nid);

/* The host node that is charged for the VMM of a VM with vnode @v in a pool. */
int dynmem_plan_vmm_node(const struct dynmem_vnode *v);

/**
 * dynmem_plan_sets() - prepare the host's nodes with their capacity, to find out what fits
 * @plan: the plan
 * @capacity: returns the bytes that a node has
 *
 * Return: the nodes, with nothing in use. There is only one such object: it is valid until this or
 * dynmem_plan_decide() is called again
 */
struct dynmem_nodesets *dynmem_plan_sets(const struct dynmem_plan *plan,
					 u64 (*capacity)(const struct dynmem_plan *plan, int nid));

/**
 * dynmem_plan_shares() - fill @share of a plan, one for each want
 * @plan: the plan
 * @but: a VM to leave out, or NULL; dynmem_plan_fixed() leaves it out, too, from then on
 *
 * A VM that starts takes part if admission has found room for it (struct dynmem_start). VMs that do
 * not take part want nothing.
 */
void dynmem_plan_shares(struct dynmem_plan *plan, const struct dynmem_vm *but);

#endif
