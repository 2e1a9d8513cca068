/* SPDX-License-Identifier: GPL-2.0 */
/*
 * capacity: what a host node has, what the host itself needs of it, and what is left for VMs. Pure:
 * builds in user space too.
 *
 * Usable is what remains of the memory present once the host's own use that cannot be dropped is
 * taken off: free memory, clean page cache, and what attached VMs hold. Capacity is usable less
 * the reserve. Pages of a hugetlb pool count as host use: the pool is a node of its own, of which
 * the host needs nothing.
 *
 * The reserve is for use that passes. File cache that is about to be written takes at most half of
 * it, for at most 30 s, before it counts as use that VMs have to make room for.
 */
#ifndef _DYNMEM_CAPACITY_H
#define _DYNMEM_CAPACITY_H

#include "policy/arith.h"

/**
 * struct dynmem_capacity_sample - a node at one moment, bytes
 * @present: memory the page allocator manages there
 * @free: free
 * @available: free, or file cache and kernel caches that can be dropped without writing
 * @dirty: file cache that has to be written first, or is being written
 */
struct dynmem_capacity_sample {
	u64 present;
	u64 free;
	u64 available;
	u64 dirty;
};

/**
 * struct dynmem_capacity - one node, bytes
 * @pool: it is a hugetlb pool: nothing is reserved, and what is free there the host does not use
 * @present, @free: as last sampled
 * @used: host use that cannot be dropped; never guest memory, never clean page cache
 * @reserve: kept for the host
 * @reserve_set: what the operator set, or 0: default
 * @resident: what attached VMs held when it was measured last
 * @leaving: what VMs held a moment ago, has become host use, and may be free soon
 * @dirty_ms: since when @dirty_least is looked for, monotonic
 * @dirty_least: the least of file cache that had to be written since then
 * @dirty_before: the same of the 15 s before
 * @uncounted: what VMs are charged for whose memory cannot be counted at the moment; what they
 *	hold is taken to be what it was
 * @withheld: of what has become free, or been released, since then: may be theirs again
 * @raw: as @measured, what is withheld included
 * @measured: usable, as measured last, with the part of the reserve that dirty file cache takes
 * @usable: the same, but it rises over 10 s: what the host used a moment ago it may use again.
 *	Memory that only changes its owner, between the host and VMs, counts at once
 * @capacity: what VMs may hold: @usable less @reserve
 * @measured_ms: when it was measured, monotonic; 0: never
 */
struct dynmem_capacity {
	bool pool;
	u64 present;
	u64 free;
	u64 used;
	u64 reserve;
	u64 reserve_set;
	u64 resident;
	u64 leaving;
	u64 dirty_ms;
	u64 dirty_least;
	u64 dirty_before;
	u64 uncounted;
	u64 withheld;
	u64 raw;
	u64 measured;
	u64 usable;
	u64 capacity;
	u64 measured_ms;
};

/* reserve when the operator set none: max(512 MiB, min(5 %, 1 GiB + 1 %)) of a node. Bytes. */
u64 dynmem_capacity_default_reserve(u64 present);

/**
 * dynmem_capacity_measure() - from samples and what VMs hold to capacity
 * @node: the record
 * @before: taken before the VMs' memory was counted
 * @after: taken after it
 * @resident: bytes that attached VMs hold there
 * @now_ms: monotonic
 *
 * A page that a VM faults in or gives back while one counts would be counted twice, as free and as
 * resident, if only one sample were taken, whenever that is. The smaller of two never counts it
 * twice; it may be missed, until the next measurement.
 */
void dynmem_capacity_measure(struct dynmem_capacity *node,
			     const struct dynmem_capacity_sample *before,
			     const struct dynmem_capacity_sample *after, u64 resident, u64 now_ms);

/* Sets the reserve, bytes; 0: the default. Takes effect on capacity at once. */
void dynmem_capacity_set_reserve(struct dynmem_capacity *node, u64 reserve);

#endif
