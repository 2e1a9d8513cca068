/* SPDX-License-Identifier: GPL-2.0 */
/*
 * want: what a VM reports and holds, and from that what each of its vnodes wants. The first step of
 * a decision, see plan.h; under dynmem_set_lock and the VM's lock.
 */
#ifndef _DYNMEM_WANT_H
#define _DYNMEM_WANT_H

#include <linux/types.h>

struct dynmem_pacing_input;
struct dynmem_plan;
struct dynmem_vm;
struct dynmem_vnode;
struct dynmem_want;

/* Looks at what has come of the last decision for a VM, and appends its wants to the plan. */
void dynmem_want_begin(struct dynmem_plan *plan, struct dynmem_vm *vm);

/* Fills in what vnode @i of @want->vm wants. */
void dynmem_want_vnode(const struct dynmem_plan *plan, struct dynmem_want *want, unsigned int i);

/* Whether memory of a vnode may be on node @nid. */
bool dynmem_want_may_lie(const struct dynmem_vnode *v, int nid);

/*
 * What a VM holds on node @nid beyond what it was granted *and* what its guest could touch, so that
 * nobody can be asked for it: memory that was given and is resident again. Bytes.
 */
u64 dynmem_want_beyond(const struct dynmem_vm *vm, int nid);

/* Neither more nor less than @bytes. */
void dynmem_want_fixed(struct dynmem_want *want, u64 bytes);

/* The part of a VM's figure that belongs to vnode @i: whole blocks, if what is left then fits. */
u64 dynmem_want_part(const struct dynmem_vm *vm, unsigned int i, u64 bytes);

/* It can't do anything now, or nobody knows what it would: its VMM may have stopped it. */
bool dynmem_want_is_silent(const struct dynmem_plan *plan, const struct dynmem_vm *vm);

/* The nodes where a guest that is about to kill or swap lacks memory, as a mask for policy. */
u64 dynmem_want_needing(const struct dynmem_plan *plan);

/* The nodes where a VM waits to start, as a mask for policy. */
u64 dynmem_want_starting(const struct dynmem_plan *plan);

/* What is known of vnode @i for pacing.c, but for what policy gives it. */
void dynmem_want_pacing_input(const struct dynmem_plan *plan, const struct dynmem_vm *vm,
			      unsigned int i, struct dynmem_pacing_input *m);

/* What the guest has given *and* the host has released is taken off its grant. */
void dynmem_want_follow(struct dynmem_vnode *v);

#endif
