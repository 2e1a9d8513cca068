// SPDX-License-Identifier: GPL-2.0
/*
 * How long one decision of policy takes, by number of VMs and nodes. Prints JSON rows; see
 * selftests/bench/bench. "Cold": nothing is known of an earlier decision, and VMs come in any
 * order. "Warm": a second has passed, VMs are in the order of the last decision, and one in fifty
 * needs more or less than it did. "Reasons": to ask why for each.
 *
 * There is always too little memory: demand is 1.1 times what there is, so that every node is used
 * up, which takes longest. Seconds are those of the processor, the median of many rounds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "policy.h"

#define NODES	8
#define ROUNDS	51

struct setting {
	const char *name;
	unsigned int vms;
	unsigned int vnodes;		/* of a VM, each bound to its node; 1: some span all */
	unsigned int nodes;
	unsigned int weights;		/* how many different ones */
	bool relative;
	unsigned int cold, warm;	/* goals, microseconds; 0: none */
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

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
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return limit ? seed * 2685821657736338717ULL % limit : 0;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double median(double *values, unsigned int n)
{
	qsort(values, n, sizeof(*values), compare);
	return values[n / 2];
}

static void need(struct dynmem_share *s)
{
	s->demand = s->minimum + below(4096) * DYNMEM_MIB;
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
			s->minimum = 256 * DYNMEM_MIB;
			need(s);
		}
	}
	for (i = 0; i < t->nodes; i++)
		capacity[i] = (u64)n * (256 + 2048) * 10 / 11 / t->nodes * DYNMEM_MIB;
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

/* As the caller does that keeps the order of the last decision. */
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

static void row(const struct setting *t, const char *how, unsigned int n, double seconds,
		unsigned int goal, bool last)
{
	printf("{\"name\": \"%s, %s\", \"ours\": %.7f, \"unit\": \"s\", ", t->name, how, seconds);
	printf("\"ns_per_vm\": %.1f, \"ns_per_share\": %.1f, ", seconds * 1e9 / t->vms,
	       seconds * 1e9 / n);
	printf("\"peer\": null, \"ratio\": null, \"goal\": ");
	if (goal)
		printf("%.4f, \"met\": %s}%s\n", goal / 1e6,
		       seconds < goal / 1e6 ? "true" : "false", last ? "" : ",");
	else
		printf("null}%s\n", last ? "" : ",");
}

static void measure(const struct setting *t, bool last)
{
	static struct dynmem_policy policy;
	unsigned int shares_max = t->vms * t->vnodes, n, i, k;
	struct dynmem_share *shares = calloc(shares_max, sizeof(*shares));
	u32 *order = calloc(2UL * shares_max, sizeof(*order));
	u64 capacity[NODES];
	double cold[ROUNDS], warm[ROUNDS], why[ROUNDS], began;

	if (!shares || !order)
		exit(1);
	for (i = 0; i < ROUNDS; i++) {
		struct dynmem_reason reason;

		n = make(t, shares, order, capacity);
		memset(&policy, 0, sizeof(policy));
		began = now();
		dynmem_sets_begin(&policy.sets, capacity, t->nodes);
		dynmem_policy_share(&policy, shares, order, n, t->relative);
		cold[i] = now() - began;
		put_in_order(shares, order, n);
		dynmem_sets_begin(&policy.sets, capacity, t->nodes);
		dynmem_policy_share(&policy, shares, order, n, t->relative);
		for (k = 0; k < n / 50; k++)
			need(&shares[below(n)]);
		began = now();
		dynmem_sets_begin(&policy.sets, capacity, t->nodes);
		dynmem_policy_share(&policy, shares, order, n, t->relative);
		warm[i] = now() - began;
		began = now();
		for (k = 0; k < n; k++)
			dynmem_policy_reason(&policy, &shares[k], &reason);
		why[i] = now() - began;
	}
	row(t, "cold", n, median(cold, ROUNDS), t->cold, false);
	row(t, "warm", n, median(warm, ROUNDS), t->warm, false);
	row(t, "reasons", n, median(why, ROUNDS), 0, last);
	free(shares);
	free(order);
}

int main(void)
{
	unsigned int i;

	printf("[\n");
	for (i = 0; i < ARRAY_SIZE(settings); i++)
		measure(&settings[i], i == ARRAY_SIZE(settings) - 1);
	printf("]\n");
	return 0;
}
