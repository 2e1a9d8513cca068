/* SPDX-License-Identifier: GPL-2.0 */
/*
 * nodesets: nodes with a capacity each, and how much has been entered as lying on one of them, or
 * somewhere among several. Pure: builds in user space too.
 *
 * Whether everything can lie somewhere is a matter of sets of nodes: in each set, what may lie
 * nowhere else must fit in it. Only unions of the masks that occur need to be looked at, and of
 * these only those that hang together: masks without a node in common judge themselves. In
 * practice that is each node by itself and all of them.
 *
 * A node is *full* when a set it is in is used up, or overfull. Its memory is spoken for: what may
 * also lie elsewhere lies elsewhere from then on.
 */
#ifndef _DYNMEM_NODESETS_H
#define _DYNMEM_NODESETS_H

#include "policy/arith.h"

#define DYNMEM_NODESETS_NODES	64
/* All sets of 8 nodes. */
#define DYNMEM_NODESETS_MAX		255
#define DYNMEM_NODESETS_SLOTS	512

/**
 * struct dynmem_set - a set of nodes
 * @nodes: bit by node
 * @capacity: bytes of those of its nodes that are not full
 * @used: bytes entered with exactly this mask
 * @occurs: something was entered, or will be
 * @bound: 0, or: all @nodes are full, and these are the nodes that had no more: what was entered
 *	here fills them, together with what can lie nowhere else
 */
struct dynmem_set {
	u64 nodes;
	u64 capacity;
	u64 used;
	u64 bound;
	bool occurs;
};

/**
 * struct dynmem_nodesets - the nodes of a host
 * @capacity: bytes by node
 * @all: a bit for each node there is
 * @full: nodes that have no more
 * @coarse: there were too many sets, see dynmem_nodesets_find()
 * @nr, @set: the masks that occur, and their unions
 * @slot: hash of masks, to find one in @set; @single: the same for masks of one node
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

/* Whether @nodes has no node but those of @of. */
static inline bool dynmem_nodesets_inside(u64 nodes, u64 of)
{
	return !(nodes & ~of);
}

/* Whether set @a has fewer nodes than @b, or as many and lower ones. */
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
 * dynmem_nodesets_begin() - nothing is entered yet
 * @sets: the record
 * @capacity: bytes by node, at most 1 PiB each
 * @nr: of nodes, at most DYNMEM_NODESETS_NODES
 */
void dynmem_nodesets_begin(struct dynmem_nodesets *sets, const u64 *capacity, unsigned int nr);

/* Makes @to the same as @from. */
void dynmem_nodesets_copy(struct dynmem_nodesets *to, const struct dynmem_nodesets *from);

/**
 * dynmem_nodesets_find() - the set that stands for a mask
 * @sets: the record
 * @nodes: mask; 0, or nodes that do not exist: any node
 *
 * Masks that have more than DYNMEM_NODESETS_MAX unions, which takes more than 8 nodes and dozens of
 * masks that cross each other, are not told apart: from then on (@coarse) a mask of several nodes
 * but not all stands for one of its nodes. That never counts on memory that is not there.
 *
 * Return: index into @set; indices change when @coarse becomes true
 */
unsigned int dynmem_nodesets_find_any(struct dynmem_nodesets *sets, u64 nodes);

static inline unsigned int dynmem_nodesets_find(struct dynmem_nodesets *sets, u64 nodes)
{
	u8 single = nodes & (nodes - 1) || !nodes ? DYNMEM_NODESETS_NONE :
						    sets->single[__builtin_ctzll(nodes)];

	return single != DYNMEM_NODESETS_NONE ? single : dynmem_nodesets_find_any(sets, nodes);
}

/* Enters @bytes that may lie on any of @nodes. */
void dynmem_nodesets_use(struct dynmem_nodesets *sets, u64 nodes, u64 bytes);

/* Takes out @bytes that were entered with exactly that mask, before the sets were settled. */
void dynmem_nodesets_unuse(struct dynmem_nodesets *sets, u64 nodes, u64 bytes);

/* Bytes that can lie nowhere but on @nodes and on nodes that are full, and not on these alone. */
u64 dynmem_nodesets_used(const struct dynmem_nodesets *sets, u64 nodes);

/**
 * dynmem_nodesets_close() - the nodes of a set are full
 * @sets: the record
 * @nodes: the set
 */
void dynmem_nodesets_close(struct dynmem_nodesets *sets, u64 nodes);

/**
 * dynmem_nodesets_settle() - count nodes as full where more has been entered than fits
 * @sets: the record
 *
 * Return: bytes that fit nowhere
 */
u64 dynmem_nodesets_settle(struct dynmem_nodesets *sets);

/**
 * dynmem_nodesets_room() - how much more may be entered
 * @sets: the record, settled
 * @nodes: mask
 * @binding: the set that allows no more than that
 *
 * Return: bytes that fit on @nodes besides all that has been entered
 */
u64 dynmem_nodesets_room(struct dynmem_nodesets *sets, u64 nodes, u64 *binding);

#endif
