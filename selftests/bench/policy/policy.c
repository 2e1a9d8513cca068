// SPDX-License-Identifier: GPL-2.0
/*
 * Measures how long one decision of host-kmod/policy takes, for several numbers of VMs and nodes.
 * Prints JSON rows; see selftests/bench/bench. A decision computes one share of the memory (struct
 * dynmem_share) for each vnode of each VM. Rows with "cold" in the name have the time of a first
 * decision, with the shares in random order. Rows with "warm" have the time of a later decision:
 * the previous decision has sorted the shares, and the demand of one share in fifty has changed
 * since. Rows with "reasons" have the time of dynmem_policy_reason() for all shares.
 *
 * Memory is always short: the demand is about 1.1 times the capacity. Then every node is used up,
 * and a decision takes longest. Times are CPU time, the median of many rounds.
 *
 * For comparison, rows also have the time of a peer. The peers are the rules of two other
 * balancers, Proxmox VE and MOM (see ../sharing/rules.c). Both rules are timed for the same number
 * of VMs, and "peer" is the time of the faster one. These rules do not know nodes: they share the
 * memory of the whole host, and each VM has one amount of it. They keep nothing from one round to
 * the next, so rows with "cold" and with "warm" show the same time of a peer. The rules give no
 * reasons, so rows with "reasons" show no peer.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/share.h"
#include "rules.h"
#include "sample.h"
#include "selftests/rng.h"
#include "selftests/sizes.h"

#define NODES	8
#define ROUNDS	51

struct setting {
	const char *name;
	unsigned int vms;
	unsigned int vnodes;		/* per VM, one per node; if 1, some VMs span all nodes */
	unsigned int nodes;
	unsigned int weights;		/* number of different weights */
	bool relative;
	unsigned int cold, warm;	/* goals: longest times, microseconds; 0: no goal */
};

static const struct setting settings[] = {
	{ "1,000 VMs x 8 nodes, strict", 1000, 1, NODES, 5, false, 1500, 100 },
	{ "1,000 VMs x 8 nodes, strict, equal weights", 1000, 1, NODES, 1, false, 1500, 100 },
	{ "1,000 VMs x 8 nodes, strict, every weight another", 1000, 1, NODES, 1000, false, 1500,
	  100 },
	{ "1,000 VMs x 8 nodes, relative", 1000, 1, NODES, 1000, true, 1500, 100 },
	{ "1,000 VMs x 8 vnodes, strict", 1000, 8, NODES, 5, false, 1500, 100 },
	{ "1,000 VMs x 8 vnodes, strict, equal weights", 1000, 8, NODES, 1, false, 1500, 100 },
	{ "1,000 VMs x 8 vnodes, strict, every weight another", 1000, 8, NODES, 1000, false, 1500,
	  100 },
	{ "1,000 VMs x 8 vnodes, relative", 1000, 8, NODES, 1000, true, 1500, 100 },
	{ "10,000 VMs x 8 vnodes, strict", 10000, 8, NODES, 5, false, 25000, 0 },
	{ "10,000 VMs x 8 vnodes, relative", 10000, 8, NODES, 1000, true, 25000, 0 },
	{ "100,000 VMs x 1 node, strict", 100000, 1, 1, 5, false, 0, 0 },
	{ "100,000 VMs x 1 node, relative", 100000, 1, 1, 1000, true, 0, 0 },
};

static u64 seed = 1;

static u64 below(u64 limit)
{
	return rng_below(&seed, limit);
}

static void need(struct dynmem_share *s)
{
	s->demand = s->minimum + below(4096) * MIB(1);
	s->desired = s->demand + s->demand / 5;
}

static unsigned int make(const struct setting *t, struct dynmem_share *shares, u32 *order,
			 u64 *capacity)
{
	unsigned int vm, v, n = 0, i;

	for (vm = 0; vm < t->vms; vm++) {
		unsigned int weight = 1 + below(t->weights) * (10000 / t->weights);

		for (v = 0; v < t->vnodes; v++, n++) {
			struct dynmem_share *s = &shares[n];

			*s = (struct dynmem_share){ .who = vm, .weight = weight };
			s->nodes = 1ULL << (t->vnodes > 1 ? v : below(t->nodes));
			if (t->vnodes == 1 && !(vm % 10))
				s->nodes = 0;
			s->minimum = MIB(256);
			need(s);
		}
	}
	for (i = 0; i < t->nodes; i++)
		capacity[i] = (u64)n * (256 + 2048) * 10 / 11 / t->nodes * MIB(1);
	for (i = 0; i < n; i++)
		order[i] = i;
	for (i = n; i > 1; i--) {
		unsigned int k = below(i);
		u32 o = order[i - 1];

		order[i - 1] = order[k];
		order[k] = o;
	}
	return n;
}

/*
 * Puts the shares into the order @order, in which the last decision sorted them. Callers of
 * dynmem_policy_share() do this before the next decision.
 */
static void put_in_order(struct dynmem_share *shares, u32 *order, unsigned int n)
{
	struct dynmem_share *copy = malloc(n * sizeof(*copy));
	unsigned int i;

	if (!copy)
		exit(1);
	memcpy(copy, shares, n * sizeof(*copy));
	for (i = 0; i < n; i++) {
		shares[i] = copy[order[i]];
		order[i] = i;
	}
	free(copy);
}

/* Seconds that one round of each peer's rule takes. */
struct peers {
	double proxmox, mom;
};

static double time_rule(peer_rule *rule, unsigned int n)
{
	struct peer_host host = { .present = n * GIB(4) };
	struct peer_vm *vms = calloc(n, sizeof(*vms));
	double seconds[ROUNDS], began;
	unsigned int i, k;

	if (!vms)
		exit(1);
	/* With nine tenths of the host in use both rules take memory from VMs. */
	host.free = host.present / 10;
	for (i = 0; i < ROUNDS; i++) {
		for (k = 0; k < n; k++) {
			vms[k] = (struct peer_vm){
				.minimum = MIB(256), .maximum = GIB(8),
				.weight = 1 + below(10000),
			};
			vms[k].has = vms[k].minimum + below(4096) * MIB(1);
			vms[k].free = below(vms[k].has);
		}
		began = sample_now();
		rule(&host, vms, n);
		seconds[i] = sample_now() - began;
	}
	free(vms);
	return sample_median(seconds, ROUNDS);
}

/* Prints one row. @peers is NULL if the peers do nothing comparable. */
static void row(const struct setting *t, const char *how, unsigned int n, double seconds,
		const struct peers *peers, unsigned int goal)
{
	static bool first = true;

	printf("%s\n{\"name\": \"%s, %s\", \"ours\": %.7f, \"unit\": \"s\", ", first ? "[" : ",",
	       t->name, how, seconds);
	printf("\"ns_per_vm\": %.1f, \"ns_per_share\": %.1f, ", seconds * 1e9 / t->vms,
	       seconds * 1e9 / n);
	if (peers) {
		double peer = peers->mom < peers->proxmox ? peers->mom : peers->proxmox;

		printf("\"proxmox_ns_per_vm\": %.1f, \"mom_ns_per_vm\": %.1f, ",
		       peers->proxmox * 1e9 / t->vms, peers->mom * 1e9 / t->vms);
		printf("\"peer\": %.7f, \"ratio\": %.3g, ", peer, seconds / peer);
	} else {
		printf("\"peer\": null, \"ratio\": null, ");
	}
	if (goal)
		printf("\"goal\": %.4f, \"met\": %s}", goal / 1e6,
		       seconds < goal / 1e6 ? "true" : "false");
	else
		printf("\"goal\": null}");
	first = false;
}

static void measure(const struct setting *t)
{
	static struct dynmem_policy policy;
	unsigned int shares_max = t->vms * t->vnodes, n, i, k;
	struct dynmem_share *shares = calloc(shares_max, sizeof(*shares));
	u32 *order = calloc(2UL * shares_max, sizeof(*order));
	u64 capacity[NODES];
	double cold[ROUNDS], warm[ROUNDS], why[ROUNDS], began;
	struct peers peers;

	if (!shares || !order)
		exit(1);
	for (i = 0; i < ROUNDS; i++) {
		struct dynmem_reason reason;

		n = make(t, shares, order, capacity);
		memset(&policy, 0, sizeof(policy));
		began = sample_now();
		dynmem_nodesets_begin(&policy.sets, capacity, t->nodes);
		dynmem_policy_share(&policy, shares, order, n, t->relative);
		cold[i] = sample_now() - began;
		put_in_order(shares, order, n);
		dynmem_nodesets_begin(&policy.sets, capacity, t->nodes);
		dynmem_policy_share(&policy, shares, order, n, t->relative);
		for (k = 0; k < n / 50; k++)
			need(&shares[below(n)]);
		began = sample_now();
		dynmem_nodesets_begin(&policy.sets, capacity, t->nodes);
		dynmem_policy_share(&policy, shares, order, n, t->relative);
		warm[i] = sample_now() - began;
		began = sample_now();
		for (k = 0; k < n; k++)
			dynmem_policy_reason(&policy, &shares[k], &reason);
		why[i] = sample_now() - began;
	}
	peers.proxmox = time_rule(proxmox_rule, t->vms);
	peers.mom = time_rule(mom_rule, t->vms);
	row(t, "cold", n, sample_median(cold, ROUNDS), &peers, t->cold);
	row(t, "warm", n, sample_median(warm, ROUNDS), &peers, t->warm);
	row(t, "reasons", n, sample_median(why, ROUNDS), NULL, 0);
	free(shares);
	free(order);
}

int main(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(settings); i++)
		measure(&settings[i]);
	printf("\n]\n");
	return 0;
}
