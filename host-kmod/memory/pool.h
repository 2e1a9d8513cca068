/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pool: the host's hugetlb pools, each a node of its own: its pages feed no other VM. How nodes are
 * numbered, and what a pool has. Used wherever nodes are counted.
 *
 * A host node has its own number. Behind all of them come their pools of the smallest huge page, in
 * the same order, behind these those of the next size, and so on. A *pool* by itself is a size of
 * page: 0 is ordinary memory, the others are hugetlb's. All are known from the start and stay.
 */
#ifndef _DYNMEM_POOL_H
#define _DYNMEM_POOL_H

#include <linux/hugetlb.h>
#include <linux/nodemask.h>
#include <linux/types.h>

struct dynmem_capacity_sample;

#define DYNMEM_POOLS_MAX	(1 + HUGE_MAX_HSTATE)

/* How many there are, ordinary memory included. */
extern unsigned int dynmem_nr_pools;

/* Finds the host's sizes of huge pages. Once, before anything else. */
void dynmem_pool_init(void);

/* The pool of pages of so many bytes; 0: ordinary memory. */
unsigned int dynmem_pool_find(u64 page);

/* Bytes of its pages. */
u64 dynmem_pool_page(unsigned int pool);

/* What a pool's node has at this moment. */
void dynmem_pool_sample(int nid, struct dynmem_capacity_sample *sample);

/* Writes the name of a node, as "0", or of a pool on it, as "0/2M". */
void dynmem_pool_name(int nid, char *text, size_t size);

/* How many numbers of nodes there are. */
static inline int dynmem_nr_nodes(void)
{
	return dynmem_nr_pools * nr_node_ids;
}

/* The number of a pool on host node @nid; NUMA_NO_NODE stays what it is. */
static inline int dynmem_pool_node(int nid, unsigned int pool)
{
	return nid == NUMA_NO_NODE ? nid : nid + (int)(pool * nr_node_ids);
}

/* The pool that a node is. */
static inline unsigned int dynmem_pool_of(int nid)
{
	return nid / (int)nr_node_ids;
}

/* The host node that a node is on; NUMA_NO_NODE stays what it is. */
static inline int dynmem_pool_host(int nid)
{
	return nid == NUMA_NO_NODE ? nid : nid % (int)nr_node_ids;
}

/* @nid, or the next node with memory, or pool on one; @end if there is none before. */
static inline int dynmem_pool_next(int nid, int end)
{
	while (nid < end && !node_state(dynmem_pool_host(nid), N_MEMORY))
		nid++;
	return nid;
}

#define for_each_dynmem_node_from(nid, first, end)			\
	for ((nid) = dynmem_pool_next(first, end); (nid) < (end);	\
	     (nid) = dynmem_pool_next((nid) + 1, end))

/* Host nodes with memory, and their pools. */
#define for_each_dynmem_node(nid)					\
	for_each_dynmem_node_from(nid, 0, dynmem_nr_nodes())

/* Those of one pool. */
#define for_each_dynmem_node_of(nid, pool)				\
	for_each_dynmem_node_from(nid, dynmem_pool_node(0, pool),	\
				  dynmem_pool_node(0, (pool) + 1))

#endif
