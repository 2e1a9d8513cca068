// SPDX-License-Identifier: GPL-2.0
/* The stock of ballooned memory; see stock.h. The kernel may move its single pages (migrate.c). */
#include <linux/atomic.h>
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/vmstat.h>

#include "compat.h"
#include "mark.h"
#include "stock.h"
#include "vnodes.h"

#if PAGE_SHIFT != VIRTIO_DYNMEM_PAGE_SHIFT
#error "dynmem_balloon needs a kernel with 4 KiB pages"
#endif

/* These flags mean: one node only, no memory reserves, one try at reclaim, and no OOM kill. */
#define STOCK_GFP	(GFP_USER | __GFP_THISNODE | __GFP_NORETRY | __GFP_NOMEMALLOC | \
			 __GFP_NOWARN)

/*
 * Guards the stock. No memory may be allocated under this lock, since the shrinker in retain.c also
 * takes the lock.
 */
static DEFINE_SPINLOCK(stock_lock);

/* The stock of one vnode. stock_lock guards @blocks, and changes of @count. */
struct shelf {
	struct list_head blocks;			/* linked by the first page's lru */
	struct dynmem_balloon_singles pages;		/* guarded as singles.h says */
	unsigned long count[DYNMEM_BALLOON_KINDS];	/* units */
	atomic_long_t absent;				/* blocks */
};

static struct shelf stock[VIRTIO_DYNMEM_MAX_VNODES];

/* The first page of each block on a shelf has this as its private value. */
#define ON_SHELF	((unsigned long)stock)

/* Pages between stock and allocator. */
static atomic_long_t between[VIRTIO_DYNMEM_MAX_VNODES];

static unsigned int stock_order(enum dynmem_balloon_kind kind)
{
	return kind == DYNMEM_BALLOON_BLOCKS ? VIRTIO_DYNMEM_BLOCK_ORDER : 0;
}

void dynmem_balloon_stock_init(dynmem_balloon_migrate_fn migrate)
{
	unsigned int vnode;

	for (vnode = 0; vnode < VIRTIO_DYNMEM_MAX_VNODES; vnode++) {
		INIT_LIST_HEAD(&stock[vnode].blocks);
		dynmem_balloon_singles_init(&stock[vnode].pages, migrate);
	}
}

/*
 * Blocks cannot be moved, but are allocated as movable, so that they come from movable pageblocks.
 * For unmovable allocations the kernel would convert pageblocks to unmovable ones, which costs a
 * fragmented guest its last contiguous memory. Without __GFP_HIGHMEM blocks never come from
 * ZONE_MOVABLE. Movable allocations may come from CMA, whose pages must stay movable. So on a node
 * with CMA, blocks are allocated as unmovable.
 */
static gfp_t stock_gfp(unsigned int vnode, enum dynmem_balloon_kind kind)
{
	struct zone *zones = NODE_DATA(dynmem_balloon_vnodes_nid(vnode))->node_zones;
	unsigned int i;

	if (kind == DYNMEM_BALLOON_PAGES && DYNMEM_BALLOON_MOVES)
		return STOCK_GFP | __GFP_HIGHMEM | __GFP_MOVABLE;
	for (i = 0; i < MAX_NR_ZONES; i++)
		if (zone_cma_pages(&zones[i]))
			return STOCK_GFP;
	return STOCK_GFP | __GFP_MOVABLE;
}

static struct page *alloc_unit(unsigned int vnode, enum dynmem_balloon_kind kind, gfp_t gfp,
			       u64 kernel_spare)
{
	u64 unit = (u64)dynmem_balloon_units_pages(kind) << PAGE_SHIFT;
	bool scarce = kernel_spare < unit;
	struct page *page;

	if (scarce && kind == DYNMEM_BALLOON_BLOCKS)
		return NULL;
	page = alloc_pages_node(dynmem_balloon_vnodes_nid(vnode), gfp, stock_order(kind));
	/* ZONE_MOVABLE has run out, and the kernel cannot spare this page of another zone. */
	if (page && scarce && page_zonenum(page) < ZONE_MOVABLE) {
		__free_page(page);
		return NULL;
	}
	return page;
}

static bool stock_alloc(unsigned int vnode, enum dynmem_balloon_kind kind, gfp_t gfp,
			u64 kernel_spare, u64 *pfn)
{
	struct page *page = alloc_unit(vnode, kind, gfp, kernel_spare);

	if (!page)
		return false;
	dynmem_balloon_mark_allocated(kind, page);
	atomic_long_add(dynmem_balloon_units_pages(kind), &between[vnode]);
	*pfn = page_to_pfn(page);
	return true;
}

bool dynmem_balloon_stock_alloc(unsigned int vnode, enum dynmem_balloon_kind kind,
				u64 kernel_spare, u64 *pfn)
{
	return stock_alloc(vnode, kind, stock_gfp(vnode, kind), kernel_spare, pfn);
}

bool dynmem_balloon_stock_alloc_free(unsigned int vnode, u64 kernel_spare, u64 *pfn)
{
	return stock_alloc(vnode, DYNMEM_BALLOON_BLOCKS,
			   stock_gfp(vnode, DYNMEM_BALLOON_BLOCKS) & ~__GFP_DIRECT_RECLAIM,
			   kernel_spare, pfn);
}

struct page *dynmem_balloon_stock_alloc_spare(struct page *page, u64 kernel_spare)
{
	unsigned int vnode = dynmem_balloon_vnodes_of(page_to_nid(page));

	return alloc_unit(vnode, DYNMEM_BALLOON_PAGES,
			  stock_gfp(vnode, DYNMEM_BALLOON_PAGES) & ~__GFP_DIRECT_RECLAIM,
			  kernel_spare);
}

static void stock_hold(unsigned int vnode, enum dynmem_balloon_kind kind, struct page *page)
{
	struct shelf *shelf = &stock[vnode];

	spin_lock(&stock_lock);
	if (kind == DYNMEM_BALLOON_BLOCKS) {
		list_add_tail(&page->lru, &shelf->blocks);
		set_page_private(page, ON_SHELF);
	}
	/* Count the page before it can be taken, so that the count never falls below 0. */
	shelf->count[kind]++;
	spin_unlock(&stock_lock);
	if (kind == DYNMEM_BALLOON_PAGES)
		dynmem_balloon_singles_put(&shelf->pages, page);
}

static void stock_release(enum dynmem_balloon_kind kind, struct page *page)
{
	dynmem_balloon_mark_freed(kind, page);
	__free_pages(page, stock_order(kind));
}

static void stock_dispose(unsigned int vnode, enum dynmem_balloon_kind kind, struct page *page,
			  enum dynmem_balloon_disposition disposition)
{
	switch (disposition) {
	case DYNMEM_BALLOON_HOLD:
		stock_hold(vnode, kind, page);
		break;
	case DYNMEM_BALLOON_FREE:
		stock_release(kind, page);
		break;
	case DYNMEM_BALLOON_LEAK:
		break;
	}
}

/* Splits a block that is between stock and allocator into single pages. */
static void stock_split_block(struct page *page)
{
	dynmem_balloon_mark_split(page);
	split_page(page, VIRTIO_DYNMEM_BLOCK_ORDER);
}

unsigned int dynmem_balloon_stock_vnode(u64 pfn)
{
	return dynmem_balloon_vnodes_of(page_to_nid(pfn_to_page(pfn)));
}

void dynmem_balloon_stock_settle(enum dynmem_balloon_kind kind, u64 first, u64 pages, u64 accepted,
				 enum dynmem_balloon_disposition accepted_to,
				 enum dynmem_balloon_disposition rest_to)
{
	unsigned int unit = dynmem_balloon_units_pages(kind);
	unsigned int vnode, i;
	struct page *page;
	u64 done;

	for (done = 0; done < pages; done += unit) {
		page = pfn_to_page(first + done);
		vnode = dynmem_balloon_stock_vnode(first + done);
		if (done + unit <= accepted) {
			stock_dispose(vnode, kind, page, accepted_to);
		} else if (done >= accepted) {
			stock_dispose(vnode, kind, page, rest_to);
		} else {
			stock_split_block(page);
			for (i = 0; i < unit; i++)
				stock_dispose(vnode, DYNMEM_BALLOON_PAGES, page + i,
					      done + i < accepted ? accepted_to : rest_to);
		}
		atomic_long_sub(unit, &between[vnode]);
		cond_resched();
	}
}

/* Takes a block off its shelf; stock_lock is held. */
static void unshelve(struct shelf *shelf, struct page *page)
{
	list_del(&page->lru);
	set_page_private(page, 0);
	shelf->count[DYNMEM_BALLOON_BLOCKS]--;
}

static size_t take_blocks(struct shelf *shelf, u64 *pfns, size_t count)
{
	struct page *page;
	size_t taken = 0;

	spin_lock(&stock_lock);
	while (taken < count && !list_empty(&shelf->blocks)) {
		page = list_first_entry(&shelf->blocks, struct page, lru);
		unshelve(shelf, page);
		pfns[taken++] = page_to_pfn(page);
	}
	spin_unlock(&stock_lock);
	return taken;
}

static size_t take_pages(struct shelf *shelf, u64 *pfns, size_t count)
{
	size_t taken = dynmem_balloon_singles_take(&shelf->pages, pfns, count);

	spin_lock(&stock_lock);
	shelf->count[DYNMEM_BALLOON_PAGES] -= taken;
	spin_unlock(&stock_lock);
	return taken;
}

size_t dynmem_balloon_stock_take(unsigned int vnode, enum dynmem_balloon_kind kind, u64 *pfns,
				 size_t count)
{
	struct shelf *shelf = &stock[vnode];
	size_t taken = kind == DYNMEM_BALLOON_BLOCKS ? take_blocks(shelf, pfns, count) :
						       take_pages(shelf, pfns, count);

	atomic_long_add(taken * dynmem_balloon_units_pages(kind), &between[vnode]);
	return taken;
}

void dynmem_balloon_stock_begin_round(unsigned int vnode)
{
	dynmem_balloon_singles_begin_round(&stock[vnode].pages);
}

void dynmem_balloon_stock_end_round(unsigned int vnode)
{
	dynmem_balloon_singles_end_round(&stock[vnode].pages);
}

void dynmem_balloon_stock_add(struct page *page)
{
	dynmem_balloon_mark_allocated(DYNMEM_BALLOON_PAGES, page);
	stock_hold(dynmem_balloon_vnodes_of(page_to_nid(page)), DYNMEM_BALLOON_PAGES, page);
}

void dynmem_balloon_stock_return(unsigned int vnode, struct page *page)
{
	stock_hold(vnode, DYNMEM_BALLOON_BLOCKS, page);
}

void dynmem_balloon_stock_dismiss(struct page *page)
{
	stock_release(DYNMEM_BALLOON_BLOCKS, page);
}

unsigned int dynmem_balloon_stock_withdraw(struct page *page)
{
	unsigned int vnode = dynmem_balloon_vnodes_of(page_to_nid(page));
	bool shelved;

	if (vnode == VIRTIO_DYNMEM_MAX_VNODES)
		return vnode;
	spin_lock(&stock_lock);
	shelved = PageOffline(page) && page_private(page) == ON_SHELF;
	if (shelved)
		unshelve(&stock[vnode], page);
	spin_unlock(&stock_lock);
	return shelved ? vnode : VIRTIO_DYNMEM_MAX_VNODES;
}

void dynmem_balloon_stock_lack(unsigned int vnode, long blocks)
{
	atomic_long_add(blocks, &stock[vnode].absent);
}

u64 dynmem_balloon_stock_lacks(void)
{
	unsigned int vnode;
	u64 blocks = 0;

	for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++)
		blocks += atomic_long_read(&stock[vnode].absent);
	return blocks * DYNMEM_BALLOON_BLOCK_PAGES;
}

bool dynmem_balloon_stock_split(unsigned int vnode)
{
	struct page *page;
	unsigned int i;
	u64 pfn;

	if (!dynmem_balloon_stock_take(vnode, DYNMEM_BALLOON_BLOCKS, &pfn, 1))
		return false;
	page = pfn_to_page(pfn);
	stock_split_block(page);
	for (i = 0; i < DYNMEM_BALLOON_BLOCK_PAGES; i++)
		stock_hold(vnode, DYNMEM_BALLOON_PAGES, page + i);
	atomic_long_sub(DYNMEM_BALLOON_BLOCK_PAGES, &between[vnode]);
	return true;
}

unsigned long dynmem_balloon_stock_count(unsigned int vnode, enum dynmem_balloon_kind kind)
{
	return READ_ONCE(stock[vnode].count[kind]);
}

u64 dynmem_balloon_stock_held(unsigned int vnode)
{
	return (u64)(dynmem_balloon_stock_count(vnode, DYNMEM_BALLOON_BLOCKS) +
		     atomic_long_read(&stock[vnode].absent)) * DYNMEM_BALLOON_BLOCK_PAGES +
	       dynmem_balloon_stock_count(vnode, DYNMEM_BALLOON_PAGES);
}

u64 dynmem_balloon_stock_single(void)
{
	unsigned int vnode;
	u64 pages = 0;

	for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++)
		pages += dynmem_balloon_stock_count(vnode, DYNMEM_BALLOON_PAGES);
	return pages;
}

u64 dynmem_balloon_stock_between(unsigned int vnode)
{
	return atomic_long_read(&between[vnode]);
}

u64 dynmem_balloon_stock_held_all(void)
{
	unsigned int vnode;
	u64 pages = 0;

	for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++)
		pages += dynmem_balloon_stock_held(vnode);
	return pages;
}
