/* SPDX-License-Identifier: GPL-2.0 */
/*
 * plan: one decision. From what each vnode wants (want) to what it should get (policy), and from
 * there to targets and grants (move). Admission adds the VMs that start (admit).
 *
 * Everything here runs under dynmem_set_lock and the locks of all VMs in the plan, and ends in a
 * moment: it computes, it never waits.
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

/* Works out again what a VM wants that has just been admitted. */
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
struct dynmem_nodesets *dynmem_plan_sets(const struct dynmem_plan *plan,
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
