// SPDX-License-Identifier: GPL-2.0
/*
 * Computes the memory that a guest needs from its reports; see demand.h. Every figure of a report
 * is limited to 1 PiB before it is used, so that no sum can overflow, whatever a guest claims.
 */
#include "policy/demand.h"

/*
 * Memory that is missing in the guest and is not in our balloon (see struct dynmem_foreign) is
 * ignored if its amount is at most FOREIGN_MIN, or at most 1 / FOREIGN_PART of the guest's memory.
 */
#define FOREIGN_MIN	(32 * DYNMEM_MIB)
#define FOREIGN_PART	100

#define HOLD_MS		10000
#define HALF_LIFE_MS	10000
#define STEP_MS		(HALF_LIFE_MS / 100)
/*
 * Demand has fallen if the filtered value is above demand by more than FALL_MIN and by more than
 * demand / FALL_PART. If demand was near the filtered value for STAY_MS before it fell, the peak
 * that the filter holds does not compete with the demand of other VMs. If demand comes back within
 * STAY_MS after its fall, it counts as a wave.
 */
#define STAY_MS		30000
#define REAL_MS		3000	/* VMs that start may take the memory of a peak older than this */
#define FALL_MIN	(256 * DYNMEM_MIB)
#define FALL_PART	4

/*
 * Committed memory that is not touched counts as demand up to the larger of UNTOUCHED_MIN and
 * touched memory / UNTOUCHED_PART. The commit charge above LIMIT_NEAR is added to this limit.
 */
#define UNTOUCHED_MIN	(256 * DYNMEM_MIB)
#define UNTOUCHED_PART	4
/* Percent of the guest's commit limit. Above this the guest's next allocations may fail. */
#define LIMIT_NEAR	90
/*
 * The part of the working set that is not in memory is estimated as the refaults of one second
 * times WINDOW_S, which is the time for which the filter holds a peak, in seconds.
 */
#define WINDOW_S	(HOLD_MS / 1000)

static u64 figure(u64 value)
{
	return min(value, DYNMEM_PIB);
}

u64 dynmem_demand_floor(u64 size)
{
	if (size < 128 * DYNMEM_MIB)
		return 8 * DYNMEM_MIB + size / 2;
	if (size < 512 * DYNMEM_MIB)
		return 40 * DYNMEM_MIB + size / 4;
	if (size < 2048 * DYNMEM_MIB)
		return 104 * DYNMEM_MIB + size / 8;
	if (size < 8192 * DYNMEM_MIB)
		return 232 * DYNMEM_MIB + size / 16;
	return 488 * DYNMEM_MIB + size / 32;
}

/* Limits a claim to @left, the rest of the believed memory, and subtracts it from @left. */
static u64 demand_cut(u64 claim, u64 *left)
{
	claim = min(claim, *left);
	*left -= claim;
	return claim;
}

static u64 demand_standard(const struct dynmem_figures *f, u64 ram)
{
	u64 used = dynmem_above(figure(f->total), figure(f->available));
	/*
	 * MemTotal leaves out a standard driver's balloon and some memory of the kernel. Only the
	 * latter is demand.
	 */
	u64 hidden = dynmem_above(ram, figure(f->total) + figure(f->ballooned));

	return used + hidden + figure(f->swap_out);
}

/* The part of the commit charge that lies between 90 % and 100 % of the guest's commit limit. */
static u64 near_limit(const struct dynmem_figures *f)
{
	u64 limit = figure(f->commit_limit);

	return dynmem_above(min(figure(f->commit), limit), limit / 100 * LIMIT_NEAR);
}

/*
 * Touched memory, plus the part of the committed and untouched memory that counts as demand. @left:
 * bytes of the believed memory that are left after kernel memory.
 */
static u64 demand_commit_plus(const struct dynmem_figures *f, u64 left)
{
	u64 out = min(figure(f->swapped), left);
	u64 touched = demand_cut(figure(f->anon) + figure(f->shmem), &left) + out;
	u64 believed = max(UNTOUCHED_MIN, touched / UNTOUCHED_PART) +
		       demand_cut(near_limit(f), &left);

	return touched + min(dynmem_above(figure(f->commit), touched), believed);
}

/*
 * The working set without kernel memory. Swapped-out memory counts only as far as the guest swaps
 * it in again, and file cache only as far as dropped pages refault. @f->refault includes swap-ins.
 */
static u64 demand_workingset(const struct dynmem_figures *f, u64 left)
{
	u64 swap_in = figure(f->swap_in);
	u64 refault = dynmem_above(figure(f->refault), swap_in);
	u64 out = min(min(figure(f->swapped), WINDOW_S * swap_in), left);

	return demand_cut(figure(f->anon) + figure(f->shmem) +
		   min(figure(f->file), WINDOW_S * refault), &left) + out;
}

u64 dynmem_demand_believed(const struct dynmem_figures *f, u64 ram, u64 startup,
			   enum dynmem_demand_mode mode, u64 believed)
{
	/*
	 * The floor depends on startup alone. A floor that grew with assigned memory would raise
	 * itself if the buffer is large.
	 */
	u64 floor = dynmem_demand_floor(figure(startup)), kernel;

	ram = figure(ram);
	if (f->standard)
		return figure(demand_cut(demand_standard(f, ram), &believed));
	if (mode == DYNMEM_DEMAND_MODE_COMMIT)
		return figure(demand_cut(figure(f->commit), &believed) + floor);
	kernel = demand_cut(figure(f->kernel) + dynmem_above(ram, figure(f->total)), &believed);
	kernel = max(kernel, floor);
	if (mode == DYNMEM_DEMAND_MODE_WORKINGSET)
		return figure(kernel + demand_workingset(f, believed));
	return figure(kernel + demand_commit_plus(f, believed));
}

u64 dynmem_demand(const struct dynmem_figures *f, u64 ram, u64 startup,
		  enum dynmem_demand_mode mode)
{
	return dynmem_demand_believed(f, ram, startup, mode, ~0ULL);
}

static u64 vnode_used(const struct dynmem_vnode_figures *v)
{
	return dynmem_above(figure(v->total),
			    figure(v->free) + figure(v->reclaimable) + figure(v->ballooned));
}

static unsigned int vnodes_of(const struct dynmem_figures *f)
{
	return min(f->vnodes, VIRTIO_DYNMEM_MAX_VNODES);
}

/* The part of @total for the @k-th of @n weights, which add up to @all. */
static u64 demand_part(u64 total, const u64 *weight, u64 all, unsigned int n, unsigned int k)
{
	u64 before = 0, own = k < n ? weight[k] : 0;
	unsigned int i;

	for (i = 0; i < n && i < k; i++)
		before += weight[i];
	return dynmem_part(total, before, own, all, 4096);
}

static u64 sum_weights(const u64 *weight, unsigned int n)
{
	u64 all = 0;

	while (n)
		all += weight[--n];
	return all;
}

/* The vnode's part of @demand, in proportion to the memory that the vnodes use now. */
static u64 part_by_use(const struct dynmem_figures *f, unsigned int vnode, u64 demand)
{
	u64 weight[VIRTIO_DYNMEM_MAX_VNODES] = { 0 }, all;
	unsigned int i, n = vnodes_of(f);

	for (i = 0; i < n; i++)
		weight[i] = vnode_used(&f->vnode[i]);
	all = sum_weights(weight, n);
	if (!all) {
		for (i = 0; i < n; i++)
			weight[i] = figure(f->vnode[i].total);
		all = sum_weights(weight, n);
	}
	if (!all)
		return vnode ? 0 : demand;
	return demand_part(demand, weight, all, n, vnode);
}

void dynmem_demand_divide(struct dynmem_demand_parts *parts, const struct dynmem_figures *f,
			  u64 demand, bool peak)
{
	unsigned int i;

	parts->demand = demand;
	for (i = 0; i < vnodes_of(f); i++) {
		u64 now = part_by_use(f, i, demand);

		if (peak)
			parts->peak[i] = now;
		parts->fell[i] = dynmem_above(parts->peak[i], now);
	}
}

u64 dynmem_demand_vnode(const struct dynmem_demand_parts *parts, const struct dynmem_figures *f,
			unsigned int vnode, u64 demand)
{
	unsigned int n = vnodes_of(f);
	u64 fell = sum_weights(parts->fell, n);
	u64 held = min(dynmem_above(demand, parts->demand), fell);

	return part_by_use(f, vnode, demand - held) +
	       demand_part(held, parts->fell, fell, n, vnode);
}

bool dynmem_foreign(struct dynmem_foreign *foreign, const struct dynmem_figures *f)
{
	u64 now = figure(f->total) + figure(f->held), last = foreign->last_reported, taken;

	foreign->most = max(foreign->most, now);
	taken = foreign->most - now;
	if (taken <= max(FOREIGN_MIN, foreign->most / FOREIGN_PART))
		taken = 0;
	foreign->taken = taken;
	/* A small change since the last event causes no new event. */
	if (taken && last && max(taken, last) - min(taken, last) <= FOREIGN_MIN)
		return false;
	foreign->last_reported = taken;
	return taken != last;
}

static u64 demand_filtered(struct dynmem_demand_filter *filter, u64 demand, u64 now_ms)
{
	u64 from = max(filter->last_ms, filter->peak_ms + HOLD_MS);
	u64 excess, steps;

	if (demand >= filter->value) {
		filter->value = demand;
		filter->peak_ms = now_ms;
		filter->last_ms = now_ms;
		return demand;
	}
	if (now_ms < from + STEP_MS)
		return filter->value;

	steps = (now_ms - from) / STEP_MS;
	filter->last_ms = from + steps * STEP_MS;
	excess = steps / 100 < 64 ? (filter->value - demand) >> (steps / 100) : 0;
	/* 1 - 2^(-1/100) = 453 / 65536: a hundred steps are a half-life */
	for (steps %= 100; steps; steps--)
		excess -= (excess >> 10) * 453 >> 6;
	if (excess < 4096)
		excess = 0;
	filter->value = demand + excess;
	return filter->value;
}

static u64 demand_about(u64 demand)
{
	return dynmem_sum(demand, max(FALL_MIN, demand / FALL_PART));
}

u64 dynmem_demand_filter(struct dynmem_demand_filter *filter, u64 demand, u64 now_ms)
{
	bool first = !filter->last_ms;
	u64 value = demand_filtered(filter, demand, now_ms);
	bool fallen = demand_about(demand) < value;

	if (filter->fell_from && demand_about(demand) >= filter->fell_from) {
		filter->wave = now_ms < filter->fell_ms + STAY_MS;
		filter->fell_from = 0;
	}
	if (fallen && !filter->fallen) {
		filter->stayed = now_ms >= filter->near_ms + STAY_MS;
		filter->fell_ms = now_ms;
		filter->fell_from = value;
	}
	if (first || (!fallen && filter->fallen))
		filter->near_ms = now_ms;
	filter->fallen = fallen;
	return value;
}

u64 dynmem_demand_firm(const struct dynmem_demand_filter *filter, u64 demand)
{
	return filter->fallen && filter->stayed ? demand_about(demand) : filter->value;
}

void dynmem_demand_yield(struct dynmem_demand_filter *filter)
{
	filter->stayed |= !filter->wave;
}

u64 dynmem_demand_real(const struct dynmem_demand_filter *filter, u64 demand, u64 now_ms)
{
	if (filter->wave || now_ms < filter->peak_ms + REAL_MS)
		return dynmem_demand_firm(filter, demand);
	return min(demand, filter->value);
}

u64 dynmem_desired(u64 demand, u32 buffer, u64 minimum, u64 maximum)
{
	u64 desired = figure(demand);

	desired += desired / 100 * buffer + desired % 100 * buffer / 100;
	return max(min(desired, maximum), minimum);
}

u64 dynmem_desired_cached(u64 demand, u32 buffer, u64 cache, u64 minimum, u64 maximum)
{
	return max(dynmem_desired(demand, buffer, minimum, maximum),
		   dynmem_desired(demand + cache, 0, minimum, maximum));
}
