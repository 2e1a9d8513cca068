// SPDX-License-Identifier: GPL-2.0
/* Takes or reserves huge pages for ranges of guest pages that were released; see hugetlb.h. */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/falloc.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/mutex.h>
#include <linux/pagemap.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/userfaultfd_k.h>

#include "memory/folios.h"
#include "memory/guestmem.h"
#include "memory/hugetlb.h"
#include "memory/release.h"

/* Sets @arg to the number of pages, from the start of the extent, that the guest may use. */
static int restore_extent(const struct dynmem_extent *extent, void *arg)
{
	u64 unit = extent->page_size >> PAGE_SHIFT;
	u64 *done = arg;

	if (extent->backing != DYNMEM_BACKING_HUGETLB) {
		*done = extent->pages;
		return 0;
	}
	/*
	 * Fault the page in as a vCPU would. With an empty pool this returns an error and sends no
	 * signal. fallocate() would take a page of the caller's node, even if the mapping is bound
	 * to another node.
	 */
	if (get_user_pages_remote(extent->mm, extent->hva, 1, FOLL_WRITE, NULL, NULL) != 1)
		return -ENOMEM;
	*done = dynmem_release_call_pages(extent->hva >> PAGE_SHIFT, extent->pages, unit);
	return 0;
}

u64 dynmem_hugetlb_restore(struct dynmem_releases *releases, struct dynmem_guestmem *gm, u64 first,
			   u64 pages)
{
	bool lost = false;
	u64 done = 0;

	mutex_lock(&releases->lost_lock);
	pages = dynmem_pageset_run(&releases->lost, first, pages, &lost);
	mutex_unlock(&releases->lost_lock);
	while (!lost && done < pages) {
		u64 step = 0;

		if (dynmem_guestmem_visit(gm, first + done, pages - done, restore_extent, &step))
			break;
		done += step;
	}
	return done;
}

/* The place of a run of guest pages in a hugetlbfs file. */
struct huge {
	struct file *file;	/* with a reference; NULL: the memory is not hugetlb */
	u64 first;		/* page index in the file */
	u64 pages;		/* number of pages of the run */
	u64 unit;		/* pages of 4 KiB in a huge page */
};

static int find_huge(const struct dynmem_extent *extent, void *arg)
{
	struct huge *huge = arg;

	huge->pages = extent->pages;
	if (extent->backing != DYNMEM_BACKING_HUGETLB)
		return 0;
	huge->unit = extent->page_size >> PAGE_SHIFT;
	huge->first = extent->index;
	huge->file = get_file(extent->vma->vm_file);
	return 0;
}

/*
 * Maps the file for a moment. A shared hugetlb mapping reserves all pages that are absent in its
 * range of the file, or none of them. The file keeps the reservation when the mapping is removed.
 * If the pool has too few pages for the range, the function tries half the length.
 * Return: number of pages, from the first on, that are present or reserved.
 */
static u64 reserve_huge(const struct huge *huge)
{
	u64 done = 0, step = huge->pages;

	while (done < huge->pages) {
		unsigned long address = vm_mmap(huge->file, 0, step << PAGE_SHIFT, PROT_NONE,
						MAP_SHARED, (huge->first + done) << PAGE_SHIFT);

		if (IS_ERR_VALUE(address)) {
			if (step <= huge->unit)
				break;
			step = max(huge->unit, round_down(step / 2, huge->unit));
			continue;
		}
		vm_munmap(address, step << PAGE_SHIFT);
		done += step;
		step = min(step, huge->pages - done);
	}
	return done;
}

/* Return: number of pages from @first on that are safe to touch, or are not RAM. */
static u64 reserve_run(struct dynmem_guestmem *gm, u64 first, u64 pages)
{
	u64 done = 0;

	while (done < pages) {
		struct huge huge = {};
		u64 got;

		if (dynmem_guestmem_visit(gm, first + done, pages - done, find_huge, &huge))
			return pages;
		got = huge.pages;
		if (huge.file) {
			got = reserve_huge(&huge);
			fput(huge.file);
		}
		done += got;
		if (got < huge.pages)
			break;
		cond_resched();
	}
	return done;
}

u64 dynmem_hugetlb_reserve(struct dynmem_guestmem *gm, u64 first, u64 pages)
{
	struct dynmem_hold hold;

	/* When the VMM has ended, no guest will touch the pages. */
	if (!dynmem_guestmem_hold(gm, &hold))
		return pages;
	if (current->mm == hold.mm)
		pages = reserve_run(gm, first, pages);
	dynmem_guestmem_drop(&hold);
	return pages;
}

/*
 * Drops the reservations of the absent pages at the start of a run. Punching a hole would drop only
 * reservations of pages that are present. So this function first allocates the pages, which uses up
 * their reservations, and then punches them out.
 * Return: number of pages that have been handled.
 */
static u64 unreserve_huge(const struct huge *huge)
{
	loff_t at = (loff_t)huge->first << PAGE_SHIFT, len;
	u64 budget = U64_MAX, end = huge->first + huge->pages, absent;

	absent = dynmem_folios_in_file(huge->file->f_mapping, huge->first, end, &budget,
				       dynmem_release_nothing, NULL) - huge->first;
	if (!absent)
		return min(huge->unit, huge->pages);
	len = (loff_t)absent << PAGE_SHIFT;
	vfs_fallocate(huge->file, FALLOC_FL_KEEP_SIZE, at, len);
	vfs_fallocate(huge->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, len);
	return absent;
}

u64 dynmem_hugetlb_unreserve(struct dynmem_releases *releases, struct dynmem_guestmem *gm,
			     u64 first, u64 pages)
{
	struct dynmem_hold hold;
	struct huge huge = {};
	u64 most;

	if (!dynmem_guestmem_hold(gm, &hold))
		return pages;
	if (!dynmem_guestmem_visit(gm, first, pages, find_huge, &huge)) {
		pages = huge.pages;
		if (huge.file) {
			most = max_t(u64, huge.unit, DYNMEM_CALL_PAGES);
			huge.pages = dynmem_release_call_pages(huge.first, pages, most);
			pages = huge.pages;
			if (!dynmem_release_device_assigned(hold.kvm) &&
			    dynmem_release_begin_call(releases)) {
				pages = unreserve_huge(&huge);
				dynmem_release_end_call(releases);
			}
			dynmem_guestmem_put_file(huge.file);
		}
	}
	dynmem_guestmem_drop(&hold);
	return pages;
}
