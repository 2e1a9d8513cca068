// SPDX-License-Identifier: GPL-2.0
/*
 * demand: from what a guest reports to the memory it needs. Pure; called by the balancer for each
 * VM in each decision. Every figure of a report is clamped before it is used, so that no sum here
 * can overflow whatever a guest claims.
 */
#include "demand.h"

/* What a guest may have committed and not touched yet, and still be believed to touch soon. */
#define UNTOUCHED_MIN	(256 * DYNMEM_MIB)
#define UNTOUCHED_PART	4

#define HOLD_MS		10000
#define HALF_LIFE_MS	10000
#define STEP_MS		(HALF_LIFE_MS / 100)

static u64 figure(u64 value)
{
	return min(value, DYNMEM_PIB);
}

/*
 * What a Linux guest needs before it runs anything. Of @startup, which never changes while the VM
 * runs: a floor that grew with what is assigned would, at large buffers, feed itself.
 */
static u64 kernel_floor(u64 startup)
{
	if (startup < 128 * DYNMEM_MIB)
		return 8 * DYNMEM_MIB + startup / 2;
	if (startup < 512 * DYNMEM_MIB)
		return 40 * DYNMEM_MIB + startup / 4;
	if (startup < 2048 * DYNMEM_MIB)
		return 104 * DYNMEM_MIB + startup / 8;
	if (startup < 8192 * DYNMEM_MIB)
		return 232 * DYNMEM_MIB + startup / 16;
	return 488 * DYNMEM_MIB + startup / 32;
}

static u64 demand_stock(const struct dynmem_figures *f, u64 ram)
{
	u64 used = dynmem_above(figure(f->total), figure(f->available));
	/* A stock driver lowers MemTotal by its balloon; what is missing beyond is the kernel's. */
	u64 hidden = dynmem_above(ram, figure(f->total) + figure(f->ballooned));

	return used + hidden + figure(f->swap_out);
}

u64 dynmem_demand(const struct dynmem_figures *f, u64 ram, u64 startup)
{
	u64 touched, kernel, untouched;

	ram = figure(ram);
	if (f->stock)
		return figure(demand_stock(f, ram));
	touched = figure(f->anon) + figure(f->shmem) + figure(f->swapped);
	kernel = max(figure(f->kernel) + dynmem_above(ram, figure(f->total)),
		     kernel_floor(figure(startup)));
	untouched = min(dynmem_above(figure(f->commit), touched),
			max(UNTOUCHED_MIN, touched / UNTOUCHED_PART));
	return figure(kernel + touched + untouched);
}

static u64 vnode_used(const struct dynmem_vnode_figures *v)
{
	return dynmem_above(figure(v->total),
			    figure(v->free) + figure(v->reclaimable) + figure(v->ballooned));
}

u64 dynmem_demand_vnode(const struct dynmem_figures *f, unsigned int vnode, u64 demand)
{
	bool by_size = true;
	u64 before = 0, own = 0, all = 0;
	unsigned int i;

	for (i = 0; i < f->vnodes && i < VIRTIO_DYNMEM_MAX_VNODES; i++)
		if (vnode_used(&f->vnode[i]))
			by_size = false;
	for (i = 0; i < f->vnodes && i < VIRTIO_DYNMEM_MAX_VNODES; i++) {
		u64 part = by_size ? figure(f->vnode[i].total) : vnode_used(&f->vnode[i]);

		if (i < vnode)
			before += part;
		if (i == vnode)
			own = part;
		all += part;
	}
	if (!all)
		return vnode ? 0 : demand;
	return dynmem_part(demand, before, own, all, 4096);
}

u64 dynmem_demand_filter(struct dynmem_demand_filter *filter, u64 demand, u64 now_ms)
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

u64 dynmem_desired(u64 demand, u32 buffer, u64 minimum, u64 maximum)
{
	u64 desired = figure(demand);

	desired += desired / 100 * buffer + desired % 100 * buffer / 100;
	return max(min(desired, maximum), minimum);
}
