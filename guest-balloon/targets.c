// SPDX-License-Identifier: GPL-2.0
/* Stores the host's targets and decides what each vnode is asked for; see targets.h. */
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>

#include "channel.h"
#include "stock.h"
#include "targets.h"
#include "vnodes.h"

/* The shortest and the longest wait after a failure, in jiffies. */
#define DELAY_MIN	HZ
#define DELAY_MAX	(60UL * HZ)

void dynmem_balloon_targets_init(struct dynmem_balloon_targets *targets,
				 struct dynmem_balloon_channel *channel)
{
	unsigned int vnode;

	targets->channel = channel;
	for (vnode = 0; vnode < VIRTIO_DYNMEM_MAX_VNODES; vnode++) {
		targets->course[vnode].none_before[DYNMEM_BALLOON_PAGES] = jiffies;
		targets->course[vnode].none_before[DYNMEM_BALLOON_BLOCKS] = jiffies;
	}
}

void dynmem_balloon_targets_forget(struct dynmem_balloon_targets *targets)
{
	unsigned int vnode;

	WRITE_ONCE(targets->known, false);
	for (vnode = 0; vnode < VIRTIO_DYNMEM_MAX_VNODES; vnode++)
		targets->course[vnode].settled = false;
}

static bool targets_are_older(const struct dynmem_balloon_targets *targets, u32 generation)
{
	return !targets->known || (s32)(generation - targets->generation) > 0;
}

static void targets_set(struct dynmem_balloon_targets *targets, u32 generation,
			unsigned int vnodes, const u64 *balloon)
{
	unsigned int vnode;

	WRITE_ONCE(targets->known, true);
	targets->generation = generation;
	WRITE_ONCE(targets->vnodes, min(vnodes, dynmem_balloon_vnodes()));
	for (vnode = 0; vnode < targets->vnodes; vnode++) {
		struct dynmem_balloon_course *course = &targets->course[vnode];

		/* A new target ends all waits but @replace. */
		if (course->target != balloon[vnode]) {
			course->retry.delay = 0;
			course->none_before[DYNMEM_BALLOON_PAGES] = jiffies;
			course->none_before[DYNMEM_BALLOON_BLOCKS] = jiffies;
		}
		WRITE_ONCE(course->target, balloon[vnode]);
	}
}

void dynmem_balloon_targets_heed(struct dynmem_balloon_targets *targets,
				 const struct virtio_dynmem_targets *wire)
{
	u32 vnodes = min_t(u32, le32_to_cpu(wire->vnodes), VIRTIO_DYNMEM_MAX_VNODES);
	u32 generation = le32_to_cpu(wire->generation);
	u64 balloon[VIRTIO_DYNMEM_MAX_VNODES];
	unsigned int vnode;

	if (!vnodes || !targets_are_older(targets, generation))
		return;
	for (vnode = 0; vnode < vnodes; vnode++)
		balloon[vnode] = le64_to_cpu(wire->balloon[vnode]);
	targets_set(targets, generation, vnodes, balloon);
}

/*
 * The VMM serves each access to config space separately, and virtio's generation of config space
 * does not reach the driver. So this function reads the generation of the targets before and after
 * the targets. Each access is an exit to the VMM. So this function does not read the number of
 * vnodes, which does not change after the answer to HELLO.
 */
void dynmem_balloon_targets_read_config(struct dynmem_balloon_targets *targets)
{
	const unsigned int base = offsetof(struct virtio_dynmem_config, targets);
	struct virtio_device *vdev = targets->channel->vdev;
	u64 balloon[VIRTIO_DYNMEM_MAX_VNODES];
	u32 generation, before;
	unsigned int vnode;

	if (!targets->known)
		return;
	generation = virtio_cread32(vdev, base + offsetof(struct virtio_dynmem_targets,
							  generation));
	do {
		before = generation;
		if (!targets_are_older(targets, before))
			return;
		for (vnode = 0; vnode < targets->vnodes; vnode++)
			balloon[vnode] = virtio_cread64(vdev, base +
							offsetof(struct virtio_dynmem_targets,
								 balloon[vnode]));
		generation = virtio_cread32(vdev, base + offsetof(struct virtio_dynmem_targets,
								  generation));
	} while (generation != before && !virtqueue_is_broken(targets->channel->vq));
	targets_set(targets, generation, targets->vnodes, balloon);
}

void dynmem_balloon_targets_put_off(struct dynmem_balloon_backoff *backoff)
{
	backoff->delay = clamp_t(unsigned long, backoff->delay * 2, DELAY_MIN, DELAY_MAX);
	backoff->until = jiffies + backoff->delay;
}

bool dynmem_balloon_targets_is_due(const struct dynmem_balloon_backoff *backoff)
{
	return !backoff->delay || time_after_eq(jiffies, backoff->until);
}

u64 dynmem_balloon_targets_deficit(const struct dynmem_balloon_targets *targets,
				   unsigned int vnode)
{
	u64 given = dynmem_balloon_stock_held(vnode) + dynmem_balloon_stock_between(vnode);
	const struct dynmem_balloon_course *course = &targets->course[vnode];

	if (!dynmem_balloon_targets_is_due(&course->retry))
		return 0;
	return given < course->target ? course->target - given : 0;
}

enum dynmem_balloon_kind dynmem_balloon_targets_kind(const struct dynmem_balloon_targets *targets,
						     unsigned int vnode)
{
	const unsigned long *none_before = targets->course[vnode].none_before;
	u64 deficit = dynmem_balloon_targets_deficit(targets, vnode);

	if (deficit >= DYNMEM_BALLOON_BLOCK_PAGES &&
	    time_after_eq(jiffies, none_before[DYNMEM_BALLOON_BLOCKS]))
		return DYNMEM_BALLOON_BLOCKS;
	if (deficit && time_after_eq(jiffies, none_before[DYNMEM_BALLOON_PAGES]))
		return DYNMEM_BALLOON_PAGES;
	return DYNMEM_BALLOON_KINDS;
}

void dynmem_balloon_targets_note_none(struct dynmem_balloon_targets *targets, unsigned int vnode,
				      enum dynmem_balloon_kind kind)
{
	struct dynmem_balloon_course *course = &targets->course[vnode];

	course->none_before[kind] = jiffies + DELAY_MIN;
	if (kind == DYNMEM_BALLOON_PAGES)
		course->unavailable = dynmem_balloon_targets_deficit(targets, vnode);
}

u64 dynmem_balloon_targets_unavailable(const struct dynmem_balloon_targets *targets,
				       unsigned int vnode)
{
	u64 target = targets->course[vnode].target;
	u64 held = dynmem_balloon_stock_held(vnode);

	if (!targets->known || vnode >= targets->vnodes || held >= target)
		return 0;
	return min(targets->course[vnode].unavailable, target - held);
}

u64 dynmem_balloon_targets_total(const struct dynmem_balloon_targets *targets)
{
	unsigned int vnode;
	u64 pages = 0;

	for (vnode = 0; READ_ONCE(targets->known) && vnode < READ_ONCE(targets->vnodes); vnode++)
		pages += READ_ONCE(targets->course[vnode].target);
	return pages;
}
