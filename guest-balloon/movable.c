// SPDX-License-Identifier: GPL-2.0
/*
 * Movable single pages; see movable.h.
 *
 * The kernel's lists of ballooned pages (CONFIG_BALLOON_COMPACTION, CONFIG_BALLOON_MIGRATION) are
 * what makes them movable: it takes a page off its list, finds a new one, and asks us to put that
 * in its place. While it does, the page is on no list, but still counts as held.
 */
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>

#include "blocks.h"
#include "channel.h"
#include "movable.h"
#include "vnodes.h"

#define BATCH	512

/* How long a task waits for the host that moves a page: it may be anyone who needs memory. */
#define PATIENCE	HZ

/* How long the next moves wait for an answer that has taken longer than PATIENCE, PATIENCE each. */
#define SILENCE		(5UL * HZ)

/*
 * Held while a page moves; guards what follows. Nobody allocates memory under it, and one answer
 * is waited for no longer than SILENCE and twice PATIENCE, by all together, so whoever moves may
 * wait for it, in need of a block or not. If they did not, two who compact would each fail with
 * nearly all pages while the other one waits.
 */
static DEFINE_MUTEX(lock);
static bool may_move = true;
static struct dynmem_balloon_channel *host;	/* NULL: there is nobody to be told */

/*
 * A move that the host has not answered in time, or so that nobody knows whether it has taken
 * place. The kernel believes that it has. Both pages are kept from it, as the host may yet take
 * either; one of them counts as held. While there is such a move, nothing else is moved.
 */
static struct {
	struct balloon_dev_info *list;	/* of @page; NULL: there is no such move */
	struct page *newpage;
	struct page *page;
	int err;			/* what became of it; -EINPROGRESS: nothing yet */
	unsigned long since;		/* jiffies: when that began to be unknown */
} unsettled;

/*
 * What an answer means. Return: 0: moved; -EBUSY, -EAGAIN: not moved; -EINPROGRESS: none yet; or
 * another error: nobody knows.
 */
static int outcome(int err)
{
	if (err)
		return dynmem_balloon_channel_no_effect(err) ? -EAGAIN : err;
	return le32_to_cpu(dynmem_balloon_channel_results(&host->migration)->pages) ? 0 : -EBUSY;
}

static int tell(struct page *newpage, struct page *page)
{
	struct dynmem_balloon_exchange *exchange = &host->migration;
	struct virtio_dynmem_range *range = dynmem_balloon_channel_payload(exchange);
	u16 vnode = dynmem_balloon_vnodes_of(page_to_nid(page));

	range[0] = (struct virtio_dynmem_range) {
		.first = cpu_to_le64(page_to_pfn(newpage)),
		.pages = cpu_to_le32(1),
		.vnode = cpu_to_le16(vnode),
	};
	range[1] = (struct virtio_dynmem_range) {
		.first = cpu_to_le64(page_to_pfn(page)),
		.pages = cpu_to_le32(1),
		.vnode = cpu_to_le16(vnode),
	};
	if (dynmem_balloon_channel_send(exchange, VIRTIO_DYNMEM_MOVE, 0, 2, 2 * sizeof(*range)))
		return -EAGAIN;
	return outcome(dynmem_balloon_channel_wait_for(exchange, PATIENCE));
}

static void put(struct balloon_dev_info *list, struct page *page)
{
	/*
	 * Some kernels insist on locking the page at once. Who took it for a page that could be
	 * moved, when it had just been taken off its list, may hold the lock for a moment.
	 */
	while (page_count(page) > 1)
		cond_resched();
	balloon_page_enqueue(list, page);
}

/* Waits for an answer that is owed. Return: whether there is none any more. */
static bool settle(unsigned long patience)
{
	struct page *newpage = unsettled.newpage, *page = unsettled.page;

	if (!unsettled.list)
		return true;
	if (unsettled.err == -EINPROGRESS)
		unsettled.err = outcome(dynmem_balloon_channel_wait_for(&host->migration,
									patience));
	switch (unsettled.err) {
	case -EINPROGRESS:
		return false;
	case 0:
		dynmem_balloon_blocks_moved(newpage, page);
		put(unsettled.list, newpage);
		__free_page(page);
		break;
	case -EAGAIN:
	case -EBUSY:
		put(unsettled.list, page);
		__free_page(newpage);
		break;
	default:
		put(unsettled.list, page);
		dynmem_balloon_blocks_add(newpage);
	}
	unsettled.list = NULL;
	return true;
}

/* Moves a page that the kernel has isolated to @spare instead of where the kernel wants it. */
static int move_elsewhere(struct balloon_dev_info *list, struct page *spare, struct page *page)
{
	dynmem_balloon_blocks_moved(spare, page);
	dynmem_balloon_count_move();
	put(list, spare);
	return dynmem_balloon_give_page_up(list, page);
}

/* Ends a move to @newpage, a reference to which is ours, of which the host may yet make either. */
static int leave_unsettled(struct balloon_dev_info *list, struct page *newpage, struct page *page,
			   int err)
{
	get_page(page);
	unsettled.list = list;
	unsettled.newpage = newpage;
	unsettled.page = page;
	unsettled.err = err;
	unsettled.since = jiffies;
	return dynmem_balloon_give_page_up(list, page);
}

/*
 * Each vnode has a stock of its own, so a page that the kernel would have elsewhere, to take memory
 * offline, moves to @spare: one that is free where it is itself. What the kernel offers stays free.
 */
static int move(struct balloon_dev_info *list, struct page *newpage, struct page *spare,
		struct page *page)
{
	int err;

	/*
	 * A host that is slow once must not fail all that the kernel has isolated, as these are
	 * thousands of pages. A host that is silent must: the kernel would try each page ten times,
	 * and again and again to take memory offline.
	 */
	if (!may_move || !settle(time_before(jiffies, unsettled.since + SILENCE) ? PATIENCE : 0))
		return -EBUSY;
	err = host ? tell(spare ?: newpage, page) : 0;
	if (err == -EAGAIN || err == -EBUSY)
		return err;
	if (err) {
		if (!spare)
			get_page(newpage);
		return leave_unsettled(list, spare ?: newpage, page, err);
	}
	if (spare)
		return move_elsewhere(list, spare, page);
	dynmem_balloon_blocks_moved(newpage, page);
	return dynmem_balloon_replace_page(list, newpage, page);
}

static int migrate(struct balloon_dev_info *list, struct page *newpage, struct page *page,
		   enum migrate_mode mode)
{
	struct page *spare = NULL;
	int err = -EAGAIN;

	if (page_to_nid(newpage) != page_to_nid(page)) {
		spare = dynmem_balloon_blocks_alloc_spare(page);
		if (!spare)
			return -EAGAIN;
	}
	if (mode != MIGRATE_ASYNC)
		mutex_lock(&lock);
	else if (!mutex_trylock(&lock))
		goto out;
	err = move(list, newpage, spare, page);
	mutex_unlock(&lock);
out:
	if (spare && (err == -EAGAIN || err == -EBUSY))
		__free_page(spare);
	return err;
}

/**
 * dynmem_balloon_movable_init - start with none
 * @movable: the single pages of a vnode
 */
void dynmem_balloon_movable_init(struct dynmem_balloon_movable *movable)
{
	unsigned int i;

	movable->front = 0;
	movable->round = false;
	for (i = 0; i < ARRAY_SIZE(movable->lists); i++) {
		balloon_devinfo_init(&movable->lists[i]);
		movable->lists[i].migratepage = migrate;
	}
}

/**
 * dynmem_balloon_movable_put - hold a page
 * @movable: of the page's vnode
 * @page: allocated, not marked offline
 *
 * Context: may sleep.
 */
void dynmem_balloon_movable_put(struct dynmem_balloon_movable *movable, struct page *page)
{
	put(&movable->lists[movable->front], page);
}

/**
 * dynmem_balloon_movable_take - take pages that are held
 * @movable: of their vnode
 * @pfns: filled with their numbers
 * @count: how many are wanted
 *
 * Context: any but interrupts; may be called by reclaim.
 *
 * Return: how many were taken; less also while some are being moved.
 */
size_t dynmem_balloon_movable_take(struct dynmem_balloon_movable *movable, u64 *pfns, size_t count)
{
	struct page *page, *next;
	size_t taken = 0;
	LIST_HEAD(pages);

	balloon_page_list_dequeue(&movable->lists[!movable->front], &pages, count);
	list_for_each_entry(page, &pages, lru)
		taken++;
	if (taken < count && !movable->round)
		balloon_page_list_dequeue(&movable->lists[movable->front], &pages, count - taken);
	taken = 0;
	list_for_each_entry_safe(page, next, &pages, lru) {
		list_del(&page->lru);
		pfns[taken++] = page_to_pfn(page);
	}
	return taken;
}

/**
 * dynmem_balloon_movable_begin_round - make ready to take each page that is held once
 * @movable: of a vnode
 *
 * What is put back is not taken again until dynmem_balloon_movable_end_round().
 *
 * Context: may sleep; nobody else takes until then.
 */
void dynmem_balloon_movable_begin_round(struct dynmem_balloon_movable *movable)
{
	struct page *page, *next;
	LIST_HEAD(pages);

	/* Interrupts are off while they are taken: not all at a time. */
	while (balloon_page_list_dequeue(&movable->lists[!movable->front], &pages, BATCH)) {
		list_for_each_entry_safe(page, next, &pages, lru) {
			list_del(&page->lru);
			dynmem_balloon_movable_put(movable, page);
		}
		cond_resched();
	}
	movable->front = !movable->front;
	movable->round = true;
}

/**
 * dynmem_balloon_movable_end_round - the end of dynmem_balloon_movable_begin_round()
 * @movable: of that vnode
 */
void dynmem_balloon_movable_end_round(struct dynmem_balloon_movable *movable)
{
	movable->round = false;
}

static void allow(bool move, struct dynmem_balloon_channel *channel)
{
	mutex_lock(&lock);
	may_move = move;
	host = channel;
	mutex_unlock(&lock);
}

/**
 * dynmem_balloon_movable_tidy - settle a move that the host has answered late
 *
 * Context: may sleep; does not wait for the host.
 */
void dynmem_balloon_movable_tidy(void)
{
	mutex_lock(&lock);
	settle(0);
	mutex_unlock(&lock);
}

/**
 * dynmem_balloon_movable_stay - let no page move until further notice
 *
 * Context: one caller at a time; sleeps until a page that moves has moved, as long as requests to
 * the host take.
 */
void dynmem_balloon_movable_stay(void)
{
	mutex_lock(&lock);
	may_move = false;
	mutex_unlock(&lock);
	/* Without the lock: others give up at once meanwhile. */
	settle(MAX_SCHEDULE_TIMEOUT);
	allow(false, NULL);
}

/**
 * dynmem_balloon_movable_roam - let pages move without telling anybody: there is no device
 *
 * Context: after dynmem_balloon_movable_stay().
 */
void dynmem_balloon_movable_roam(void)
{
	allow(true, NULL);
}

/**
 * dynmem_balloon_movable_tell - let pages move, and tell the host
 * @channel: by which way; open until dynmem_balloon_movable_stay()
 *
 * Context: after dynmem_balloon_movable_stay().
 */
void dynmem_balloon_movable_tell(struct dynmem_balloon_channel *channel)
{
	allow(true, channel);
}
