// SPDX-License-Identifier: GPL-2.0
/*
 * Whether memory fits on the nodes of a host; see nodesets.h.
 *
 * It is enough to check unions of masks: if a set of nodes is overfull, the union of the masks
 * inside that set is overfull, too, since the union holds the same memory and its capacity is not
 * larger. A union of two parts without a common node is overfull only if one of the parts is.
 *
 * A set that is used up can be taken out, together with the memory whose mask lies inside the set.
 * Then the other nodes are checked in the same way. If several sets are overfull the smallest one
 * is taken out first. Inside the smallest one no set is overfull, so the excess concerns all of its
 * nodes.
 */
#include "policy/nodesets.h"

#define HASH	0x9e3779b97f4a7c15ULL	/* 2^64 divided by the golden ratio */

static u64 nodesets_first_of(u64 nodes)
{
	return nodes & -nodes;
}

static unsigned int slot_of(const struct dynmem_nodesets *sets, u64 nodes)
{
	unsigned int i = nodes * HASH >> 55;

	while (sets->slot[i] != DYNMEM_NODESETS_NONE && sets->set[sets->slot[i]].nodes != nodes)
		i = (i + 1) % DYNMEM_NODESETS_SLOTS;
	return i;
}

static u64 capacity_of(const struct dynmem_nodesets *sets, u64 nodes)
{
	u64 bytes = 0;

	for (nodes &= ~sets->full; nodes; nodes &= nodes - 1)
		bytes += sets->capacity[__builtin_ctzll(nodes)];
	return bytes;
}

/* Adds the set of @nodes if it is not there yet. Return: false if there are too many sets. */
static bool add_set(struct dynmem_nodesets *sets, u64 nodes)
{
	unsigned int i = slot_of(sets, nodes);
	struct dynmem_set *set = &sets->set[sets->nr];

	if (sets->slot[i] != DYNMEM_NODESETS_NONE)
		return true;
	if (sets->nr == DYNMEM_NODESETS_MAX)
		return false;
	sets->slot[i] = sets->nr++;
	if (nodesets_first_of(nodes) == nodes && nodes)
		sets->single[__builtin_ctzll(nodes)] = sets->slot[i];
	set->nodes = nodes;
	set->capacity = capacity_of(sets, nodes);
	set->used = 0;
	set->occurs = false;
	set->bound = dynmem_nodesets_inside(nodes, sets->full) ? nodes : 0;
	return true;
}

/* Adds a mask, and its unions with the sets that share a node with it. Return: as add_set(). */
static bool add_mask(struct dynmem_nodesets *sets, u64 nodes)
{
	unsigned int known = sets->nr, i, k;

	if (!add_set(sets, nodes))
		return false;
	for (i = known; i < sets->nr; i++)
		for (k = 0; k < known; k++)
			if ((sets->set[i].nodes & sets->set[k].nodes) &&
			    !add_set(sets, sets->set[i].nodes | sets->set[k].nodes))
				return false;
	return true;
}

static void clear_sets(struct dynmem_nodesets *sets)
{
	unsigned int i;

	sets->nr = 0;
	for (i = 0; i < DYNMEM_NODESETS_SLOTS; i++)
		sets->slot[i] = DYNMEM_NODESETS_NONE;
	for (i = 0; i < DYNMEM_NODESETS_NODES; i++)
		sets->single[i] = DYNMEM_NODESETS_NONE;
}

/*
 * The mask that replaces @nodes when sets are coarse: if @nodes has all nodes, @nodes itself;
 * otherwise one node of @nodes.
 */
static u64 coarse_mask(const struct dynmem_nodesets *sets, u64 nodes)
{
	u64 hash = nodes * HASH, rest = nodes, usable = 0;
	unsigned int nr = 0;

	if (nodes == sets->all)
		return nodes;
	for (; rest; rest &= rest - 1) {
		if (!sets->capacity[__builtin_ctzll(rest)])
			continue;
		usable |= nodesets_first_of(rest);
		nr++;
	}
	if (!nr)
		return nodesets_first_of(nodes);
	for (nr = (hash >> 32) % nr; nr; nr--)
		usable &= usable - 1;
	return nodesets_first_of(usable);
}

static void make_coarse(struct dynmem_nodesets *sets)
{
	u64 used[DYNMEM_NODESETS_NODES] = { 0 }, anywhere = 0, nodes;
	unsigned int i;

	for (i = 0; i < sets->nr; i++) {
		const struct dynmem_set *set = &sets->set[i];

		nodes = coarse_mask(sets, set->nodes);
		if (nodes == sets->all)
			anywhere = dynmem_sum(anywhere, set->used);
		else
			used[__builtin_ctzll(nodes)] =
				dynmem_sum(used[__builtin_ctzll(nodes)], set->used);
	}
	sets->coarse = true;
	clear_sets(sets);
	dynmem_nodesets_use(sets, sets->all, anywhere);
	for (nodes = sets->all; nodes; nodes &= nodes - 1)
		dynmem_nodesets_use(sets, nodesets_first_of(nodes), used[__builtin_ctzll(nodes)]);
}

void dynmem_nodesets_begin(struct dynmem_nodesets *sets, const u64 *capacity, unsigned int nr)
{
	unsigned int i;

	sets->all = 0;
	sets->full = 0;
	sets->coarse = false;
	for (i = 0; i < nr; i++) {
		sets->capacity[i] = min(capacity[i], DYNMEM_PIB);
		sets->all |= 1ULL << i;
	}
	clear_sets(sets);
}

void dynmem_nodesets_copy(struct dynmem_nodesets *to, const struct dynmem_nodesets *from)
{
	unsigned int i;

	for (i = 0; i < DYNMEM_NODESETS_NODES; i++) {
		to->capacity[i] = from->capacity[i];
		to->single[i] = from->single[i];
	}
	for (i = 0; i < DYNMEM_NODESETS_SLOTS; i++)
		to->slot[i] = from->slot[i];
	to->all = from->all;
	to->full = from->full;
	to->coarse = from->coarse;
	to->nr = from->nr;
	for (i = 0; i < from->nr; i++)
		to->set[i] = from->set[i];
}

unsigned int dynmem_nodesets_find_any(struct dynmem_nodesets *sets, u64 nodes)
{
	unsigned int i;

	nodes &= sets->all;
	if (!nodes)
		nodes = sets->all;
	if (sets->coarse)
		nodes = coarse_mask(sets, nodes);
	i = slot_of(sets, nodes);
	if (sets->slot[i] != DYNMEM_NODESETS_NONE)
		return sets->slot[i];
	if (!add_mask(sets, nodes)) {
		make_coarse(sets);
		return dynmem_nodesets_find_any(sets, nodes);
	}
	return sets->slot[slot_of(sets, nodes)];
}

void dynmem_nodesets_use(struct dynmem_nodesets *sets, u64 nodes, u64 bytes)
{
	struct dynmem_set *set = &sets->set[dynmem_nodesets_find(sets, nodes)];

	set->used = dynmem_sum(set->used, bytes);
	set->occurs = true;
}

void dynmem_nodesets_unuse(struct dynmem_nodesets *sets, u64 nodes, u64 bytes)
{
	struct dynmem_set *set = &sets->set[dynmem_nodesets_find(sets, nodes)];

	set->used = dynmem_above(set->used, bytes);
}

u64 dynmem_nodesets_used(const struct dynmem_nodesets *sets, u64 nodes)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < sets->nr; i++) {
		const struct dynmem_set *set = &sets->set[i];

		if (!set->bound && dynmem_nodesets_inside(set->nodes, nodes | sets->full))
			bytes = dynmem_sum(bytes, set->used);
	}
	return bytes;
}

/*
 * The mask of all nodes that are used up together with @nodes. It has these nodes:
 *  - all of @nodes;
 *  - the full nodes in the masks of the memory that dynmem_nodesets_used() counts for @nodes;
 *  - the nodes that were used up together with these full nodes.
 */
static u64 nodesets_filled_by(const struct dynmem_nodesets *sets, u64 nodes)
{
	u64 all = nodes, before;
	unsigned int i;

	do {
		before = all;
		for (i = 0; i < sets->nr; i++) {
			const struct dynmem_set *set = &sets->set[i];

			if (!set->occurs)
				continue;
			if (!set->bound && dynmem_nodesets_inside(set->nodes, nodes | sets->full))
				all |= set->nodes;
			else if (set->bound && (set->nodes & all))
				all |= set->bound;
		}
	} while (all != before);
	return all;
}

void dynmem_nodesets_close(struct dynmem_nodesets *sets, u64 nodes)
{
	u64 all = nodesets_filled_by(sets, nodes);
	unsigned int i;

	sets->full |= nodes;
	for (i = 0; i < sets->nr; i++) {
		struct dynmem_set *set = &sets->set[i];

		set->capacity = capacity_of(sets, set->nodes);
		if (!set->bound && dynmem_nodesets_inside(set->nodes, sets->full))
			set->bound = all | set->nodes;
	}
}

void dynmem_nodesets_lower(struct dynmem_nodesets *sets, const u64 *bytes)
{
	u64 nodes = sets->all & ~sets->full;
	unsigned int i;

	for (; nodes; nodes &= nodes - 1) {
		i = __builtin_ctzll(nodes);
		sets->capacity[i] = dynmem_above(sets->capacity[i], bytes[i]);
	}
	for (i = 0; i < sets->nr; i++)
		sets->set[i].capacity = capacity_of(sets, sets->set[i].nodes);
}

u64 dynmem_nodesets_settle(struct dynmem_nodesets *sets)
{
	u64 missing = 0;

	for (;;) {
		u64 smallest = 0, excess = 0;
		unsigned int i;

		for (i = 0; i < sets->nr; i++) {
			const struct dynmem_set *set = &sets->set[i];
			u64 open = set->nodes & ~sets->full, here;

			if (set->bound)
				continue;
			here = dynmem_above(dynmem_nodesets_used(sets, open), set->capacity);
			if (here && (!excess || dynmem_nodesets_smaller(open, smallest))) {
				excess = here;
				smallest = open;
			}
		}
		if (!excess)
			return missing;
		missing = dynmem_sum(missing, excess);
		dynmem_nodesets_close(sets, smallest);
	}
}

u64 dynmem_nodesets_room(struct dynmem_nodesets *sets, u64 nodes, u64 *binding)
{
	const struct dynmem_set *own = &sets->set[dynmem_nodesets_find(sets, nodes)];
	u64 room = ~0ULL;
	unsigned int i;

	nodes = own->nodes;
	*binding = own->bound;
	if (own->bound)
		return 0;
	for (i = 0; i < sets->nr; i++) {
		const struct dynmem_set *set = &sets->set[i];
		u64 here;

		if (set->bound || !dynmem_nodesets_inside(nodes, set->nodes | sets->full))
			continue;
		here = dynmem_above(set->capacity, dynmem_nodesets_used(sets, set->nodes));
		if (here < room || (here == room &&
				    dynmem_nodesets_smaller(set->nodes | nodes, *binding))) {
			room = here;
			*binding = set->nodes | nodes;
		}
	}
	return room;
}
