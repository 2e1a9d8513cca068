// SPDX-License-Identifier: GPL-2.0
/* Which guest pages belong to which vnode of a VM; see vnodes.h. */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/numa.h>
#include <linux/sched.h>
#include <linux/sizes.h>

#include "vm/vm.h"
#include "vm/vnodes.h"

/* Return: index of the last span that begins at or below @page, or 0 if there is none. */
static unsigned int find_span(const struct dynmem_span *span, unsigned int nr, u64 page)
{
	unsigned int low = 0, high = nr;

	while (high - low > 1) {
		unsigned int mid = low + (high - low) / 2;

		if (span[mid].first <= page)
			low = mid;
		else
			high = mid;
	}
	return low;
}

unsigned int dynmem_vnodes_vnode(const struct dynmem_vm *vm, u64 page, u64 *end)
{
	unsigned int i = find_span(vm->span, vm->nr_spans, page);

	*end = i + 1 < vm->nr_spans ? vm->span[i + 1].first : U64_MAX;
	return vm->span[i].vnode;
}

/*
 * Adds the RAM of one region to the vnodes that its pages belong to. If a vnode has regions in
 * several pools, it belongs to the pool with the largest pages. The node of a vnode is the node of
 * its regions in that pool, or NUMA_NO_NODE if these regions are on several nodes. A region smaller
 * than a block does not change the node of a vnode that has other RAM, since such a region may be
 * memory of a device, which a guest maps and unmaps at any time.
 */
static void vnodes_add_region(struct dynmem_vnode *vnode, const struct dynmem_span *span,
			      unsigned int nr_spans, const struct dynmem_region *region)
{
	u64 page = region->first, last = region->first + region->pages;

	while (page < last) {
		unsigned int i = find_span(span, nr_spans, page);
		u64 end = i + 1 < nr_spans ? min(span[i + 1].first, last) : last;
		struct dynmem_vnode *v = &vnode[span[i].vnode];

		if (v->ram < DYNMEM_BLOCK || v->pool < region->pool) {
			v->pool = region->pool;
			v->node = region->node;
		} else if (v->pool == region->pool && v->node != region->node &&
			   region->pages >= DYNMEM_BLOCK_PAGES) {
			v->node = NUMA_NO_NODE;
		}
		v->ram += (end - page) << VIRTIO_DYNMEM_PAGE_SHIFT;
		page = end;
	}
}

/*
 * Grants and targets of old vnodes, in bytes, that are to be divided between new vnodes. If @at is
 * NULL, all new vnodes get a part; otherwise only those with the same pool and node as @at.
 */
struct share_out {
	const struct dynmem_vnode *at;
	u64 granted;
	u64 target;
	u64 lent;
	u64 ram;			/* RAM of the vnodes that have not got a part yet */
};

static bool same_place(const struct dynmem_vnode *a, const struct dynmem_vnode *b)
{
	return a->pool == b->pool && a->node == b->node;
}

static bool any_vnode_at(const struct dynmem_vnode *vnode, unsigned int nr,
			 const struct dynmem_vnode *at)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (vnode[i].ram && same_place(&vnode[i], at))
			return true;
	return false;
}

static void vnodes_share_out(struct dynmem_vnode *vnode, unsigned int nr, struct share_out *out)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		u64 part;

		if (!vnode[i].ram || (out->at && !same_place(&vnode[i], out->at)))
			continue;
		out->ram -= vnode[i].ram;
		part = dynmem_next_part(out->granted, vnode[i].ram, out->ram, DYNMEM_BLOCK);
		vnode[i].granted += part;
		out->granted -= part;
		part = dynmem_next_part(out->target, vnode[i].ram, out->ram, DYNMEM_BLOCK);
		vnode[i].target += part;
		out->target -= part;
		part = dynmem_next_part(out->lent, vnode[i].ram, out->ram, 1);
		vnode[i].lent += part;
		out->lent -= part;
	}
}

/*
 * Gives the grants and targets of the VM's old vnodes to the new vnodes in @vnode. A grant stays on
 * its node where possible, because a grant on another node would need a decision of the balancer.
 * Grants and targets on nodes without a new vnode are divided between all new vnodes, in proportion
 * to RAM.
 */
static void vnodes_share_out_all(const struct dynmem_vm *vm, struct dynmem_vnode *vnode,
				 unsigned int nr)
{
	struct share_out rest = {};
	unsigned int i, k;

	for (i = 0; i < nr; i++) {
		struct share_out out = { .at = &vnode[i] };

		rest.ram += vnode[i].ram;
		/* A vnode without RAM is on no node. Each node is handled at its first vnode. */
		if (!vnode[i].ram || any_vnode_at(vnode, i, out.at))
			continue;
		for (k = i; k < nr; k++)
			if (same_place(&vnode[k], out.at))
				out.ram += vnode[k].ram;
		for (k = 0; k < vm->nr_vnodes; k++)
			if (same_place(&vm->vnode[k], out.at)) {
				out.granted += vm->vnode[k].granted;
				out.target += vm->vnode[k].target;
				out.lent += vm->vnode[k].lent;
			}
		vnodes_share_out(vnode, nr, &out);
	}
	for (k = 0; k < vm->nr_vnodes; k++)
		if (!any_vnode_at(vnode, nr, &vm->vnode[k])) {
			rest.granted += vm->vnode[k].granted;
			rest.target += vm->vnode[k].target;
			rest.lent += vm->vnode[k].lent;
		}
	vnodes_share_out(vnode, nr, &rest);
}

static bool same_division(const struct dynmem_vm *vm, const struct dynmem_vnode *vnode,
			  unsigned int nr)
{
	unsigned int i;

	for (i = 0; i < nr && i < vm->nr_vnodes; i++)
		if (vnode[i].ram != vm->vnode[i].ram)
			return false;
	return nr == vm->nr_vnodes;
}

/*
 * Return: one state of pacing that stands for @nr vnodes together; @from is the first of them. Each
 * member that is set has the worst value of these vnodes, except @mark, which is the sum of their
 * values.
 */
static struct dynmem_pacing pacing_of(const struct dynmem_vnode *from, unsigned int nr)
{
	struct dynmem_pacing worst = {};
	unsigned int i;

	for (i = 0; i < nr; i++) {
		const struct dynmem_pacing *pacing = &from[i].pacing;

		worst.last_ms = max(worst.last_ms, pacing->last_ms);
		worst.idle_ms = max(worst.idle_ms, pacing->idle_ms);
		worst.unable_ms = max(worst.unable_ms, pacing->unable_ms);
		worst.reaction = max(worst.reaction, pacing->reaction);
		if (pacing->samples)
			worst.rate = worst.samples ? min(worst.rate, pacing->rate) : pacing->rate;
		worst.samples = max(worst.samples, pacing->samples);
		worst.mark += min(pacing->mark, from[i].ram);
	}
	return worst;
}

/*
 * If a guest does not give memory and then names its vnodes again, the host must still know that
 * the guest does not give. So if the new vnodes differ from the old ones, each new vnode gets the
 * worst figures of the old vnodes. The old values of @mark (bytes that were exposed at the last
 * progress) are added up and divided between the new vnodes. So naming the vnodes again does not
 * count as progress.
 */
static void hand_on_pacing(const struct dynmem_vm *vm, struct dynmem_vnode *vnode, unsigned int nr,
			   u64 ram)
{
	struct dynmem_pacing all = pacing_of(vm->vnode, vm->nr_vnodes);
	bool same = same_division(vm, vnode, nr);
	u64 before = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		vnode[i].pacing = same ? pacing_of(&vm->vnode[i], 1) : all;
		if (!same)
			vnode[i].pacing.mark = dynmem_part(min(all.mark, ram), before, vnode[i].ram,
							   ram, DYNMEM_BLOCK);
		before += vnode[i].ram;
	}
}

/* Adds all RAM to the vnodes that its pages belong to. Return: the page after the last RAM page. */
static u64 add_layout(struct dynmem_vnode *vnode, const struct dynmem_span *span,
		      unsigned int nr_spans, const struct dynmem_layout *layout)
{
	unsigned int i;
	u64 end = 0;

	for (i = 0; i < layout->nr_regions; i++) {
		const struct dynmem_region *region = &layout->region[i];

		if (region->backing == DYNMEM_BACKING_NONE)
			continue;
		vnodes_add_region(vnode, span, nr_spans, region);
		end = region->first + region->pages;
	}
	return end;
}

/* The most pages of a set that are looked at in one step. */
#define SET_PAGES	((u64)SZ_1G >> VIRTIO_DYNMEM_PAGE_SHIFT)

/*
 * Adds the pages of @set, which are ballooned, to the vnodes that they belong to. Takes pages out
 * of the set that are in no memory slot any more.
 */
static void add_pages_of(struct dynmem_vnode *vnode, const struct dynmem_span *span,
			 unsigned int nr_spans, const struct dynmem_layout *layout,
			 struct dynmem_pageset *set, bool awaited)
{
	u64 page = 0, pages;

	while ((pages = dynmem_pageset_span(set, &page, SET_PAGES))) {
		const struct dynmem_region *region = dynmem_layout_find(layout, page);
		unsigned int i = find_span(span, nr_spans, page);
		bool here = region && region->first <= page, in;

		pages = dynmem_pageset_run(set, page, pages, &in);
		if (i + 1 < nr_spans)
			pages = min(pages, span[i + 1].first - page);
		if (region)
			pages = min(pages, region->first + (here ? region->pages : 0) - page);
		if (here || dynmem_pageset_remove(set, page, pages)) {
			struct dynmem_vnode *v = &vnode[span[i].vnode];

			v->ballooned += pages << VIRTIO_DYNMEM_PAGE_SHIFT;
			v->awaited += awaited ? pages << VIRTIO_DYNMEM_PAGE_SHIFT : 0;
		}
		page += pages;
		cond_resched();
	}
}

static void add_balloon(struct dynmem_vm *vm, struct dynmem_vnode *vnode,
			const struct dynmem_span *span, unsigned int nr_spans,
			const struct dynmem_layout *layout)
{
	add_pages_of(vnode, span, nr_spans, layout, &vm->ballooned, false);
	add_pages_of(vnode, span, nr_spans, layout, &vm->awaited, true);
}

static bool none_in(struct dynmem_pageset *set, const struct dynmem_region *region)
{
	bool in;

	return dynmem_pageset_run(set, region->first, region->pages, &in) == region->pages && !in;
}

/*
 * Expects that the guest takes new RAM, which lies behind all other RAM, into its balloon. Hugetlb
 * memory is an exception: nobody else can use it, since the VMM has reserved it in the pool. If
 * there is no memory for this, the new RAM counts as exposed.
 */
static void await_new_ram(struct dynmem_vm *vm, const struct dynmem_layout *layout)
{
	unsigned int i;

	for (i = 0; i < layout->nr_regions; i++) {
		const struct dynmem_region *region = &layout->region[i];

		if (region->backing != DYNMEM_BACKING_NONE && !region->pool &&
		    region->first >= vm->ram_end && region->pages >= DYNMEM_BLOCK_PAGES &&
		    none_in(&vm->ballooned, region) && none_in(&vm->awaited, region))
			dynmem_pageset_add(&vm->awaited, region->first, region->pages);
	}
}

/* Return: @nr new vnodes without RAM; NULL: there is no memory. */
static struct dynmem_vnode *make_vnodes(unsigned int nr)
{
	struct dynmem_vnode *vnode = kcalloc(nr, sizeof(*vnode), GFP_KERNEL_ACCOUNT);
	unsigned int i;

	for (i = 0; vnode && i < nr; i++)
		vnode[i].node = NUMA_NO_NODE;
	return vnode;
}

/*
 * Replaces the VM's spans; the VM's lock is held. Return: the old spans, which the caller frees
 * after it has dropped the lock.
 */
static struct dynmem_span *swap_spans(struct dynmem_vm *vm, struct dynmem_span *span,
				      unsigned int nr_spans, u64 ram_end)
{
	swap(vm->span, span);
	vm->nr_spans = nr_spans;
	vm->ram_end = ram_end;
	return span;
}

/* Divides the VM's RAM between vnodes as @span says. If this returns 0, the VM owns @span. */
static int vnodes_divide(struct dynmem_vm *vm, const struct dynmem_layout *layout,
			 struct dynmem_span *span, unsigned int nr_spans, unsigned int nr_vnodes,
			 bool await)
{
	struct dynmem_vnode *vnode;
	u64 ram = 0, ram_end;
	unsigned int i;

	vnode = make_vnodes(nr_vnodes);
	if (!vnode)
		return -ENOMEM;
	ram_end = add_layout(vnode, span, nr_spans, layout);
	if (await)
		await_new_ram(vm, layout);
	add_balloon(vm, vnode, span, nr_spans, layout);
	for (i = 0; i < nr_vnodes; i++)
		ram += vnode[i].ram;

	mutex_lock(&vm->lock);
	vnodes_share_out_all(vm, vnode, nr_vnodes);
	hand_on_pacing(vm, vnode, nr_vnodes, ram);
	for (i = 0; i < nr_vnodes; i++) {
		vnode[i].granted = min(vnode[i].granted, vnode[i].ram);
		vnode[i].target = min(vnode[i].target, vnode[i].ram);
		vnode[i].lent = min(vnode[i].lent, vnode[i].granted);
	}
	memset(vm->vnode, 0, sizeof(vm->vnode));
	memcpy(vm->vnode, vnode, nr_vnodes * sizeof(*vnode));
	vm->nr_vnodes = nr_vnodes;
	vm->ram = ram;
	vm->ram_seen = ram;
	span = swap_spans(vm, span, nr_spans, ram_end);
	mutex_unlock(&vm->lock);
	kvfree(span);
	kfree(vnode);
	return 0;
}

/*
 * Finds the vnode for the pool and node of @region, or adds a vnode. @at has the first region of
 * each of the @nr vnodes. Return: index of the vnode.
 */
static unsigned int vnode_at(const struct dynmem_region **at, unsigned int *nr,
			     const struct dynmem_region *region)
{
	unsigned int i;

	for (i = 0; i < *nr; i++)
		if (at[i]->pool == region->pool && at[i]->node == region->node)
			return i;
	/* If there are more nodes than a VM may have vnodes, the last vnode gets the rest. */
	if (*nr == VIRTIO_DYNMEM_MAX_VNODES)
		return *nr - 1;
	at[(*nr)++] = region;
	return i;
}

/* Makes a span for each region of RAM, and a vnode for each pool and node that RAM is in. */
static int vnodes_by_node(struct dynmem_vm *vm, const struct dynmem_layout *layout)
{
	const struct dynmem_region *at[VIRTIO_DYNMEM_MAX_VNODES];
	unsigned int nr_vnodes = 0, nr_spans = 0, i;
	struct dynmem_span *span;
	int ret;

	span = kvcalloc(layout->nr_regions + 1, sizeof(*span), GFP_KERNEL_ACCOUNT);
	if (!span)
		return -ENOMEM;
	for (i = 0; i < layout->nr_regions; i++) {
		const struct dynmem_region *region = &layout->region[i];

		if (region->backing == DYNMEM_BACKING_NONE)
			continue;
		span[nr_spans].first = region->first;
		span[nr_spans++].vnode = vnode_at(at, &nr_vnodes, region);
	}
	ret = nr_spans ? vnodes_divide(vm, layout, span, nr_spans, nr_vnodes, false) :
			 -ENODEV;
	if (ret)
		kvfree(span);
	return ret;
}

int dynmem_vnodes_by_node(struct dynmem_vm *vm)
{
	struct dynmem_layout *layout = dynmem_guestmem_layout(&vm->gm, true);
	int ret;

	if (IS_ERR(layout))
		return PTR_ERR(layout);
	ret = vnodes_by_node(vm, layout);
	dynmem_layout_put(layout);
	return ret;
}

int dynmem_vnodes_by_guest(struct dynmem_vm *vm, struct dynmem_span *span, unsigned int nr_spans,
			   unsigned int nr_vnodes, bool await)
{
	struct dynmem_layout *layout = dynmem_guestmem_layout(&vm->gm, true);
	int ret;

	if (IS_ERR(layout))
		return PTR_ERR(layout);
	ret = vnodes_divide(vm, layout, span, nr_spans, nr_vnodes, await);
	dynmem_layout_put(layout);
	return ret;
}

static u64 layout_ram(const struct dynmem_layout *layout)
{
	unsigned int i;
	u64 pages = 0;

	for (i = 0; i < layout->nr_regions; i++)
		if (layout->region[i].backing != DYNMEM_BACKING_NONE)
			pages += layout->region[i].pages;
	return pages << VIRTIO_DYNMEM_PAGE_SHIFT;
}

/*
 * Whether the VM's RAM has become @ram bytes. A change of less than a block does not count, since
 * holes in the first MiB of a PC's memory come and go. A decrease counts only when two calls in a
 * row see the same @ram.
 */
static bool ram_has_changed(struct dynmem_vm *vm, u64 ram)
{
	u64 seen = vm->ram_seen;

	vm->ram_seen = ram;
	if (ram > vm->ram)
		return ram - vm->ram >= DYNMEM_BLOCK;
	return vm->ram - ram >= DYNMEM_BLOCK && ram == seen;
}

/* Return: index of the vnode that the new RAM in @region goes to. */
static unsigned int vnode_for(const struct dynmem_vm *vm, const struct dynmem_region *region)
{
	const struct dynmem_vnode at = { .pool = region->pool, .node = region->node };
	unsigned int i;

	for (i = vm->nr_vnodes; i--;)
		if (vm->vnode[i].ram && same_place(&vm->vnode[i], &at))
			return i;
	return vm->nr_vnodes - 1;
}

/* Copies the VM's spans, and appends one for each new region. */
static struct dynmem_span *more_spans(const struct dynmem_vm *vm,
				      const struct dynmem_layout *layout, unsigned int *nr)
{
	struct dynmem_span *span = kvcalloc(vm->nr_spans + layout->nr_regions, sizeof(*span),
					    GFP_KERNEL_ACCOUNT);
	unsigned int i;

	if (!span)
		return NULL;
	memcpy(span, vm->span, vm->nr_spans * sizeof(*span));
	*nr = vm->nr_spans;
	for (i = 0; i < layout->nr_regions; i++) {
		const struct dynmem_region *region = &layout->region[i];

		if (region->backing == DYNMEM_BACKING_NONE || region->first < vm->ram_end)
			continue;
		span[*nr].first = region->first;
		span[(*nr)++].vnode = vnode_for(vm, region);
	}
	return span;
}

/* Counts the RAM and the balloon of each vnode again, new regions included. */
static int vnodes_recount(struct dynmem_vm *vm, const struct dynmem_layout *layout, bool await)
{
	struct dynmem_vnode *vnode = make_vnodes(vm->nr_vnodes);
	unsigned int nr_spans, i;
	struct dynmem_span *span;
	u64 ram_end;

	span = vnode ? more_spans(vm, layout, &nr_spans) : NULL;
	if (!span) {
		kfree(vnode);
		return -ENOMEM;
	}
	ram_end = add_layout(vnode, span, nr_spans, layout);
	if (await)
		await_new_ram(vm, layout);
	add_balloon(vm, vnode, span, nr_spans, layout);
	mutex_lock(&vm->lock);
	vm->ram = 0;
	for (i = 0; i < vm->nr_vnodes; i++) {
		struct dynmem_vnode *v = &vm->vnode[i];

		if (v->ballooned_before)
			v->ballooned_before = vnode[i].ballooned;
		else
			v->ballooned = vnode[i].ballooned;
		v->awaited = vnode[i].awaited;
		v->ram = max(vnode[i].ram, v->ballooned);
		v->pool = vnode[i].pool;
		v->node = vnode[i].node;
		v->granted = min(v->granted, v->ram);
		v->target = min(v->target, v->ram);
		v->lent = min(v->lent, v->granted);
		vm->ram += v->ram;
	}
	span = swap_spans(vm, span, nr_spans, ram_end);
	mutex_unlock(&vm->lock);
	kvfree(span);
	kfree(vnode);
	return 0;
}

/* Whether a memory policy or the VMM's cpuset has changed the node of a vnode's RAM. */
static bool node_has_changed(const struct dynmem_vm *vm, const struct dynmem_layout *layout)
{
	struct dynmem_vnode *vnode = make_vnodes(vm->nr_vnodes);
	bool changed = false;
	unsigned int i;

	if (!vnode)
		return false;
	add_layout(vnode, vm->span, vm->nr_spans, layout);
	for (i = 0; i < vm->nr_vnodes; i++)
		changed |= vnode[i].ram && !same_place(&vnode[i], &vm->vnode[i]);
	kfree(vnode);
	return changed;
}

int dynmem_vnodes_renew(struct dynmem_vm *vm, bool await)
{
	struct dynmem_layout *layout = dynmem_guestmem_layout(&vm->gm, false);
	u64 before = vm->ram, seen = vm->ram_seen, ram;
	bool changed;
	int ret = 0;

	if (IS_ERR(layout))
		return PTR_ERR(layout);
	ram = layout_ram(layout);
	changed = ram_has_changed(vm, ram);
	/*
	 * While a memslot is replaced, its RAM is missing. So compare nodes only if RAM is stable.
	 */
	if (changed || (ram == seen && node_has_changed(vm, layout)))
		ret = vnodes_recount(vm, layout, await);
	dynmem_layout_put(layout);
	return ret ?: changed && vm->ram != before;
}

void dynmem_vnodes_clear(struct dynmem_vm *vm)
{
	kvfree(vm->span);
	vm->span = NULL;
	vm->nr_spans = 0;
	vm->nr_vnodes = 0;
	vm->ram = 0;
	vm->ram_end = 0;
	vm->ram_seen = 0;
	memset(vm->vnode, 0, sizeof(vm->vnode));
}
