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

/*
 * Held while a page moves, until the host has answered; guards the two below. Nobody allocates
 * memory under it, so whoever moves may wait for it, in need of a block or not. If they did not,
 * two who compact would each fail with nearly all pages while the other one waits.
 */
static DEFINE_MUTEX(lock);
static bool may_move = true;
static struct dynmem_balloon_channel *host;	/* NULL: there is nobody to be told */

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
	if (dynmem_balloon_channel_request(exchange, VIRTIO_DYNMEM_MOVE, 0, 2, 2 * sizeof(*range)))
		return -EAGAIN;
	return le32_to_cpu(dynmem_balloon_channel_results(exchange)->pages) ? 0 : -EBUSY;
}

static int migrate(struct balloon_dev_info *list, struct page *newpage, struct page *page,
		   enum migrate_mode mode)
{
	int err = -EAGAIN;

	/* Each vnode has a stock of its own. */
	if (page_to_nid(newpage) != page_to_nid(page))
		return -EBUSY;
	if (mode != MIGRATE_ASYNC)
		mutex_lock(&lock);
	else if (!mutex_trylock(&lock))
		return -EAGAIN;
	if (may_move)
		err = host ? tell(newpage, page) : 0;
	if (!err) {
		dynmem_balloon_blocks_moved(newpage, page);
		dynmem_balloon_replace_page(list, newpage, page);
	}
	mutex_unlock(&lock);
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
	/*
	 * Some kernels insist on locking the page at once. Who took it for a page that could be
	 * moved, when it had just been taken off its list, may hold the lock for a moment.
	 */
	while (page_count(page) > 1)
		cond_resched();
	balloon_page_enqueue(&movable->lists[movable->front], page);
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
 * dynmem_balloon_movable_stay - let no page move until further notice
 *
 * Context: sleeps until a page that moves has moved.
 */
void dynmem_balloon_movable_stay(void)
{
	allow(false, NULL);
}

/**
 * dynmem_balloon_movable_roam - let pages move without telling anybody: there is no device
 */
void dynmem_balloon_movable_roam(void)
{
	allow(true, NULL);
}

/**
 * dynmem_balloon_movable_tell - let pages move, and tell the host
 * @channel: by which way; open until dynmem_balloon_movable_stay()
 */
void dynmem_balloon_movable_tell(struct dynmem_balloon_channel *channel)
{
	allow(true, channel);
}
