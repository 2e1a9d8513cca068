// SPDX-License-Identifier: GPL-2.0
/* Finds the highest level at which all shares still fit, by bisection; see share.h. */
#include "share.h"

static u64 goal(const struct sim_share *s, bool buffers)
{
	return buffers ? s->desired : s->demand;
}

/*
 * Bytes that @s gets towards its goal at @level. A VM rises by @level, or with @relative by @level
 * times its weight. The vnodes of the VM divide that rise in proportion to their parts of @all.
 */
static u64 at_level(const struct sim_share *s, u64 level, bool buffers, bool relative)
{
	unsigned __int128 rise = relative ? (unsigned __int128)level * s->weight : level;
	u64 most = dynmem_above(goal(s, buffers), s->target);

	if (s->all[buffers])
		rise = rise * (goal(s, buffers) - (buffers ? s->demand : s->minimum)) /
		       s->all[buffers];
	return rise > most ? most : (u64)rise;
}

/*
 * Raises the shares of @weight, or all shares if @weight is 0, to the highest level at which they
 * fit into @room. Returns the rest of @room.
 */
static u64 raise(struct sim_share *share, unsigned int n, u64 room, u32 weight, bool buffers,
		 bool relative)
{
	u64 low = 0, high = DYNMEM_PIB, used = 0;
	unsigned int i;

	while (low < high) {
		u64 level = low + (high - low + 1) / 2;
		unsigned __int128 sum = 0;

		for (i = 0; i < n; i++)
			if (!weight || share[i].weight == weight)
				sum += at_level(&share[i], level, buffers, relative);
		if (sum <= room)
			low = level;
		else
			high = level - 1;
	}
	for (i = 0; i < n; i++)
		if (!weight || share[i].weight == weight) {
			u64 more = at_level(&share[i], low, buffers, relative);

			share[i].target += more;
			used += more;
		}
	return room - used;
}

void sim_share(struct sim_share *share, unsigned int n, u64 capacity, bool relative)
{
	u64 room = capacity;
	unsigned int i, buffers;

	for (i = 0; i < n; i++) {
		share[i].target = share[i].minimum;
		room = dynmem_above(room, share[i].minimum);
	}
	for (buffers = 0; buffers < 2; buffers++) {
		u32 weight = 0, next;

		if (relative) {
			room = raise(share, n, room, 0, buffers, true);
			continue;
		}
		/* Serve the weights one after the other, the highest first. */
		for (;;) {
			for (next = 0, i = 0; i < n; i++)
				if (share[i].weight > next && (!weight || share[i].weight < weight))
					next = share[i].weight;
			if (!next)
				break;
			weight = next;
			room = raise(share, n, room, weight, buffers, false);
		}
	}
}
