// SPDX-License-Identifier: GPL-2.0
/* How much memory the guest can spare; see spare.h. */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/swap.h>
#include <linux/vmstat.h>

#include "mark.h"
#include "spare.h"
#include "stock.h"
#include "units.h"
#include "vnodes.h"

u64 dynmem_balloon_spare_total(void)
{
	u64 pages = totalram_pages();
	unsigned int vnode;

	if (dynmem_balloon_mark_lowers_memtotal())
		for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++)
			pages += dynmem_balloon_stock_held(vnode) +
				 dynmem_balloon_stock_between(vnode);
	return bytes(pages);
}

/*
 * The floor serves allocations between two samples, before the guest can ask for more memory. It
 * comes on top of the kernel's watermarks, which si_mem_available() leaves out. The amount of such
 * allocations depends on the number of CPUs and devices. The size of memory is used as an estimate
 * of that number. In a small VM the floor is 1/16 of the memory, so that the VM can reach its
 * minimum.
 */
u64 dynmem_balloon_spare_floor(void)
{
	return virtio_dynmem_floor(dynmem_balloon_spare_total());
}

/* Anonymous memory that fits into 7/8 of the free swap space; the guest keeps the last eighth. */
static u64 swappable_pages(void)
{
	u64 anon = global_node_page_state(NR_ACTIVE_ANON) +
		   global_node_page_state(NR_INACTIVE_ANON);
	u64 room = max(get_nr_swap_pages(), 0L);

	return min(anon, room - room / 8);
}

u64 dynmem_balloon_spare(void)
{
	u64 available = bytes(max(si_mem_available(), 0L) + swappable_pages());

	return less(available, dynmem_balloon_spare_floor());
}

static bool has_movable_memory(void)
{
	unsigned int vnode;

	for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++) {
		if (populated_zone(&NODE_DATA(dynmem_balloon_vnodes_nid(vnode))
				   ->node_zones[ZONE_MOVABLE]))
			return true;
	}
	return false;
}

u64 dynmem_balloon_spare_kernel(void)
{
	u64 free = 0, kept = 0;
	unsigned int vnode;

	if (!has_movable_memory())
		return U64_MAX;
	for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++) {
		struct zone *zone = NODE_DATA(dynmem_balloon_vnodes_nid(vnode))->node_zones;
		struct zone *end = zone + ZONE_MOVABLE;

		for (; zone < end; zone++) {
			if (!populated_zone(zone))
				continue;
			free += zone_page_state(zone, NR_FREE_PAGES);
			kept += high_wmark_pages(zone);
		}
	}
	return less(bytes(free), bytes(kept) + dynmem_balloon_spare_floor());
}

u64 dynmem_balloon_spare_lack(void)
{
	u64 available = bytes(max(si_mem_available(), 0L));
	u64 floor = dynmem_balloon_spare_floor();

	return available < floor / 2 ? floor - available : 0;
}

bool dynmem_balloon_spare_exhausted(unsigned int vnode)
{
	struct zone *zone = NODE_DATA(dynmem_balloon_vnodes_nid(vnode))->node_zones;
	u64 free = 0, kept = 0;
	unsigned int i;

	for (i = 0; i < MAX_NR_ZONES; i++, zone++) {
		if (!populated_zone(zone))
			continue;
		free += zone_page_state(zone, NR_FREE_PAGES);
		kept += high_wmark_pages(zone) + zone->lowmem_reserve[MAX_NR_ZONES - 1];
	}
	return free <= kept;
}

bool dynmem_balloon_spare_exhausted_any(void)
{
	unsigned int vnode;

	for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++)
		if (dynmem_balloon_spare_exhausted(vnode))
			return true;
	return false;
}
