/* SPDX-License-Identifier: GPL-2.0 */
/*
 * capacity: how much memory a host node has, and how much of it VMs may hold. This file needs no
 * kernel types and also builds in user space.
 *
 * Usable memory is the memory present less the host's own use that cannot be dropped. So usable
 * memory consists of free memory, clean page cache, half of the reclaimable slab, and the memory of
 * attached VMs. Capacity is usable memory less the reserve. The pages of a hugetlb pool count as
 * host use on their host node. The pool is a node of its own, on which the host needs nothing.
 *
 * The host may use the reserve for a short time. Dirty page cache may use half of it for up to
 * 30 s. After that the dirty page cache counts as host use, and so lowers capacity.
 */
#ifndef _DYNMEM_CAPACITY_H
#define _DYNMEM_CAPACITY_H

#include "policy/arith.h"

/**
 * struct dynmem_capacity_sample - the memory of a node at one moment, bytes
 * @present: memory that the page allocator manages on the node, or all pages of a hugetlb pool
 * @free: free memory
 * @available: free memory, clean page cache, and half of the reclaimable slab
 * @dirty: page cache that is dirty or under writeback
 *
 * Guarded by dynmem_set_lock.
 */
struct dynmem_capacity_sample {
	u64 present;
	u64 free;
	u64 available;
	u64 dirty;
};

/**
 * struct dynmem_capacity - the capacity of one node, bytes
 * @pool: the node is a hugetlb pool: nothing is reserved, and the host uses none of its free pages
 * @present: memory present, as last sampled
 * @free: free memory, as last sampled
 * @used: memory that the host itself uses and cannot drop; clean page cache is not a part of it
 * @reserve: memory kept for the host
 * @reserve_set: reserve that the operator has set; 0: the default
 * @resident: memory of attached VMs at the last measurement
 * @leaving: memory that VMs have just given up; it counts as host use now and may be free soon
 * @dirty_ms: start of the present period of 15 s in which dirty page cache is watched, monotonic
 * @dirty_least: lowest amount of dirty page cache in the present period
 * @dirty_before: lowest amount of dirty page cache in the previous period
 * @uncounted: charge of the VMs whose memory cannot be counted now; @resident contains the last
 *	counts of these VMs
 * @withheld: free memory that @measured leaves out, since the VMs of @uncounted may have freed this
 *	memory and may use it again
 * @raw: sum of @measured and @withheld
 * @measured: usable memory at the last measurement; includes dirty page cache that may use the
 *	reserve
 * @usable: @measured, but a rise counts gradually, over 10 s, as the host may soon use that memory
 *	again. Memory that only changes its owner, between host and VMs, counts at once
 * @capacity: memory that VMs may hold: @usable less @reserve
 * @measured_ms: time of the last measurement, monotonic; 0: there was none
 *
 * Guarded by dynmem_set_lock.
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

/* The default reserve: max(512 MiB, min(5 %, 1 GiB + 1 %)) of the memory of a node. Bytes. */
u64 dynmem_capacity_default_reserve(u64 present);

/**
 * dynmem_capacity_measure() - compute capacity from samples and the memory of VMs
 * @node: the node
 * @before: sample taken before the VMs' memory was counted
 * @after: sample taken after the VMs' memory was counted
 * @resident: bytes that attached VMs hold on the node
 * @now_ms: monotonic
 *
 * While the VMs' memory is counted, a VM may fault a page in or give it back. With a single sample
 * that page could count twice: as free and as resident. The lower figure of two samples rules this
 * out. With the lower figure the page may be left out instead, until the next measurement.
 */
void dynmem_capacity_measure(struct dynmem_capacity *node,
			     const struct dynmem_capacity_sample *before,
			     const struct dynmem_capacity_sample *after, u64 resident, u64 now_ms);

/* Sets the reserve, in bytes; 0: the default. Also updates the capacity. */
void dynmem_capacity_set_reserve(struct dynmem_capacity *node, u64 reserve);

#endif
