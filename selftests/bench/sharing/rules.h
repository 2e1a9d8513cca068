/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The rules of other balancers. From figures of a host and its VMs a rule computes each VM's
 * target. A rule changes nothing but the structs of these VMs. peers.c plays the rules in the
 * simulator, and selftests/bench/policy times them.
 */
#ifndef _SHARING_RULES_H
#define _SHARING_RULES_H

#include "policy/arith.h"

/* All memory of the host, and its free memory; bytes. */
struct peer_host {
	u64 present;
	u64 free;
};

/**
 * struct peer_vm - a VM; amounts are bytes
 * @has: its RAM less ballooned memory
 * @free: part of @has that is free, as the guest reports
 * @minimum, @maximum: settings of the VM
 * @weight: setting of the VM; only Proxmox's rule uses it
 * @target: the rule's result
 * @is_short, @settled: used within a rule
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

/*
 * One round of a rule: sets @target of each VM. If the VM's memory is not to change, @target equals
 * @has.
 */
typedef void peer_rule(const struct peer_host *host, struct peer_vm *vms, unsigned int n);

peer_rule proxmox_rule;
peer_rule mom_rule;

#endif
