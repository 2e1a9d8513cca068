/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nodesets: whether memory fits on nodes, when some of it is bound to one node and some may be on
 * any of several nodes. This file needs no kernel types and also builds in user space.
 *
 * Memory is entered with the mask of the nodes that it may be on. All memory fits if this holds for
 * each set of nodes: the memory whose mask lies inside the set fits into the capacity of the set
 * (Hall's marriage theorem). The only sets that have to be checked are the masks that occur, and
 * unions of such masks that are linked by common nodes. In practice these are each single node and
 * the set of all nodes.
 *
 * A node is *full* when a set that contains it is used up or overfull. Memory that may be on full
 * nodes and on other nodes counts only for the other nodes.
 */
#ifndef _DYNMEM_NODESETS_H
#define _DYNMEM_NODESETS_H

#include "policy/arith.h"

#define DYNMEM_NODESETS_NODES	64
/* Enough for all sets of 8 nodes. */
#define DYNMEM_NODESETS_MAX		255
#define DYNMEM_NODESETS_SLOTS	512

/**
 * struct dynmem_set - a set of nodes
 * @nodes: mask of the set, one bit for each node
 * @capacity: capacity of the nodes of the set that are not full, bytes
 * @used: bytes entered with exactly this mask
 * @bound: 0 until all nodes of the set are full; from then on the mask of these nodes and of all
 *	nodes that were used up together with them
 * @occurs: memory has been or will be entered with this mask; false: the set is only a union
 */
struct dynmem_set {
	u64 nodes;
	u64 capacity;
	u64 used;
	u64 bound;
	bool occurs;
};

/**
 * struct dynmem_nodesets - the nodes of a host, and the memory entered for them
 * @capacity: capacity by node, bytes
 * @all: mask of all nodes
 * @full: mask of the full nodes
 * @coarse: there were too many sets, see dynmem_nodesets_find_any()
 * @nr: number of sets
 * @set: the masks that occur, and their unions
 * @slot: hash table from masks to indices into @set
 * @single: by node: index of the entry of @set whose mask has only this node, or
 *	DYNMEM_NODESETS_NONE
 *
 * One decision at a time uses such an object, under dynmem_set_lock.
 */
struct dynmem_nodesets {
	u64 capacity[DYNMEM_NODESETS_NODES];
	u64 all;
	u64 full;
	bool coarse;
	unsigned int nr;
	struct dynmem_set set[DYNMEM_NODESETS_MAX];
	u8 slot[DYNMEM_NODESETS_SLOTS];
	u8 single[DYNMEM_NODESETS_NODES];
};

#define DYNMEM_NODESETS_NONE 0xff

/* Whether all nodes of mask @nodes are in mask @of. */
static inline bool dynmem_nodesets_inside(u64 nodes, u64 of)
{
	return !(nodes & ~of);
}

/* Whether mask @a has fewer nodes than mask @b, or as many nodes and a lower value. */
static inline bool dynmem_nodesets_smaller(u64 a, u64 b)
{
	u64 x = a, y = b;

	while (x && y) {
		x &= x - 1;
		y &= y - 1;
	}
	return x || y ? !x : a < b;
}

/**
 * dynmem_nodesets_begin() - set the capacities, with no memory entered
 * @sets: the node sets
 * @capacity: capacity by node, bytes, at most 1 PiB each
 * @nr: number of nodes, at most DYNMEM_NODESETS_NODES
 */
void dynmem_nodesets_begin(struct dynmem_nodesets *sets, const u64 *capacity, unsigned int nr);

/* Copies @from to @to, without the unused entries of the array of sets. */
void dynmem_nodesets_copy(struct dynmem_nodesets *to, const struct dynmem_nodesets *from);

/**
 * dynmem_nodesets_find_any() - find the set of a mask, or add it
 * @sets: the node sets
 * @nodes: the mask; a mask without any existing node stands for all nodes
 *
 * With more than 8 nodes and dozens of overlapping masks there can be more than DYNMEM_NODESETS_MAX
 * unions. Then the sets become @coarse: a mask of several nodes, but not of all, is replaced by one
 * of its nodes. So dynmem_nodesets_room() may return too little, but never too much.
 *
 * Return: index into @set; all indices change when @coarse becomes true
 */
unsigned int dynmem_nodesets_find_any(struct dynmem_nodesets *sets, u64 nodes);

/* Does the same as dynmem_nodesets_find_any(), but faster if the mask has one node. */
static inline unsigned int dynmem_nodesets_find(struct dynmem_nodesets *sets, u64 nodes)
{
	u8 single = nodes & (nodes - 1) || !nodes ? DYNMEM_NODESETS_NONE :
						    sets->single[__builtin_ctzll(nodes)];

	return single != DYNMEM_NODESETS_NONE ? single : dynmem_nodesets_find_any(sets, nodes);
}

/* Enters @bytes of memory that may be on any of @nodes. */
void dynmem_nodesets_use(struct dynmem_nodesets *sets, u64 nodes, u64 bytes);

/* Removes @bytes that were entered with exactly mask @nodes. @sets must not have been settled. */
void dynmem_nodesets_unuse(struct dynmem_nodesets *sets, u64 nodes, u64 bytes);

/*
 * Bytes of the memory that can only be on @nodes: memory whose mask has only nodes that are in
 * @nodes or full, and at least one that is not full.
 */
u64 dynmem_nodesets_used(const struct dynmem_nodesets *sets, u64 nodes);

/**
 * dynmem_nodesets_close() - make the nodes of a set full
 * @sets: the node sets
 * @nodes: mask of the set
 */
void dynmem_nodesets_close(struct dynmem_nodesets *sets, u64 nodes);

/**
 * dynmem_nodesets_lower() - lower the capacity of the nodes that are not full
 * @sets: the node sets; the caller has to settle them after this call
 * @bytes: by node: bytes by which the capacity of the node is lowered
 */
void dynmem_nodesets_lower(struct dynmem_nodesets *sets, const u64 *bytes);

/**
 * dynmem_nodesets_settle() - make nodes full where more has been entered than fits
 * @sets: the node sets
 *
 * Return: bytes that do not fit
 */
u64 dynmem_nodesets_settle(struct dynmem_nodesets *sets);

/**
 * dynmem_nodesets_room() - how much more can be entered with a mask
 * @sets: the node sets, after dynmem_nodesets_settle()
 * @nodes: the mask
 * @binding: set to the mask of the set that limits the result
 *
 * Return: bytes
 */
u64 dynmem_nodesets_room(struct dynmem_nodesets *sets, u64 nodes, u64 *binding);

#endif
