/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pool: the host's hugetlb pools, and the numbers of nodes.
 *
 * A *pool* is memory of one page size: pool 0 is ordinary memory, and each higher pool is one size
 * of huge pages, in ascending order. A *node* is a pool on a host node. Huge pages are a node of
 * their own because only VMs whose memory has that page size can use them.
 *
 * A node has the number pool * nr_node_ids + host node. So ordinary memory has the numbers of the
 * host nodes. The pools are found when the module is loaded, and do not change.
 */
#ifndef _DYNMEM_POOL_H
#define _DYNMEM_POOL_H

#include <linux/hugetlb.h>
#include <linux/nodemask.h>
#include <linux/types.h>

struct dynmem_capacity_sample;

#define DYNMEM_POOLS_MAX	(1 + HUGE_MAX_HSTATE)

/* Number of pools, ordinary memory included; constant after dynmem_pool_init(). */
extern unsigned int dynmem_nr_pools;

/*
 * The host nodes that have or had memory. A node can get memory, or lose it, at any time, so
 * node_states may change within a decision. This mask changes only in dynmem_pool_renew(), and a
 * node that has lost its memory stays in the mask.
 */
extern nodemask_t dynmem_pool_hosts;

/* Finds the host's sizes of huge pages. To be called once, before all other functions here. */
void dynmem_pool_init(void);

/* Adds the nodes that have got memory to the mask. The caller holds dynmem_set_lock. */
void dynmem_pool_renew(void);

/* Return: the pool with huge pages of @page bytes; 0 (ordinary memory) if there is none. */
unsigned int dynmem_pool_find(u64 page);

/* The page size of a pool, bytes. */
u64 dynmem_pool_page(unsigned int pool);

/* Reads how many bytes are present and free on node @nid, which must be in a hugetlb pool. */
void dynmem_pool_sample(int nid, struct dynmem_capacity_sample *sample);

/* Writes the name of a node, such as "0" for ordinary memory or "0/2M" for huge pages. */
void dynmem_pool_name(int nid, char *text, size_t size);

/* Number of nodes. All numbers of nodes are below this number. */
static inline int dynmem_nr_nodes(void)
{
	return dynmem_nr_pools * nr_node_ids;
}

/* The number of the node for @pool on host node @nid; NUMA_NO_NODE if @nid is NUMA_NO_NODE. */
static inline int dynmem_pool_node(int nid, unsigned int pool)
{
	return nid == NUMA_NO_NODE ? nid : nid + (int)(pool * nr_node_ids);
}

/* The pool of a node. */
static inline unsigned int dynmem_pool_of(int nid)
{
	return nid / (int)nr_node_ids;
}

/* The host node of node @nid; NUMA_NO_NODE if @nid is NUMA_NO_NODE. */
static inline int dynmem_pool_host(int nid)
{
	return nid == NUMA_NO_NODE ? nid : nid % (int)nr_node_ids;
}

/* The first of the nodes @nid .. @end - 1 whose host node is in dynmem_pool_hosts, or @end. */
static inline int dynmem_pool_next(int nid, int end)
{
	while (nid < end && !node_isset(dynmem_pool_host(nid), dynmem_pool_hosts))
		nid++;
	return nid;
}

#define for_each_dynmem_node_from(nid, first, end)			\
	for ((nid) = dynmem_pool_next(first, end); (nid) < (end);	\
	     (nid) = dynmem_pool_next((nid) + 1, end))

/* Loops over the nodes of all pools whose host nodes are in dynmem_pool_hosts. */
#define for_each_dynmem_node(nid)					\
	for_each_dynmem_node_from(nid, 0, dynmem_nr_nodes())

/* Loops over the nodes of one pool whose host nodes are in dynmem_pool_hosts. */
#define for_each_dynmem_node_of(nid, pool)				\
	for_each_dynmem_node_from(nid, dynmem_pool_node(0, pool),	\
				  dynmem_pool_node(0, (pool) + 1))

#endif
