/* SPDX-License-Identifier: GPL-2.0 */
/* hugetlb: takes or reserves huge pages for ranges of guest pages that were released. */
#ifndef _DYNMEM_HUGETLB_H
#define _DYNMEM_HUGETLB_H

#include <linux/types.h>

struct dynmem_guestmem;
struct dynmem_releases;

/**
 * dynmem_hugetlb_restore() - make sure that the guest can use a range again
 * @releases: the state of the VM's releases
 * @gm: attached guest memory
 * @first: guest page
 * @pages: number of pages
 *
 * Anonymous and shmem memory comes back with the guest's next access. Huge pages are taken from the
 * pool at once, since a later fault with an empty pool would kill the VMM. Pages that were pinned
 * for DMA while they were released are never restored.
 *
 * Context: the VMM's vhost task or a worker of it; no lock held; may sleep.
 * Return: number of pages from @first on that the guest may use; less than @pages when the pool is
 * empty, or when a page of the range was pinned for DMA while it was released
 */
u64 dynmem_hugetlb_restore(struct dynmem_releases *releases, struct dynmem_guestmem *gm, u64 first,
			   u64 pages);

/**
 * dynmem_hugetlb_reserve() - reserve pages of the pool for a range that was released
 * @gm: guest memory
 * @first: guest page
 * @pages: number of pages, all released
 *
 * A guest that has been reset may touch the range at any time. If the pool were empty at that
 * moment, the VMM would be killed. So this function reserves pages in the pool for the range. The
 * reserved pages stay in the pool until the guest touches the range.
 *
 * Context: a thread of the VMM; releases are stopped; no lock held; may sleep.
 * Return: number of pages from @first on that are safe to touch; less than @pages when the pool is
 * too small
 */
u64 dynmem_hugetlb_reserve(struct dynmem_guestmem *gm, u64 first, u64 pages);

/**
 * dynmem_hugetlb_unreserve() - undo dynmem_hugetlb_reserve() for a part of a range
 * @releases: the state of the VM's releases
 * @gm: attached guest memory
 * @first: guest page
 * @pages: number of pages
 *
 * Takes a few milliseconds. Resident pages are kept.
 *
 * Context: the VMM's vhost task; no lock held; may sleep.
 * Return: number of pages from @first on that have been handled, at least one
 */
u64 dynmem_hugetlb_unreserve(struct dynmem_releases *releases, struct dynmem_guestmem *gm,
			     u64 first, u64 pages);

#endif
