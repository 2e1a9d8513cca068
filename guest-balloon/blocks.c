// SPDX-License-Identifier: GPL-2.0
/*
 * The stock of ballooned memory; see blocks.h.
 *
 * A page is in exactly one of three places: in the guest's allocator, in the stock, or *between*,
 * named by the page numbers that a caller got from alloc() or take() and must give to settle().
 * From alloc() until it is freed again a page is marked offline, so that a crash dump, hibernation
 * and /proc/kcore leave it out, and is counted as ballooned where the kernel shows that.
 */
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/page-flags.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/vmstat.h>

#include "blocks.h"
#include "compat.h"
#include "vnodes.h"

#if PAGE_SHIFT != VIRTIO_DYNMEM_PAGE_SHIFT
#error "dynmem_balloon needs a kernel with 4 KiB pages"
#endif

/* Never into the reserves, never a kill, one try at reclaim; of the node that was asked for. */
#define STOCK_GFP	(GFP_USER | __GFP_THISNODE | __GFP_NORETRY | __GFP_NOMEMALLOC | \
			 __GFP_NOWARN)

struct shelf {
	struct list_head list;	/* of first pages, by page->lru */
	unsigned long count;	/* units on @list */
};

/* Reclaim may come here for the keeper's sake, so nothing is allocated under this lock. */
static DEFINE_SPINLOCK(stock_lock);
static struct shelf stock[VIRTIO_DYNMEM_MAX_VNODES][DYNMEM_BALLOON_KINDS];	/* stock_lock */

/* Pages between the stock and the allocator. */
static atomic_long_t between[VIRTIO_DYNMEM_MAX_VNODES];

/* Constant after load. */
static bool lowers_memtotal;

static unsigned int order_of(enum dynmem_balloon_kind kind)
{
	return kind == DYNMEM_BALLOON_BLOCKS ? VIRTIO_DYNMEM_BLOCK_ORDER : 0;
}

/**
 * dynmem_balloon_blocks_init - start with an empty stock
 * @lower_memtotal: take ballooned pages off the guest's MemTotal
 */
void dynmem_balloon_blocks_init(bool lower_memtotal)
{
	unsigned int vnode, kind;

	lowers_memtotal = lower_memtotal;
	for (vnode = 0; vnode < VIRTIO_DYNMEM_MAX_VNODES; vnode++)
		for (kind = 0; kind < DYNMEM_BALLOON_KINDS; kind++)
			INIT_LIST_HEAD(&stock[vnode][kind].list);
}

/**
 * dynmem_balloon_blocks_lower_memtotal - whether ballooned pages are off the guest's MemTotal
 *
 * Return: as given to dynmem_balloon_blocks_init().
 */
bool dynmem_balloon_blocks_lower_memtotal(void)
{
	return lowers_memtotal;
}

static void account(struct page *page, long pages)
{
	if (lowers_memtotal)
		adjust_managed_page_count(page, -pages);
	dynmem_balloon_count_pages(page, pages);
}

/*
 * The pages cannot be moved, but are taken as if they could: from the holes between movable pages.
 * The kernel would make room for unmovable ones by setting whole blocks aside for their kind, which
 * costs a fragmented guest the contiguous memory it has left. Without __GFP_HIGHMEM this is never
 * memory that was onlined as movable; but it may be CMA's, if there is any, and that must not be.
 */
static gfp_t stock_gfp(void)
{
	return STOCK_GFP | (global_zone_page_state(NR_FREE_CMA_PAGES) ? 0 : __GFP_MOVABLE);
}

static bool alloc(unsigned int vnode, enum dynmem_balloon_kind kind, gfp_t gfp, u64 *pfn)
{
	unsigned int unit = dynmem_balloon_blocks_unit(kind);
	struct page *page;
	unsigned int i;

	page = alloc_pages_node(dynmem_balloon_vnodes_nid(vnode), gfp, order_of(kind));
	if (!page)
		return false;
	for (i = 0; i < unit; i++)
		__SetPageOffline(page + i);
	account(page, unit);
	atomic_long_add(unit, &between[vnode]);
	*pfn = page_to_pfn(page);
	return true;
}

/**
 * dynmem_balloon_blocks_alloc - take a unit from the guest's allocator
 * @vnode: on which
 * @kind: a page or a block
 * @pfn: set to its first page
 *
 * The caller owes it to dynmem_balloon_blocks_settle().
 *
 * Context: may sleep and reclaim.
 *
 * Return: false if there is none to be had.
 */
bool dynmem_balloon_blocks_alloc(unsigned int vnode, enum dynmem_balloon_kind kind, u64 *pfn)
{
	return alloc(vnode, kind, stock_gfp(), pfn);
}

/**
 * dynmem_balloon_blocks_alloc_free - take a block that is free from the guest's allocator
 * @vnode: on which
 * @pfn: set to its first page
 *
 * As dynmem_balloon_blocks_alloc(), but nothing is moved or reclaimed to make one: where there is
 * none, the kernel is only reminded to make some in the background.
 *
 * Return: false if there is none.
 */
bool dynmem_balloon_blocks_alloc_free(unsigned int vnode, u64 *pfn)
{
	return alloc(vnode, DYNMEM_BALLOON_BLOCKS, stock_gfp() & ~__GFP_DIRECT_RECLAIM, pfn);
}

static void hold(unsigned int vnode, enum dynmem_balloon_kind kind, struct page *page)
{
	struct shelf *shelf = &stock[vnode][kind];

	spin_lock(&stock_lock);
	list_add_tail(&page->lru, &shelf->list);
	shelf->count++;
	spin_unlock(&stock_lock);
}

static void release(enum dynmem_balloon_kind kind, struct page *page)
{
	unsigned int unit = dynmem_balloon_blocks_unit(kind);
	unsigned int i;

	account(page, -(long)unit);
	for (i = 0; i < unit; i++)
		__ClearPageOffline(page + i);
	__free_pages(page, order_of(kind));
}

static void finish(unsigned int vnode, enum dynmem_balloon_kind kind, struct page *page,
		   enum dynmem_balloon_fate fate)
{
	switch (fate) {
	case DYNMEM_BALLOON_HOLD:
		hold(vnode, kind, page);
		break;
	case DYNMEM_BALLOON_FREE:
		release(kind, page);
		break;
	case DYNMEM_BALLOON_LEAK:
		break;
	}
}

/**
 * dynmem_balloon_blocks_settle - decide on a range that was between stock and allocator
 * @vnode: whose pages they are
 * @kind: what they were allocated as
 * @first: the first page
 * @pages: how many, a multiple of the unit
 * @accepted: how many of them, from the first, the host accepted
 * @fate_accepted: what becomes of those
 * @fate_rest: what becomes of the others
 *
 * A block that the host accepted in part is split into pages.
 *
 * Context: may sleep.
 */
void dynmem_balloon_blocks_settle(unsigned int vnode, enum dynmem_balloon_kind kind, u64 first,
				  u64 pages, u64 accepted, enum dynmem_balloon_fate fate_accepted,
				  enum dynmem_balloon_fate fate_rest)
{
	unsigned int unit = dynmem_balloon_blocks_unit(kind);
	struct page *page;
	unsigned int i;
	u64 done;

	for (done = 0; done < pages; done += unit) {
		page = pfn_to_page(first + done);
		if (done + unit <= accepted) {
			finish(vnode, kind, page, fate_accepted);
		} else if (done >= accepted) {
			finish(vnode, kind, page, fate_rest);
		} else {
			split_page(page, VIRTIO_DYNMEM_BLOCK_ORDER);
			for (i = 0; i < unit; i++)
				finish(vnode, DYNMEM_BALLOON_PAGES, page + i,
				       done + i < accepted ? fate_accepted : fate_rest);
		}
		cond_resched();
	}
	atomic_long_sub(pages, &between[vnode]);
}

/**
 * dynmem_balloon_blocks_take - take units out of the stock
 * @vnode: whose
 * @kind: pages or blocks
 * @pfns: filled with their first pages, those first that have been held longest
 * @count: how many are wanted
 *
 * The caller owes them to dynmem_balloon_blocks_settle().
 *
 * Return: how many were taken.
 */
size_t dynmem_balloon_blocks_take(unsigned int vnode, enum dynmem_balloon_kind kind, u64 *pfns,
				  size_t count)
{
	struct shelf *shelf = &stock[vnode][kind];
	struct page *page;
	size_t taken = 0;

	spin_lock(&stock_lock);
	while (taken < count && !list_empty(&shelf->list)) {
		page = list_first_entry(&shelf->list, struct page, lru);
		list_del(&page->lru);
		shelf->count--;
		pfns[taken++] = page_to_pfn(page);
	}
	spin_unlock(&stock_lock);
	atomic_long_add(taken * dynmem_balloon_blocks_unit(kind), &between[vnode]);
	return taken;
}

/**
 * dynmem_balloon_blocks_split - turn a held block into held pages
 * @vnode: whose
 *
 * Return: false if it holds no block.
 */
bool dynmem_balloon_blocks_split(unsigned int vnode)
{
	struct page *page;
	unsigned int i;
	u64 pfn;

	if (!dynmem_balloon_blocks_take(vnode, DYNMEM_BALLOON_BLOCKS, &pfn, 1))
		return false;
	page = pfn_to_page(pfn);
	split_page(page, VIRTIO_DYNMEM_BLOCK_ORDER);
	for (i = 0; i < DYNMEM_BALLOON_BLOCK_PAGES; i++)
		hold(vnode, DYNMEM_BALLOON_PAGES, page + i);
	atomic_long_sub(DYNMEM_BALLOON_BLOCK_PAGES, &between[vnode]);
	return true;
}

/**
 * dynmem_balloon_blocks_count - how much of a kind a vnode's stock holds
 * @vnode: whose
 * @kind: pages or blocks
 *
 * Return: in units.
 */
unsigned long dynmem_balloon_blocks_count(unsigned int vnode, enum dynmem_balloon_kind kind)
{
	return READ_ONCE(stock[vnode][kind].count);
}

/**
 * dynmem_balloon_blocks_held - how much a vnode's stock holds
 * @vnode: whose
 *
 * Return: in pages.
 */
u64 dynmem_balloon_blocks_held(unsigned int vnode)
{
	return (u64)dynmem_balloon_blocks_count(vnode, DYNMEM_BALLOON_BLOCKS) *
		       DYNMEM_BALLOON_BLOCK_PAGES +
	       dynmem_balloon_blocks_count(vnode, DYNMEM_BALLOON_PAGES);
}

/**
 * dynmem_balloon_blocks_between - how much of a vnode is on its way into the stock or out of it
 * @vnode: whose
 *
 * Return: in pages.
 */
u64 dynmem_balloon_blocks_between(unsigned int vnode)
{
	return atomic_long_read(&between[vnode]);
}

/**
 * dynmem_balloon_blocks_held_all - how much the stock holds
 *
 * Return: in pages.
 */
u64 dynmem_balloon_blocks_held_all(void)
{
	unsigned int vnode;
	u64 pages = 0;

	for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++)
		pages += dynmem_balloon_blocks_held(vnode);
	return pages;
}
