/* SPDX-License-Identifier: GPL-2.0 */
/*
 * release: give ranges of guest pages back to the host, and get hugetlb pages back before the guest
 * uses them again. Context: no lock held. Releases a positive list of backings only (shmem/memfd,
 * shared hugetlbfs, private anonymous memory).
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

#define DYNMEM_CALL_PAGES ((64UL << 20) >> PAGE_SHIFT)	/* that one call releases at most */

/* What begins the scratch space for the folios of one call: the next one that is not used. */
struct dynmem_scratch {
	struct dynmem_scratch *next;
};

/**
 * struct dynmem_releases - what releases of a VM's memory share
 * @lock: guards the next four; held for moments
 * @calls: how many calls of a release are under way
 * @idle: woken when that falls to 0
 * @stopped: the guest has all of its memory again, as after a reset: nothing may be released
 * @scratch: scratch spaces that nobody uses now
 * @lost: guest pages that were pinned for DMA while they were released: a device goes on using what
 *	the guest has lost, so they are never restored. Read when nothing is being released
 * @lost_lock: taken by those that change @lost, last of all
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

/* Once for each VM. */
void dynmem_releases_init(struct dynmem_releases *releases);
/* When the VMM has let go: nothing is lost any more. No release is under way. */
void dynmem_releases_clear(struct dynmem_releases *releases);

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
 * dynmem_release() - release a range of guest pages
 * @releases: of the VM
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
void dynmem_release(struct dynmem_releases *releases, struct dynmem_guestmem *gm, const char *vm,
		    u64 first, u64 pages, bool in_use, struct dynmem_released *out);

/**
 * dynmem_release_locked() - how much of a VMM's memory can't be released, pinned pages aside
 * @gm: guest memory
 *
 * Return: bytes the VMM has locked, which need not be guest memory; U64_MAX when it locks all it
 * has, or a device was assigned to the guest; 0 when nothing is attached
 */
u64 dynmem_release_locked(struct dynmem_guestmem *gm);

/**
 * dynmem_release_stop() - forbid releases, or allow them again
 * @releases: of a VM, attached or not
 * @stop: forbid
 *
 * When it has forbidden them, nothing is released any more, though a long release may be under way:
 * that ends early. Waits for one call of each that is, a few milliseconds; never for a page fault
 * or an mmap_lock. A VMM can make a call wait for the lock of one of its own files: after a second
 * that is not waited for any more, and what that call then releases is the VMM's own loss.
 */
void dynmem_release_stop(struct dynmem_releases *releases, bool stop);

/* Begins a call that releases: false when that is forbidden; else dynmem_release_end_call() it. */
bool dynmem_release_begin_call(struct dynmem_releases *releases);
void dynmem_release_end_call(struct dynmem_releases *releases);

/* How much of @pages from @offset on one call takes, so that it ends at a multiple of @unit. */
u64 dynmem_release_call_pages(u64 offset, u64 pages, u64 unit);

/* Whether the guest has a device assigned to it, which may reach any of its memory. */
bool dynmem_release_device_assigned(struct kvm *kvm);

/* For walks that look for no folio: each that is there ends them. */
bool dynmem_release_nothing(struct folio *folio, u64 first, u64 pages, void *arg);

#endif
