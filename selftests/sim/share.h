/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Computes the exact shares of VMs on one node by bisection, which is on purpose not the method of
 * host-kmod/policy/share.c.
 */
#ifndef _SIM_SHARE_H
#define _SIM_SHARE_H

#include "sim.h"

/* One vnode, bytes. */
struct sim_share {
	u32 weight;
	u64 minimum;
	u64 demand;
	u64 desired;
	u64 target;		/* the result */
	u64 all[2];		/* by round: what all vnodes of its VM ask for; 0: only vnode */
};

void sim_share(struct sim_share *share, unsigned int n, u64 capacity, bool relative);

#endif
