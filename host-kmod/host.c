// SPDX-License-Identifier: GPL-2.0
/*
 * host: from samples of a host node to its capacity for VMs. Pure; called by the balancer.
 */
#include "host.h"

#define RISE_MS		10000
#define RISE_RATE	3	/* a third of RISE_MS as time constant: 95 % are there after it */
#define RISE_REST	(2 * DYNMEM_MIB)	/* not worth waiting for */

u64 dynmem_host_default_reserve(u64 present)
{
	return max(512 * DYNMEM_MIB, min(present / 20, 1024 * DYNMEM_MIB + present / 100));
}

static void set_capacity(struct dynmem_host_node *node)
{
	if (!node->pool)
		node->reserve = node->reserve_set ? node->reserve_set :
				dynmem_host_default_reserve(node->present);
	node->capacity = dynmem_above(node->usable, node->reserve);
}

void dynmem_host_measure(struct dynmem_host_node *node, const struct dynmem_host_sample *before,
			 const struct dynmem_host_sample *after, u64 resident, u64 now_ms)
{
	u64 gap, step = (now_ms - node->measured_ms) * RISE_RATE;

	node->present = after->present;
	node->free = after->free;
	node->measured = min(node->present, min(before->available, after->available) + resident);
	node->used = node->present - node->measured;

	gap = dynmem_above(node->measured, node->usable);
	if (node->pool || gap < RISE_REST || step >= RISE_MS || !node->measured_ms)
		node->usable = node->measured;
	else
		node->usable += gap * step / RISE_MS;
	node->measured_ms = now_ms;
	set_capacity(node);
}

void dynmem_host_set_reserve(struct dynmem_host_node *node, u64 reserve)
{
	node->reserve_set = reserve;
	set_capacity(node);
}
