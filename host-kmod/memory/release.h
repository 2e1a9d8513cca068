/* SPDX-License-Identifier: GPL-2.0 */
/*
 * release: give ranges of guest pages back to the host, and get hugetlb pages back before the guest
 * uses them again. Context: no lock held. Releases a positive list of backings only (shmem/memfd,
 * shared hugetlbfs, private anonymous memory).
 */
#ifndef _DYNMEM_RELEASE_H
#define _DYNMEM_RELEASE_H

#include <linux/types.h>

#include "uapi/virtio_dynmem.h"

struct dynmem_guestmem;

/**
 * struct dynmem_released - what a release did
 * @pages: guest pages from the start of the range that are released (absent on the host) now
 * @lost: pages that were pinned for DMA while they were released: they are never restored
 * @reason: why not more: enum virtio_dynmem_reason
 * @calls: kernel calls it took (punches, zaps)
 */
struct dynmem_released {
	u64 pages;
	u64 lost;
	enum virtio_dynmem_reason reason;
	u64 calls;
};

/**
 * dynmem_reclaim_release() - release a range of guest pages
 * @gm: attached guest memory
 * @vm: the VM's name, for the tracepoint
 * @first: guest page
 * @pages: how many
 * @in_use: the guest may use the pages again without asking, so that hugetlb pages must stay
 * @out: what came of it
 *
 * Looks slot and mapping up under kvm->srcu and mmap_lock; merges what is adjacent into calls of 2
 * MiB to 64 MiB, aligned: several ranges can be released at a time. Stops at the first page that
 * may not be released; what was released before that stays released. What is refused as FAILED may
 * have lost its contents all the same: a folio that reaches out of the range and cannot be split is
 * cleared and kept.
 *
 * Context: a thread of the VMM, which waits for its own mmap_lock; no lock held; may sleep.
 */
void dynmem_reclaim_release(struct dynmem_guestmem *gm, const char *vm, u64 first, u64 pages,
			    bool in_use, struct dynmem_released *out);

/**
 * dynmem_reclaim_locked() - how much of a VMM's memory can't be released, pinned pages aside
 * @gm: guest memory
 *
 * Return: bytes the VMM has locked, which need not be guest memory; U64_MAX when it locks all it
 * has, or a device was assigned to the guest; 0 when nothing is attached
 */
u64 dynmem_reclaim_locked(struct dynmem_guestmem *gm);

/**
 * dynmem_reclaim_stop() - forbid releases, or allow them again
 * @gm: initialised, attached or not
 * @stop: forbid
 *
 * When it has forbidden them, nothing is released any more, though a long release may be under way:
 * that ends early. Waits for one call of each that is, a few milliseconds; never for a page fault
 * or an mmap_lock. A VMM can make a call wait for the lock of one of its own files: after a second
 * that is not waited for any more, and what that call then releases is the VMM's own loss.
 */
void dynmem_reclaim_stop(struct dynmem_guestmem *gm, bool stop);

/**
 * dynmem_reclaim_restore() - make sure the guest can use a range again
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
u64 dynmem_reclaim_restore(struct dynmem_guestmem *gm, u64 first, u64 pages);

/**
 * dynmem_reclaim_reserve() - have the host keep memory for a range that was released
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
u64 dynmem_reclaim_reserve(struct dynmem_guestmem *gm, u64 first, u64 pages);

/**
 * dynmem_reclaim_unreserve() - undo dynmem_reclaim_reserve() for a part of a range
 * @gm: attached guest memory
 * @first: guest page
 * @pages: how many
 *
 * A step of a few milliseconds. What is resident stays, reserved or not.
 *
 * Context: vhost task of the VMM; no lock held; may sleep.
 * Return: pages from @first on that it has dealt with, at least one
 */
u64 dynmem_reclaim_unreserve(struct dynmem_guestmem *gm, u64 first, u64 pages);

#endif
