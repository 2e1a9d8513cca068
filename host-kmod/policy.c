// SPDX-License-Identifier: GPL-2.0
/*
 * policy: how the VMs on a node share it. Pure; called by the balancer's plan, once for each node.
 *
 * Three rounds: every minimum, then demand, then buffers. A round raises targets towards a goal
 * with what room is left. Strict: one weight after the other, the highest first, and within a
 * weight all by the same amount. Relative: all at once, by amounts in proportion to weight. The
 * former is the latter applied to one weight at a time, so one function fills both.
 *
 * Amounts are at most 1 PiB and weights at most 10,000, hence an amount times a weight fits 64
 * bits, and nothing else is multiplied.
 */
#include "policy.h"

typedef u64 (*goal_fn)(const struct dynmem_share *s);

static u64 goal_demand(const struct dynmem_share *s)
{
	return s->demand;
}

static u64 goal_desired(const struct dynmem_share *s)
{
	return s->desired;
}

static u64 gap(const struct dynmem_share *s, goal_fn goal)
{
	return dynmem_above(goal(s), s->target);
}

/* Whether @a belongs before @b: without a goal, the heavier; with one, who reaches it first. */
static bool precedes(const struct dynmem_share *a, const struct dynmem_share *b, goal_fn goal)
{
	if (!goal)
		return a->weight > b->weight;
	return gap(a, goal) * b->weight < gap(b, goal) * a->weight;
}

static void swap_shares(struct dynmem_share *a, struct dynmem_share *b)
{
	struct dynmem_share c = *a;

	*a = *b;
	*b = c;
}

static void sift(struct dynmem_share *shares, unsigned int i, unsigned int n, goal_fn goal)
{
	for (;;) {
		unsigned int child = 2 * i + 1;

		if (child >= n)
			return;
		if (child + 1 < n && precedes(&shares[child], &shares[child + 1], goal))
			child++;
		if (!precedes(&shares[i], &shares[child], goal))
			return;
		swap_shares(&shares[i], &shares[child]);
		i = child;
	}
}

/* A heap sort: no allocation, no recursion, and no case that is slow. */
static void sort_shares(struct dynmem_share *shares, unsigned int n, goal_fn goal)
{
	unsigned int i;

	for (i = n / 2; i-- > 0;)
		sift(shares, i, n, goal);
	while (n > 1) {
		swap_shares(&shares[0], &shares[--n]);
		sift(shares, 0, n, goal);
	}
}

/* Raises targets towards @goal by the same amount for each unit of weight; returns room left. */
static u64 fill(struct dynmem_share *shares, unsigned int n, u64 room, goal_fn goal)
{
	u64 weight = 0;
	unsigned int i;

	/* Who reaches the goal first comes first: what he leaves raises the others further. */
	sort_shares(shares, n, goal);
	for (i = 0; i < n; i++)
		weight += shares[i].weight;
	for (i = 0; i < n && room; i++) {
		u64 part = min(gap(&shares[i], goal), room * shares[i].weight / weight);

		shares[i].target += part;
		room -= part;
		weight -= shares[i].weight;
	}
	return room;
}

static u64 fill_by_weight(struct dynmem_share *shares, unsigned int n, u64 room, goal_fn goal)
{
	unsigned int first, next;

	sort_shares(shares, n, NULL);
	for (first = 0; first < n && room; first = next) {
		for (next = first + 1; next < n; next++)
			if (shares[next].weight != shares[first].weight)
				break;
		room = fill(shares + first, next - first, room, goal);
	}
	return room;
}

u64 dynmem_policy_share(struct dynmem_share *shares, unsigned int n, u64 capacity,
			enum dynmem_balance balance)
{
	u64 (*raise)(struct dynmem_share *shares, unsigned int n, u64 room, goal_fn goal) =
		balance == DYNMEM_BALANCE_RELATIVE ? fill : fill_by_weight;
	u64 minimums = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		shares[i].target = shares[i].minimum;
		minimums = dynmem_sum(minimums, shares[i].minimum);
	}
	if (minimums <= capacity) {
		u64 room = min(capacity - minimums, DYNMEM_PIB);

		room = raise(shares, n, room, goal_demand);
		raise(shares, n, room, goal_desired);
	}
	sort_shares(shares, n, NULL);
	return dynmem_above(minimums, capacity);
}

u64 dynmem_policy_room(const struct dynmem_share *shares, unsigned int n, u64 capacity, u32 weight)
{
	u64 kept = 0;
	unsigned int i;

	for (i = 0; i < n; i++)
		kept = dynmem_sum(kept, shares[i].weight < weight ? shares[i].minimum :
								    shares[i].demand);
	return dynmem_above(capacity, kept);
}
