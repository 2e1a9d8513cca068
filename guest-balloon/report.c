// SPDX-License-Identifier: GPL-2.0
/*
 * Gathers the guest's figures from the kernel's counters; see report.h.
 *
 * The memory that the kernel itself uses is computed as the total less everything else. Some of
 * that memory has no counter (per-CPU memory, pages of drivers, reserved huge pages), so a sum of
 * counters would be too low, and the guest's demand with it.
 */
#include <linux/cpumask.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mmzone.h>
#include <linux/percpu.h>
#include <linux/sizes.h>
#include <linux/swap.h>
#include <linux/vmstat.h>

#include "mark.h"
#include "report.h"
#include "spare.h"
#include "stalls.h"
#include "stock.h"
#include "units.h"
#include "vnodes.h"

/* Reports between two reads of the limits, which rarely change and are slow to read. */
#define LIMITS_REPORTS	10

/* Pages on the per-CPU lists of a zone. They are free, but NR_FREE_PAGES does not count them. */
static u64 zone_cached(struct zone *zone)
{
	long pages = 0;
	int cpu;

	for_each_online_cpu(cpu)
		pages += READ_ONCE(per_cpu_ptr(zone->per_cpu_pageset, cpu)->count);
	return pages;
}

struct zones {
	u64 managed;	/* including the balloon */
	u64 free;
};

/* Adds the zones of a vnode to @sum. Pages between stock and allocator count as free. */
static void add_zones(unsigned int vnode, struct zones *sum)
{
	struct zone *zone = NODE_DATA(dynmem_balloon_vnodes_nid(vnode))->node_zones;
	u64 between = dynmem_balloon_stock_between(vnode);
	unsigned int i;

	sum->free += between;
	if (dynmem_balloon_mark_lowers_memtotal())
		sum->managed += between + dynmem_balloon_stock_held(vnode);
	for (i = 0; i < MAX_NR_ZONES; i++, zone++) {
		if (!populated_zone(zone))
			continue;
		sum->managed += zone_managed_pages(zone);
		sum->free += zone_page_state(zone, NR_FREE_PAGES) + zone_cached(zone);
	}
}

static u64 node_pages(int nid, enum node_stat_item item)
{
	long pages = atomic_long_read(&NODE_DATA(nid)->vm_stat[item]);

	return max(pages, 0L);
}

/* Pages on the lists that reclaim works on: anonymous, shared and file memory. */
static u64 lru_pages(void)
{
	u64 pages = global_node_page_state(NR_ISOLATED_ANON) +
		    global_node_page_state(NR_ISOLATED_FILE);
	enum lru_list lru;

	for_each_lru(lru)
		pages += global_node_page_state(NR_LRU_BASE + lru);
	return pages;
}

static u64 reclaimable_kernel_pages(void)
{
	return global_node_page_state_pages(NR_SLAB_RECLAIMABLE_B) +
	       global_node_page_state(NR_KERNEL_MISC_RECLAIMABLE);
}

static u64 touched_pages(void)
{
	return global_node_page_state(NR_ANON_MAPPED) + global_node_page_state(NR_SHMEM);
}

static u64 swap_cache_pages(void)
{
#ifdef CONFIG_SWAP
	return global_node_page_state(NR_SWAPCACHE);
#else
	return 0;
#endif
}

static void read_counters(struct dynmem_balloon_report *report,
			  struct dynmem_balloon_counters *counters)
{
	unsigned long *events = report->events;
	int zone;

	all_vm_events(events);
	*counters = (struct dynmem_balloon_counters) {
#ifdef CONFIG_SWAP
		.swap_in = events[PSWPIN],
		.swap_out = events[PSWPOUT],
#endif
		.refault = global_node_page_state(WORKINGSET_REFAULT_ANON) +
			   global_node_page_state(WORKINGSET_REFAULT_FILE),
		.major_faults = events[PGMAJFAULT],
		.stalled = dynmem_balloon_stalls(),
	};
	for (zone = 0; zone < MAX_NR_ZONES; zone++)
		counters->stalls += events[ALLOCSTALL_NORMAL - ZONE_NORMAL + zone];
}

void dynmem_balloon_report_init(struct dynmem_balloon_report *report)
{
	report->commit = 0;
	report->touched = 0;
	report->limits = (struct dynmem_balloon_limits) {
		.overcommit = DYNMEM_BALLOON_OVERCOMMIT_UNKNOWN,
	};
	report->limits_age = LIMITS_REPORTS;
	read_counters(report, &report->counters);
}

void dynmem_balloon_report_fill(struct dynmem_balloon_report *report,
				struct virtio_dynmem_report *wire, bool calm)
{
	u64 held = dynmem_balloon_stock_held_all();
	u64 total = dynmem_balloon_spare_total();
	u64 shmem = global_node_page_state(NR_SHMEM);
	u64 swap_cache = swap_cache_pages();
	struct dynmem_balloon_counters now;
	struct zones zones = {};
	unsigned int vnode;
	u64 others, swapped;

	if (calm && report->limits_age++ >= LIMITS_REPORTS) {
		dynmem_balloon_limits_read(&report->limits);
		report->limits_age = 0;
	}
	for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++)
		add_zones(vnode, &zones);
	others = bytes(zones.free + lru_pages() + reclaimable_kernel_pages() + held);
	/* Pages that are both in memory and in swap space do not count as swapped. */
	swapped = less(report->limits.swap, bytes(max(get_nr_swap_pages(), 0L) + swap_cache));
	read_counters(report, &now);
	report->commit = bytes(vm_memory_committed());
	report->touched = bytes(touched_pages());

	*wire = (struct virtio_dynmem_report) {
		.commit = cpu_to_le64(report->commit),
		.commit_limit = cpu_to_le64(report->limits.commit),
		.total = cpu_to_le64(total),
		.free = cpu_to_le64(bytes(zones.free)),
		.available = cpu_to_le64(bytes(max(si_mem_available(), 0L))),
		.anon = cpu_to_le64(bytes(global_node_page_state(NR_ANON_MAPPED))),
		.shmem = cpu_to_le64(bytes(shmem)),
		.file = cpu_to_le64(bytes(less(global_node_page_state(NR_FILE_PAGES),
					       shmem + swap_cache))),
		.swapped = cpu_to_le64(swapped),
		.kernel = cpu_to_le64(less(total, others)),
		.ballooned = cpu_to_le64(bytes(held)),
		.swap_in = cpu_to_le64(bytes(less(now.swap_in, report->counters.swap_in))),
		.swap_out = cpu_to_le64(bytes(less(now.swap_out, report->counters.swap_out))),
		.refault = cpu_to_le64(bytes(less(now.refault, report->counters.refault))),
		.major_faults = cpu_to_le64(less(now.major_faults, report->counters.major_faults)),
		.stalls = cpu_to_le64(less(now.stalls, report->counters.stalls)),
		.overcommit = cpu_to_le16(report->limits.overcommit),
		.stalled = cpu_to_le32(min_t(u64, less(now.stalled, report->counters.stalled),
					     U32_MAX)),
	};
	report->counters = now;
}

void dynmem_balloon_report_vnode(unsigned int vnode, u64 unavailable,
				 struct virtio_dynmem_vnode *wire)
{
	u64 held = dynmem_balloon_stock_held(vnode);
	int nid = dynmem_balloon_vnodes_nid(vnode);
	struct zones zones = {};
	u64 reclaimable;

	add_zones(vnode, &zones);
	reclaimable = node_pages(nid, NR_ACTIVE_FILE) + node_pages(nid, NR_INACTIVE_FILE) +
		      node_pages(nid, NR_SLAB_RECLAIMABLE_B) +
		      node_pages(nid, NR_KERNEL_MISC_RECLAIMABLE);
	*wire = (struct virtio_dynmem_vnode) {
		.total = cpu_to_le64(bytes(zones.managed)),
		.free = cpu_to_le64(bytes(zones.free)),
		.reclaimable = cpu_to_le64(bytes(reclaimable)),
		.ballooned = cpu_to_le64(bytes(held)),
		.unavailable = cpu_to_le64(bytes(unavailable)),
	};
}

static bool figure_rose(u64 from, u64 to)
{
	return to > from && to - from > max_t(u64, SZ_32M, from / 50);
}

bool dynmem_balloon_report_jumped(const struct dynmem_balloon_report *report)
{
	return figure_rose(report->commit, bytes(vm_memory_committed())) ||
	       figure_rose(report->touched, bytes(touched_pages()));
}

u64 dynmem_balloon_report_grown(const struct dynmem_balloon_report *report)
{
	return less(bytes(touched_pages()), report->touched);
}
