/* SPDX-License-Identifier: GPL-2.0 */
/*
 * want: computes the needs of each vnode (its wants, struct dynmem_want) from the reports and
 * holdings of its VM. This is the first step of a decision, see plan.h. Context: dynmem_set_lock
 * and the VM's lock are held.
 */
#ifndef _DYNMEM_WANT_H
#define _DYNMEM_WANT_H

#include <linux/types.h>

struct dynmem_pacing_input;
struct dynmem_plan;
struct dynmem_vm;
struct dynmem_vnode;
struct dynmem_want;

/* Updates a VM from its reports and its balloon, and appends its wants to the plan. */
void dynmem_want_begin(struct dynmem_plan *plan, struct dynmem_vm *vm);

/* Computes the wants of all vnodes of @want->vm. @want is the want of the first vnode. */
void dynmem_want_vm(const struct dynmem_plan *plan, struct dynmem_want *want);

/* Whether memory of a vnode may lie on node @nid. */
bool dynmem_want_may_lie(const struct dynmem_vnode *v, int nid);

/* The nodes that a VM's memory may lie on, as a mask for policy. */
u64 dynmem_want_nodes(const struct dynmem_plan *plan, const struct dynmem_vm *vm);

/*
 * Bytes that a VM holds on node @nid beyond its grant *and* beyond the memory that its guest may
 * touch. This memory was ballooned and is resident again. The guest has given it already, so a
 * lower target would not free it.
 */
u64 dynmem_want_beyond(const struct dynmem_vm *vm, int nid);

/* Sets minimum, demand and desired of a want to @bytes, and its @lend to 0. */
void dynmem_want_fixed(struct dynmem_want *want, u64 bytes);

/*
 * Divides @bytes between a VM's vnodes in proportion to their RAM, and returns the part of vnode
 * @i. Parts are whole blocks, but the last vnode gets the remainder.
 */
u64 dynmem_want_part(const struct dynmem_vm *vm, unsigned int i, u64 bytes);

/* Whether the host reclaims memory on a node where the vnode may lie. */
bool dynmem_want_is_pressed(const struct dynmem_vnode *v);

/*
 * Whether the needs of the guest are unknown now: its driver is gone or has stopped reporting, the
 * VM is away, or its device came back less than 30 s ago and the guest has not reported since.
 */
bool dynmem_want_is_silent(const struct dynmem_plan *plan, const struct dynmem_vm *vm);

/* Mask of the nodes where guests lack memory and are about to kill a process or to swap. */
u64 dynmem_want_needing(const struct dynmem_plan *plan);

/* Mask of the nodes where a VM waits to start. */
u64 dynmem_want_starting(const struct dynmem_plan *plan);

/* Fills in @m for vnode @i. Sets minimum, demand, desired, share, lent and lazy to 0. */
void dynmem_want_pacing_input(const struct dynmem_plan *plan, const struct dynmem_vm *vm,
			      unsigned int i, struct dynmem_pacing_input *m);

/*
 * Lowers the grant of a vnode towards its target, by memory that the guest has given *and* the host
 * has released.
 */
void dynmem_want_follow(struct dynmem_vnode *v);

#endif
