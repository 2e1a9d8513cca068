/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Computes the exact shares of VMs on one node by bisection. The method differs on purpose from
 * that of host-kmod/policy/share.c, whose results are compared with these.
 */
#ifndef _SIM_SHARE_H
#define _SIM_SHARE_H

#include "sim.h"

/*
 * One vnode: its minimum, its demand, its desired memory and the memory that it gets; bytes.
 * @all[0] is demand above minimum, and @all[1] is desired above demand, each summed over all vnodes
 * of the VM. Both may be 0 if the VM has only this vnode.
 */
struct sim_share {
	u32 weight;
	u64 minimum;
	u64 demand;
	u64 desired;
	u64 target;		/* result */
	u64 all[2];
};

void sim_share(struct sim_share *share, unsigned int n, u64 capacity, bool relative);

#endif
