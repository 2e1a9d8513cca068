/* SPDX-License-Identifier: GPL-2.0 */
/*
 * host: what each host node has, what the host itself needs of it, and what is left for VMs.
 * Called by the balancer, under the set's mutex.
 */
#ifndef _DYNMEM_HOST_H
#define _DYNMEM_HOST_H

#include <linux/types.h>

/**
 * struct dynmem_host_node - one node, bytes
 * @present: memory the page allocator manages there
 * @free: free now
 * @used: host use that cannot be dropped; never guest memory, never clean page cache
 * @reserve: kept for the host
 * @reserve_set: what the operator set, or 0: default
 * @capacity: what VMs may hold; falls at once, rises over 10 s
 * @risen_ms: when @capacity was last raised
 */
struct dynmem_host_node {
	u64 present;
	u64 free;
	u64 used;
	u64 reserve;
	u64 reserve_set;
	u64 capacity;
	u64 risen_ms;
};

/* reserve when the operator set none: max(512 MiB, min(5 %, 1 GiB + 1 %)) of a node. Bytes. */
u64 dynmem_host_default_reserve(u64 present);

/**
 * dynmem_host_measure() - measure a node
 * @node: its record
 * @nid: its number
 * @resident: bytes that attached VMs hold there
 * @now_ms: monotonic
 */
void dynmem_host_measure(struct dynmem_host_node *node, int nid, u64 resident, u64 now_ms);

#endif
