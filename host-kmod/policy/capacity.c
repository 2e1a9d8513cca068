// SPDX-License-Identifier: GPL-2.0
/* Computes the capacity of a host node for VMs from samples; see capacity.h. */
#include "policy/capacity.h"

#define RISE_MS		10000
#define RISE_RATE	3	/* time constant RISE_MS / 3: 95 % of a rise count after RISE_MS */
#define DIRTY_MS	30000	/* longest time that dirty page cache may use the reserve */
#define RISE_REST	(2 * DYNMEM_MIB)	/* a smaller rise counts at once */

u64 dynmem_capacity_default_reserve(u64 present)
{
	return max(512 * DYNMEM_MIB, min(present / 20, 1024 * DYNMEM_MIB + present / 100));
}

static void set_reserve(struct dynmem_capacity *node)
{
	if (!node->pool)
		node->reserve = node->reserve_set ? node->reserve_set :
				dynmem_capacity_default_reserve(node->present);
}

static void set_capacity(struct dynmem_capacity *node)
{
	node->capacity = dynmem_above(node->usable, node->reserve);
}

/*
 * Bytes of dirty page cache that may use the reserve: at most half of the reserve. The amount that
 * was dirty throughout the last 15 to 30 s may not use the reserve and counts as host use.
 */
static u64 dirty_in_reserve(struct dynmem_capacity *node, u64 dirty, u64 now_ms)
{
	if (!node->measured_ms || now_ms >= node->dirty_ms + DIRTY_MS / 2) {
		node->dirty_before = node->measured_ms ? node->dirty_least : 0;
		node->dirty_least = dirty;
		node->dirty_ms = now_ms;
	}
	node->dirty_least = min(node->dirty_least, dirty);
	return min(dirty - min(node->dirty_least, node->dirty_before), node->reserve / 2);
}

/*
 * Bytes by which usable memory has risen only because memory has changed its owner. When a VMM
 * attaches, the memory of its VM changes from host use to memory of a VM. Memory that a VM gives up
 * counts as host use for a moment before it is free.
 */
static u64 change_of_owner(struct dynmem_capacity *node, u64 measured, u64 resident, u64 step)
{
	u64 came = dynmem_above(resident, node->resident);
	u64 left = dynmem_above(node->resident, resident);
	u64 changed = min(dynmem_above(measured, node->measured), came + node->leaving);

	node->leaving -= dynmem_above(changed, came);
	node->leaving -= step < RISE_MS ? node->leaving * step / RISE_MS : node->leaving;
	node->leaving += min(dynmem_above(node->measured, measured), left);
	return changed;
}

/*
 * Returns @raw less the memory that is withheld. While the memory of a VM cannot be counted, the VM
 * stays charged for pages that it frees, and may use them again. Such pages would count twice: as
 * free and as resident. So a rise of @raw is withheld, up to the charge of all such VMs, and a fall
 * of @raw lowers the withheld amount.
 */
static u64 capacity_without_withheld(struct dynmem_capacity *node, u64 raw)
{
	node->withheld = dynmem_above(node->withheld + dynmem_above(raw, node->raw),
				      dynmem_above(node->raw, raw));
	node->withheld = min(node->withheld, node->uncounted);
	node->raw = raw;
	return dynmem_above(raw, node->withheld);
}

void dynmem_capacity_measure(struct dynmem_capacity *node,
			     const struct dynmem_capacity_sample *before,
			     const struct dynmem_capacity_sample *after, u64 resident, u64 now_ms)
{
	u64 step = (now_ms - node->measured_ms) * RISE_RATE;
	u64 available, dirty, measured, gap;

	node->present = after->present;
	node->free = after->free;
	available = min(before->available, after->available);
	node->used = dynmem_above(node->present, available + resident);
	set_reserve(node);
	dirty = dirty_in_reserve(node, after->dirty, now_ms);
	available = min(before->available + min(before->dirty, dirty), after->available + dirty);
	measured = capacity_without_withheld(node, min(node->present, available + resident));

	node->usable += change_of_owner(node, measured, resident, step);
	gap = dynmem_above(measured, node->usable);
	if (node->pool || gap < RISE_REST || step >= RISE_MS || !node->measured_ms)
		node->usable = measured;
	else
		node->usable += gap * step / RISE_MS;
	node->measured = measured;
	node->resident = resident;
	node->measured_ms = now_ms;
	set_capacity(node);
}

void dynmem_capacity_set_reserve(struct dynmem_capacity *node, u64 reserve)
{
	node->reserve_set = reserve;
	set_reserve(node);
	set_capacity(node);
}
