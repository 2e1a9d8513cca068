// SPDX-License-Identifier: GPL-2.0
/*
 * Finds the guest's vnodes and where their memory lies.
 *
 * The kernel exports only the span of a node, which may include holes and memory of other nodes. So
 * this file walks the "System RAM" resources and looks up the node of each 2 MiB.
 */
#include <linux/ioport.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/nodemask.h>
#include <linux/sched.h>

#include "../include/uapi/virtio_dynmem.h"
#include "vnodes.h"

/*
 * No lock: only the session's work writes these variables. Other tasks may read the entries of
 * @nids below @vnodes.
 */
static int nids[VIRTIO_DYNMEM_MAX_VNODES];
static unsigned int vnodes;

unsigned int dynmem_balloon_vnodes_renew(void)
{
	int nid;

	for_each_node_state(nid, N_MEMORY) {
		if (dynmem_balloon_vnodes_of(nid) < vnodes)
			continue;
		if (vnodes == VIRTIO_DYNMEM_MAX_VNODES)
			break;
		nids[vnodes] = nid;
		/* Pairs with dynmem_balloon_vnodes(): the entry is visible before the count. */
		smp_store_release(&vnodes, vnodes + 1);
	}
	return vnodes;
}

unsigned int dynmem_balloon_vnodes(void)
{
	/* Pairs with dynmem_balloon_vnodes_renew(). */
	return smp_load_acquire(&vnodes);
}

int dynmem_balloon_vnodes_nid(unsigned int vnode)
{
	return nids[vnode];
}

unsigned int dynmem_balloon_vnodes_of(int nid)
{
	unsigned int count = dynmem_balloon_vnodes();
	unsigned int vnode;

	for (vnode = 0; vnode < count; vnode++)
		if (nids[vnode] == nid)
			return vnode;
	return VIRTIO_DYNMEM_MAX_VNODES;
}

struct map {
	struct virtio_dynmem_range *ranges;
	u32 room;
	u32 count;	/* number of ranges found; can be above @room */
	/* The range that pages are being added to; there is none if @pages is 0. */
	u64 first;
	u64 pages;
	unsigned int vnode;
};

static void map_close(struct map *map)
{
	struct virtio_dynmem_range *range = map->ranges + map->count;

	if (!map->pages)
		return;
	if (map->count++ < map->room) {
		range->first = cpu_to_le64(map->first);
		range->pages = cpu_to_le32(map->pages);
		range->vnode = cpu_to_le16(map->vnode);
		range->reserved = 0;
	}
	map->pages = 0;
}

static void map_add(struct map *map, u64 first, u64 pages, unsigned int vnode)
{
	if (map->pages && (map->vnode != vnode || map->first + map->pages != first ||
			   map->pages + pages > U32_MAX))
		map_close(map);
	if (!map->pages) {
		map->first = first;
		map->vnode = vnode;
	}
	map->pages += pages;
}

static unsigned int vnode_of_pfn(u64 pfn)
{
	struct page *page = pfn_to_online_page(pfn);

	return page ? dynmem_balloon_vnodes_of(page_to_nid(page)) : VIRTIO_DYNMEM_MAX_VNODES;
}

static int map_resource(struct resource *resource, void *arg)
{
	const u64 block = 1 << VIRTIO_DYNMEM_BLOCK_ORDER;
	u64 pfn = PFN_UP(resource->start);
	u64 end = PFN_DOWN(resource->end + 1);
	struct map *map = arg;
	unsigned int vnode;
	u64 step;

	for (; pfn < end; pfn += step) {
		step = min(ALIGN(pfn + 1, block), end) - pfn;
		vnode = vnode_of_pfn(pfn);
		/* If a node begins or ends within the block, go page by page. */
		if (vnode != vnode_of_pfn(pfn + step - 1))
			step = 1;
		if (vnode < VIRTIO_DYNMEM_MAX_VNODES)
			map_add(map, pfn, step, vnode);
		cond_resched();
	}
	return 0;
}

u32 dynmem_balloon_vnodes_ranges(struct virtio_dynmem_range *ranges, u32 room)
{
	struct map map = { .ranges = ranges, .room = room };

	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY, 0, -1, &map,
			    map_resource);
	map_close(&map);
	return map.count;
}
