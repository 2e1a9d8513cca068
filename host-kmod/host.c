// SPDX-License-Identifier: GPL-2.0
/*
 * host: samples host nodes and works out their capacity for VMs. Called by the balancer.
 */
#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sizes.h>

#include "host.h"
#include "pure.h"

#define RISE_MS		10000
#define RISE_RATE	3	/* a third of RISE_MS as time constant: 95 % are there after it */
#define RISE_REST	SZ_2M	/* not worth waiting for */

u64 dynmem_host_default_reserve(u64 present)
{
	return max_t(u64, SZ_512M, min_t(u64, present / 20, SZ_1G + present / 100));
}

static u64 node_bytes(int nid, enum node_stat_item item)
{
	s64 pages = atomic_long_read(&NODE_DATA(nid)->vm_stat[item]);

	return pages > 0 ? pages << PAGE_SHIFT : 0;
}

void dynmem_host_sample(int nid, struct dynmem_host_sample *sample)
{
	struct zone *zones = NODE_DATA(nid)->node_zones;
	u64 present = 0, free = 0, file, busy, slab;
	int i;

	for (i = 0; i < MAX_NR_ZONES; i++) {
		present += zone_managed_pages(&zones[i]);
		free += zone_page_state(&zones[i], NR_FREE_PAGES);
	}
	/* Memory of memfd and shared mappings, which guests live in, is not on the file lists. */
	file = node_bytes(nid, NR_ACTIVE_FILE) + node_bytes(nid, NR_INACTIVE_FILE);
	busy = node_bytes(nid, NR_FILE_DIRTY) + node_bytes(nid, NR_WRITEBACK);
	/* Objects share pages: about half of what is reclaimable can really be had. */
	slab = node_bytes(nid, NR_SLAB_RECLAIMABLE_B) / 2;

	sample->present = present << PAGE_SHIFT;
	sample->free = free << PAGE_SHIFT;
	sample->available = sample->free + dynmem_above(file, busy) + slab;
}

static void set_capacity(struct dynmem_host_node *node)
{
	node->reserve = node->reserve_set ?: dynmem_host_default_reserve(node->present);
	node->capacity = dynmem_above(node->usable, node->reserve);
}

void dynmem_host_measure(struct dynmem_host_node *node, const struct dynmem_host_sample *before,
			 const struct dynmem_host_sample *after, u64 resident, u64 now_ms)
{
	u64 gap, passed = min_t(u64, now_ms - node->measured_ms, RISE_MS / RISE_RATE);

	node->present = after->present;
	node->free = after->free;
	node->measured = min(node->present, min(before->available, after->available) + resident);
	node->used = node->present - node->measured;

	gap = dynmem_above(node->measured, node->usable);
	if (!gap || gap < RISE_REST || !node->measured_ms)
		node->usable = node->measured;
	else
		node->usable += mul_u64_u64_div_u64(gap, passed * RISE_RATE, RISE_MS);
	node->measured_ms = now_ms;
	set_capacity(node);
}

void dynmem_host_set_reserve(struct dynmem_host_node *node, u64 reserve)
{
	node->reserve_set = reserve;
	set_capacity(node);
}
