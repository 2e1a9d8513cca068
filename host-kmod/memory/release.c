// SPDX-License-Identifier: GPL-2.0
/*
 * Releases guest memory to the host, and gets hugetlb pages back or reserves them.
 *
 * Memory of a file is released by punching a hole into the file. That takes the file's own locks
 * and runs MMU notifiers, KVM's among them, so nothing is held meanwhile but the file: the pages
 * that were behind the guest's range when it was looked up are the ones that go, wherever the VMM
 * may show them later. Anonymous memory has no name but its address, so slot and mapping are kept
 * from changing until it is gone.
 *
 * A page that is pinned for DMA would stay, unreachable for the guest, while the device goes on
 * using it. Pinned pages are looked for before each call. That look and the call are not atomic, so
 * the call's folios are kept until it is done: of those that have gone it shows then, for certain,
 * whether somebody pinned them meanwhile, and what went so is never restored.
 *
 * Several ranges of a guest can be released at a time (workers.h), which is of use when they are in
 * different files.
 */
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

#include "compat.h"
#include "memory/folios.h"
#include "memory/guestmem.h"
#include "memory/release.h"
#include "trace.h"

/*
 * Each call costs a flush of all TLBs, so few calls are good; a call locks the file and parks the
 * vCPUs that fault in its hole, so they must end soon: it takes as many bytes, and as many folios.
 * 64 MiB are 0.2 ms of 2 MiB folios; 4096 folios of 4 KiB, which are 16 MiB, some 3 ms.
 */
#define CALL_PAGES	(SZ_64M >> PAGE_SHIFT)
#define CALL_FOLIOS	4096
#define BLOCK_PAGES	(SZ_2M >> PAGE_SHIFT)
#define STOP_WAIT	HZ	/* for calls that have begun */

/**
 * struct folio_ref - a folio that a call is about to release, with a reference
 * @folio: the folio
 * @at: where its part of the call begins, in pages from the call's first on
 * @pages: of it in the call
 */
struct folio_ref {
	struct folio *folio;
	u32 at;
	u32 pages;
};

struct call_scratch {
	struct dynmem_scratch head;
	struct folio_ref folio_ref[CALL_FOLIOS];
};

static bool nothing(struct folio *folio, u64 first, u64 pages, void *arg)
{
	return false;
}

/* Pages a call may take from page @offset of an object on, so that calls end at even places. */
static u64 call_pages(u64 offset, u64 pages, u64 unit)
{
	return min(pages, round_down(offset, unit) + unit - offset);
}

/*
 * A device is, was or is about to be assigned: KVM is told before the first page is pinned for it,
 * and does not tell others when the last device has gone.
 */
static bool has_assigned_device(struct kvm *kvm)
{
	struct kvm_device *device;
	bool found = false;

	rcu_read_lock();
	list_for_each_entry_rcu(device, &kvm->devices, vm_node) {
		if (!strcmp(device->ops->name, "kvm-vfio"))
			found = true;
	}
	rcu_read_unlock();
	return found;
}

/**
 * struct release - one call's worth of a release
 * @gm: whose memory
 * @vm: for the trace
 * @guest: guest page
 * @file: to be punched, with a reference; NULL when anonymous memory was zapped on the extent
 * @first: page index in the file, or page number of the address
 * @hva: for the trace
 * @in_use: the guest may use the pages again without asking
 * @pages: what the call is for
 * @folio_ref: the call's folios
 * @nr_folio_refs: how many
 * @tried: of the pages, from the first on, in the call that was made
 * @done: of these, released
 * @lost: pages that were pinned in the course of it
 * @reason: why not more
 * @calls: calls made
 */
struct release {
	struct dynmem_guestmem *gm;
	const char *vm;
	u64 guest;
	struct file *file;
	u64 first;
	unsigned long hva;
	bool in_use;
	u64 pages;
	struct folio_ref *folio_ref;
	unsigned int nr_folio_refs;
	u64 tried;
	u64 done;
	u64 lost;
	enum virtio_dynmem_reason reason;
	unsigned int calls;
};

/* Whether a folio is still what the file shows at a page. */
static bool is_in_file(struct folio *folio, const struct file *file, u64 page)
{
	return folio->mapping == file->f_mapping &&
	       page - folio->index < folio_nr_pages(folio);
}

/* Takes a folio into the call, unless it is pinned or the call has enough. */
static bool watch(struct folio *folio, u64 first, u64 pages, void *arg)
{
	struct release *rel = arg;

	if (folio_maybe_dma_pinned(folio)) {
		rel->reason = VIRTIO_DYNMEM_R_PINNED;
		return false;
	}
	/*
	 * A part of a file's folio goes when that can be split, which it can't be with a reference
	 * too many, ours or that of who pins it: then it stays where it is, whoever asks.
	 */
	if (rel->file && pages < folio_nr_pages(folio))
		return true;
	if (rel->nr_folio_refs == CALL_FOLIOS)
		return false;
	folio_get(folio);
	rel->folio_ref[rel->nr_folio_refs++] = (struct folio_ref) {
		.folio = folio, .at = first - rel->first, .pages = pages,
	};
	return true;
}

static void lose(struct dynmem_guestmem *gm, u64 first, u64 pages)
{
	u64 page = first, end = first + pages;

	mutex_lock(&gm->lost_lock);
	while (page < end) {
		bool in;
		u64 run = dynmem_pageset_run(&gm->lost, page, end - page, &in);

		if (!in && dynmem_pageset_add(&gm->lost, page, run))
			pr_warn("dynmem: no memory to note that guest pages %#llx to %#llx are lost to a device\n",
				page, page + run - 1);
		page += run;
	}
	mutex_unlock(&gm->lost_lock);
}

/*
 * After the call: nobody can come by the folios any more that it has released, so who has pinned
 * one of them did so before, and has it now instead of the guest.
 */
static void unwatch(struct release *rel)
{
	while (rel->nr_folio_refs) {
		const struct folio_ref *w = &rel->folio_ref[--rel->nr_folio_refs];
		bool gone = w->at < rel->tried &&
			    !(rel->file && is_in_file(w->folio, rel->file, rel->first + w->at));

		if (gone && folio_maybe_dma_pinned(w->folio)) {
			rel->lost += w->pages;
			lose(rel->gm, rel->guest + w->at, w->pages);
		}
		folio_put(w->folio);
	}
}

/* How many pages the call takes when the look at them has ended at page @stop. */
static u64 release_take(struct release *rel, u64 stop)
{
	u64 even = round_down(stop, BLOCK_PAGES);

	if (stop == rel->first + rel->pages || rel->reason != VIRTIO_DYNMEM_R_NONE)
		return stop - rel->first;
	/* It has enough folios; or one was about to go, which is no reason never to end. */
	if (stop == rel->first)
		rel->reason = VIRTIO_DYNMEM_R_FAILED;
	return (even > rel->first ? even : stop) - rel->first;
}

static void release_finish(struct release *rel, u64 tried, u64 stop, int err)
{
	rel->calls = 1;
	rel->tried = tried;
	rel->done = stop - rel->first;
	if (rel->done < tried)
		rel->reason = VIRTIO_DYNMEM_R_FAILED;
	trace_dynmem_release(rel->vm, rel->hva, tried << PAGE_SHIFT, rel->done << PAGE_SHIFT, err);
}

/*
 * Nothing is released from the moment on that releases are forbidden, and who forbids them waits
 * for the calls that have begun. So a call waits for nothing in between that the VMM could delay
 * for as long as it likes, as a page fault or its mmap_lock; but for the lock of its file, see
 * dynmem_reclaim_stop().
 */
static bool begin_call(struct dynmem_guestmem *gm)
{
	bool begun;

	spin_lock(&gm->ref_lock);
	begun = !gm->stopped;
	gm->calls += begun;
	spin_unlock(&gm->ref_lock);
	return begun;
}

static void end_call(struct dynmem_guestmem *gm)
{
	spin_lock(&gm->ref_lock);
	if (!--gm->calls)
		wake_up_all(&gm->idle);
	spin_unlock(&gm->ref_lock);
}

static void zap(const struct dynmem_extent *extent, struct release *rel)
{
	u64 budget = U64_MAX, end, pages;

	rel->first = extent->hva >> PAGE_SHIFT;
	rel->pages = call_pages(rel->first, extent->pages, CALL_PAGES);
	end = rel->first + rel->pages;
	pages = dynmem_folios_in_tables(extent->mm, rel->first, end, &budget, watch, rel);
	pages = release_take(rel, pages);
	if (pages) {
		dynmem_zap(extent->vma, extent->hva, pages << PAGE_SHIFT);
		/* The guest may have touched it again by now. */
		end = rel->first + pages;
		release_finish(rel, pages,
			       dynmem_folios_in_tables(extent->mm, rel->first, end, &budget, nothing,
						       NULL), 0);
	}
	unwatch(rel);
}

static int release_extent(const struct dynmem_extent *extent, void *arg)
{
	struct vm_area_struct *vma = extent->vma;
	u64 unit = extent->page_size >> PAGE_SHIFT;
	struct release *rel = arg;

	/* Who handles the faults there counts on all pages that are there to stay. */
	if (userfaultfd_armed(vma))
		return -EOPNOTSUPP;
	/* With the pool empty the guest's next access would kill the VMM. */
	if (rel->in_use && extent->backing == DYNMEM_BACKING_HUGETLB)
		return -EOPNOTSUPP;
	/* Locking hugetlb memory leaves no mark on it, but one on a VMM that locks everything. */
	if ((vma->vm_flags | extent->mm->def_flags) & VM_LOCKED)
		return -EPERM;
	rel->hva = extent->hva;
	if (extent->backing == DYNMEM_BACKING_ANON) {
		if (!begin_call(rel->gm))
			return -ECANCELED;
		zap(extent, rel);
		end_call(rel->gm);
		return 0;
	}
	rel->first = extent->index;
	rel->pages = call_pages(rel->first, extent->pages, max_t(u64, unit, CALL_PAGES));
	/* A part of a huge page would only be cleared, and is refused. */
	if (!IS_ALIGNED(rel->first, unit) || rel->pages < unit) {
		rel->reason = VIRTIO_DYNMEM_R_ALIGN;
		return 0;
	}
	rel->pages = round_down(rel->pages, unit);
	rel->file = get_file(vma->vm_file);
	return 0;
}

static void punch(struct release *rel)
{
	struct address_space *mapping = rel->file->f_mapping;
	u64 budget = U64_MAX, end = rel->first + rel->pages, pages, stop = rel->first;
	int err;

	pages = release_take(rel, dynmem_folios_in_file(mapping, rel->first, end, &budget, watch,
							rel));
	if (pages) {
		err = vfs_fallocate(rel->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				    (loff_t)rel->first << PAGE_SHIFT, (loff_t)pages << PAGE_SHIFT);
		/* A folio that reaches out of the hole and cannot be split is cleared and kept. */
		if (!err)
			stop = dynmem_folios_in_file(mapping, rel->first, rel->first + pages,
						     &budget, nothing, NULL);
		release_finish(rel, pages, stop, err);
	}
	unwatch(rel);
}

static enum virtio_dynmem_reason reason_of(int err)
{
	switch (err) {
	case 0:
		return VIRTIO_DYNMEM_R_NONE;
	case -EFAULT:
		return VIRTIO_DYNMEM_R_RANGE;
	case -EOPNOTSUPP:
		return VIRTIO_DYNMEM_R_BACKING;
	case -EPERM:
		return VIRTIO_DYNMEM_R_PINNED;
	default:
		return VIRTIO_DYNMEM_R_FAILED;
	}
}

static void release_one(struct release *rel, u64 pages)
{
	int err = dynmem_guestmem_visit(rel->gm, rel->guest, pages, release_extent, rel);

	if (!err && rel->file) {
		if (begin_call(rel->gm)) {
			punch(rel);
			end_call(rel->gm);
		} else {
			err = -ECANCELED;
		}
	}
	if (err)
		rel->reason = reason_of(err);
	dynmem_guestmem_put_file(rel->file);
}

/* There are as many scratch spaces as there have been releases at a time. */
static struct call_scratch *take_scratch(struct dynmem_guestmem *gm)
{
	struct dynmem_scratch *scratch;

	spin_lock(&gm->ref_lock);
	scratch = gm->scratch;
	if (scratch)
		gm->scratch = scratch->next;
	spin_unlock(&gm->ref_lock);
	return scratch ? container_of(scratch, struct call_scratch, head) :
		      kvmalloc(sizeof(struct call_scratch), GFP_KERNEL_ACCOUNT);
}

static void put_scratch(struct dynmem_guestmem *gm, struct call_scratch *scratch)
{
	spin_lock(&gm->ref_lock);
	scratch->head.next = gm->scratch;
	gm->scratch = &scratch->head;
	spin_unlock(&gm->ref_lock);
}

void dynmem_reclaim_release(struct dynmem_guestmem *gm, const char *vm, u64 first, u64 pages,
			    bool in_use, struct dynmem_released *out)
{
	struct dynmem_hold hold;
	struct call_scratch *scratch;

	*out = (struct dynmem_released) { .reason = VIRTIO_DYNMEM_R_FAILED };
	scratch = take_scratch(gm);
	if (!scratch)
		return;
	if (!dynmem_guestmem_hold(gm, &hold))
		goto put;
	out->reason = VIRTIO_DYNMEM_R_NONE;
	while (out->reason == VIRTIO_DYNMEM_R_NONE && out->pages < pages) {
		struct release rel = {
			.gm = gm, .vm = vm, .guest = first + out->pages, .in_use = in_use,
			.folio_ref = scratch->folio_ref,
		};

		if (has_assigned_device(hold.kvm))
			rel.reason = VIRTIO_DYNMEM_R_PINNED;
		else
			release_one(&rel, pages - out->pages);
		out->pages += rel.done;
		out->lost += rel.lost;
		out->reason = rel.reason;
		out->calls += rel.calls;
		cond_resched();
	}
	dynmem_guestmem_drop(&hold);
put:
	put_scratch(gm, scratch);
}

u64 dynmem_reclaim_locked(struct dynmem_guestmem *gm)
{
	struct dynmem_hold hold;
	u64 locked;

	if (!dynmem_guestmem_hold(gm, &hold))
		return 0;
	if (has_assigned_device(hold.kvm) || (READ_ONCE(hold.mm->def_flags) & VM_LOCKED))
		locked = U64_MAX;
	else
		locked = (u64)READ_ONCE(hold.mm->locked_vm) << PAGE_SHIFT;
	dynmem_guestmem_drop(&hold);
	return locked;
}

void dynmem_reclaim_stop(struct dynmem_guestmem *gm, bool stop)
{
	spin_lock(&gm->ref_lock);
	gm->stopped = stop;
	spin_unlock(&gm->ref_lock);
	if (stop)
		wait_event_killable_timeout(gm->idle, !READ_ONCE(gm->calls), STOP_WAIT);
}

/* How far a restore has come: pages from the extent's first on that the guest may use. */
static int restore_extent(const struct dynmem_extent *extent, void *arg)
{
	u64 unit = extent->page_size >> PAGE_SHIFT;
	u64 *done = arg;

	if (extent->backing != DYNMEM_BACKING_HUGETLB) {
		*done = extent->pages;
		return 0;
	}
	/*
	 * As a vCPU would fault it in, but an empty pool is an error here and no signal. Not by
	 * fallocate(), which takes pages from the caller's node whatever the mapping is bound to.
	 */
	if (get_user_pages_remote(extent->mm, extent->hva, 1, FOLL_WRITE, NULL, NULL) != 1)
		return -ENOMEM;
	*done = call_pages(extent->hva >> PAGE_SHIFT, extent->pages, unit);
	return 0;
}

u64 dynmem_reclaim_restore(struct dynmem_guestmem *gm, u64 first, u64 pages)
{
	bool lost = false;
	u64 done = 0;

	pages = dynmem_pageset_run(&gm->lost, first, pages, &lost);
	while (!lost && done < pages) {
		u64 step = 0;

		if (dynmem_guestmem_visit(gm, first + done, pages - done, restore_extent, &step))
			break;
		done += step;
	}
	return done;
}

/**
 * struct huge - hugetlb memory that guest pages lie in
 * @file: with a reference; NULL: they lie in other memory
 * @first: page index in the file
 * @pages: how many
 * @unit: of which so many are a huge page
 */
struct huge {
	struct file *file;
	u64 first;
	u64 pages;
	u64 unit;
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
 * A shared mapping reserves what its file lacks, and the file keeps that when the mapping goes. All
 * of it or nothing, so halves are tried as long as there is too much.
 */
static u64 reserve(const struct huge *huge)
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

/* How many pages from @first on are safe to touch, or not memory any more. */
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
			got = reserve(&huge);
			fput(huge.file);
		}
		done += got;
		if (got < huge.pages)
			break;
		cond_resched();
	}
	return done;
}

u64 dynmem_reclaim_reserve(struct dynmem_guestmem *gm, u64 first, u64 pages)
{
	struct dynmem_hold hold;

	/* When the VMM ends, nobody will touch anything. */
	if (!dynmem_guestmem_hold(gm, &hold))
		return pages;
	if (current->mm == hold.mm)
		pages = reserve_run(gm, first, pages);
	dynmem_guestmem_drop(&hold);
	return pages;
}

/* Punching a hole drops the reservation of a page that was there, so there has to be one. */
static u64 unreserve(const struct huge *huge)
{
	loff_t at = (loff_t)huge->first << PAGE_SHIFT, len;
	u64 budget = U64_MAX, absent;

	absent = dynmem_folios_in_file(huge->file->f_mapping, huge->first,
				       huge->first + huge->pages, &budget, nothing, NULL) -
		 huge->first;
	if (!absent)
		return min(huge->unit, huge->pages);
	len = (loff_t)absent << PAGE_SHIFT;
	vfs_fallocate(huge->file, FALLOC_FL_KEEP_SIZE, at, len);
	vfs_fallocate(huge->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, at, len);
	return absent;
}

u64 dynmem_reclaim_unreserve(struct dynmem_guestmem *gm, u64 first, u64 pages)
{
	struct dynmem_hold hold;
	struct huge huge = {};

	if (!dynmem_guestmem_hold(gm, &hold))
		return pages;
	if (!dynmem_guestmem_visit(gm, first, pages, find_huge, &huge)) {
		pages = huge.pages;
		if (huge.file) {
			huge.pages = call_pages(huge.first, pages,
						max_t(u64, huge.unit, CALL_PAGES));
			pages = huge.pages;
			if (!has_assigned_device(hold.kvm) && begin_call(gm)) {
				pages = unreserve(&huge);
				end_call(gm);
			}
			dynmem_guestmem_put_file(huge.file);
		}
	}
	dynmem_guestmem_drop(&hold);
	return pages;
}
