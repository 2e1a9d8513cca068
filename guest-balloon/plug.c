// SPDX-License-Identifier: GPL-2.0
/* Takes memory that is plugged in, and lets memory of the balloon go offline; see plug.h. */
#include <linux/gfp.h>
#include <linux/list.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/xarray.h>

#include "mark.h"
#include "plug.h"
#include "stock.h"
#include "vnodes.h"

/* The blocks that have arrived, linked by the first page's lru. */
static LIST_HEAD(arrived);
static DEFINE_SPINLOCK(arrived_lock);

/* The absent blocks, by number of the block; a value is the vnode. It has a lock of its own. */
static DEFINE_XARRAY(absent);

static unsigned long block_of(u64 pfn)
{
	return pfn / DYNMEM_BALLOON_BLOCK_PAGES;
}

static u64 pfn_of(unsigned long block)
{
	return (u64)block * DYNMEM_BALLOON_BLOCK_PAGES;
}

bool dynmem_balloon_plug_is_absent(u64 pfn)
{
	return xa_load(&absent, block_of(pfn));
}

void dynmem_balloon_plug_arrive(struct page *page)
{
	void *was = xa_erase(&absent, block_of(page_to_pfn(page)));

	dynmem_balloon_mark_arrived(page);
	/* The host counts this block as ballooned already. */
	if (was) {
		dynmem_balloon_stock_lack(xa_to_value(was), -1);
		dynmem_balloon_stock_return(xa_to_value(was), page);
		return;
	}
	spin_lock(&arrived_lock);
	list_add_tail(&page->lru, &arrived);
	spin_unlock(&arrived_lock);
}

void dynmem_balloon_plug_settle(void)
{
	struct page *page;
	unsigned int vnode;
	LIST_HEAD(blocks);
	LIST_HEAD(early);

	spin_lock(&arrived_lock);
	list_splice_init(&arrived, &blocks);
	spin_unlock(&arrived_lock);
	while (!list_empty(&blocks)) {
		page = list_first_entry(&blocks, struct page, lru);
		list_del(&page->lru);
		vnode = dynmem_balloon_vnodes_of(page_to_nid(page));
		if (vnode < VIRTIO_DYNMEM_MAX_VNODES)
			dynmem_balloon_stock_return(vnode, page);
		else if (dynmem_balloon_vnodes() < VIRTIO_DYNMEM_MAX_VNODES)
			list_add_tail(&page->lru, &early);
		else
			dynmem_balloon_stock_dismiss(page);
		cond_resched();
	}
	/* The node of an early block gets a vnode when all of its new memory is online. */
	spin_lock(&arrived_lock);
	list_splice(&early, &arrived);
	spin_unlock(&arrived_lock);
}

int dynmem_balloon_plug_withdraw(u64 first, u64 pages)
{
	unsigned long block, end = block_of(first + pages);
	unsigned int vnode;

	for (block = block_of(ALIGN(first, DYNMEM_BALLOON_BLOCK_PAGES)); block < end; block++) {
		/* Get the memory first, since a block is not to be withdrawn and then lost. */
		if (xa_reserve(&absent, block, GFP_KERNEL)) {
			dynmem_balloon_plug_restore(first, pages);
			return -ENOMEM;
		}
		vnode = dynmem_balloon_stock_withdraw(pfn_to_page(pfn_of(block)));
		if (vnode == VIRTIO_DYNMEM_MAX_VNODES) {
			xa_release(&absent, block);
			continue;
		}
		xa_store(&absent, block, xa_mk_value(vnode), GFP_NOWAIT);
		dynmem_balloon_stock_lack(vnode, 1);
		/* Without a reference the kernel takes the page offline as it is. */
		page_ref_dec(pfn_to_page(pfn_of(block)));
		cond_resched();
	}
	return 0;
}

void dynmem_balloon_plug_restore(u64 first, u64 pages)
{
	unsigned long block, end = block_of(first + pages);
	struct page *page;
	void *vnode;

	if (!pages)
		return;
	xa_for_each_range(&absent, block, vnode, block_of(first), end - 1) {
		page = pfn_to_page(pfn_of(block));
		page_ref_inc(page);
		xa_erase(&absent, block);
		dynmem_balloon_stock_lack(xa_to_value(vnode), -1);
		dynmem_balloon_stock_return(xa_to_value(vnode), page);
		cond_resched();
	}
}

void dynmem_balloon_plug_went(u64 first, u64 pages)
{
	unsigned long block, end = block_of(first + pages);
	void *vnode;

	if (pages)
		xa_for_each_range(&absent, block, vnode, block_of(first), end - 1)
			dynmem_balloon_mark_went(pfn_to_page(pfn_of(block)));
}

u32 dynmem_balloon_plug_ranges(u64 *from, struct virtio_dynmem_range *ranges, u32 room)
{
	unsigned long block;
	void *vnode;
	u32 n = 0;

	xa_for_each_start(&absent, block, vnode, block_of(*from)) {
		if (n == room)
			break;
		ranges[n++] = (struct virtio_dynmem_range) {
			.first = cpu_to_le64(pfn_of(block)),
			.pages = cpu_to_le32(DYNMEM_BALLOON_BLOCK_PAGES),
			.vnode = cpu_to_le16(xa_to_value(vnode)),
		};
		*from = pfn_of(block + 1);
	}
	return n;
}

void dynmem_balloon_plug_forget(u64 pfn)
{
	void *vnode = xa_erase(&absent, block_of(pfn));

	if (vnode)
		dynmem_balloon_stock_lack(xa_to_value(vnode), -1);
}

bool dynmem_balloon_plug_removed(void)
{
	unsigned long block;
	void *vnode;

	xa_for_each(&absent, block, vnode)
		if (!pfn_valid(pfn_of(block)))
			return true;
	return false;
}

void dynmem_balloon_plug_exit(void)
{
	unsigned long block;
	struct page *page;
	void *vnode;

	xa_for_each(&absent, block, vnode) {
		page = pfn_to_online_page(pfn_of(block));
		dynmem_balloon_stock_lack(xa_to_value(vnode), -1);
		if (!page)
			continue;
		page_ref_inc(page);
		dynmem_balloon_stock_dismiss(page);
	}
	xa_destroy(&absent);
}
