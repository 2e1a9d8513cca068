/* SPDX-License-Identifier: GPL-2.0 */
/*
 * release: gives the memory of guest pages back to the host. Only shmem (memfd), shared hugetlbfs,
 * and private anonymous memory are ever released.
 */
#ifndef _DYNMEM_RELEASE_H
#define _DYNMEM_RELEASE_H

#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "memory/pageset.h"
#include "uapi/virtio_dynmem.h"

struct dynmem_guestmem;
struct folio;
struct kvm;

#define DYNMEM_CALL_PAGES ((64UL << 20) >> PAGE_SHIFT)	/* most pages per call, or 1 huge page */

/**
 * struct dynmem_scratch - head of the scratch space for the folios of one release
 * @next: the next one that is not in use; guarded by the lock of struct dynmem_releases
 */
struct dynmem_scratch {
	struct dynmem_scratch *next;
};

/**
 * struct dynmem_releases - state that the releases of a VM's memory share
 * @lock: guards the members from here to @scratch; held for moments only
 * @calls: number of calls under way
 * @idle: woken when @calls falls to 0
 * @stopped: the guest may touch all of its memory, as after a reset, so nothing may be released
 * @scratch: scratch spaces that are not in use
 * @lost: guest pages that were pinned for DMA while they were released. A device still uses the old
 *	pages, so these guest pages are never restored
 * @lost_lock: guards changes of @lost, and is taken after all other locks; @lost is read without a
 *	lock when nothing is being released
 */
struct dynmem_releases {
	spinlock_t lock;	/* see above */
	unsigned int calls;
	wait_queue_head_t idle;
	bool stopped;
	struct dynmem_scratch *scratch;
	struct dynmem_pageset lost;
	struct mutex lost_lock;		/* see above */
};

/* To be called once for each VM, before all other functions here. */
void dynmem_releases_init(struct dynmem_releases *releases);

/* Forgets the lost pages when the VMM has let go. No release is under way. */
void dynmem_releases_clear(struct dynmem_releases *releases);

/**
 * struct dynmem_released - the result of a release
 * @pages: number of guest pages, from the start of the range, that are absent on the host now
 * @lost: number of pages that were pinned for DMA meanwhile, and are never restored
 * @reason: why no more pages were released
 * @calls: number of kernel calls (punches, zaps) that were made
 *
 * On the stack of one caller.
 */
struct dynmem_released {
	u64 pages;
	u64 lost;
	enum virtio_dynmem_reason reason;
	u64 calls;
};

/**
 * dynmem_release() - release a range of guest pages
 * @releases: of the VM
 * @gm: attached guest memory
 * @vm: the VM's name, for the tracepoint
 * @first: guest page
 * @pages: number of pages
 * @in_use: the guest may use the pages again without asking, so that hugetlb pages must stay
 * @out: result
 *
 * Looks slot and mapping up under kvm->srcu and mmap_lock, and releases the range in calls of up to
 * 64 MiB (of a huge page, if that is larger), which end at multiples of that size. Stops at the
 * first page that must not be released; pages before it stay released. Pages that are refused as
 * FAILED may have lost their contents all the same: a folio that reaches out of the range and
 * cannot be split is cleared and kept.
 *
 * Several threads may release different ranges at a time.
 *
 * Context: a thread of the VMM, as it waits for the VMM's mmap_lock; no lock held; may sleep.
 */
void dynmem_release(struct dynmem_releases *releases, struct dynmem_guestmem *gm, const char *vm,
		    u64 first, u64 pages, bool in_use, struct dynmem_released *out);

/**
 * dynmem_release_locked() - how much of a VMM's memory is locked
 * @gm: guest memory
 *
 * Return: bytes that the VMM has locked, which need not be guest memory; U64_MAX when it locks all
 * of its memory, or a device was assigned to the guest; 0 when nothing is attached
 */
u64 dynmem_release_locked(struct dynmem_guestmem *gm);

/**
 * dynmem_release_stop() - forbid releases, or allow them again
 * @releases: state of a VM, attached or not
 * @stop: true: forbid; false: allow
 *
 * When releases are forbidden, those under way end after their present call. This waits a few
 * milliseconds for these calls, but never for a page fault or an mmap_lock. A VMM can make its
 * calls wait for the lock of one of its own files. So the wait ends after a second, and memory that
 * such a call releases later is the VMM's own loss.
 *
 * Context: may sleep.
 */
void dynmem_release_stop(struct dynmem_releases *releases, bool stop);

/*
 * Begins a call that releases memory. Return: false: do not make the call, releases are forbidden.
 */
bool dynmem_release_begin_call(struct dynmem_releases *releases);

/* Ends a call after dynmem_release_begin_call() has returned true. */
void dynmem_release_end_call(struct dynmem_releases *releases);

/* The length of a call that begins at @offset and may release @pages: up to a multiple of @unit. */
u64 dynmem_release_call_pages(u64 offset, u64 pages, u64 unit);

/* Whether a device was ever assigned to the guest, which may access any of its memory. */
bool dynmem_release_device_assigned(struct kvm *kvm);

/* A dynmem_folio_fn that ends the walk at the first folio, for finding absent pages. */
bool dynmem_release_nothing(struct folio *folio, u64 first, u64 pages, void *arg);

#endif
