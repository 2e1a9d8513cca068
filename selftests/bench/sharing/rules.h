/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of other balancers: from what a host and its VMs report to where each VM goes. Pure;
 * peers.c plays them in the simulator, selftests/bench/policy times them.
 */
#ifndef _SHARING_RULES_H
#define _SHARING_RULES_H

#include "policy/arith.h"

/* The host, bytes. */
struct peer_host {
	u64 present;
	u64 free;
};

/**
 * struct peer_vm - a VM, bytes
 * @has: its memory without what is ballooned
 * @free: of that, by its own account
 * @minimum, @maximum: settings
 * @weight: setting; only Proxmox has such
 * @target: the result
 * @is_short, @settled: the rule's own
 */
struct peer_vm {
	u64 has;
	u64 free;
	u64 minimum;
	u64 maximum;
	u64 weight;
	u64 target;
	bool is_short;
	bool settled;
};

/* A round of a rule: sets each @target, to @has if nothing is to change. */
typedef void peer_rule(const struct peer_host *host, struct peer_vm *vms, unsigned int n);

peer_rule proxmox_rule;
peer_rule mom_rule;

#endif
