// SPDX-License-Identifier: GPL-2.0
/*
 * Moves pages between the guest's allocator, the stock and the host; see inflate.h.
 *
 * Pages move in batches (batch.h), first whole blocks, then single pages for the rest.
 *
 * Gathering a batch can take long if the guest must first reclaim memory, or the host must first
 * find memory. So the driver gathers in steps, and the session sends other requests between two
 * steps. While the driver gathers one batch, the host releases the pages of the previous one.
 */
#include <linux/bitops.h>
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/minmax.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

#include "channel.h"
#include "inflate.h"
#include "plug.h"
#include "spare.h"
#include "stock.h"
#include "targets.h"
#include "vnodes.h"

/*
 * Blocks in a batch while gathering is costly (course_is_costly()). If the guest's kernel clears
 * each page that it allocates, it touches the pages of a batch. So the host must provide memory for
 * these pages, only to release that memory afterwards. Until the balloon reaches its target for the
 * first time, the host has not granted this memory. So such a batch is only 128 MiB, and the driver
 * gathers the next batch after the host has released this one.
 */
#define BATCH_CLEARED	64
/* The longest time for which one step gathers, in jiffies. */
#define GATHER_TIME	(HZ / 10)
/* The age at which a batch is sent although it is not full, in jiffies. */
#define BATCH_AGE	(2UL * HZ)
/* The most blocks that replace single pages in one step. These single pages fit into one batch. */
#define REPLACE_BLOCKS	(DYNMEM_BALLOON_BATCH_PAGES / DYNMEM_BALLOON_BLOCK_PAGES)

int dynmem_balloon_inflate_init(struct dynmem_balloon_inflate *inflate,
				struct dynmem_balloon_channel *channel,
				struct dynmem_balloon_targets *targets)
{
	inflate->channel = channel;
	inflate->targets = targets;
	init_waitqueue_head(&inflate->waiters);
	if (dynmem_balloon_batch_init(&inflate->taken) ||
	    dynmem_balloon_batch_init(&inflate->gathered) ||
	    dynmem_balloon_batch_init(&inflate->sent)) {
		dynmem_balloon_inflate_exit(inflate);
		return -ENOMEM;
	}
	return 0;
}

void dynmem_balloon_inflate_exit(struct dynmem_balloon_inflate *inflate)
{
	dynmem_balloon_batch_exit(&inflate->taken);
	dynmem_balloon_batch_exit(&inflate->gathered);
	dynmem_balloon_batch_exit(&inflate->sent);
}

static void count_returned(struct dynmem_balloon_inflate *inflate, unsigned int vnode, u64 pages)
{
	WRITE_ONCE(inflate->returned_at[vnode], jiffies);
	atomic64_add(pages, &inflate->returned[vnode]);
	wake_up_all(&inflate->waiters);
}

/*
 * Puts off further requests for each vnode of which the host refused pages. The other vnodes in
 * @outcome need not wait any longer. Return: 0, or -ESTALE if host and guest disagree on which
 * pages are in the balloon.
 */
static int inflate_heed_outcome(struct dynmem_balloon_inflate *inflate,
				const struct dynmem_balloon_batch_op *op,
				const struct dynmem_balloon_outcome *outcome)
{
	unsigned int vnode;

	for_each_set_bit(vnode, &outcome->vnodes, VIRTIO_DYNMEM_MAX_VNODES) {
		struct dynmem_balloon_course *course = &inflate->targets->course[vnode];

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
		dynmem_balloon_targets_read_config(inflate->targets);
	return outcome->reason == VIRTIO_DYNMEM_R_TWICE ? -ESTALE : 0;
}

/*
 * Takes back blocks. If the excess is below one block, or the stock holds no block, takes back
 * single pages. If the stock holds no single pages, splits a block first.
 */
static int deflate_step(struct dynmem_balloon_inflate *inflate, unsigned int vnode, u64 excess)
{
	struct dynmem_balloon_outcome outcome = {};
	struct dynmem_balloon_batch *batch = &inflate->taken;
	size_t taken;
	int err;

	taken = dynmem_balloon_batch_take(batch, vnode, DYNMEM_BALLOON_BLOCKS,
					  excess / DYNMEM_BALLOON_BLOCK_PAGES);
	if (!taken) {
		if (!dynmem_balloon_stock_count(vnode, DYNMEM_BALLOON_PAGES))
			dynmem_balloon_stock_split(vnode);
		taken = dynmem_balloon_batch_take(batch, vnode, DYNMEM_BALLOON_PAGES, excess);
	}
	err = dynmem_balloon_batch_move(batch, &inflate->channel->talk,
					&dynmem_balloon_batch_deflate, &outcome);
	if (outcome.accepted)
		count_returned(inflate, vnode, outcome.accepted);
	if (err)
		return err;
	return inflate_heed_outcome(inflate, &dynmem_balloon_batch_deflate, &outcome) ?: taken > 0;
}

void dynmem_balloon_inflate_drop(struct dynmem_balloon_inflate *inflate)
{
	u64 pages[VIRTIO_DYNMEM_MAX_VNODES];
	unsigned int vnode;

	for (vnode = 0; vnode < VIRTIO_DYNMEM_MAX_VNODES; vnode++)
		pages[vnode] = dynmem_balloon_batch_pages_of(&inflate->gathered, vnode);
	dynmem_balloon_batch_free(&inflate->gathered);
	for (vnode = 0; vnode < VIRTIO_DYNMEM_MAX_VNODES; vnode++)
		if (pages[vnode])
			count_returned(inflate, vnode, pages[vnode]);
}

void dynmem_balloon_inflate_relieve(struct dynmem_balloon_inflate *inflate)
{
	unsigned int vnode;

	dynmem_balloon_inflate_drop(inflate);
	for (vnode = 0; vnode < inflate->targets->vnodes; vnode++)
		if (dynmem_balloon_stock_held(vnode) > inflate->targets->course[vnode].target)
			inflate->targets->course[vnode].retry.delay = 0;
}

int dynmem_balloon_inflate_collect(struct dynmem_balloon_inflate *inflate)
{
	struct dynmem_balloon_outcome outcome = {};
	int err;

	if (!inflate->sent.count)
		return 0;
	err = dynmem_balloon_batch_settle(&inflate->sent, &inflate->channel->inflation,
					  &dynmem_balloon_batch_inflate, &outcome);
	if (err)
		return err;
	return inflate_heed_outcome(inflate, &dynmem_balloon_batch_inflate, &outcome) ?: 1;
}

/*
 * The vnode whose turn it is to give a unit, or the number of vnodes if none can give one. Vnodes
 * take turns, so that a batch has pages of all vnodes and the host can release pages of all its
 * nodes at the same time.
 */
static unsigned int next_giver(struct dynmem_balloon_inflate *inflate,
			       enum dynmem_balloon_kind kind)
{
	unsigned int i, vnode;

	for (i = 0; i < inflate->targets->vnodes; i++) {
		vnode = (inflate->next + i) % inflate->targets->vnodes;
		if (dynmem_balloon_targets_kind(inflate->targets, vnode) != kind)
			continue;
		inflate->next = vnode + 1;
		return vnode;
	}
	return inflate->targets->vnodes;
}

/*
 * Fills the batch up to @count units, within GATHER_TIME. Return: false if no vnode can give
 * another unit.
 */
static bool inflate_gather(struct dynmem_balloon_inflate *inflate, size_t count)
{
	struct dynmem_balloon_batch *batch = &inflate->gathered;
	unsigned long end = jiffies + GATHER_TIME;
	unsigned int vnode;

	while (batch->count < count && !READ_ONCE(inflate->pause) && !time_after(jiffies, end)) {
		vnode = next_giver(inflate, batch->kind);
		if (vnode == inflate->targets->vnodes)
			return false;
		if (dynmem_balloon_stock_alloc(vnode, batch->kind, dynmem_balloon_spare_kernel(),
					       batch->pfns + batch->count)) {
			inflate->targets->course[vnode].unavailable = 0;
			batch->count++;
		} else {
			dynmem_balloon_targets_note_none(inflate->targets, vnode, batch->kind);
		}
		cond_resched();
	}
	return true;
}

/* Whether gathering on this vnode uses memory that was not granted; see BATCH_CLEARED. */
static bool course_is_costly(const struct dynmem_balloon_course *course)
{
	return !course->settled && want_init_on_alloc(0) && !want_init_on_free();
}

/*
 * Whether the gathered units must not be sent, because the target of a vnode has fallen or the host
 * has refused pages of that vnode. When this function runs, @sent and @taken are empty, so all
 * pages between stock and allocator are in @gathered.
 */
static bool gathered_is_unwanted(const struct dynmem_balloon_inflate *inflate)
{
	unsigned int vnode;

	for (vnode = 0; vnode < inflate->targets->vnodes; vnode++) {
		const struct dynmem_balloon_course *course = &inflate->targets->course[vnode];
		u64 pages = dynmem_balloon_stock_between(vnode);

		if (pages && (!dynmem_balloon_targets_is_due(&course->retry) ||
			      dynmem_balloon_stock_held(vnode) + pages > course->target))
			return true;
	}
	return false;
}

/* Waits for the answer to the previous batch, then sends the gathered units or frees them. */
static int send_gathered(struct dynmem_balloon_inflate *inflate)
{
	int err = dynmem_balloon_inflate_collect(inflate);

	if (err < 0)
		return err;
	if (gathered_is_unwanted(inflate)) {
		dynmem_balloon_inflate_drop(inflate);
		return 1;
	}
	swap(inflate->sent, inflate->gathered);
	return dynmem_balloon_batch_send(&inflate->sent, &inflate->channel->inflation,
					 &dynmem_balloon_batch_inflate) ?: 1;
}

/*
 * @deficit: pages that are wanted from the guest. @gathered: how many of these are allocated
 * already. Return: how many pages of @deficit the guest can spare, including the @gathered ones.
 */
static u64 inflate_allowance(u64 deficit, u64 gathered)
{
	u64 spare = (dynmem_balloon_spare() >> PAGE_SHIFT) + gathered;

	/*
	 * Near the floor (spare.h), spare pages appear one by one. One page is not worth a request,
	 * so gather no more until the guest can spare another block, or all of @deficit.
	 */
	if (spare < deficit && spare < gathered + DYNMEM_BALLOON_BLOCK_PAGES)
		return gathered;
	return min(deficit, spare);
}

/*
 * Notes that no vnode can give any unit, because the guest is at the floor. This is noted even for
 * vnodes with free memory.
 */
static void note_floor(struct dynmem_balloon_inflate *inflate)
{
	unsigned int vnode, kind;

	for (vnode = 0; vnode < inflate->targets->vnodes; vnode++)
		for (kind = 0; kind < DYNMEM_BALLOON_KINDS; kind++)
			dynmem_balloon_targets_note_none(inflate->targets, vnode, kind);
}

/* The units that all vnodes together can be asked for now. */
struct wanted {
	u64 deficit;			/* pages by which the vnodes are below their targets */
	enum dynmem_balloon_kind kind;	/* blocks if any vnode can be asked for blocks */
	bool costly;			/* course_is_costly() for any of the vnodes */
};

static struct wanted wanted_of_all(const struct dynmem_balloon_inflate *inflate)
{
	struct wanted wanted = { .kind = DYNMEM_BALLOON_PAGES };
	enum dynmem_balloon_kind kind;
	unsigned int vnode;

	for (vnode = 0; vnode < inflate->targets->vnodes; vnode++) {
		kind = dynmem_balloon_targets_kind(inflate->targets, vnode);
		if (kind == DYNMEM_BALLOON_KINDS)
			continue;
		wanted.deficit += dynmem_balloon_targets_deficit(inflate->targets, vnode);
		wanted.kind = max(wanted.kind, kind);
		wanted.costly |= course_is_costly(&inflate->targets->course[vnode]);
	}
	return wanted;
}

/* Inflates all vnodes by a step. Return: as dynmem_balloon_inflate_step(). */
static int inflate_step(struct dynmem_balloon_inflate *inflate)
{
	struct wanted wanted = wanted_of_all(inflate);
	struct dynmem_balloon_batch *batch = &inflate->gathered;
	u64 gathered = dynmem_balloon_batch_pages(batch);
	u64 limit;
	bool more;

	if (!batch->count) {
		if (!wanted.deficit)
			return dynmem_balloon_inflate_collect(inflate);
		batch->kind = wanted.kind;
		inflate->since = jiffies;
	}
	if (wanted.costly && inflate->sent.count)
		return dynmem_balloon_inflate_collect(inflate);
	limit = min(inflate_allowance(wanted.deficit + gathered, gathered) /
		    dynmem_balloon_units_pages(batch->kind),
		    dynmem_balloon_batch_limit(batch->kind));
	if (wanted.costly && batch->kind == DYNMEM_BALLOON_BLOCKS)
		limit = min(limit, BATCH_CLEARED);
	if (!limit) {
		note_floor(inflate);
		return dynmem_balloon_inflate_collect(inflate);
	}
	more = inflate_gather(inflate, limit);
	if (READ_ONCE(inflate->pause)) {
		dynmem_balloon_inflate_drop(inflate);
		return dynmem_balloon_inflate_collect(inflate);
	}
	/*
	 * If vnodes have more units, a batch that is neither full nor old waits for the next step.
	 * If the batch is empty, the next step tries single pages, or finds that none are left.
	 */
	if (!batch->count || (more && batch->count < limit &&
			      time_before(jiffies, inflate->since + BATCH_AGE)))
		return 1;
	return send_gathered(inflate);
}

/*
 * Gives blocks and takes back the same amount in single pages. The balloon keeps its size, and
 * memory of host and guest becomes less fragmented. Return: as dynmem_balloon_inflate_step().
 */
static int replace_step(struct dynmem_balloon_inflate *inflate, unsigned int vnode, u64 limit)
{
	struct dynmem_balloon_course *course = &inflate->targets->course[vnode];
	struct dynmem_balloon_exchange *talk = &inflate->channel->talk;
	struct dynmem_balloon_outcome gave = {}, took = {};
	struct dynmem_balloon_batch *batch = &inflate->taken;
	int err;

	batch->kind = DYNMEM_BALLOON_BLOCKS;
	while (batch->count < limit &&
	       dynmem_balloon_stock_alloc_free(vnode, dynmem_balloon_spare_kernel(),
					       batch->pfns + batch->count))
		batch->count++;
	if (!batch->count) {
		dynmem_balloon_targets_put_off(&course->replace);
		return 0;
	}
	course->replace.delay = 0;
	err = dynmem_balloon_batch_move(batch, talk, &dynmem_balloon_batch_inflate, &gave);
	if (err)
		return err;
	dynmem_balloon_batch_take(batch, vnode, DYNMEM_BALLOON_PAGES, gave.accepted);
	err = dynmem_balloon_batch_move(batch, talk, &dynmem_balloon_batch_deflate, &took);
	if (err)
		return err;
	if (gave.refused || took.refused)
		dynmem_balloon_targets_put_off(&course->replace);
	return inflate_heed_outcome(inflate, &dynmem_balloon_batch_inflate, &gave) ?:
	       inflate_heed_outcome(inflate, &dynmem_balloon_batch_deflate, &took) ?: 1;
}

/* Replaces single pages by blocks, in the first vnode with enough single pages for a block. */
static int replace_singles(struct dynmem_balloon_inflate *inflate)
{
	struct dynmem_balloon_course *course;
	unsigned int vnode;
	u64 limit;

	for (vnode = 0; vnode < inflate->targets->vnodes; vnode++) {
		course = &inflate->targets->course[vnode];
		if (READ_ONCE(inflate->pause))
			return 0;
		if (!dynmem_balloon_targets_is_due(&course->retry) ||
		    !dynmem_balloon_targets_is_due(&course->replace))
			continue;
		limit = min(dynmem_balloon_stock_count(vnode, DYNMEM_BALLOON_PAGES),
			    dynmem_balloon_spare() >> PAGE_SHIFT) /
			DYNMEM_BALLOON_BLOCK_PAGES;
		if (limit)
			return replace_step(inflate, vnode, min(limit, REPLACE_BLOCKS));
	}
	return 0;
}

int dynmem_balloon_inflate_step(struct dynmem_balloon_inflate *inflate)
{
	struct dynmem_balloon_targets *targets = inflate->targets;
	struct dynmem_balloon_course *course;
	int moved = 0, err;
	unsigned int vnode;
	u64 held, target;

	if (!targets->known)
		return 0;
	for (vnode = 0; vnode < targets->vnodes; vnode++) {
		course = &targets->course[vnode];
		held = dynmem_balloon_stock_held(vnode);
		target = course->target;
		if (held >= target)
			course->settled = true;
		if (held <= target || !dynmem_balloon_targets_is_due(&course->retry))
			continue;
		err = deflate_step(inflate, vnode, held - target);
		if (err < 0)
			return err;
		moved += err;
	}
	return moved ?: inflate_step(inflate) ?: replace_singles(inflate);
}

/* Announces each unit of @kind in the stock of @vnode once. */
static int announce_vnode(struct dynmem_balloon_inflate *inflate, unsigned int vnode,
			  enum dynmem_balloon_kind kind, struct dynmem_balloon_outcome *outcome)
{
	size_t left = dynmem_balloon_stock_count(vnode, kind), taken;
	int err;

	for (; left; left -= taken) {
		taken = dynmem_balloon_batch_take(&inflate->taken, vnode, kind, left);
		if (!taken)
			break;
		err = dynmem_balloon_batch_move(&inflate->taken, &inflate->channel->talk,
						&dynmem_balloon_batch_announce, outcome);
		if (err)
			return err;
	}
	return 0;
}

/* Announces the absent blocks, and forgets those whose memory the host has removed. */
static int announce_absent(struct dynmem_balloon_inflate *inflate)
{
	struct dynmem_balloon_exchange *talk = &inflate->channel->talk;
	struct virtio_dynmem_range *range = dynmem_balloon_channel_payload(talk);
	const struct virtio_dynmem_result *result;
	u64 from = 0;
	u32 count, i;
	int err;

	while ((count = dynmem_balloon_plug_ranges(&from, range, DYNMEM_BALLOON_RANGES))) {
		err = dynmem_balloon_channel_request(talk, VIRTIO_DYNMEM_INFLATE,
						     VIRTIO_DYNMEM_F_HELD, count,
						     count * sizeof(*range));
		if (err)
			return err;
		result = dynmem_balloon_channel_results(talk);
		for (i = 0; i < talk->count; i++)
			if (le16_to_cpu(result[i].reason) == VIRTIO_DYNMEM_R_RANGE)
				dynmem_balloon_plug_forget(le64_to_cpu(range[i].first));
	}
	return 0;
}

int dynmem_balloon_inflate_announce(struct dynmem_balloon_inflate *inflate)
{
	struct dynmem_balloon_outcome outcome = {};
	unsigned int vnode;
	int err = 0;

	for (vnode = 0; !err && vnode < dynmem_balloon_vnodes(); vnode++) {
		dynmem_balloon_stock_begin_round(vnode);
		err = announce_vnode(inflate, vnode, DYNMEM_BALLOON_PAGES, &outcome) ?:
		      announce_vnode(inflate, vnode, DYNMEM_BALLOON_BLOCKS, &outcome);
		dynmem_balloon_stock_end_round(vnode);
	}
	if (outcome.refused)
		pr_warn("the host did not take %llu of %llu pages back into the balloon, reason %u\n",
			outcome.refused, outcome.refused + outcome.accepted, outcome.reason);
	return err ?: announce_absent(inflate);
}

void dynmem_balloon_inflate_give_back(struct dynmem_balloon_inflate *inflate)
{
	struct dynmem_balloon_outcome outcome = {};
	struct dynmem_balloon_batch *batch = &inflate->taken;
	unsigned int vnode, kind;

	for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++)
		for (kind = 0; kind < DYNMEM_BALLOON_KINDS; kind++)
			while (dynmem_balloon_stock_count(vnode, kind)) {
				/* Wait until pages that the kernel has isolated are back. */
				if (!dynmem_balloon_batch_take(batch, vnode, kind, U64_MAX))
					fsleep(USEC_PER_MSEC);
				dynmem_balloon_batch_move(batch, &inflate->channel->talk,
							  &dynmem_balloon_batch_leave, &outcome);
			}
	if (outcome.failed)
		pr_err("the host could not return %llu pages: they are lost until reboot\n",
		       outcome.failed);
}
