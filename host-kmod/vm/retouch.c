// SPDX-License-Identifier: GPL-2.0
/*
 * Finds ballooned pages that are resident.
 *
 * The search visits only blocks with ballooned pages. Normally these pages are absent on the host,
 * and the search finds nothing. If guest memory is in a file, such a search takes almost no time.
 * If guest memory is anonymous, the search has to walk the page tables.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sizes.h>

#include "memory/folios.h"
#include "memory/guestmem.h"
#include "memory/release.h"
#include "vm/balloon.h"
#include "vm/retouch.h"
#include "vm/vm.h"

#define SPAN_PAGES	(SZ_1G >> PAGE_SHIFT)	/* the most pages for one hold of mmap_lock */
#define CALL_STEPS	64			/* cost of a call that releases pages, in steps */

/* A run of guest memory with ballooned pages, in one region. */
struct span {
	struct dynmem_retouch *look;
	struct dynmem_vm *vm;
	bool reclaim;		/* release the pages that are found */
	u64 guest;		/* first guest page */
	u64 pages;		/* number of pages from @guest on */
	u64 first;		/* where @guest is: page index in the file, or page of the mm */
	struct file *file;	/* with a reference; NULL for anonymous memory */
	u64 stop;		/* where the walk has stopped, in the units of @first */
	u64 budget;		/* steps left */
};

static bool note_run(struct dynmem_retouch *look, u64 first, u64 pages)
{
	struct dynmem_retouch_run *run = &look->run[look->nr_runs];

	if (look->nr_runs && run[-1].first + run[-1].pages == first) {
		run[-1].pages += pages;
		return true;
	}
	if (look->nr_runs == DYNMEM_RETOUCH_RUNS)
		return false;
	*run = (struct dynmem_retouch_run) { .first = first, .pages = pages };
	look->nr_runs++;
	return true;
}

/*
 * Counts the ballooned pages of a resident folio. With @span->reclaim, also notes the pages of the
 * folio in @look->run, so that they are released later, or ends the walk if @look->run is full.
 */
static bool retouch_found(struct folio *folio, u64 first, u64 pages, void *arg)
{
	struct span *span = arg;
	struct dynmem_retouch *look = span->look;
	u64 page = span->guest + (first - span->first), end = page + pages, given = 0;

	while (page < end) {
		bool in;
		u64 run = dynmem_pageset_run(&span->vm->ballooned, page, end - page, &in);

		given += in ? run : 0;
		page += run;
	}
	if (given && span->reclaim && !note_run(look, end - pages, pages))
		return false;
	look->found += given;
	return true;
}

/*
 * Walks anonymous memory here, under kvm->srcu and mmap_lock. For other memory this function only
 * takes a reference to the file, because a walk of the page cache does not need these locks.
 */
static int look_at_extent(const struct dynmem_extent *extent, void *arg)
{
	struct span *span = arg;

	span->first = extent->index;
	span->pages = extent->pages;
	if (extent->backing == DYNMEM_BACKING_ANON)
		span->stop = dynmem_folios_in_tables(extent->mm, span->first,
						     span->first + span->pages, &span->budget,
						     retouch_found, span);
	else
		span->file = get_file(extent->vma->vm_file);
	return 0;
}

/* Return: number of pages, from @span->guest on, that have been searched. */
static u64 look_at_span(struct span *span, u64 pages)
{
	int err = dynmem_guestmem_visit(&span->vm->gm, span->guest, pages, look_at_extent, span);
	bool in;

	/*
	 * Skip ballooned pages that cannot be looked up, for example because the VMM has removed
	 * the memory.
	 */
	if (err)
		return dynmem_pageset_run(&span->vm->ballooned, span->guest, pages, &in);
	if (span->file) {
		span->stop = dynmem_folios_in_file(span->file->f_mapping, span->first,
						   span->first + span->pages, &span->budget,
						   retouch_found, span);
		dynmem_guestmem_put_file(span->file);
	}
	return span->stop - span->first;
}

/* Releases the ballooned pages of a run. Return: the cost in steps. */
static u64 release_run(struct dynmem_retouch *look, struct dynmem_vm *vm,
		       const struct dynmem_retouch_run *run)
{
	u64 page = run->first, end = run->first + run->pages, calls = 0;

	while (page < end) {
		struct dynmem_released out;
		bool in;
		u64 pages = dynmem_pageset_run(&vm->ballooned, page, end - page, &in);

		if (in) {
			dynmem_vm_release(vm, page, pages, false, &out);
			look->reclaimed += out.pages;
			calls += out.calls;
			dynmem_count(&vm->counters, DYNMEM_A_COUNTER_RECLAIMED, out.pages);
		}
		page += pages;
	}
	return calls * CALL_STEPS;
}

static u64 release_found(struct dynmem_retouch *look, struct dynmem_vm *vm)
{
	u64 steps = 0;

	while (look->nr_runs)
		steps += release_run(look, vm, &look->run[--look->nr_runs]);
	return steps;
}

/* How many more pages this pass has found than the last pass left resident. */
static u64 retouch_nr_new(const struct dynmem_retouch *look)
{
	return dynmem_above(look->found, look->before);
}

static void end_pass(struct dynmem_retouch *look, struct dynmem_vm *vm)
{
	look->before = dynmem_above(look->found, look->reclaimed);
	look->found = 0;
	look->reclaimed = 0;
	look->cursor = 0;
	mutex_lock(&vm->lock);
	vm->retouched = look->before << VIRTIO_DYNMEM_PAGE_SHIFT;
	mutex_unlock(&vm->lock);
}

bool dynmem_retouch_look(struct dynmem_vm *vm, bool reclaim, u64 budget)
{
	struct dynmem_retouch *look = &vm->retouch;

	while (budget) {
		struct span span = { .look = look, .vm = vm, .reclaim = reclaim };
		u64 pages, cost, counted = retouch_nr_new(look);

		span.guest = look->cursor;
		pages = dynmem_pageset_span(&vm->ballooned, &span.guest, SPAN_PAGES);
		if (!pages) {
			end_pass(look, vm);
			return true;
		}
		budget -= min(budget, DIV_ROUND_UP_ULL(pages, DYNMEM_BLOCK_PAGES));
		/* Two more steps (a page table and a page) ensure that a call makes progress. */
		cost = budget + 2;
		span.budget = cost;
		look->cursor = span.guest + look_at_span(&span, pages);
		cost -= span.budget;
		dynmem_count(&vm->counters, DYNMEM_A_COUNTER_RETOUCHED,
			     retouch_nr_new(look) - counted);
		cost += release_found(look, vm);
		budget -= min(budget, cost);
		cond_resched();
	}
	return false;
}
