/* SPDX-License-Identifier: GPL-2.0 */
/* hugetlb: gets pages of a pool back for ranges that were released, or reserves them. */
#ifndef _DYNMEM_HUGETLB_H
#define _DYNMEM_HUGETLB_H

#include <linux/types.h>

struct dynmem_guestmem;
struct dynmem_releases;

/**
 * dynmem_hugetlb_restore() - make sure the guest can use a range again
 * @releases: of the VM
 * @gm: attached guest memory
 * @first: guest page
 * @pages: how many
 *
 * Anonymous and shmem memory come back with the guest's next access and need nothing. hugetlb
 * pages are taken from the pool now: a later fault with an empty pool would kill the VMM. Pages
 * that a device may have been given while they were released are never restored.
 *
 * Context: vhost task of the VMM; nothing is being released; no lock held; may sleep.
 * Return: pages from @first on that may be used; less than @pages when the pool is empty
 * or pages are lost to a device
 */
u64 dynmem_hugetlb_restore(struct dynmem_releases *releases, struct dynmem_guestmem *gm, u64 first,
			   u64 pages);

/**
 * dynmem_hugetlb_reserve() - have the host keep memory for a range that was released
 * @gm: guest memory
 * @first: guest page
 * @pages: how many, all released
 *
 * The guest may touch the range from now on, as it has been reset. With hugetlb memory and an empty
 * pool that would kill the VMM; so pages are reserved, as they were before the release, and none is
 * taken from the pool before it is touched.
 *
 * Context: a thread of the VMM; releases are stopped; no lock held; may sleep.
 * Return: pages from @first on that are safe to touch; less than @pages when the pool is too small
 */
u64 dynmem_hugetlb_reserve(struct dynmem_guestmem *gm, u64 first, u64 pages);

/**
 * dynmem_hugetlb_unreserve() - undo dynmem_hugetlb_reserve() for a part of a range
 * @releases: of the VM
 * @gm: attached guest memory
 * @first: guest page
 * @pages: how many
 *
 * A step of a few milliseconds. What is resident stays, reserved or not.
 *
 * Context: vhost task of the VMM; no lock held; may sleep.
 * Return: pages from @first on that it has dealt with, at least one
 */
u64 dynmem_hugetlb_unreserve(struct dynmem_releases *releases, struct dynmem_guestmem *gm,
			     u64 first, u64 pages);

#endif
