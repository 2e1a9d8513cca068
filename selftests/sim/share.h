/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Computes the exact shares of VMs on one node by bisection. The method differs on purpose from
 * that of host-kmod/policy/share.c, whose results are compared with these.
 */
#ifndef _SIM_SHARE_H
#define _SIM_SHARE_H

#include "sim.h"

/* One vnode: the amounts that it asks for, and the amount that it gets, in bytes. */
struct sim_share {
	u32 weight;
	u64 minimum;
	u64 demand;
	u64 desired;
	u64 target;		/* result */
	u64 all[2];		/* sum that the VM's vnodes ask for, by round; 0: one vnode */
};

void sim_share(struct sim_share *share, unsigned int n, u64 capacity, bool relative);

#endif
