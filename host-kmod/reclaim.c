// SPDX-License-Identifier: GPL-2.0
/*
 * Releases guest memory to the host and gets hugetlb pages back. Called by vdpa.c.
 *
 * Memory of a file is released by punching a hole into the file. That takes the file's own locks
 * and runs MMU notifiers, KVM's among them, so nothing is held meanwhile but the file: the pages
 * that were behind the guest's range when it was looked up are the ones that go, wherever the VMM
 * may show them later. Anonymous memory has no name but its address, so slot and mapping are kept
 * from changing until it is gone.
 *
 * A page that is pinned for DMA would stay, unreachable for the guest, while the device goes on
 * using it. Pinned pages are looked for before each call. That look and the call are not atomic;
 * what could have pinned pages in between is looked for afterwards, and what was released meanwhile
 * is never restored.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/falloc.h>
#include <linux/kvm_host.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sizes.h>
#include <linux/userfaultfd_k.h>

#include "compat.h"
#include "folios.h"
#include "guestmem.h"
#include "reclaim.h"
#include "trace.h"

/*
 * Each call costs a flush of all TLBs, so few calls are good; a call locks the file and parks the
 * vCPUs that fault in its hole, so they must end soon. 64 MiB are 0.2 ms of 2 MiB folios.
 */
#define CALL_PAGES	(SZ_64M >> PAGE_SHIFT)

static bool not_pinned(struct folio *folio, u64 pages, void *arg)
{
	return !folio_maybe_dma_pinned(folio);
}

static bool nothing(struct folio *folio, u64 pages, void *arg)
{
	return false;
}

/* Pages a call may take from page @offset of an object on, so that calls end at even places. */
static u64 call_pages(u64 offset, u64 pages, u64 unit)
{
	return min(pages, round_down(offset, unit) + unit - offset);
}

/* What tells that pages of a VMM may have been pinned or locked. */
struct pins {
	u64 pinned;
	u64 locked;
	bool assigned;
};

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

static struct pins read_pins(const struct dynmem_hold *hold)
{
	return (struct pins) {
		.pinned = atomic64_read(&hold->mm->pinned_vm),
		.locked = READ_ONCE(hold->mm->locked_vm),
		.assigned = has_assigned_device(hold->kvm),
	};
}

static bool more_pins(const struct pins *before, const struct pins *now)
{
	return now->pinned > before->pinned || now->locked > before->locked ||
	       now->assigned > before->assigned;
}

/**
 * struct release - one call's worth of a release
 * @vm: for the trace
 * @file: to be punched, with a reference; NULL when anonymous memory was zapped on the spot
 * @first: page index in the file
 * @hva: for the trace
 * @pages: what the call is for
 * @done: of these, from the first on, released
 * @reason: why not more
 * @calls: calls made
 */
struct release {
	const char *vm;
	struct file *file;
	u64 first;
	unsigned long hva;
	u64 pages;
	u64 done;
	enum virtio_dynmem_reason reason;
	unsigned int calls;
};

static void zap(const struct dynmem_spot *spot, struct release *rel)
{
	u64 first = spot->hva >> PAGE_SHIFT, budget = U64_MAX, free;

	rel->pages = call_pages(first, spot->pages, CALL_PAGES);
	free = dynmem_folios_in_tables(spot->mm, first, first + rel->pages, &budget, not_pinned,
				       NULL) - first;
	if (free < rel->pages)
		rel->reason = VIRTIO_DYNMEM_R_PINNED;
	if (!free)
		return;
	dynmem_zap(spot->vma, spot->hva, free << PAGE_SHIFT);
	rel->done = free;
	rel->calls = 1;
	trace_dynmem_release(rel->vm, spot->hva, free << PAGE_SHIFT, free << PAGE_SHIFT, 0);
}

static int release_spot(const struct dynmem_spot *spot, void *arg)
{
	struct vm_area_struct *vma = spot->vma;
	u64 unit = spot->page_size >> PAGE_SHIFT;
	struct release *rel = arg;

	/* Who handles the faults there counts on all pages that are there to stay. */
	if (userfaultfd_armed(vma))
		return -EOPNOTSUPP;
	/* Locking hugetlb memory leaves no mark on it, but one on a VMM that locks everything. */
	if ((vma->vm_flags | spot->mm->def_flags) & VM_LOCKED)
		return -EPERM;
	rel->hva = spot->hva;
	if (spot->backing == DYNMEM_BACKING_ANON) {
		zap(spot, rel);
		return 0;
	}
	rel->first = vma->vm_pgoff + ((spot->hva - vma->vm_start) >> PAGE_SHIFT);
	rel->pages = call_pages(rel->first, spot->pages, max_t(u64, unit, CALL_PAGES));
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
	u64 budget = U64_MAX, free;
	int err;

	free = dynmem_folios_in_file(mapping, rel->first, rel->first + rel->pages, &budget,
				     not_pinned, NULL) - rel->first;
	if (free < rel->pages)
		rel->reason = VIRTIO_DYNMEM_R_PINNED;
	if (!free)
		return;
	err = vfs_fallocate(rel->file, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
			    (loff_t)rel->first << PAGE_SHIFT, (loff_t)free << PAGE_SHIFT);
	rel->calls = 1;
	/* A folio that reaches out of the hole and cannot be split is cleared and kept. */
	if (!err)
		rel->done = dynmem_folios_in_file(mapping, rel->first, rel->first + free, &budget,
						  nothing, NULL) - rel->first;
	if (rel->done < free)
		rel->reason = VIRTIO_DYNMEM_R_FAILED;
	trace_dynmem_release(rel->vm, rel->hva, free << PAGE_SHIFT, rel->done << PAGE_SHIFT, err);
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

static void release_one(struct dynmem_guestmem *gm, u64 first, u64 pages, struct release *rel)
{
	int err = dynmem_guestmem_visit(gm, first, pages, release_spot, rel);

	if (err) {
		rel->reason = reason_of(err);
	} else if (rel->file) {
		punch(rel);
		fput(rel->file);
	}
}

static void lose(struct dynmem_guestmem *gm, u64 first, u64 pages)
{
	u64 page = first, end = first + pages;

	while (page < end) {
		bool in;
		u64 run = dynmem_given_run(&gm->lost, page, end - page, &in);

		if (!in && dynmem_given_add(&gm->lost, page, run))
			pr_warn("dynmem: no memory to note that guest pages %#llx to %#llx are lost to a device\n",
				page, page + run - 1);
		page += run;
	}
}

void dynmem_reclaim_release(struct dynmem_guestmem *gm, const char *vm, u64 first, u64 pages,
			    struct dynmem_released *out)
{
	struct dynmem_hold hold;
	struct pins before, now;

	*out = (struct dynmem_released) { .reason = VIRTIO_DYNMEM_R_FAILED };
	if (!dynmem_guestmem_hold(gm, &hold))
		return;
	before = read_pins(&hold);
	out->reason = before.assigned ? VIRTIO_DYNMEM_R_PINNED : VIRTIO_DYNMEM_R_NONE;
	while (out->reason == VIRTIO_DYNMEM_R_NONE && out->pages < pages) {
		struct release rel = { .vm = vm };

		release_one(gm, first + out->pages, pages - out->pages, &rel);
		out->pages += rel.done;
		out->reason = rel.reason;
		out->calls += rel.calls;
	}
	if (out->pages) {
		now = read_pins(&hold);
		if (more_pins(&before, &now))
			lose(gm, first, out->pages);
	}
	dynmem_guestmem_drop(&hold);
}

/* How far a restore has come: pages from the spot's first on that the guest may use. */
static int restore_spot(const struct dynmem_spot *spot, void *arg)
{
	u64 unit = spot->page_size >> PAGE_SHIFT;
	u64 *done = arg;

	if (spot->backing != DYNMEM_BACKING_HUGETLB) {
		*done = spot->pages;
		return 0;
	}
	/*
	 * As a vCPU would fault it in, but an empty pool is an error here and no signal. Not by
	 * fallocate(), which takes pages from the caller's node whatever the mapping is bound to.
	 */
	if (get_user_pages_remote(spot->mm, spot->hva, 1, FOLL_WRITE, NULL, NULL) != 1)
		return -ENOMEM;
	*done = call_pages(spot->hva >> PAGE_SHIFT, spot->pages, unit);
	return 0;
}

u64 dynmem_reclaim_restore(struct dynmem_guestmem *gm, u64 first, u64 pages)
{
	bool lost = false;
	u64 done = 0;

	pages = dynmem_given_run(&gm->lost, first, pages, &lost);
	while (!lost && done < pages) {
		u64 step = 0;

		if (dynmem_guestmem_visit(gm, first + done, pages - done, restore_spot, &step))
			break;
		done += step;
	}
	return done;
}
