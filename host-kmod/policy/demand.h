/* SPDX-License-Identifier: GPL-2.0 */
/*
 * demand: from what a guest reports to the memory it needs, without buffer. Pure: fixed-width
 * integers only, builds in user space too.
 */
#ifndef _DYNMEM_DEMAND_H
#define _DYNMEM_DEMAND_H

#include "policy/arith.h"
#include "uapi/dynmem.h"
#include "uapi/virtio_dynmem.h"

/* One vnode's figures, bytes; see struct virtio_dynmem_vnode. */
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
 * Bytes, see struct virtio_dynmem_report. Of a stock driver only @total (without its balloon),
 * @free, @available, @swap_in, @swap_out, @major_faults and @file are known, from its statistics
 * tags, and, from the host's own count when they came, @ballooned and @held: what the driver has
 * given or tried to, as @total lacks both; @stock is set.
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
	bool stock;
	struct dynmem_vnode_figures vnode[VIRTIO_DYNMEM_MAX_VNODES];
};

/* What a Linux guest needs before it runs anything, by its size; bytes. */
u64 dynmem_demand_floor(u64 size);

/**
 * dynmem_demand() - what the guest needs, without buffer
 * @figures: its last report
 * @ram: bytes of RAM the VMM was started with
 * @startup: bytes; the floor of the kernel's part is computed from it
 * @mode: which formula; a stock driver tells too little for a choice
 *
 * With our driver (design section 7):
 *   floor = that of a Linux guest by size: 104 MiB + 1/8 of 512 MiB to 2 GiB, and so on
 *   kernel = max(unreclaimable kernel memory + (ram - total), floor(startup))
 *   touched = anon + shmem + swapped
 *   near = what of commit is between 90 % and 100 % of the guest's commit limit
 *   commit+: kernel + touched + min(max(commit - touched, 0), max(256 MiB, touched / 4) + near)
 *   commit: commit + floor
 *   workingset: kernel + anon + shmem + min(file, 10 x refault of cache) + min(swapped, 10 x
 *	swap_in)
 * With a stock driver: (total - available) + (ram - total - ballooned) + swapped out since the last
 * report.
 *
 * Return: bytes, at most 1 PiB whatever the guest says
 */
u64 dynmem_demand(const struct dynmem_figures *figures, u64 ram, u64 startup,
		  enum dynmem_demand_mode mode);

/**
 * dynmem_demand_believed() - the same, as far as the guest can be using that
 * @figures, @ram, @startup, @mode: as for dynmem_demand()
 * @believed: bytes that it can be using: what is resident, and some growth
 *
 * All that the guest claims to have in use is cut to @believed together, whatever figure it is in:
 * kernel and what total lacks of @ram, then what programs use or read again, then what they have
 * committed near the limit; in mode commit, the commit charge. What is swapped out is not resident:
 * it is cut to what the kernel leaves of @believed by itself. What is not claimed, but computed,
 * comes on top: the floor, and 256 MiB or a quarter of what is believed to be touched for what is
 * committed and not touched.
 *
 * Return: bytes, at most 1 PiB
 */
u64 dynmem_demand_believed(const struct dynmem_figures *figures, u64 ram, u64 startup,
			   enum dynmem_demand_mode mode, u64 believed);

/**
 * struct dynmem_demand_parts - where demand was when it was highest; bytes
 * @demand: of the VM now, unfiltered
 * @peak: each vnode's part of the demand that the filter last reached
 * @fell: by how much its part of @demand is less
 */
struct dynmem_demand_parts {
	u64 demand;
	u64 peak[VIRTIO_DYNMEM_MAX_VNODES];
	u64 fell[VIRTIO_DYNMEM_MAX_VNODES];
};

/* Notes where @demand, unfiltered, is by the last report; @peak: the filter has just reached it. */
void dynmem_demand_divide(struct dynmem_demand_parts *parts, const struct dynmem_figures *figures,
			  u64 demand, bool peak);

/**
 * dynmem_demand_vnode() - the part of a demand that belongs to a vnode
 * @parts: up to date
 * @figures: last report
 * @vnode: which
 * @demand: of the VM, filtered or not, bytes
 *
 * What is demanded now is divided by use: x used of the vnode / used of all; used = total - free -
 * reclaimable - ballooned. When nothing is used, by vnode size. What is above that is a peak that
 * is held: it belongs to the vnodes whose part has fallen since, in proportion.
 *
 * Return: bytes; over all vnodes they add up to @demand
 */
u64 dynmem_demand_vnode(const struct dynmem_demand_parts *parts,
			const struct dynmem_figures *figures, unsigned int vnode, u64 demand);

/**
 * struct dynmem_foreign - memory that somebody else takes from the guest; bytes
 * @most: the most that the guest has had, with what is in our balloon
 * @taken: how much less it has now; 0 while that is hardly anything
 * @told: @taken when it was last told
 */
struct dynmem_foreign {
	u64 most;
	u64 taken;
	u64 told;
};

/**
 * dynmem_foreign() - find out what the guest has lost that it did not give to us
 * @foreign: since the guest's boot
 * @figures: last report
 *
 * Another balloon, or memory that the guest has taken offline.
 * Return: whether @taken has changed so much that it should be told
 */
bool dynmem_foreign(struct dynmem_foreign *foreign, const struct dynmem_figures *figures);

/**
 * struct dynmem_demand_filter - up at once; down: 10 s peak hold, then half-life 10 s
 * @value: filtered demand, bytes
 * @peak_ms: when @value was last reached or exceeded
 * @last_ms: when the filter last ran
 * @near_ms: since when it has not fallen far, or had not until it did
 * @fell_ms, @fell_from: when it fell last, and from which value (0: it is there again)
 * @fallen: it has fallen far below
 * @stayed: it had not for long before, or others are about to kill for want of it
 * @wave: when it fell before, it soon came back
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

/* Feeds @demand at time @now_ms (monotonic) and returns the filtered demand, bytes. */
u64 dynmem_demand_filter(struct dynmem_demand_filter *filter, u64 demand, u64 now_ms);

/**
 * dynmem_demand_firm() - what of a filtered demand comes before the demand of others
 * @filter: just fed with @demand
 * @demand: bytes
 *
 * A peak that is only held keeps memory from being taken without need; a guest that has been there
 * for 30 s and has left has no need of it. One that comes and goes faster keeps it.
 *
 * Return: the filtered demand, or @demand and a quarter (at least 256 MiB) if it has left. Bytes
 */
u64 dynmem_demand_firm(const struct dynmem_demand_filter *filter, u64 demand);

/**
 * dynmem_demand_yield() - others are about to kill for memory: a peak that is over is not firm
 * @filter: its peak may have lasted for however short, but not if it is known to come back
 */
void dynmem_demand_yield(struct dynmem_demand_filter *filter);

/**
 * dynmem_demand_real() - what of a filtered demand comes before a VM that waits to start
 * @filter: just fed with @demand
 * @demand: bytes
 * @now_ms: when
 *
 * That VM can wait for some seconds only, so a peak that is 3 s old is over, however small it was.
 * One that is known to come back stands as it does against others.
 *
 * Return: bytes
 */
u64 dynmem_demand_real(const struct dynmem_demand_filter *filter, u64 demand, u64 now_ms);

/* demand plus buffer percent, within minimum and maximum; saturates. Bytes. */
u64 dynmem_desired(u64 demand, u32 buffer, u64 minimum, u64 maximum);

#endif
