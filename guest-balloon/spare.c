// SPDX-License-Identifier: GPL-2.0
/* How much memory the guest can spare; see spare.h. */
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mmzone.h>
#include <linux/sizes.h>
#include <linux/swap.h>
#include <linux/vmstat.h>

#include "mark.h"
#include "spare.h"
#include "stock.h"
#include "units.h"
#include "vnodes.h"

/**
 * dynmem_balloon_spare_total - the guest's memory with the balloon in it
 *
 * Return: in bytes.
 */
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

/**
 * dynmem_balloon_spare_floor - how much available memory the balloon must leave
 *
 * The kernel's own watermarks are not in what it calls available, so this is on top of them: room
 * for what the guest allocates between two samples, before it can ask for more. That does not grow
 * with its memory, but with its CPUs and devices, for which memory stands here: 64 MiB, less where
 * that would be more than 1/16 (a small VM shall be able to reach its minimum), and 1/256 from
 * 16 GiB on.
 *
 * Return: in bytes.
 */
u64 dynmem_balloon_spare_floor(void)
{
	u64 total = dynmem_balloon_spare_total();

	return max(min_t(u64, SZ_64M, total / 16), total / 256);
}

/* Anonymous memory that swap space has room for; an eighth of the room is left to the guest. */
static u64 swappable_pages(void)
{
	u64 anon = global_node_page_state(NR_ACTIVE_ANON) +
		   global_node_page_state(NR_INACTIVE_ANON);
	u64 room = max(get_nr_swap_pages(), 0L);

	return min(anon, room - room / 8);
}

/**
 * dynmem_balloon_spare - how much more the balloon could take now
 *
 * With what the guest would have to swap out: the host takes what is in use only in a shortage, and
 * never below the minimum that was set for the VM.
 *
 * Return: in bytes, 0 at or below the floor.
 */
u64 dynmem_balloon_spare(void)
{
	u64 available = bytes(max(si_mem_available(), 0L) + swappable_pages());

	return less(available, dynmem_balloon_spare_floor());
}

static bool has_movable(void)
{
	unsigned int vnode;

	for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++) {
		if (populated_zone(&NODE_DATA(dynmem_balloon_vnodes_nid(vnode))
				   ->node_zones[ZONE_MOVABLE]))
			return true;
	}
	return false;
}

/**
 * dynmem_balloon_spare_kernel - how much of what the kernel itself can use may go
 *
 * A kernel does not use memory that was onlined as movable, and starves with gigabytes of it free.
 * So it keeps the floor in its own memory, which is where blocks come from.
 *
 * Return: in bytes; U64_MAX in a guest without movable memory, where all is one.
 */
u64 dynmem_balloon_spare_kernel(void)
{
	u64 free = 0, kept = 0;
	unsigned int vnode;

	if (!has_movable())
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

/**
 * dynmem_balloon_spare_lack - what the guest lacks that is about to swap
 *
 * Return: in bytes; 0 with half the floor available.
 */
u64 dynmem_balloon_spare_lack(void)
{
	u64 available = bytes(max(si_mem_available(), 0L));
	u64 floor = dynmem_balloon_spare_floor();

	return available < floor / 2 ? floor - available : 0;
}

/**
 * dynmem_balloon_spare_exhausted - whether a vnode has no free memory but what its kernel keeps
 * @vnode: which
 *
 * Return: true also if it has a bit more: others free and allocate meanwhile.
 */
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

/**
 * dynmem_balloon_spare_exhausted_any - whether dynmem_balloon_spare_exhausted() is true of any
 *
 * Return: whether it is.
 */
bool dynmem_balloon_spare_exhausted_any(void)
{
	unsigned int vnode;

	for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++)
		if (dynmem_balloon_spare_exhausted(vnode))
			return true;
	return false;
}
