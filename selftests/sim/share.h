/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The exact shares of VMs on one node, found by bisection, on purpose in another way than
 * host-kmod/policy/share.c does. For checks of progress and for the golden examples.
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
	u64 all[2];		/* demand and buffer of its VM, all vnodes; 0: of it alone */
};

void sim_share(struct sim_share *share, unsigned int n, u64 capacity, bool relative);

#endif
