/* SPDX-License-Identifier: GPL-2.0 */
/*
 * headroom: the part of each node that is never lent, and how much of the other part a VM may
 * borrow.
 *
 * Memory that no VM desires is lent: VMs are granted more than they desire, for use at a jump of
 * demand. When other VMs need memory, loans are taken back first. Headroom is kept for needs that
 * cannot wait until a guest has given memory. A VM borrows at most half of headroom on a node, so
 * that the loans of two VMs that stop giving are together no larger than headroom.
 */
#ifndef _DYNMEM_HEADROOM_H
#define _DYNMEM_HEADROOM_H

#include <linux/types.h>

#include "uapi/dynmem.h"

struct dynmem_plan;
struct dynmem_want;

#define DYNMEM_HEADROOM_DEFAULT	16	/* percent; the best value in `make bench BENCH=sharing` */

/**
 * dynmem_headroom_set() - set how much of each node is kept unlent
 * @bytes: bytes of each node that are kept unlent; if 0, @percent applies
 * @percent: percentage of each node's capacity that is kept unlent; 0: the default. With
 *	DYNMEM_HEADROOM_OFF, the largest value, nothing is lent
 *
 * Context: dynmem_set_lock is held.
 */
void dynmem_headroom_set(u64 bytes, u32 percent);

/*
 * Stores the headroom of each node in @bytes, or in @percent of the node's capacity; the other
 * result is 0. Return: true if the operator has set the value, false if it is the default. Context:
 * dynmem_set_lock is held.
 */
bool dynmem_headroom_get(u64 *bytes, u32 *percent);

/* Bytes of a node that are kept unlent, at most its capacity. Context: dynmem_set_lock is held. */
u64 dynmem_headroom_of(int nid);

/*
 * Set and get the bytes lent to all VMs together as of the last decision. Context: dynmem_set_lock
 * is held.
 */
void dynmem_headroom_note_lent(u64 bytes);
u64 dynmem_headroom_lent(void);

/**
 * dynmem_headroom_lend() - limit how much may be lent to each vnode of a VM
 * @plan: the plan, whose locks are held
 * @want: the wants of the VM's vnodes. @lend is at first the most bytes that the vnode could use,
 *	and is lowered to the most bytes that may be lent to it
 */
void dynmem_headroom_lend(const struct dynmem_plan *plan, struct dynmem_want *want);

#endif
