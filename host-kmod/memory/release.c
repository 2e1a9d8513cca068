// SPDX-License-Identifier: GPL-2.0
/*
 * Releases guest memory to the host.
 *
 * Memory of a file is released by punching a hole into the file. The punch takes the file's own
 * locks and runs MMU notifiers, KVM's among them. So during the punch we hold a reference to the
 * file, but neither kvm->srcu nor mmap_lock. The punch releases the pages that were behind the
 * guest's range when the range was looked up, even if the VMM changes its mappings afterwards.
 * Anonymous memory is identified only by its address. So kvm->srcu and mmap_lock are held until
 * anonymous memory is released, since they keep slot and mapping from changing.
 *
 * If a page that is pinned for DMA were released, the device would go on using the page, and the
 * guest could not access it any more. So each call first looks for pinned pages. A page may still
 * get pinned between this check and the release. So the call keeps references to its folios, and
 * checks them again after the release. A released folio can get no new pins, so the second check is
 * certain. Pages that the second check finds pinned are lost: they are never restored.
 *
 * Several ranges of a guest can be released at the same time. This is faster if they are in
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
#include <linux/slab.h>
#include <linux/userfaultfd_k.h>

#include "compat.h"
#include "memory/folios.h"
#include "memory/guestmem.h"
#include "memory/pageset.h"
#include "memory/release.h"
#include "trace.h"

/*
 * Each call costs a flush of all TLBs, so there should be few calls. But a call locks the file and
 * delays vCPUs that fault on pages of the range, so a call must be short. A call releases at most
 * CALL_FOLIOS folios, and at most DYNMEM_CALL_PAGES pages or one huge page. 64 MiB in folios of
 * 2 MiB take 0.2 ms; 16 MiB in 4096 folios of 4 KiB take about 3 ms.
 */
#define CALL_FOLIOS	4096
#define STOP_WAIT	HZ	/* the longest wait for calls that have begun, jiffies */

/* A folio that a call is about to release, with a reference. */
struct folio_ref {
	struct folio *folio;
	u32 at;		/* first page of the folio, counted from the call's first page */
	u32 pages;	/* number of pages of the folio in the call */
};

struct call_scratch {
	struct dynmem_scratch head;
	struct folio_ref folio_ref[CALL_FOLIOS];
};

bool dynmem_release_nothing(struct folio *folio, u64 first, u64 pages, void *arg)
{
	return false;
}

u64 dynmem_release_call_pages(u64 offset, u64 pages, u64 unit)
{
	return min(pages, round_down(offset, unit) + unit - offset);
}

/*
 * VFIO registers with KVM before it pins the first page for a device. The registration remains even
 * when the last device has been removed.
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

/* One call of a release. */
struct release {
	struct dynmem_releases *releases;
	struct dynmem_guestmem *gm;
	const char *vm;			/* for the tracepoint */
	u64 guest;			/* first guest page */
	struct file *file;		/* to punch, with a reference; NULL: anonymous memory */
	u64 first;			/* page index in the file, or page number of the address */
	unsigned long hva;		/* for the tracepoint */
	bool in_use;			/* the guest may use the pages again without a request */
	u64 pages;			/* pages that the call is to release */
	struct folio_ref *folio_ref;	/* the call's folios */
	unsigned int nr_folio_refs;
	u64 tried;			/* pages that the call tried to release, from @first on */
	u64 done;			/* number of pages, from @first on, that are released */
	u64 lost;			/* number of pages that got pinned during the call */
	enum virtio_dynmem_reason reason;	/* why the release must stop; 0: it goes on */
	unsigned int calls;		/* 1: a kernel call (punch, zap) was made; 0: none */
};

/* Whether the file still has this folio at page index @page. */
static bool folio_is_in_file(struct folio *folio, const struct file *file, u64 page)
{
	return folio->mapping == file->f_mapping &&
	       page - folio->index < folio_nr_pages(folio);
}

/* Adds a folio to the call. Return: true: go on; false: it is pinned, or the call is full. */
static bool watch_folio(struct folio *folio, u64 first, u64 pages, void *arg)
{
	struct release *rel = arg;

	if (folio_maybe_dma_pinned(folio)) {
		rel->reason = VIRTIO_DYNMEM_R_PINNED;
		return false;
	}
	/*
	 * If only a part of a file's folio is released, the kernel must split the folio, and any
	 * additional reference would prevent that. So take none. A pin prevents the split, too, so
	 * a folio that gets pinned stays in the file and is not lost.
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
 * Checks the folios after the call, and drops the references. No thread can find and pin a folio
 * that the call has released. So a pin on such a folio is older than the release. The device that
 * has the pin goes on using the folio, and the guest has the folio no longer.
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

/* Number of pages that the call is to release, after the walk for pinned pages ended at @stop. */
static u64 release_take(struct release *rel, u64 stop)
{
	u64 even = round_down(stop, DYNMEM_BLOCK_PAGES);

	if (stop == rel->first + rel->pages || rel->reason != VIRTIO_DYNMEM_R_NONE)
		return stop - rel->first;
	/* A call that releases nothing needs a reason, or the caller's loop would never end. */
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
 * dynmem_release_stop() waits for the calls that have begun. So a call must not wait for anything
 * that the VMM can delay, such as a page fault or the VMM's mmap_lock. The only exception is the
 * lock of the file, see dynmem_release_stop().
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
		/* Count only absent pages: the guest may have touched the range again by now. */
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

	/* The handler of a userfaultfd expects that pages which are present stay present. */
	if (userfaultfd_armed(vma))
		return -EOPNOTSUPP;
	/* The guest may touch these pages at any time. If the pool is empty, that kills the VMM. */
	if (rel->in_use && extent->backing == DYNMEM_BACKING_HUGETLB)
		return -EOPNOTSUPP;
	/* mlock() sets no flag on hugetlb mappings, but mlockall() sets one on the mm. */
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
	/* Punching a part of a huge page would only clear that part. */
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
		/*
		 * Count only pages that are absent now. The kernel keeps a folio that is only
		 * partly in the hole and cannot be split, and clears the part in the hole.
		 */
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

/* Return: a scratch space that put_scratch() has kept, or a new one; NULL: there is no memory. */
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
