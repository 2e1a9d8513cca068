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

bool dynmem_release_nothing(struct folio *folio, u64 first, u64 pages, void *arg)
{
	return false;
}

/* Pages a call may take from page @offset of an object on, so that calls end at even places. */
u64 dynmem_release_call_pages(u64 offset, u64 pages, u64 unit)
{
	return min(pages, round_down(offset, unit) + unit - offset);
}

/*
 * A device is, was or is about to be assigned: KVM is told before the first page is pinned for it,
 * and does not tell others when the last device has gone.
 */
bool dynmem_release_device_assigned(struct kvm *kvm)
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
 * @releases: of the VM
 * @gm: whose memory
 * @vm: for the trace
 * @guest: guest page
 * @file: to be punched, with a reference; NULL when anonymous memory was zapped where it was found
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
	struct dynmem_releases *releases;
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
static bool folio_is_in_file(struct folio *folio, const struct file *file, u64 page)
{
	return folio->mapping == file->f_mapping &&
	       page - folio->index < folio_nr_pages(folio);
}

/* Takes a folio into the call, unless it is pinned or the call has enough. */
static bool watch_folio(struct folio *folio, u64 first, u64 pages, void *arg)
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

static void lose_pages(struct dynmem_releases *releases, u64 first, u64 pages)
{
	u64 page = first, end = first + pages;

	mutex_lock(&releases->lost_lock);
	while (page < end) {
		bool in;
		u64 run = dynmem_pageset_run(&releases->lost, page, end - page, &in);

		if (!in && dynmem_pageset_add(&releases->lost, page, run))
			pr_warn("no memory to note that guest pages %#llx to %#llx are lost to a device\n",
				page, page + run - 1);
		page += run;
	}
	mutex_unlock(&releases->lost_lock);
}

/*
 * After the call: nobody can come by the folios any more that it has released, so who has pinned
 * one of them did so before, and has it now instead of the guest.
 */
static void unwatch_folios(struct release *rel)
{
	while (rel->nr_folio_refs) {
		const struct folio_ref *w = &rel->folio_ref[--rel->nr_folio_refs];
		bool gone = w->at < rel->tried &&
			    !(rel->file &&
			      folio_is_in_file(w->folio, rel->file, rel->first + w->at));

		if (gone && folio_maybe_dma_pinned(w->folio)) {
			rel->lost += w->pages;
			lose_pages(rel->releases, rel->guest + w->at, w->pages);
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
 * dynmem_release_stop().
 */
bool dynmem_release_begin_call(struct dynmem_releases *releases)
{
	bool begun;

	spin_lock(&releases->lock);
	begun = !releases->stopped;
	releases->calls += begun;
	spin_unlock(&releases->lock);
	return begun;
}

void dynmem_release_end_call(struct dynmem_releases *releases)
{
	spin_lock(&releases->lock);
	if (!--releases->calls)
		wake_up_all(&releases->idle);
	spin_unlock(&releases->lock);
}

static void zap_extent(const struct dynmem_extent *extent, struct release *rel)
{
	u64 budget = U64_MAX, end, pages;

	rel->first = extent->hva >> PAGE_SHIFT;
	rel->pages = dynmem_release_call_pages(rel->first, extent->pages, DYNMEM_CALL_PAGES);
	end = rel->first + rel->pages;
	pages = dynmem_folios_in_tables(extent->mm, rel->first, end, &budget, watch_folio, rel);
	pages = release_take(rel, pages);
	if (pages) {
		dynmem_zap(extent->vma, extent->hva, pages << PAGE_SHIFT);
		/* The guest may have touched it again by now. */
		end = rel->first + pages;
		end = dynmem_folios_in_tables(extent->mm, rel->first, end, &budget,
					      dynmem_release_nothing, NULL);
		release_finish(rel, pages, end, 0);
	}
	unwatch_folios(rel);
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
		if (!dynmem_release_begin_call(rel->releases))
			return -ECANCELED;
		zap_extent(extent, rel);
		dynmem_release_end_call(rel->releases);
		return 0;
	}
	rel->first = extent->index;
	rel->pages = dynmem_release_call_pages(rel->first, extent->pages,
					       max_t(u64, unit, DYNMEM_CALL_PAGES));
	/* A part of a huge page would only be cleared, and is refused. */
	if (!IS_ALIGNED(rel->first, unit) || rel->pages < unit) {
		rel->reason = VIRTIO_DYNMEM_R_ALIGN;
		return 0;
	}
	rel->pages = round_down(rel->pages, unit);
	rel->file = get_file(vma->vm_file);
	return 0;
}

static void punch_file(struct release *rel)
{
	struct address_space *mapping = rel->file->f_mapping;
	u64 budget = U64_MAX, end = rel->first + rel->pages, pages, stop = rel->first;
	int err;

	pages = dynmem_folios_in_file(mapping, rel->first, end, &budget, watch_folio, rel);
	pages = release_take(rel, pages);
	if (pages) {
		err = vfs_fallocate(rel->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				    (loff_t)rel->first << PAGE_SHIFT, (loff_t)pages << PAGE_SHIFT);
		/* A folio that reaches out of the hole and cannot be split is cleared and kept. */
		if (!err)
			stop = dynmem_folios_in_file(mapping, rel->first, rel->first + pages,
						     &budget, dynmem_release_nothing, NULL);
		release_finish(rel, pages, stop, err);
	}
	unwatch_folios(rel);
}

static enum virtio_dynmem_reason release_reason(int err)
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
		if (dynmem_release_begin_call(rel->releases)) {
			punch_file(rel);
			dynmem_release_end_call(rel->releases);
		} else {
			err = -ECANCELED;
		}
	}
	if (err)
		rel->reason = release_reason(err);
	dynmem_guestmem_put_file(rel->file);
}

/* There are as many scratch spaces as there have been releases at a time. */
static struct call_scratch *take_scratch(struct dynmem_releases *releases)
{
	struct dynmem_scratch *scratch;

	spin_lock(&releases->lock);
	scratch = releases->scratch;
	if (scratch)
		releases->scratch = scratch->next;
	spin_unlock(&releases->lock);
	return scratch ? container_of(scratch, struct call_scratch, head) :
		      kvmalloc(sizeof(struct call_scratch), GFP_KERNEL_ACCOUNT);
}

static void put_scratch(struct dynmem_releases *releases, struct call_scratch *scratch)
{
	spin_lock(&releases->lock);
	scratch->head.next = releases->scratch;
	releases->scratch = &scratch->head;
	spin_unlock(&releases->lock);
}

void dynmem_release(struct dynmem_releases *releases, struct dynmem_guestmem *gm, const char *vm,
		    u64 first, u64 pages, bool in_use, struct dynmem_released *out)
{
	struct dynmem_hold hold;
	struct call_scratch *scratch;

	*out = (struct dynmem_released) { .reason = VIRTIO_DYNMEM_R_FAILED };
	scratch = take_scratch(releases);
	if (!scratch)
		return;
	if (!dynmem_guestmem_hold(gm, &hold))
		goto put;
	out->reason = VIRTIO_DYNMEM_R_NONE;
	while (out->reason == VIRTIO_DYNMEM_R_NONE && out->pages < pages) {
		struct release rel = {
			.releases = releases, .gm = gm, .vm = vm, .guest = first + out->pages,
			.in_use = in_use, .folio_ref = scratch->folio_ref,
		};

		if (dynmem_release_device_assigned(hold.kvm))
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
	put_scratch(releases, scratch);
}

u64 dynmem_release_locked(struct dynmem_guestmem *gm)
{
	struct dynmem_hold hold;
	u64 locked;

	if (!dynmem_guestmem_hold(gm, &hold))
		return 0;
	if (dynmem_release_device_assigned(hold.kvm) || (READ_ONCE(hold.mm->def_flags) & VM_LOCKED))
		locked = U64_MAX;
	else
		locked = (u64)READ_ONCE(hold.mm->locked_vm) << PAGE_SHIFT;
	dynmem_guestmem_drop(&hold);
	return locked;
}

void dynmem_release_stop(struct dynmem_releases *releases, bool stop)
{
	spin_lock(&releases->lock);
	releases->stopped = stop;
	spin_unlock(&releases->lock);
	if (stop)
		wait_event_killable_timeout(releases->idle, !READ_ONCE(releases->calls), STOP_WAIT);
}

void dynmem_releases_init(struct dynmem_releases *releases)
{
	memset(releases, 0, sizeof(*releases));
	spin_lock_init(&releases->lock);
	init_waitqueue_head(&releases->idle);
	mutex_init(&releases->lost_lock);
	dynmem_pageset_init(&releases->lost);
}

void dynmem_releases_clear(struct dynmem_releases *releases)
{
	dynmem_pageset_clear(&releases->lost);
	while (releases->scratch) {
		struct dynmem_scratch *scratch = releases->scratch;

		releases->scratch = scratch->next;
		kvfree(scratch);
	}
}
