// SPDX-License-Identifier: GPL-2.0
/* Takes ranges of guest pages into a VM's balloon, and out of it; see balloon.h. */
#include <linux/sizes.h>

#include "memory/hugetlb.h"
#include "memory/release.h"
#include "trace.h"
#include "vm/balloon.h"
#include "vm/vm.h"
#include "vm/vnodes.h"

/*
 * A guest may name a range of up to 2^40 pages. The functions here handle a range in runs of at
 * most SPAN_PAGES pages.
 */
#define SPAN_PAGES	((u64)SZ_1G >> PAGE_SHIFT)

/* No guest-physical address is wider than 52 bits. */
#define MAX_PAGES (1ULL << (52 - VIRTIO_DYNMEM_PAGE_SHIFT))

static u64 pages_to_bytes(u64 pages)
{
	return pages << VIRTIO_DYNMEM_PAGE_SHIFT;
}

static bool range_is_sane(u64 first, u64 pages)
{
	return pages && first < MAX_PAGES && pages <= MAX_PAGES - first;
}

static const u8 reason_counter[] = {
	[VIRTIO_DYNMEM_R_RANGE] = DYNMEM_A_COUNTER_REFUSED_RANGE,
	[VIRTIO_DYNMEM_R_TWICE] = DYNMEM_A_COUNTER_REFUSED_TWICE,
	[VIRTIO_DYNMEM_R_BACKING] = DYNMEM_A_COUNTER_REFUSED_BACKING,
	[VIRTIO_DYNMEM_R_PINNED] = DYNMEM_A_COUNTER_REFUSED_PINNED,
	[VIRTIO_DYNMEM_R_ALIGN] = DYNMEM_A_COUNTER_REFUSED_ALIGN,
	[VIRTIO_DYNMEM_R_FAILED] = DYNMEM_A_COUNTER_REFUSED_FAILED,
	[VIRTIO_DYNMEM_R_GRANT] = DYNMEM_A_COUNTER_REFUSED_GRANT,
};

void dynmem_count_refused(struct dynmem_counters *counters, const struct dynmem_moved *moved)
{
	if (moved->reason != VIRTIO_DYNMEM_R_NONE)
		dynmem_count(counters, reason_counter[moved->reason], moved->refused);
}

static void balloon_finish(struct dynmem_counters *counters, int counter,
			   struct dynmem_moved *moved, u64 done, u64 refused,
			   enum virtio_dynmem_reason reason)
{
	dynmem_count(counters, counter, done);
	moved->pages = done;
	moved->refused = refused;
	moved->reason = reason;
}

void dynmem_vm_release(struct dynmem_vm *vm, u64 first, u64 pages, bool in_use,
		       struct dynmem_released *out)
{
	dynmem_release(&vm->releases, &vm->gm, vm->name, first, pages, in_use, out);
	dynmem_count(&vm->counters, DYNMEM_A_COUNTER_RELEASE_CALLS, out->calls);
	dynmem_count(&vm->counters, DYNMEM_A_COUNTER_LOST, out->lost);
}

/* Adds to the figures of a vnode. They change together, so that no page is counted twice. */
static void count_pages(struct dynmem_vm *vm, unsigned int vnode, s64 ballooned, s64 awaited)
{
	mutex_lock(&vm->lock);
	vm->vnode[vnode].ballooned += pages_to_bytes(ballooned);
	vm->vnode[vnode].awaited += pages_to_bytes(awaited);
	mutex_unlock(&vm->lock);
}

/*
 * Puts pages of one vnode into @ballooned. If they are @awaited, takes them out of that set first,
 * and they have been counted as ballooned already. Return: whether the pages are in @ballooned.
 */
static bool balloon_enter(struct dynmem_vm *vm, unsigned int vnode, u64 first, u64 pages,
			  bool awaited)
{
	int ret;

	/* dynmem_pageset_add() may wait for memory of the VMM's cgroup: do not hold vm->lock. */
	mutex_lock(&vm->balloon_lock);
	ret = awaited ? dynmem_pageset_remove(&vm->awaited, first, pages) : 0;
	if (ret)
		awaited = false;
	else
		ret = dynmem_pageset_add(&vm->ballooned, first, pages);
	mutex_unlock(&vm->balloon_lock);
	if (awaited)
		count_pages(vm, vnode, ret ? -(s64)pages : 0, -(s64)pages);
	else if (!ret)
		count_pages(vm, vnode, pages, 0);
	return !ret;
}

/*
 * Releases pages of one vnode that are not ballooned yet, and puts them into the balloon. @awaited:
 * the pages are in the set of that name.
 * Return: number of pages, from @first on, that have been put into the balloon.
 */
static u64 balloon_give(struct dynmem_vm *vm, unsigned int vnode, u64 first, u64 pages,
			bool awaited, enum virtio_dynmem_reason *reason)
{
	struct dynmem_released out;

	dynmem_vm_release(vm, first, pages, false, &out);
	*reason = out.reason;
	if (!out.pages)
		return 0;
	if (balloon_enter(vm, vnode, first, out.pages, awaited))
		return out.pages;
	/* Pages that cannot be recorded as ballooned are refused: the guest gets them back. */
	dynmem_hugetlb_restore(&vm->releases, &vm->gm, first, out.pages);
	*reason = VIRTIO_DYNMEM_R_FAILED;
	return 0;
}

/*
 * Return: number of pages, from @first on, that are in the same ones of the two sets. Takes a lock,
 * since other threads may inflate other ranges.
 */
static u64 balloon_run(struct dynmem_vm *vm, u64 first, u64 pages, bool *in, bool *awaited)
{
	u64 run;

	mutex_lock(&vm->balloon_lock);
	run = dynmem_pageset_run(&vm->ballooned, first, pages, in);
	run = dynmem_pageset_run(&vm->awaited, first, run, awaited);
	mutex_unlock(&vm->balloon_lock);
	return run;
}

void dynmem_vm_inflate(struct dynmem_vm *vm, u64 first, u64 pages, struct dynmem_moved *moved)
{
	enum virtio_dynmem_reason reason = VIRTIO_DYNMEM_R_NONE;
	u64 done = 0, run = 0;

	if (!range_is_sane(first, pages))
		reason = VIRTIO_DYNMEM_R_RANGE;
	while (reason == VIRTIO_DYNMEM_R_NONE && done < pages) {
		u64 page = first + done, end, given;
		unsigned int vnode = dynmem_vnodes_vnode(vm, page, &end);
		bool in, awaited;

		run = balloon_run(vm, page, min3(pages - done, end - page, SPAN_PAGES), &in,
				  &awaited);
		if (in) {
			reason = VIRTIO_DYNMEM_R_TWICE;
			break;
		}
		given = balloon_give(vm, vnode, page, run, awaited, &reason);
		trace_dynmem_inflate(vm->name, vnode, page, run, given, reason);
		done += given;
	}
	balloon_finish(&vm->counters, DYNMEM_A_COUNTER_INFLATED, moved, done,
		       reason == VIRTIO_DYNMEM_R_TWICE ? run : pages - done, reason);
}

/*
 * Takes up to @pages pages of one vnode, all of them ballooned, out of the balloon. The pages count
 * as exposed before they are restored, so that the guest never has more than its grant (except with
 * @anyway). Pages that cannot be restored count as ballooned again.
 * Return: number of pages, from @first on, that the guest may use.
 */
static u64 balloon_take_back(struct dynmem_vm *vm, unsigned int vnode, u64 first, u64 pages,
			     bool anyway, enum virtio_dynmem_reason *reason)
{
	struct dynmem_vnode *v = &vm->vnode[vnode];
	u64 allowed = pages, restored;

	mutex_lock(&vm->lock);
	if (!anyway) {
		u64 exposed = dynmem_vnode_exposed(v);
		u64 room = v->granted > exposed ? v->granted - exposed : 0;

		allowed = min(pages, room >> VIRTIO_DYNMEM_PAGE_SHIFT);
	}
	v->ballooned -= pages_to_bytes(allowed);
	mutex_unlock(&vm->lock);
	if (allowed < pages)
		*reason = VIRTIO_DYNMEM_R_GRANT;
	if (!allowed)
		return 0;

	restored = dynmem_hugetlb_restore(&vm->releases, &vm->gm, first, allowed);
	if (restored && dynmem_pageset_remove(&vm->ballooned, first, restored))
		restored = 0;
	if (restored < allowed) {
		*reason = VIRTIO_DYNMEM_R_FAILED;
		mutex_lock(&vm->lock);
		v->ballooned += pages_to_bytes(allowed - restored);
		mutex_unlock(&vm->lock);
	}
	return restored;
}

void dynmem_vm_deflate(struct dynmem_vm *vm, u64 first, u64 pages, bool anyway,
		       struct dynmem_moved *moved)
{
	enum virtio_dynmem_reason reason = VIRTIO_DYNMEM_R_NONE;
	u64 done = 0, run = 0;

	if (!range_is_sane(first, pages))
		reason = VIRTIO_DYNMEM_R_RANGE;
	while (reason == VIRTIO_DYNMEM_R_NONE && done < pages) {
		u64 page = first + done, end, taken;
		unsigned int vnode = dynmem_vnodes_vnode(vm, page, &end);
		bool in;

		run = dynmem_pageset_run(&vm->ballooned, page,
					 min3(pages - done, end - page, SPAN_PAGES), &in);
		if (!in) {
			reason = VIRTIO_DYNMEM_R_TWICE;
			break;
		}
		taken = balloon_take_back(vm, vnode, page, run, anyway, &reason);
		trace_dynmem_deflate(vm->name, vnode, page, run, taken, reason);
		done += taken;
	}
	balloon_finish(&vm->counters, DYNMEM_A_COUNTER_DEFLATED, moved, done,
		       reason == VIRTIO_DYNMEM_R_TWICE ? run : pages - done, reason);
}

/* Whether both ranges are in the same vnode, are at most a block long, and do not overlap. */
static bool ranges_of_one_vnode(struct dynmem_vm *vm, u64 to, u64 from, u64 pages)
{
	u64 end_to, end_from;

	return pages <= DYNMEM_BLOCK_PAGES &&
	       range_is_sane(to, pages) && range_is_sane(from, pages) &&
	       (to + pages <= from || from + pages <= to) &&
	       dynmem_vnodes_vnode(vm, to, &end_to) ==
	       dynmem_vnodes_vnode(vm, from, &end_from) &&
	       to + pages <= end_to && from + pages <= end_from;
}

void dynmem_vm_move(struct dynmem_vm *vm, u64 to, u64 from, u64 pages,
		    struct dynmem_moved *moved)
{
	struct dynmem_moved gone, undone;

	if (!ranges_of_one_vnode(vm, to, from, pages)) {
		balloon_finish(&vm->counters, DYNMEM_A_COUNTER_INFLATED, moved, 0, pages,
			       VIRTIO_DYNMEM_R_RANGE);
		return;
	}
	dynmem_vm_inflate(vm, to, pages, moved);
	if (!moved->pages)
		return;
	dynmem_vm_deflate(vm, from, moved->pages, true, &gone);
	if (gone.pages == moved->pages)
		return;
	dynmem_vm_deflate(vm, to + gone.pages, moved->pages - gone.pages, true, &undone);
	moved->pages = gone.pages;
	moved->refused = pages - gone.pages;
	moved->reason = gone.reason;
}

/* Releases a run of pages that are not ballooned. */
static void report_run(struct dynmem_vm *vm, u64 first, u64 pages)
{
	struct dynmem_released out;

	dynmem_vm_release(vm, first, pages, true, &out);
	dynmem_count(&vm->counters, DYNMEM_A_COUNTER_FREE_REPORTED, out.pages);
	if (out.reason != VIRTIO_DYNMEM_R_NONE)
		dynmem_count(&vm->counters, reason_counter[out.reason], pages - out.pages);
}

void dynmem_vm_report(struct dynmem_vm *vm, u64 first, u64 pages)
{
	u64 done, run;
	bool in;

	if (!range_is_sane(first, pages)) {
		dynmem_count(&vm->counters, DYNMEM_A_COUNTER_REFUSED_RANGE, pages);
		return;
	}
	for (done = 0; done < pages; done += run) {
		run = dynmem_pageset_run(&vm->ballooned, first + done,
					 min(pages - done, SPAN_PAGES), &in);
		if (in)
			dynmem_count(&vm->counters, DYNMEM_A_COUNTER_REFUSED_TWICE, run);
		else
			report_run(vm, first + done, run);
	}
}

u64 dynmem_vm_reserve(struct dynmem_vm *vm)
{
	u64 first = 0, pages, lack = 0;
	bool in;

	while ((pages = dynmem_pageset_span(&vm->ballooned, &first, SPAN_PAGES))) {
		pages = dynmem_pageset_run(&vm->ballooned, first, pages, &in);
		lack += pages - dynmem_hugetlb_reserve(&vm->gm, first, pages);
		first += pages;
		cond_resched();
	}
	return pages_to_bytes(lack);
}

bool dynmem_vm_unreserve(struct dynmem_vm *vm, u64 *page)
{
	u64 pages = dynmem_pageset_span(&vm->ballooned, page, SPAN_PAGES);
	bool in;

	if (!pages)
		return false;
	pages = dynmem_pageset_run(&vm->ballooned, *page, pages, &in);
	*page += dynmem_hugetlb_unreserve(&vm->releases, &vm->gm, *page, pages);
	return true;
}

void dynmem_vm_balloon_forget(struct dynmem_vm *vm)
{
	unsigned int i;

	dynmem_pageset_clear(&vm->ballooned);
	dynmem_pageset_clear(&vm->awaited);
	vm->retouch = (struct dynmem_retouch) {};
	mutex_lock(&vm->lock);
	vm->plugs = false;
	vm->retouched = 0;
	for (i = 0; i < vm->nr_vnodes; i++) {
		vm->vnode[i].ballooned = 0;
		vm->vnode[i].ballooned_before = 0;
		vm->vnode[i].awaited = 0;
	}
	mutex_unlock(&vm->lock);
}

void dynmem_vm_balloon_await(struct dynmem_vm *vm)
{
	u64 first = 0, pages;
	unsigned int i;
	bool in;

	while ((pages = dynmem_pageset_span(&vm->ballooned, &first, SPAN_PAGES))) {
		pages = dynmem_pageset_run(&vm->ballooned, first, pages, &in);
		if (dynmem_pageset_add(&vm->awaited, first, pages)) {
			dynmem_vm_balloon_forget(vm);
			return;
		}
		first += pages;
		cond_resched();
	}
	dynmem_pageset_clear(&vm->ballooned);
	vm->retouch = (struct dynmem_retouch) {};
	mutex_lock(&vm->lock);
	vm->retouched = 0;
	for (i = 0; i < vm->nr_vnodes; i++) {
		vm->vnode[i].ballooned += vm->vnode[i].ballooned_before;
		vm->vnode[i].ballooned_before = 0;
		vm->vnode[i].awaited = vm->vnode[i].ballooned;
	}
	mutex_unlock(&vm->lock);
}

void dynmem_vm_balloon_announced(struct dynmem_vm *vm, u64 end)
{
	u64 first = 0, pages, span_end;
	unsigned int vnode;
	bool in;

	while ((pages = dynmem_pageset_span(&vm->awaited, &first, SPAN_PAGES)) && first < end) {
		pages = dynmem_pageset_run(&vm->awaited, first, min(pages, end - first), &in);
		vnode = dynmem_vnodes_vnode(vm, first, &span_end);
		pages = min(pages, span_end - first);
		/* If there is no memory for this, the pages stay awaited until the next HELLO. */
		if (!dynmem_pageset_remove(&vm->awaited, first, pages))
			count_pages(vm, vnode, -(s64)pages, -(s64)pages);
		first += pages;
		cond_resched();
	}
}
