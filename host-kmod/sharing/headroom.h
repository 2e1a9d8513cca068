/* SPDX-License-Identifier: GPL-2.0 */
/*
 * headroom: the part of each node that is kept unlent, and how much a VM may borrow of the rest.
 *
 * Memory that no VM demands or has as buffer is lent: granted beyond desired, untouched, and taken
 * back first when anybody needs it. Headroom stays unlent, for what cannot wait until a guest has
 * given. A VM borrows at most half of it, so that two VMs that stop giving hold no more than it.
 */
#ifndef _DYNMEM_HEADROOM_H
#define _DYNMEM_HEADROOM_H

#include <linux/types.h>

#include "uapi/dynmem.h"

struct dynmem_plan;
struct dynmem_want;

#define DYNMEM_HEADROOM_DEFAULT	16	/* percent; the best of BENCH=sharing */

/**
 * dynmem_headroom_set() - set how much of each node is kept unlent
 * @bytes: of each node; if 0, @percent applies
 * @percent: of each node's capacity, 1 .. DYNMEM_HEADROOM_OFF; 0: the default
 *
 * Context: dynmem_set_lock is held.
 */
void dynmem_headroom_set(u64 bytes, u32 percent);

/*
 * Sets either @bytes of each node or @percent of its capacity, and the other one to 0. Return:
 * whether they were set; false: they are the default. Context: dynmem_set_lock is held.
 */
bool dynmem_headroom_get(u64 *bytes, u32 *percent);

/* Bytes of a node that are kept unlent, at most its capacity. Context: dynmem_set_lock is held. */
u64 dynmem_headroom_of(int nid);

/* Bytes that are lent to all VMs as of the last decision. Context: dynmem_set_lock is held. */
void dynmem_headroom_note_lent(u64 bytes);
u64 dynmem_headroom_lent(void);

/**
 * dynmem_headroom_lend() - limit what may be lent to each vnode of a VM
 * @plan: the plan, whose locks are held
 * @want: the wants of the VM's vnodes, with the most that each could use in @lend
 */
void dynmem_headroom_lend(const struct dynmem_plan *plan, struct dynmem_want *want);

#endif
