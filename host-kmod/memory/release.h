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

/* The most pages that one call releases, unless a single huge page has more. */
#define DYNMEM_CALL_PAGES ((64UL << 20) >> PAGE_SHIFT)

/**
 * struct dynmem_scratch - head of the scratch space for the folios of one release
 * @next: the next unused scratch space; guarded by the lock of struct dynmem_releases
 */
struct dynmem_scratch {
	struct dynmem_scratch *next;
};

/**
 * struct dynmem_releases - state that the releases of a VM's memory share
 * @lock: guards the members from here to @scratch; held for moments only
 * @calls: number of kernel calls (punches, zaps) under way
 * @idle: woken when @calls falls to 0
 * @stopped: no memory may be released now, because the guest may touch all of its memory, for
 *	example after a reset
 * @scratch: scratch spaces that are not in use
 * @lost: guest pages whose host pages got pinned for DMA while they were released. A device still
 *	uses these host pages, so the guest pages are never restored
 * @lost_lock: guards @lost; taken after all other locks
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

/*
 * Forgets the lost pages and frees the scratch spaces. To be called when the VMM has let go of the
 * device and no release runs.
 */
void dynmem_releases_clear(struct dynmem_releases *releases);

/**
 * struct dynmem_released - the result of a release
 * @pages: number of guest pages, from the start of the range on, that are absent on the host now
 * @lost: number of pages that got pinned for DMA while they were released. They are never restored
 * @reason: why the release stopped early; VIRTIO_DYNMEM_R_NONE: it did not
 * @calls: number of kernel calls (punches, zaps) that were made
 *
 * An object is on the stack of one caller.
 */
struct dynmem_released {
	u64 pages;
	u64 lost;
	enum virtio_dynmem_reason reason;
	u64 calls;
};

/**
 * dynmem_release() - release a range of guest pages
 * @releases: the state of the VM's releases
 * @gm: attached guest memory
 * @vm: the VM's name, for the tracepoint
 * @first: guest page
 * @pages: number of pages
 * @in_use: the guest may use the pages again without a request, so hugetlb pages are not released
 * @out: result
 *
 * Releases the range in calls of up to 64 MiB, or of one huge page if a huge page is larger. Each
 * call looks up slot and mapping under kvm->srcu and mmap_lock. No call crosses a multiple of 64
 * MiB, or of the size of the huge page. The release stops at the first page that must not be
 * released. The pages before that page stay released. Refused pages with the reason FAILED may have
 * lost their contents: if a folio is only partly in the range and cannot be split, the kernel
 * clears that part and keeps the folio.
 *
 * Several threads may release different ranges at the same time.
 *
 * Context: a thread of the VMM, since this waits for the VMM's mmap_lock; no lock is held; may
 * sleep.
 */
void dynmem_release(struct dynmem_releases *releases, struct dynmem_guestmem *gm, const char *vm,
		    u64 first, u64 pages, bool in_use, struct dynmem_released *out);

/**
 * dynmem_release_locked() - how much of a VMM's memory is locked
 * @gm: guest memory
 *
 * Return: bytes that the VMM has locked, guest memory or not; U64_MAX: the VMM locks all of its
 * memory, or a device was assigned to the guest; 0: no VMM is attached
 */
u64 dynmem_release_locked(struct dynmem_guestmem *gm);

/**
 * dynmem_release_stop() - forbid releases, or allow them again
 * @releases: state of a VM, attached or not
 * @stop: true: forbid; false: allow
 *
 * When releases are forbidden, a release that is under way ends after its present kernel call. This
 * function waits for that call, normally for a few milliseconds, but never for a page fault or an
 * mmap_lock. A VMM can delay a call by the lock of one of its own files. So the wait ends after a
 * second at most. If the call releases memory later than that, it harms only the guest of that
 * VMM.
 *
 * Context: may sleep.
 */
void dynmem_release_stop(struct dynmem_releases *releases, bool stop);

/*
 * Begins a kernel call that releases memory. Return: true: make the call, and then call
 * dynmem_release_end_call(); false: do not make the call, because releases are forbidden.
 */
bool dynmem_release_begin_call(struct dynmem_releases *releases);

/* Ends a kernel call that dynmem_release_begin_call() has begun. */
void dynmem_release_end_call(struct dynmem_releases *releases);

/*
 * Number of pages of a call that begins at page @offset: @pages, or fewer so that the call does not
 * cross a multiple of @unit pages.
 */
u64 dynmem_release_call_pages(u64 offset, u64 pages, u64 unit);

/* Whether a device was ever assigned to the guest. Such a device may access all guest memory. */
bool dynmem_release_device_assigned(struct kvm *kvm);

/* A dynmem_folio_fn that ends the walk at the first folio. All pages before it are absent. */
bool dynmem_release_nothing(struct folio *folio, u64 first, u64 pages, void *arg);

#endif
