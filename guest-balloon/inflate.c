// SPDX-License-Identifier: GPL-2.0
/*
 * Moves pages between the guest's allocator, the stock and the host; see inflate.h.
 *
 * Pages move in batches (batch.h): whole blocks as long as there are any, single pages for what
 * is left.
 *
 * Gathering can take long, in a guest that must reclaim or on a host that must find memory first,
 * so it is done in steps, with whatever else has become due said between them. The host releases
 * what it was told of while the next batch is gathered.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/bitops.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "channel.h"
#include "inflate.h"
#include "spare.h"
#include "stock.h"
#include "targets.h"
#include "vnodes.h"

/*
 * A kernel that clears each page it allocates makes the host find memory for each page of a batch
 * before it can have it back. Until the balloon has once been as large as it shall be, that is
 * memory that nobody granted, and a batch is 128 MiB, one at a time.
 */
#define LOT_CLEARED	64
/* How long one step gathers. */
#define GATHER_TIME	(HZ / 10)
/* When a batch is said to the host though it could still grow. */
#define LOT_AGE	(2UL * HZ)
/* By how many blocks single pages are replaced at a time. */
#define REPLACE_BLOCKS	(DYNMEM_BALLOON_BATCH_PAGES / DYNMEM_BALLOON_BLOCK_PAGES)

/**
 * dynmem_balloon_adjust_init - make ready to move pages
 * @adjust: zeroed
 * @channel: the way to the host
 * @targets: the host's
 *
 * Return: 0 or -ENOMEM.
 */
int dynmem_balloon_adjust_init(struct dynmem_balloon_adjust *adjust,
			       struct dynmem_balloon_channel *channel,
			       struct dynmem_balloon_targets *targets)
{
	adjust->channel = channel;
	adjust->targets = targets;
	init_waitqueue_head(&adjust->waiters);
	if (dynmem_balloon_batch_init(&adjust->taken) ||
	    dynmem_balloon_batch_init(&adjust->gathered) ||
	    dynmem_balloon_batch_init(&adjust->sent)) {
		dynmem_balloon_adjust_exit(adjust);
		return -ENOMEM;
	}
	return 0;
}

/**
 * dynmem_balloon_adjust_exit - free what dynmem_balloon_adjust_init() took; the stock stays
 * @adjust: the way from the stock to the targets; nothing is gathered or sent
 */
void dynmem_balloon_adjust_exit(struct dynmem_balloon_adjust *adjust)
{
	dynmem_balloon_batch_exit(&adjust->taken);
	dynmem_balloon_batch_exit(&adjust->gathered);
	dynmem_balloon_batch_exit(&adjust->sent);
}

static void count_returned(struct dynmem_balloon_adjust *adjust, unsigned int vnode, u64 pages)
{
	WRITE_ONCE(adjust->returned_at[vnode], jiffies);
	atomic64_add(pages, &adjust->returned[vnode]);
	wake_up_all(&adjust->waiters);
}

/*
 * Puts vnodes off of which the host refused something. Return: 0, or -ESTALE if host and guest do
 * not agree on what is in the balloon: then everything is announced again.
 */
static int heed(struct dynmem_balloon_adjust *adjust,
		const struct dynmem_balloon_batch_op *op,
		const struct dynmem_balloon_outcome *outcome)
{
	unsigned int vnode;

	for_each_set_bit(vnode, &outcome->vnodes, VIRTIO_DYNMEM_MAX_VNODES) {
		struct dynmem_balloon_course *course = &adjust->targets->course[vnode];

		if (outcome->refused_of & BIT(vnode))
			dynmem_balloon_targets_put_off(&course->retry);
		else
			course->retry.delay = 0;
	}
	if (!outcome->refused)
		return 0;
	pr_warn_ratelimited("the host refused to %s %llu of %llu pages, reason %u\n",
			    op->type == VIRTIO_DYNMEM_INFLATE ? "take" : "return",
			    outcome->refused, outcome->refused + outcome->accepted,
			    outcome->reason);
	if (outcome->reason == VIRTIO_DYNMEM_R_GRANT)
		dynmem_balloon_targets_read_config(adjust->targets);
	return outcome->reason == VIRTIO_DYNMEM_R_TWICE ? -ESTALE : 0;
}

/* Largest ranges first: blocks, and a block is broken up only for want of single pages. */
static int deflate_step(struct dynmem_balloon_adjust *adjust, unsigned int vnode, u64 excess)
{
	struct dynmem_balloon_outcome outcome = {};
	struct dynmem_balloon_batch *batch = &adjust->taken;
	size_t taken;
	int err;

	taken = dynmem_balloon_batch_take(batch, vnode, DYNMEM_BALLOON_BLOCKS,
					  excess / DYNMEM_BALLOON_BLOCK_PAGES);
	if (!taken) {
		if (!dynmem_balloon_blocks_count(vnode, DYNMEM_BALLOON_PAGES))
			dynmem_balloon_blocks_split(vnode);
		taken = dynmem_balloon_batch_take(batch, vnode, DYNMEM_BALLOON_PAGES, excess);
	}
	err = dynmem_balloon_batch_move(batch, &adjust->channel->talk, &dynmem_balloon_deflate,
					&outcome);
	if (outcome.accepted)
		count_returned(adjust, vnode, outcome.accepted);
	if (err)
		return err;
	return heed(adjust, &dynmem_balloon_deflate, &outcome) ?: taken > 0;
}

/**
 * dynmem_balloon_adjust_drop - free what has been gathered and not yet said to the host
 * @adjust: the way from the stock to the targets
 */
void dynmem_balloon_adjust_drop(struct dynmem_balloon_adjust *adjust)
{
	u64 pages[VIRTIO_DYNMEM_MAX_VNODES];
	unsigned int vnode;

	for (vnode = 0; vnode < VIRTIO_DYNMEM_MAX_VNODES; vnode++)
		pages[vnode] = dynmem_balloon_batch_pages_of(&adjust->gathered, vnode);
	dynmem_balloon_batch_free(&adjust->gathered);
	for (vnode = 0; vnode < VIRTIO_DYNMEM_MAX_VNODES; vnode++)
		if (pages[vnode])
			count_returned(adjust, vnode, pages[vnode]);
}

/**
 * dynmem_balloon_adjust_relieve - the guest runs short of memory: let it have what it may
 * @adjust: the way from the stock to the targets
 *
 * What has been gathered is free at once, and the next step takes back what is granted, however
 * shortly before the host refused that.
 */
void dynmem_balloon_adjust_relieve(struct dynmem_balloon_adjust *adjust)
{
	unsigned int vnode;

	dynmem_balloon_adjust_drop(adjust);
	for (vnode = 0; vnode < adjust->targets->vnodes; vnode++)
		if (dynmem_balloon_blocks_held(vnode) > adjust->targets->course[vnode].target)
			adjust->targets->course[vnode].retry.delay = 0;
}

/**
 * dynmem_balloon_adjust_collect - wait for what the host makes of the last batch it was told of
 * @adjust: the way from the stock to the targets
 *
 * Return: above 0 if there was such a batch, else 0, or an error as of
 * dynmem_balloon_adjust_step().
 */
int dynmem_balloon_adjust_collect(struct dynmem_balloon_adjust *adjust)
{
	struct dynmem_balloon_outcome outcome = {};
	int err;

	if (!adjust->sent.count)
		return 0;
	err = dynmem_balloon_batch_settle(&adjust->sent, &adjust->channel->inflation,
					  &dynmem_balloon_inflate, &outcome);
	if (err)
		return err;
	return heed(adjust, &dynmem_balloon_inflate, &outcome) ?: 1;
}

/*
 * The vnode whose turn it is to give a unit, or the number of vnodes if none can. They take turns,
 * so that a batch has memory of each and the host can release that of all nodes at the same time.
 */
static unsigned int next_giver(struct dynmem_balloon_adjust *adjust,
			       enum dynmem_balloon_kind kind)
{
	unsigned int i, vnode;

	for (i = 0; i < adjust->targets->vnodes; i++) {
		vnode = (adjust->next + i) % adjust->targets->vnodes;
		if (dynmem_balloon_targets_kind(adjust->targets, vnode) != kind)
			continue;
		adjust->next = vnode + 1;
		return vnode;
	}
	return adjust->targets->vnodes;
}

/* Lets the batch grow to @count units. Return: false if there are no more to be had. */
static bool gather(struct dynmem_balloon_adjust *adjust, size_t count)
{
	struct dynmem_balloon_batch *batch = &adjust->gathered;
	unsigned long end = jiffies + GATHER_TIME;
	unsigned int vnode;

	while (batch->count < count && !READ_ONCE(adjust->pause) && !time_after(jiffies, end)) {
		vnode = next_giver(adjust, batch->kind);
		if (vnode == adjust->targets->vnodes)
			return false;
		if (dynmem_balloon_blocks_alloc(vnode, batch->kind, dynmem_balloon_spare_kernel(),
						batch->pfns + batch->count)) {
			adjust->targets->course[vnode].unavailable = 0;
			batch->count++;
		} else {
			dynmem_balloon_targets_note_none(adjust->targets, vnode, batch->kind);
		}
		cond_resched();
	}
	return true;
}

/* Whether to gather on this vnode costs the host memory that it has not granted. */
static bool is_dear(const struct dynmem_balloon_course *course)
{
	return !course->settled && want_init_on_alloc(0) && !want_init_on_free();
}

/*
 * Whether what is gathered must not go: its vnode's target has fallen, or the host has just refused
 * some. Nothing else is on its way.
 */
static bool is_unwanted(const struct dynmem_balloon_adjust *adjust)
{
	unsigned int vnode;

	for (vnode = 0; vnode < adjust->targets->vnodes; vnode++) {
		const struct dynmem_balloon_course *course = &adjust->targets->course[vnode];
		u64 pages = dynmem_balloon_blocks_between(vnode);

		if (pages && (!dynmem_balloon_targets_is_due(&course->retry) ||
			      dynmem_balloon_blocks_held(vnode) + pages > course->target))
			return true;
	}
	return false;
}

/* Sends what is gathered as soon as the host is done with what was sent before. */
static int send_gathered(struct dynmem_balloon_adjust *adjust)
{
	int err = dynmem_balloon_adjust_collect(adjust);

	if (err < 0)
		return err;
	if (is_unwanted(adjust)) {
		dynmem_balloon_adjust_drop(adjust);
		return 1;
	}
	swap(adjust->sent, adjust->gathered);
	return dynmem_balloon_batch_send(&adjust->sent, &adjust->channel->inflation,
				       &dynmem_balloon_inflate) ?: 1;
}

/* Pages that may be given now, of @deficit that shall be given. */
static u64 may_give(u64 deficit, u64 gathered)
{
	u64 spare = (dynmem_balloon_spare() >> PAGE_SHIFT) + gathered;

	/* Near the floor it is not worth a request for each page that comes free. */
	if (spare < deficit && spare < gathered + DYNMEM_BALLOON_BLOCK_PAGES)
		return gathered;
	return min(deficit, spare);
}

/* The guest is at the floor, whatever its nodes have. */
static void note_floor(struct dynmem_balloon_adjust *adjust)
{
	unsigned int vnode, kind;

	for (vnode = 0; vnode < adjust->targets->vnodes; vnode++)
		for (kind = 0; kind < DYNMEM_BALLOON_KINDS; kind++)
			dynmem_balloon_targets_note_none(adjust->targets, vnode, kind);
}

/**
 * struct wanted - what vnodes can be asked for now
 * @deficit: pages
 * @kind: blocks first
 * @dear: it costs the host memory
 */
struct wanted {
	u64 deficit;
	enum dynmem_balloon_kind kind;
	bool dear;
};

static struct wanted wanted_of_all(const struct dynmem_balloon_adjust *adjust)
{
	struct wanted wanted = { .kind = DYNMEM_BALLOON_PAGES };
	enum dynmem_balloon_kind kind;
	unsigned int vnode;

	for (vnode = 0; vnode < adjust->targets->vnodes; vnode++) {
		kind = dynmem_balloon_targets_kind(adjust->targets, vnode);
		if (kind == DYNMEM_BALLOON_KINDS)
			continue;
		wanted.deficit += dynmem_balloon_targets_deficit(adjust->targets, vnode);
		wanted.kind = max(wanted.kind, kind);
		wanted.dear |= is_dear(&adjust->targets->course[vnode]);
	}
	return wanted;
}

/* One step of all vnodes whose balloons shall grow. Return: as dynmem_balloon_adjust_step(). */
static int inflate_step(struct dynmem_balloon_adjust *adjust)
{
	struct wanted wanted = wanted_of_all(adjust);
	struct dynmem_balloon_batch *batch = &adjust->gathered;
	u64 gathered = dynmem_balloon_batch_pages(batch);
	u64 limit;
	bool more;

	if (!batch->count) {
		if (!wanted.deficit)
			return dynmem_balloon_adjust_collect(adjust);
		batch->kind = wanted.kind;
		adjust->since = jiffies;
	}
	if (wanted.dear && adjust->sent.count)
		return dynmem_balloon_adjust_collect(adjust);
	limit = min(may_give(wanted.deficit + gathered, gathered) /
		    dynmem_balloon_units_pages(batch->kind),
		    dynmem_balloon_batch_limit(batch->kind));
	if (wanted.dear && batch->kind == DYNMEM_BALLOON_BLOCKS)
		limit = min(limit, LOT_CLEARED);
	if (!limit) {
		note_floor(adjust);
		return dynmem_balloon_adjust_collect(adjust);
	}
	more = gather(adjust, limit);
	if (READ_ONCE(adjust->pause)) {
		dynmem_balloon_adjust_drop(adjust);
		return dynmem_balloon_adjust_collect(adjust);
	}
	/* Without any, at once again: for single pages, or to hear that there are none. */
	if (!batch->count || (more && batch->count < limit &&
			      time_before(jiffies, adjust->since + LOT_AGE)))
		return 1;
	return send_gathered(adjust);
}

/*
 * Gives blocks and takes back as many single pages: the balloon stays as large as it is, and both
 * sides get memory in larger pieces. Return: as dynmem_balloon_adjust_step().
 */
static int replace_step(struct dynmem_balloon_adjust *adjust, unsigned int vnode, u64 limit)
{
	struct dynmem_balloon_course *course = &adjust->targets->course[vnode];
	struct dynmem_balloon_exchange *talk = &adjust->channel->talk;
	struct dynmem_balloon_outcome gave = {}, took = {};
	struct dynmem_balloon_batch *batch = &adjust->taken;
	int err;

	batch->kind = DYNMEM_BALLOON_BLOCKS;
	while (batch->count < limit &&
	       dynmem_balloon_blocks_alloc_free(vnode, dynmem_balloon_spare_kernel(),
						batch->pfns + batch->count))
		batch->count++;
	if (!batch->count) {
		dynmem_balloon_targets_put_off(&course->replace);
		return 0;
	}
	course->replace.delay = 0;
	err = dynmem_balloon_batch_move(batch, talk, &dynmem_balloon_inflate, &gave);
	if (err)
		return err;
	dynmem_balloon_batch_take(batch, vnode, DYNMEM_BALLOON_PAGES, gave.accepted);
	err = dynmem_balloon_batch_move(batch, talk, &dynmem_balloon_deflate, &took);
	if (err)
		return err;
	if (gave.refused || took.refused)
		dynmem_balloon_targets_put_off(&course->replace);
	return heed(adjust, &dynmem_balloon_inflate, &gave) ?:
	       heed(adjust, &dynmem_balloon_deflate, &took) ?: 1;
}

static int replace_any(struct dynmem_balloon_adjust *adjust)
{
	struct dynmem_balloon_course *course;
	unsigned int vnode;
	u64 limit;

	for (vnode = 0; vnode < adjust->targets->vnodes; vnode++) {
		course = &adjust->targets->course[vnode];
		if (READ_ONCE(adjust->pause))
			return 0;
		if (!dynmem_balloon_targets_is_due(&course->retry) ||
		    !dynmem_balloon_targets_is_due(&course->replace))
			continue;
		limit = min(dynmem_balloon_blocks_count(vnode, DYNMEM_BALLOON_PAGES),
			    dynmem_balloon_spare() >> PAGE_SHIFT) /
			DYNMEM_BALLOON_BLOCK_PAGES;
		if (limit)
			return replace_step(adjust, vnode, min(limit, REPLACE_BLOCKS));
	}
	return 0;
}

/**
 * dynmem_balloon_adjust_step - come a bit nearer to the targets
 * @adjust: the way from the stock to the targets
 *
 * Memory that the guest may have back goes first. When the balloon is as large as it can be, single
 * pages in it are replaced by blocks.
 *
 * Return: above 0 if there may be more to do; 0 if there is nothing to do for now, and nothing that
 * the host has not answered; or an error of dynmem_balloon_channel_request(); -ESTALE also if
 * everything should be announced again.
 */
int dynmem_balloon_adjust_step(struct dynmem_balloon_adjust *adjust)
{
	struct dynmem_balloon_targets *targets = adjust->targets;
	struct dynmem_balloon_course *course;
	int moved = 0, err;
	unsigned int vnode;
	u64 held, target;

	if (!targets->known)
		return 0;
	for (vnode = 0; vnode < targets->vnodes; vnode++) {
		course = &targets->course[vnode];
		held = dynmem_balloon_blocks_held(vnode);
		target = course->target;
		if (held >= target)
			course->settled = true;
		if (held <= target || !dynmem_balloon_targets_is_due(&course->retry))
			continue;
		err = deflate_step(adjust, vnode, held - target);
		if (err < 0)
			return err;
		moved += err;
	}
	return moved ?: inflate_step(adjust) ?: replace_any(adjust);
}

/* Tells the host of all that a vnode's stock holds of a kind, each unit once. */
static int announce(struct dynmem_balloon_adjust *adjust, unsigned int vnode,
		    enum dynmem_balloon_kind kind, struct dynmem_balloon_outcome *outcome)
{
	size_t left = dynmem_balloon_blocks_count(vnode, kind), taken;
	int err;

	for (; left; left -= taken) {
		taken = dynmem_balloon_batch_take(&adjust->taken, vnode, kind, left);
		if (!taken)
			break;
		err = dynmem_balloon_batch_move(&adjust->taken, &adjust->channel->talk,
						&dynmem_balloon_announce, outcome);
		if (err)
			return err;
	}
	return 0;
}

/**
 * dynmem_balloon_adjust_announce - tell the host of everything in the stock, after a HELLO
 * @adjust: the way from the stock to the targets
 *
 * What the host does not want is freed. Pages that the kernel was about to move when they were told
 * to stay may be missed: the host will refuse to return them, and then all is announced again.
 *
 * Return: 0 or what dynmem_balloon_channel_request() said.
 */
int dynmem_balloon_adjust_announce(struct dynmem_balloon_adjust *adjust)
{
	struct dynmem_balloon_outcome outcome = {};
	unsigned int vnode;
	int err = 0;

	for (vnode = 0; !err && vnode < dynmem_balloon_vnodes(); vnode++) {
		dynmem_balloon_blocks_begin_round(vnode);
		err = announce(adjust, vnode, DYNMEM_BALLOON_PAGES, &outcome) ?:
		      announce(adjust, vnode, DYNMEM_BALLOON_BLOCKS, &outcome);
		dynmem_balloon_blocks_end_round(vnode);
	}
	if (outcome.refused)
		pr_warn("the host did not take %llu of %llu pages back into the balloon, reason %u\n",
			outcome.refused, outcome.refused + outcome.accepted, outcome.reason);
	return err;
}

/**
 * dynmem_balloon_adjust_give_back - empty the stock, whatever the host says
 * @adjust: the way from the stock to the targets; it counts how much was returned
 *
 * Pages that the host could not put memory behind are lost: to touch them would kill the VM.
 */
void dynmem_balloon_adjust_give_back(struct dynmem_balloon_adjust *adjust)
{
	struct dynmem_balloon_outcome outcome = {};
	struct dynmem_balloon_batch *batch = &adjust->taken;
	unsigned int vnode, kind;

	for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++)
		for (kind = 0; kind < DYNMEM_BALLOON_KINDS; kind++)
			while (dynmem_balloon_blocks_count(vnode, kind)) {
				/* Pages that are just being moved come back to the stock. */
				if (!dynmem_balloon_batch_take(batch, vnode, kind, U64_MAX))
					fsleep(USEC_PER_MSEC);
				dynmem_balloon_batch_move(batch, &adjust->channel->talk,
							  &dynmem_balloon_leave, &outcome);
			}
	if (outcome.failed)
		pr_err("the host could not return %llu pages: they are lost until reboot\n",
		       outcome.failed);
}
