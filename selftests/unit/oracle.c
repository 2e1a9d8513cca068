// SPDX-License-Identifier: GPL-2.0
/* The rules of sharing in exact arithmetic; see oracle.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle.h"

static __int128 common_divisor(__int128 a, __int128 b)
{
	while (b) {
		__int128 c = a % b;

		a = b;
		b = c;
	}
	return a < 0 ? -a : a;
}

static __int128 product(__int128 a, __int128 b)
{
	__int128 c;

	if (!__builtin_mul_overflow(a, b, &c))
		return c;
	fprintf(stderr, "oracle: a fraction has become too long\n");
	abort();
}

static struct fraction fraction(__int128 n, __int128 d)
{
	__int128 by = common_divisor(n, d);

	return (struct fraction){ n / by, d / by };
}

static struct fraction sum(struct fraction a, struct fraction b)
{
	__int128 by = common_divisor(a.d, b.d);

	return fraction(product(a.n, b.d / by) + product(b.n, a.d / by), product(a.d, b.d / by));
}

static struct fraction times(struct fraction a, __int128 n)
{
	return fraction(product(a.n, n), a.d);
}

static struct fraction divided(struct fraction a, __int128 d)
{
	return fraction(a.n, product(a.d, d));
}

static struct fraction difference(struct fraction a, struct fraction b)
{
	return sum(a, times(b, -1));
}

static bool is_less(struct fraction a, struct fraction b)
{
	return difference(a, b).n < 0;
}

/*
 * The capacity of the nodes in @set, less the targets of the VMs that can be on no other node.
 * Nodes in @closed do not count as other nodes. VMs that can be only on closed nodes are left out.
 */
static struct fraction slack(const struct oracle *o, unsigned int set, unsigned int closed)
{
	struct fraction left = { 0, 1 };
	unsigned int i;

	for (i = 0; i < o->nr_nodes; i++)
		if (set >> i & 1)
			left = sum(left, (struct fraction){ o->capacity[i], 1 });
	for (i = 0; i < o->nr_vms; i++)
		if ((o->vm[i].nodes & ~closed) && !(o->vm[i].nodes & ~(set | closed)))
			left = difference(left, o->vm[i].target);
	return left;
}

/*
 * Returns the set of nodes with the largest excess of targets over capacity. If several sets have
 * this excess, returns their union.
 */
static unsigned int find_overfull(const struct oracle *o, struct fraction *excess)
{
	unsigned int set, worst = 0;

	*excess = (struct fraction){ 0, 1 };
	for (set = 1; set < 1U << o->nr_nodes; set++) {
		struct fraction over = times(slack(o, set, 0), -1);

		if (over.n <= 0 || is_less(over, *excess))
			continue;
		worst = is_less(*excess, over) ? set : worst | set;
		*excess = over;
	}
	return worst;
}

static void stop_inside(const struct oracle *o, unsigned int nodes, unsigned int *stopped)
{
	unsigned int i;

	for (i = 0; i < o->nr_vms; i++)
		if (!(o->vm[i].nodes & ~nodes))
			*stopped |= 1U << i;
}

/*
 * Subtracts the unlent part from the capacity of each node, since loans cannot use that part. Then
 * finds the nodes on which targets exceed the remaining capacity, and returns them. Adds the VMs
 * that can be only on these nodes to @stopped.
 */
static unsigned int keep_unlent(struct oracle *o, unsigned int *stopped)
{
	struct fraction excess;
	unsigned int i, closed;

	for (i = 0; i < o->nr_nodes; i++)
		o->capacity[i] -= o->unlent[i] < o->capacity[i] ? o->unlent[i] : o->capacity[i];
	closed = find_overfull(o, &excess);
	stop_inside(o, closed, stopped);
	return closed;
}

/* How fast the target of a VM rises, relative to the targets of other active VMs. */
static unsigned int speed(const struct oracle *o, const struct oracle_vm *vm)
{
	return o->relative ? vm->weight * vm->part : vm->part;
}

/*
 * Raises the targets of the @active VMs together, until each VM has reached its goal or all nodes
 * on which it may be are used up. VMs whose nodes are used up are added to @stopped.
 */
static void raise_all(struct oracle *o, unsigned int active, const unsigned int *goal,
		      unsigned int closed, unsigned int *stopped)
{
	for (;;) {
		struct fraction step = { -1, 1 };
		unsigned int set, i;

		for (i = 0; i < o->nr_vms; i++)
			if (!is_less(o->vm[i].target, (struct fraction){ goal[i], 1 }))
				active &= ~(1U << i);
		for (set = 1; set < 1U << o->nr_nodes; set++)
			if (!(set & closed) && !slack(o, set, closed).n)
				for (i = 0; i < o->nr_vms; i++)
					if (!(o->vm[i].nodes & ~(set | closed)))
						*stopped |= 1U << i;
		active &= ~*stopped;
		if (!active)
			return;
		for (i = 0; i < o->nr_vms; i++) {
			struct fraction rest = { goal[i], 1 };

			if (!(active >> i & 1))
				continue;
			rest = divided(difference(rest, o->vm[i].target), speed(o, &o->vm[i]));
			if (step.n < 0 || is_less(rest, step))
				step = rest;
		}
		for (set = 1; set < 1U << o->nr_nodes; set++) {
			unsigned int speeds = 0;
			struct fraction rest;

			if (set & closed)
				continue;
			for (i = 0; i < o->nr_vms; i++)
				if ((active >> i & 1) && !(o->vm[i].nodes & ~(set | closed)))
					speeds += speed(o, &o->vm[i]);
			if (!speeds)
				continue;
			rest = divided(slack(o, set, closed), speeds);
			if (is_less(rest, step))
				step = rest;
		}
		for (i = 0; i < o->nr_vms; i++)
			if (active >> i & 1)
				o->vm[i].target = sum(o->vm[i].target,
						      times(step, speed(o, &o->vm[i])));
	}
}

static unsigned int next_weight(const struct oracle *o, unsigned int below)
{
	unsigned int i, weight = 0;

	for (i = 0; i < o->nr_vms; i++)
		if (o->vm[i].weight < below && o->vm[i].weight > weight)
			weight = o->vm[i].weight;
	return weight;
}

unsigned int oracle_share(struct oracle *o)
{
	unsigned int goal[ORACLE_VMS], i, round, weight, closed, stopped = 0;
	unsigned int capacity[ORACLE_NODES];
	struct fraction excess;

	for (i = 0; i < o->nr_vms; i++)
		o->vm[i].target = (struct fraction){ o->vm[i].minimum, 1 };
	closed = find_overfull(o, &excess);
	stop_inside(o, closed, &stopped);
	memcpy(capacity, o->capacity, sizeof(capacity));
	for (round = 0; round < 3; round++) {
		if (round == 2)
			closed = keep_unlent(o, &stopped);
		for (i = 0; i < o->nr_vms; i++)
			goal[i] = round == 2 ? o->vm[i].desired + o->vm[i].lend :
				  round ? o->vm[i].desired : o->vm[i].demand;
		if (o->relative) {
			raise_all(o, (1U << o->nr_vms) - 1, goal, closed, &stopped);
			continue;
		}
		for (weight = next_weight(o, ~0U); weight; weight = next_weight(o, weight)) {
			unsigned int active = 0;

			for (i = 0; i < o->nr_vms; i++)
				if (o->vm[i].weight == weight)
					active |= 1U << i;
			raise_all(o, active, goal, closed, &stopped);
		}
	}
	memcpy(o->capacity, capacity, sizeof(capacity));
	return excess.n;
}
