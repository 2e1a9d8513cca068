/* SPDX-License-Identifier: GPL-2.0 */
/*
 * demand: computes the memory that a guest needs, without buffer, from its reports. This file needs
 * no kernel types and also builds in user space.
 *
 * The structs here have no lock of their own. The lock that guards the struct around them guards
 * them, too.
 */
#ifndef _DYNMEM_DEMAND_H
#define _DYNMEM_DEMAND_H

#include "policy/arith.h"
#include "uapi/dynmem.h"
#include "uapi/virtio_dynmem.h"

/**
 * struct dynmem_vnode_figures - a guest's figures for one vnode, bytes; untrusted
 * @total: memory of the vnode
 * @free: free memory
 * @reclaimable: memory that can be reclaimed
 * @ballooned: memory in the guest's balloon
 * @unavailable: memory that the host asked for and the guest could not find
 *
 * See struct virtio_dynmem_vnode.
 */
struct dynmem_vnode_figures {
	u64 total;
	u64 free;
	u64 reclaimable;
	u64 ballooned;
	u64 unavailable;
};

/**
 * struct dynmem_figures - a guest's last report, in host byte order; untrusted
 *
 * The members are those of struct virtio_dynmem_report, in the same units.
 *
 * A standard driver (@standard) sends only statistics: @total (without its balloon), @free,
 * @available, @swap_in, @swap_out, @major_faults and @file. The host adds two counts of its own, in
 * bytes: @ballooned, and @held, which is all memory in the driver's balloon, whether the host
 * accepted it or not.
 */
struct dynmem_figures {
	u64 commit;
	u64 commit_limit;
	u64 total;
	u64 free;
	u64 available;
	u64 anon;
	u64 shmem;
	u64 file;
	u64 swapped;
	u64 kernel;
	u64 ballooned;
	u64 held;
	u64 swap_in;
	u64 swap_out;
	u64 refault;
	u64 major_faults;
	u64 stalls;
	u64 stalled;
	u16 overcommit;
	u16 vnodes;
	bool standard;
	struct dynmem_vnode_figures vnode[VIRTIO_DYNMEM_MAX_VNODES];
};

/* Memory that a Linux guest of @size bytes needs before it runs any program. Bytes. */
u64 dynmem_demand_floor(u64 size);

/**
 * dynmem_demand() - the memory that a guest needs, without buffer
 * @figures: the guest's last report
 * @ram: RAM that the VMM was started with, bytes
 * @startup: startup setting of the VM, from which the floor is computed, bytes
 * @mode: the formula; ignored for a standard driver, whose figures suffice for only one formula
 *
 * With dynmem_balloon (design section 7):
 *   floor = dynmem_demand_floor(startup)
 *   kernel = max(unreclaimable kernel memory + (ram - total), floor)
 *   touched = anon + shmem + swapped
 *   near = the part of commit between 90 % and 100 % of the guest's commit limit
 *   commit+: kernel + touched + min(max(commit - touched, 0), max(256 MiB, touched / 4) + near)
 *   commit: commit + floor
 *   workingset: kernel + anon + shmem + min(file, 10 x (refault - swap_in)) +
 *	min(swapped, 10 x swap_in)
 * With a standard driver: (total - available) + (ram - total - ballooned) + swapped out since the
 * last report.
 *
 * Return: bytes, at most 1 PiB whatever the guest says
 */
u64 dynmem_demand(const struct dynmem_figures *figures, u64 ram, u64 startup,
		  enum dynmem_demand_mode mode);

/**
 * dynmem_demand_believed() - dynmem_demand() with the guest's claims limited to credible amounts
 * @figures: the guest's last report
 * @ram: as for dynmem_demand()
 * @startup: as for dynmem_demand()
 * @mode: as for dynmem_demand()
 * @believed: the most that the guest can be using: its resident memory and some growth, bytes
 *
 * The sum of all claims is limited to @believed. If the sum is larger, claims count in this order:
 * first kernel memory and (ram - total); then memory that programs use, and files that the guest
 * reads again; last the commit charge near the commit limit. In mode commit the only claim is the
 * commit charge. With a standard driver the only claim is all of demand. Swapped-out memory is not
 * resident, so it has a limit of its own: @believed less kernel memory.
 *
 * Two parts of demand are computed by the host and not limited: the floor, and the allowance for
 * memory that is committed and not touched. The allowance is 256 MiB, or a quarter of the believed
 * touched memory if that is more.
 *
 * Return: bytes, at most 1 PiB
 */
u64 dynmem_demand_believed(const struct dynmem_figures *figures, u64 ram, u64 startup,
			   enum dynmem_demand_mode mode, u64 believed);

/**
 * struct dynmem_demand_parts - the vnodes' parts of demand, now and at its peak; bytes
 * @demand: demand of the VM now, unfiltered
 * @peak: by vnode: the vnode's part of demand when demand was last equal to the filtered demand
 * @fell: by vnode: how much the vnode's part of @demand is below its @peak
 */
struct dynmem_demand_parts {
	u64 demand;
	u64 peak[VIRTIO_DYNMEM_MAX_VNODES];
	u64 fell[VIRTIO_DYNMEM_MAX_VNODES];
};

/*
 * Divides @demand, the VM's unfiltered demand, between the vnodes in proportion to the memory that
 * each of them uses in the last report. The caller sets @peak while @demand is equal to the
 * filtered demand. Then the parts are also stored as the parts of the peak.
 */
void dynmem_demand_divide(struct dynmem_demand_parts *parts, const struct dynmem_figures *figures,
			  u64 demand, bool peak);

/**
 * dynmem_demand_vnode() - the part of a demand that belongs to a vnode
 * @parts: filled in by dynmem_demand_divide() before this call
 * @figures: the last report
 * @vnode: index of the vnode
 * @demand: demand of the VM, filtered or not, bytes
 *
 * Demand up to @parts->demand is divided in proportion to the used memory of the vnodes, which is
 * total - free - reclaimable - ballooned. If that is 0 for all vnodes, this demand is divided in
 * proportion to total. Demand above @parts->demand belongs to a peak that the filter holds. It goes
 * to the vnodes whose part has fallen since the peak, in proportion to @parts->fell.
 *
 * Return: bytes; the parts of all vnodes add up to @demand
 */
u64 dynmem_demand_vnode(const struct dynmem_demand_parts *parts,
			const struct dynmem_figures *figures, unsigned int vnode, u64 demand);

/**
 * struct dynmem_foreign - memory that is missing in the guest and is not in our balloon; bytes
 * @most: the most memory that the guest has had, its balloon included
 * @taken: by how much the guest now has less than @most; 0 if the difference is small
 * @last_reported: @taken as of the last event
 */
struct dynmem_foreign {
	u64 most;
	u64 taken;
	u64 last_reported;
};

/**
 * dynmem_foreign() - find memory that is missing in the guest and is not in our balloon
 * @foreign: the state; the caller sets all members to 0 when the guest boots
 * @figures: the last report
 *
 * Another balloon may hold the missing memory, or the guest may have taken it offline.
 *
 * Return: whether @taken has changed so much that an event should be sent
 */
bool dynmem_foreign(struct dynmem_foreign *foreign, const struct dynmem_figures *figures);

/**
 * struct dynmem_demand_filter - follows demand up at once, and down slowly
 * @value: filtered demand, bytes
 * @peak_ms: when demand last reached or exceeded @value
 * @last_ms: when the filter last ran; 0: never
 * @near_ms: start of the current or last period in which demand was near @value
 * @fell_ms: when demand last fell far below @value
 * @fell_from: @value when demand fell, bytes; 0: demand has come back since, or never fell
 * @fallen: demand is far below @value now
 * @stayed: demand had long been near @value when it fell, or dynmem_demand_yield() was called
 * @wave: after its last fall demand came back soon, so demand is expected to come in waves
 *
 * When demand falls the filter holds the peak for 10 s, and then halves the excess of @value over
 * demand every 10 s. Times are monotonic.
 */
struct dynmem_demand_filter {
	u64 value;
	u64 peak_ms;
	u64 last_ms;
	u64 near_ms;
	u64 fell_ms;
	u64 fell_from;
	bool fallen;
	bool stayed;
	bool wave;
};

/* Feeds the filter with @demand at time @now_ms, and returns the filtered demand. Bytes. */
u64 dynmem_demand_filter(struct dynmem_demand_filter *filter, u64 demand, u64 now_ms);

/**
 * dynmem_demand_firm() - the part of a filtered demand that competes with the demand of other VMs
 * @filter: the filter; the caller has just fed it with @demand
 * @demand: bytes
 *
 * After a fall of demand the filter holds the peak. If demand had been at the peak for at least
 * 30 s, the guest probably does not need the memory of the peak any more. So the held peak does not
 * compete with other VMs. It only keeps the memory from being taken while no VM needs memory. If
 * demand rises and falls faster, the held peak competes in full.
 *
 * Return: bytes: the filtered demand; or, if the peak does not compete, @demand plus the larger of
 * 256 MiB and a quarter of @demand
 */
u64 dynmem_demand_firm(const struct dynmem_demand_filter *filter, u64 demand);

/**
 * dynmem_demand_yield() - give up a held peak, since other guests are about to OOM-kill or swap
 * @filter: the filter that holds the peak
 *
 * After this call dynmem_demand_firm() leaves out the held peak, however short the peak was. If
 * demand comes in waves the call has no effect.
 */
void dynmem_demand_yield(struct dynmem_demand_filter *filter);

/**
 * dynmem_demand_real() - the part of a filtered demand that competes with VMs that start
 * @filter: the filter; the caller has just fed it with @demand
 * @demand: bytes
 * @now_ms: monotonic
 *
 * A VM that starts can wait for a few seconds only. So the peak that the filter holds competes only
 * for 3 s, even if demand has fallen only a little. If demand comes in waves, the result is that of
 * dynmem_demand_firm().
 *
 * Return: bytes
 */
u64 dynmem_demand_real(const struct dynmem_demand_filter *filter, u64 demand, u64 now_ms);

/* @demand plus @buffer percent of it, within @minimum and @maximum; never overflows. Bytes. */
u64 dynmem_desired(u64 demand, u32 buffer, u64 minimum, u64 maximum);

/*
 * As dynmem_desired(), for a guest that should have @cache bytes beyond demand for files that it
 * reads again. The guest gets the buffer or @cache, whichever is larger, since the page cache uses
 * the buffer, too.
 */
u64 dynmem_desired_cached(u64 demand, u32 buffer, u64 cache, u64 minimum, u64 maximum);

#endif
