// SPDX-License-Identifier: GPL-2.0
/* pressure: whether the host's own memory management lacks memory on a node. */
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/topology.h>
#include <linux/tracepoint.h>

#include "memory/pressure.h"

#define RECENT	(2UL * HZ)

/* For each host node: when a task last began direct reclaim, in jiffies. Written without a lock. */
static unsigned long *reclaimed;
static struct tracepoint *begin_point;

/* The probe ignores the arguments of the tracepoint, which differ between kernels. */
static void probe_begin(void *data)
{
	WRITE_ONCE(reclaimed[numa_mem_id()], jiffies);
}

static void find_point(struct tracepoint *point, void *data)
{
	if (!strcmp(point->name, "mm_vmscan_direct_reclaim_begin"))
		begin_point = point;
}

int dynmem_pressure_init(void)
{
	int nid;

	reclaimed = kcalloc(nr_node_ids, sizeof(*reclaimed), GFP_KERNEL);
	if (!reclaimed)
		return -ENOMEM;
	for (nid = 0; nid < nr_node_ids; nid++)
		reclaimed[nid] = jiffies - RECENT - 1;
	begin_point = NULL;
	for_each_kernel_tracepoint(find_point, NULL);
	if (begin_point && tracepoint_probe_register(begin_point, probe_begin, NULL))
		begin_point = NULL;
	return 0;
}

void dynmem_pressure_exit(void)
{
	if (begin_point) {
		tracepoint_probe_unregister(begin_point, probe_begin, NULL);
		tracepoint_synchronize_unregister();
	}
	kfree(reclaimed);
	reclaimed = NULL;
}

bool dynmem_pressure_on(int nid)
{
	struct zone *zones = NODE_DATA(nid)->node_zones;
	unsigned long free = 0, wanted = 0;
	int i;

	if (time_before_eq(jiffies, READ_ONCE(reclaimed[nid]) + RECENT))
		return true;
	for (i = 0; i < MAX_NR_ZONES; i++) {
		free += zone_page_state(&zones[i], NR_FREE_PAGES);
		wanted += high_wmark_pages(&zones[i]);
	}
	return free < wanted;
}
