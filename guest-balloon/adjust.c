// SPDX-License-Identifier: GPL-2.0
/*
 * Moves pages between the guest's allocator, the stock and the host; see adjust.h.
 *
 * Pages move in batches of one vnode and one kind: whole blocks as long as there are any, single
 * pages for what is left. A batch is gathered, its page numbers are sorted and joined to ranges,
 * the host is asked, and its answer decides range by range what becomes of the pages. A page goes
 * back to the guest only after the host has said so.
 *
 * Gathering can take long, in a guest that must reclaim or on a host that must find memory first,
 * so it is done in steps, with whatever else has become due said between them.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>

#include "adjust.h"
#include "blocks.h"
#include "channel.h"
#include "ranges.h"
#include "report.h"
#include "vnodes.h"

/* Units in a batch: 1 GiB of blocks, 16 MiB of pages. */
#define BATCH_BLOCKS	DYNMEM_BALLOON_RANGES
#define BATCH_PAGES	4096
#define BATCH_UNITS	max(BATCH_BLOCKS, BATCH_PAGES)
/*
 * A kernel that clears each page it allocates makes the host find memory for every page of a batch
 * before it can have it back. Then a batch is 128 MiB.
 */
#define BATCH_CLEARED	64
/* How long one step gathers. */
#define GATHER_TIME	(HZ / 10)
/* When a batch is said to the host though it could still grow. */
#define BATCH_AGE	(2UL * HZ)
/* The first and the longest wait after a refusal; it doubles from one to the next. */
#define DELAY_MIN	HZ
#define DELAY_MAX	(60UL * HZ)

/* What is said to the host of pages that move, and what becomes of them then. */
struct movement {
	u16 type;
	u32 flags;
	enum dynmem_balloon_fate accepted;
	enum dynmem_balloon_fate refused;
	enum dynmem_balloon_fate failed;	/* refused because the host tried and could not */
	enum dynmem_balloon_fate unsaid;	/* the request had no effect */
	enum dynmem_balloon_fate unknown;	/* nobody knows what effect it had */
};

static const struct movement inflate = {
	.type = VIRTIO_DYNMEM_INFLATE,
	.accepted = DYNMEM_BALLOON_HOLD,
	.refused = DYNMEM_BALLOON_FREE,
	.failed = DYNMEM_BALLOON_FREE,
	.unsaid = DYNMEM_BALLOON_FREE,
	.unknown = DYNMEM_BALLOON_HOLD,
};

static const struct movement announce = {
	.type = VIRTIO_DYNMEM_INFLATE,
	.flags = VIRTIO_DYNMEM_F_HELD,
	.accepted = DYNMEM_BALLOON_HOLD,
	.refused = DYNMEM_BALLOON_FREE,
	.failed = DYNMEM_BALLOON_FREE,
	.unsaid = DYNMEM_BALLOON_HOLD,
	.unknown = DYNMEM_BALLOON_HOLD,
};

static const struct movement deflate = {
	.type = VIRTIO_DYNMEM_DEFLATE,
	.accepted = DYNMEM_BALLOON_FREE,
	.refused = DYNMEM_BALLOON_HOLD,
	.failed = DYNMEM_BALLOON_HOLD,
	.unsaid = DYNMEM_BALLOON_HOLD,
	.unknown = DYNMEM_BALLOON_HOLD,
};

/* There is no way back: what the host says is only heeded where touching a page would kill. */
static const struct movement leave = {
	.type = VIRTIO_DYNMEM_DEFLATE,
	.flags = VIRTIO_DYNMEM_F_LEAVING,
	.accepted = DYNMEM_BALLOON_FREE,
	.refused = DYNMEM_BALLOON_FREE,
	.failed = DYNMEM_BALLOON_LEAK,
	.unsaid = DYNMEM_BALLOON_FREE,
	.unknown = DYNMEM_BALLOON_FREE,
};

/* What the host made of a batch: pages, and the reason of its last refusal. */
struct outcome {
	u64 accepted;
	u64 refused;
	u64 failed;
	u16 reason;
};

/**
 * dynmem_balloon_adjust_init - make ready to move pages
 * @adjust: zeroed
 * @channel: the way to the host
 *
 * Return: 0 or -ENOMEM.
 */
int dynmem_balloon_adjust_init(struct dynmem_balloon_adjust *adjust,
			       struct dynmem_balloon_channel *channel)
{
	unsigned int vnode;

	adjust->channel = channel;
	for (vnode = 0; vnode < VIRTIO_DYNMEM_MAX_VNODES; vnode++)
		adjust->course[vnode].no_blocks_before = jiffies;
	init_waitqueue_head(&adjust->waiters);
	adjust->pfns = kvmalloc_array(BATCH_UNITS, sizeof(u64), GFP_KERNEL);
	adjust->batch.pfns = kvmalloc_array(BATCH_UNITS, sizeof(u64), GFP_KERNEL);
	if (!adjust->pfns || !adjust->batch.pfns) {
		dynmem_balloon_adjust_exit(adjust);
		return -ENOMEM;
	}
	return 0;
}

/**
 * dynmem_balloon_adjust_exit - free what dynmem_balloon_adjust_init() took; the stock stays
 * @adjust: the way from the stock to the targets; nothing is gathered
 */
void dynmem_balloon_adjust_exit(struct dynmem_balloon_adjust *adjust)
{
	kvfree(adjust->pfns);
	kvfree(adjust->batch.pfns);
}

/**
 * dynmem_balloon_adjust_forget - stay where the stock is until the host tells targets again
 * @adjust: the way from the stock to the targets
 *
 * Also begins a new count of generations, as another host may be behind the device now. Who was
 * put off stays so: else a host that never agrees would be asked without end.
 */
void dynmem_balloon_adjust_forget(struct dynmem_balloon_adjust *adjust)
{
	adjust->known = false;
}

static bool is_news(const struct dynmem_balloon_adjust *adjust, u32 generation)
{
	return !adjust->known || (s32)(generation - adjust->generation) > 0;
}

static void set_targets(struct dynmem_balloon_adjust *adjust, u32 generation, unsigned int vnodes,
			const u64 *balloon)
{
	unsigned int vnode;

	adjust->known = true;
	adjust->generation = generation;
	adjust->vnodes = min(vnodes, dynmem_balloon_vnodes());
	for (vnode = 0; vnode < adjust->vnodes; vnode++) {
		struct dynmem_balloon_course *course = &adjust->course[vnode];

		/* A new target is worth a new try. */
		if (course->target != balloon[vnode])
			course->delay = 0;
		WRITE_ONCE(course->target, balloon[vnode]);
	}
}

/**
 * dynmem_balloon_adjust_targets - heed the targets that came with an answer
 * @adjust: the way from the stock to the targets
 * @targets: from the host; ignored if those known are as new
 */
void dynmem_balloon_adjust_targets(struct dynmem_balloon_adjust *adjust,
				   const struct virtio_dynmem_targets *targets)
{
	u32 vnodes = min_t(u32, le32_to_cpu(targets->vnodes), VIRTIO_DYNMEM_MAX_VNODES);
	u32 generation = le32_to_cpu(targets->generation);
	u64 balloon[VIRTIO_DYNMEM_MAX_VNODES];
	unsigned int vnode;

	if (!vnodes || !is_news(adjust, generation))
		return;
	for (vnode = 0; vnode < vnodes; vnode++)
		balloon[vnode] = le64_to_cpu(targets->balloon[vnode]);
	set_targets(adjust, generation, vnodes, balloon);
}

/**
 * dynmem_balloon_adjust_read_config - heed the targets in config space
 * @adjust: the way from the stock to the targets
 *
 * The VMM serves each access for itself and shows no generation of its own, so ours, which is part
 * of the figures, is read before and after them.
 */
void dynmem_balloon_adjust_read_config(struct dynmem_balloon_adjust *adjust)
{
	const unsigned int base = offsetof(struct virtio_dynmem_config, targets);
	struct virtio_device *vdev = adjust->channel->vdev;
	u64 balloon[VIRTIO_DYNMEM_MAX_VNODES];
	u32 generation, before, vnodes;
	unsigned int vnode;

	generation = virtio_cread32(vdev, base + offsetof(struct virtio_dynmem_targets,
							  generation));
	do {
		before = generation;
		if (!is_news(adjust, before))
			return;
		vnodes = min_t(u32, VIRTIO_DYNMEM_MAX_VNODES,
			       virtio_cread32(vdev, base + offsetof(struct virtio_dynmem_targets,
								    vnodes)));
		for (vnode = 0; vnode < vnodes; vnode++)
			balloon[vnode] = virtio_cread64(vdev, base +
							offsetof(struct virtio_dynmem_targets,
								 balloon[vnode]));
		generation = virtio_cread32(vdev, base + offsetof(struct virtio_dynmem_targets,
								  generation));
	} while (generation != before && !virtqueue_is_broken(adjust->channel->vq));
	if (vnodes)
		set_targets(adjust, generation, vnodes, balloon);
}

static void count_returned(struct dynmem_balloon_adjust *adjust, u64 pages)
{
	WRITE_ONCE(adjust->returned_at, jiffies);
	atomic64_add(pages, &adjust->returned);
	wake_up_all(&adjust->waiters);
}

/* As many ranges as fit into a request, of @pfns[@at] and the following. Return: where to go on. */
static size_t fill_request(struct dynmem_balloon_adjust *adjust, unsigned int vnode,
			   enum dynmem_balloon_kind kind, const u64 *pfns, size_t at, size_t count,
			   u32 *ranges)
{
	struct virtio_dynmem_range *range = dynmem_balloon_channel_payload(adjust->channel);
	unsigned int unit = dynmem_balloon_blocks_unit(kind);
	size_t run;

	for (*ranges = 0; at < count && *ranges < DYNMEM_BALLOON_RANGES; at += run) {
		run = dynmem_balloon_ranges_run(pfns + at, count - at, unit);
		range[(*ranges)++] = (struct virtio_dynmem_range) {
			.first = cpu_to_le64(pfns[at]),
			.pages = cpu_to_le32(run * unit),
			.vnode = cpu_to_le16(vnode),
		};
	}
	return at;
}

static void settle_request(struct dynmem_balloon_adjust *adjust, const struct movement *movement,
			   unsigned int vnode, enum dynmem_balloon_kind kind, u32 ranges,
			   struct outcome *outcome)
{
	const struct virtio_dynmem_range *range = dynmem_balloon_channel_payload(adjust->channel);
	const struct virtio_dynmem_result *result =
		dynmem_balloon_channel_results(adjust->channel);
	u32 pages, accepted;
	u16 reason;

	for (; ranges; ranges--, range++, result++) {
		pages = le32_to_cpu(range->pages);
		accepted = min(le32_to_cpu(result->pages), pages);
		reason = le16_to_cpu(result->reason);
		outcome->accepted += accepted;
		if (accepted < pages) {
			outcome->refused += pages - accepted;
			outcome->reason = reason;
		}
		if (reason == VIRTIO_DYNMEM_R_FAILED)
			outcome->failed += pages - accepted;
		dynmem_balloon_blocks_settle(vnode, kind, le64_to_cpu(range->first), pages,
					     accepted, movement->accepted,
					     reason == VIRTIO_DYNMEM_R_FAILED ?
					     movement->failed : movement->refused);
	}
}

static void settle_unanswered(unsigned int vnode, enum dynmem_balloon_kind kind, const u64 *pfns,
			      size_t count, enum dynmem_balloon_fate fate)
{
	unsigned int unit = dynmem_balloon_blocks_unit(kind);

	for (; count; count--, pfns++)
		dynmem_balloon_blocks_settle(vnode, kind, *pfns, unit, 0, fate, fate);
}

/*
 * Tells the host of the @count units in @pfns, in as many requests as it takes, and settles all of
 * them. Return: 0 or what dynmem_balloon_channel_request() said.
 */
static int move(struct dynmem_balloon_adjust *adjust, const struct movement *movement,
		unsigned int vnode, enum dynmem_balloon_kind kind, u64 *pfns, size_t count,
		struct outcome *outcome)
{
	size_t at = 0, next;
	u32 ranges;
	int err;

	dynmem_balloon_ranges_sort(pfns, count);
	for (; at < count; at = next) {
		next = fill_request(adjust, vnode, kind, pfns, at, count, &ranges);
		err = dynmem_balloon_channel_request(adjust->channel, movement->type,
						     movement->flags, ranges,
						     ranges * sizeof(struct virtio_dynmem_range));
		if (err) {
			/* What follows the request that failed was not even said. */
			settle_unanswered(vnode, kind, pfns + next, count - next, movement->unsaid);
			settle_unanswered(vnode, kind, pfns + at, next - at,
					  dynmem_balloon_channel_no_effect(err) ?
					  movement->unsaid : movement->unknown);
			return err;
		}
		settle_request(adjust, movement, vnode, kind, ranges, outcome);
	}
	return 0;
}

static bool is_due(const struct dynmem_balloon_course *course)
{
	return !course->delay || time_after_eq(jiffies, course->not_before);
}

static void put_off(struct dynmem_balloon_course *course)
{
	course->delay = clamp_t(unsigned long, course->delay * 2, DELAY_MIN, DELAY_MAX);
	course->not_before = jiffies + course->delay;
}

/*
 * Puts the vnode off if the host refused something. Return: 0, or -ESTALE if host and guest do not
 * agree on what is in the balloon: then everything is announced anew.
 */
static int heed(struct dynmem_balloon_adjust *adjust, struct dynmem_balloon_course *course,
		const struct movement *movement, const struct outcome *outcome)
{
	if (!outcome->refused) {
		course->delay = 0;
		return 0;
	}
	put_off(course);
	pr_warn_ratelimited("the host refused to %s %llu of %llu pages, reason %u\n",
			    movement->type == VIRTIO_DYNMEM_INFLATE ? "take" : "return",
			    outcome->refused, outcome->refused + outcome->accepted,
			    outcome->reason);
	if (outcome->reason == VIRTIO_DYNMEM_R_GRANT)
		dynmem_balloon_adjust_read_config(adjust);
	return outcome->reason == VIRTIO_DYNMEM_R_TWICE ? -ESTALE : 0;
}

/* Largest ranges first: blocks, and a block is broken up only for want of single pages. */
static int deflate_step(struct dynmem_balloon_adjust *adjust, unsigned int vnode, u64 excess)
{
	enum dynmem_balloon_kind kind = DYNMEM_BALLOON_BLOCKS;
	struct outcome outcome = {};
	size_t taken;
	int err;

	taken = dynmem_balloon_blocks_take(vnode, kind, adjust->pfns,
					   min_t(u64, excess / DYNMEM_BALLOON_BLOCK_PAGES,
						 BATCH_BLOCKS));
	if (!taken) {
		kind = DYNMEM_BALLOON_PAGES;
		if (!dynmem_balloon_blocks_count(vnode, kind))
			dynmem_balloon_blocks_split(vnode);
		taken = dynmem_balloon_blocks_take(vnode, kind, adjust->pfns,
						   min_t(u64, excess, BATCH_PAGES));
	}
	err = move(adjust, &deflate, vnode, kind, adjust->pfns, taken, &outcome);
	if (outcome.accepted)
		count_returned(adjust, outcome.accepted);
	if (err)
		return err;
	return heed(adjust, &adjust->course[vnode], &deflate, &outcome) ?: taken > 0;
}

static u64 batch_pages(const struct dynmem_balloon_batch *batch)
{
	return batch->count * dynmem_balloon_blocks_unit(batch->kind);
}

/**
 * dynmem_balloon_adjust_drop - free what has been gathered and not yet said to the host
 * @adjust: the way from the stock to the targets
 */
void dynmem_balloon_adjust_drop(struct dynmem_balloon_adjust *adjust)
{
	struct dynmem_balloon_batch *batch = &adjust->batch;
	u64 pages = batch_pages(batch);

	settle_unanswered(batch->vnode, batch->kind, batch->pfns, batch->count,
			  DYNMEM_BALLOON_FREE);
	batch->count = 0;
	if (pages)
		count_returned(adjust, pages);
}

/* Lets the batch grow to @count units. Return: false if there are no more to be had. */
static bool gather(struct dynmem_balloon_adjust *adjust, size_t count)
{
	struct dynmem_balloon_batch *batch = &adjust->batch;
	unsigned long end = jiffies + GATHER_TIME;

	while (batch->count < count && !READ_ONCE(adjust->pause) && !time_after(jiffies, end)) {
		if (!dynmem_balloon_blocks_alloc(batch->vnode, batch->kind,
						 batch->pfns + batch->count))
			return false;
		batch->count++;
		cond_resched();
	}
	return true;
}

/* Units of a kind in a full batch. */
static u64 batch_limit(enum dynmem_balloon_kind kind)
{
	if (kind == DYNMEM_BALLOON_PAGES)
		return BATCH_PAGES;
	return want_init_on_alloc(0) && !want_init_on_free() ? BATCH_CLEARED : BATCH_BLOCKS;
}

static int say_batch(struct dynmem_balloon_adjust *adjust)
{
	struct dynmem_balloon_batch *batch = &adjust->batch;
	struct dynmem_balloon_course *course = &adjust->course[batch->vnode];
	size_t count = batch->count;
	struct outcome outcome = {};
	int err;

	batch->count = 0;
	course->unavailable = 0;
	err = move(adjust, &inflate, batch->vnode, batch->kind, batch->pfns, count, &outcome);
	if (err)
		return err;
	return heed(adjust, course, &inflate, &outcome) ?: 1;
}

/* Pages that the vnode may give now, of @deficit that it shall give. */
static u64 may_give(u64 deficit, u64 gathered)
{
	u64 spare = (dynmem_balloon_report_spare() >> PAGE_SHIFT) + gathered;

	/* Near the floor it is not worth a request for each page that comes free. */
	if (spare < deficit && spare < gathered + DYNMEM_BALLOON_BLOCK_PAGES)
		return gathered;
	return min(deficit, spare);
}

static void begin_batch(struct dynmem_balloon_adjust *adjust, unsigned int vnode, u64 pages)
{
	struct dynmem_balloon_course *course = &adjust->course[vnode];
	bool blocks = pages >= DYNMEM_BALLOON_BLOCK_PAGES &&
		      time_after_eq(jiffies, course->no_blocks_before);

	adjust->batch.vnode = vnode;
	adjust->batch.kind = blocks ? DYNMEM_BALLOON_BLOCKS : DYNMEM_BALLOON_PAGES;
	adjust->batch.since = jiffies;
}

static int inflate_step(struct dynmem_balloon_adjust *adjust, unsigned int vnode, u64 deficit)
{
	struct dynmem_balloon_course *course = &adjust->course[vnode];
	struct dynmem_balloon_batch *batch = &adjust->batch;
	u64 pages = may_give(deficit, batch_pages(batch));
	bool more;
	u64 limit;

	if (!batch->count)
		begin_batch(adjust, vnode, pages);
	limit = min(pages / dynmem_balloon_blocks_unit(batch->kind), batch_limit(batch->kind));
	more = gather(adjust, limit);
	if (READ_ONCE(adjust->pause)) {
		dynmem_balloon_adjust_drop(adjust);
		return 0;
	}
	if (!more && batch->kind == DYNMEM_BALLOON_BLOCKS) {
		course->no_blocks_before = jiffies + DELAY_MIN;
		/* At once again, for single pages. */
		return batch->count ? say_batch(adjust) : 1;
	}
	if (!batch->count) {
		course->unavailable = deficit;
		course->delay = DELAY_MIN;
		course->not_before = jiffies + DELAY_MIN;
		return 0;
	}
	if (more && batch->count < limit && time_before(jiffies, batch->since + BATCH_AGE))
		return 1;
	return say_batch(adjust);
}

/* One step of the vnode that has a batch, else of the next whose turn it is. */
static int inflate_any(struct dynmem_balloon_adjust *adjust)
{
	struct dynmem_balloon_batch *batch = &adjust->batch;
	unsigned int i, vnode;
	u64 held, target;

	for (i = 0; i < adjust->vnodes; i++) {
		vnode = batch->count ? batch->vnode : (adjust->next + i) % adjust->vnodes;
		held = dynmem_balloon_blocks_held(vnode);
		target = adjust->course[vnode].target;
		if (batch->count && held + batch_pages(batch) > target)
			dynmem_balloon_adjust_drop(adjust);
		if (held >= target || !is_due(&adjust->course[vnode]))
			continue;
		adjust->next = vnode + 1;
		return inflate_step(adjust, vnode, target - held);
	}
	return 0;
}

/**
 * dynmem_balloon_adjust_step - come a bit nearer to the targets
 * @adjust: the way from the stock to the targets
 *
 * Memory that the guest may have back goes first.
 *
 * Return: above 0 if there may be more to do, 0 if there is nothing to do for now, or an error of
 * dynmem_balloon_channel_request(); -ESTALE also if everything should be announced anew.
 */
int dynmem_balloon_adjust_step(struct dynmem_balloon_adjust *adjust)
{
	int moved = 0, err;
	unsigned int vnode;
	u64 held, target;

	if (!adjust->known)
		return 0;
	for (vnode = 0; vnode < adjust->vnodes; vnode++) {
		held = dynmem_balloon_blocks_held(vnode);
		target = adjust->course[vnode].target;
		if (held <= target || !is_due(&adjust->course[vnode]))
			continue;
		err = deflate_step(adjust, vnode, held - target);
		if (err < 0)
			return err;
		moved += err;
	}
	return moved ?: inflate_any(adjust);
}

/**
 * dynmem_balloon_adjust_announce - tell the host of everything in the stock, after a HELLO
 * @adjust: the way from the stock to the targets
 *
 * What the host does not want is freed.
 *
 * Return: 0 or what dynmem_balloon_channel_request() said.
 */
int dynmem_balloon_adjust_announce(struct dynmem_balloon_adjust *adjust)
{
	struct outcome outcome = {};
	unsigned int vnode, kind;
	size_t left, taken;
	int err;

	/* Pages go back to the other end of the stock, so each is taken once. */
	for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++) {
		for (kind = 0; kind < DYNMEM_BALLOON_KINDS; kind++) {
			left = dynmem_balloon_blocks_count(vnode, kind);
			for (; left; left -= taken) {
				taken = dynmem_balloon_blocks_take(vnode, kind, adjust->pfns,
								   min_t(size_t, left,
									 BATCH_BLOCKS));
				if (!taken)
					break;
				err = move(adjust, &announce, vnode, kind, adjust->pfns, taken,
					   &outcome);
				if (err)
					return err;
			}
		}
	}
	if (outcome.refused)
		pr_warn("the host did not take %llu of %llu pages back into the balloon, reason %u\n",
			outcome.refused, outcome.refused + outcome.accepted, outcome.reason);
	return 0;
}

/**
 * dynmem_balloon_adjust_give_back - empty the stock, whatever the host says
 * @adjust: the way from the stock to the targets; it counts how much was returned
 *
 * Pages that the host could not put memory behind are lost: to touch them would kill the VM.
 */
void dynmem_balloon_adjust_give_back(struct dynmem_balloon_adjust *adjust)
{
	struct outcome outcome = {};
	unsigned int vnode, kind;
	size_t taken;

	for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++) {
		for (kind = 0; kind < DYNMEM_BALLOON_KINDS; kind++) {
			while ((taken = dynmem_balloon_blocks_take(vnode, kind, adjust->pfns,
								   BATCH_BLOCKS)))
				move(adjust, &leave, vnode, kind, adjust->pfns, taken, &outcome);
		}
	}
	if (outcome.failed)
		pr_err("the host could not return %llu pages: they are lost until reboot\n",
		       outcome.failed);
}

/**
 * dynmem_balloon_adjust_unavailable - what a vnode was asked for and could not find
 * @adjust: the way from the stock to the targets
 * @vnode: which
 *
 * Return: in pages.
 */
u64 dynmem_balloon_adjust_unavailable(const struct dynmem_balloon_adjust *adjust,
				      unsigned int vnode)
{
	u64 target = adjust->course[vnode].target;
	u64 held = dynmem_balloon_blocks_held(vnode);

	if (!adjust->known || vnode >= adjust->vnodes || held >= target)
		return 0;
	return min(adjust->course[vnode].unavailable, target - held);
}

/**
 * dynmem_balloon_adjust_target - how large the balloon shall be
 * @adjust: the way from the stock to the targets
 *
 * Context: any; the figure may be of two moments.
 *
 * Return: in pages, 0 if the host has not said.
 */
u64 dynmem_balloon_adjust_target(const struct dynmem_balloon_adjust *adjust)
{
	unsigned int vnode;
	u64 pages = 0;

	for (vnode = 0; READ_ONCE(adjust->known) && vnode < adjust->vnodes; vnode++)
		pages += READ_ONCE(adjust->course[vnode].target);
	return pages;
}
