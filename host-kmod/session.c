// SPDX-License-Identifier: GPL-2.0
/*
 * session: which guest pages belong to which vnode of a VM. Called by vdpa.c, request.c, balloon.c.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/numa.h>

#include "session.h"
#include "vm.h"

/* The span that a page is in: the last that begins at or below it, or the first of all. */
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

unsigned int dynmem_session_vnode(const struct dynmem_vm *vm, u64 page, u64 *end)
{
	unsigned int i = find_span(vm->span, vm->nr_spans, page);

	*end = i + 1 < vm->nr_spans ? vm->span[i + 1].first : U64_MAX;
	return vm->span[i].vnode;
}

/* Adds the RAM of one region to the vnodes its pages belong to. */
static void add_region(struct dynmem_vnode *vnode, const struct dynmem_span *span,
		       unsigned int nr_spans, const struct dynmem_region *region)
{
	u64 page = region->first, last = region->first + region->pages;

	while (page < last) {
		unsigned int i = find_span(span, nr_spans, page);
		u64 end = i + 1 < nr_spans ? min(span[i + 1].first, last) : last;
		struct dynmem_vnode *v = &vnode[span[i].vnode];

		if (!v->ram)
			v->node = region->node;
		else if (v->node != region->node)
			v->node = NUMA_NO_NODE;
		v->ram += (end - page) << VIRTIO_DYNMEM_PAGE_SHIFT;
		page = end;
	}
}

/* What is @on a node, or what of the old division has no successor on its node, to new vnodes. */
struct share_out {
	int node;
	bool rest;
	u64 granted;
	u64 target;
	u64 ram;
};

static bool on_node(const struct dynmem_vnode *vnode, unsigned int nr, int node)
{
	unsigned int i;

	for (i = 0; i < nr; i++)
		if (vnode[i].ram && vnode[i].node == node)
			return true;
	return false;
}

static void share_out(struct dynmem_vnode *vnode, unsigned int nr, struct share_out *out)
{
	unsigned int i;

	for (i = 0; i < nr; i++) {
		u64 part;

		if (!vnode[i].ram || (!out->rest && vnode[i].node != out->node))
			continue;
		out->ram -= vnode[i].ram;
		part = dynmem_next_part(out->granted, vnode[i].ram, out->ram, DYNMEM_BLOCK);
		vnode[i].granted += part;
		out->granted -= part;
		part = dynmem_next_part(out->target, vnode[i].ram, out->ram, DYNMEM_BLOCK);
		vnode[i].target += part;
		out->target -= part;
	}
}

/*
 * What was granted on a node stays there, since nobody asks the ledger now; only what has no
 * successor on its node goes to all by RAM.
 */
static void share_out_all(const struct dynmem_vm *vm, struct dynmem_vnode *vnode, unsigned int nr)
{
	struct share_out rest = { .rest = true };
	unsigned int i, k;

	for (i = 0; i < nr; i++) {
		struct share_out out = { .node = vnode[i].node };

		rest.ram += vnode[i].ram;
		if (on_node(vnode, i, out.node))
			continue;
		for (k = i; k < nr; k++)
			if (vnode[k].node == out.node)
				out.ram += vnode[k].ram;
		for (k = 0; k < vm->nr_vnodes; k++)
			if (vm->vnode[k].node == out.node) {
				out.granted += vm->vnode[k].granted;
				out.target += vm->vnode[k].target;
			}
		share_out(vnode, nr, &out);
	}
	for (k = 0; k < vm->nr_vnodes; k++)
		if (!on_node(vnode, nr, vm->vnode[k].node)) {
			rest.granted += vm->vnode[k].granted;
			rest.target += vm->vnode[k].target;
		}
	share_out(vnode, nr, &rest);
}

/* Replaces the VM's division by @span. Caller holds the VM's and the guest memory's lock. */
static int divide(struct dynmem_vm *vm, const struct dynmem_region *region, unsigned int nr_regions,
		  struct dynmem_span *span, unsigned int nr_spans, unsigned int nr_vnodes)
{
	struct dynmem_vnode *vnode;
	unsigned int i;
	u64 ram = 0;

	vnode = kcalloc(nr_vnodes, sizeof(*vnode), GFP_KERNEL);
	if (!vnode)
		return -ENOMEM;
	for (i = 0; i < nr_vnodes; i++)
		vnode[i].node = NUMA_NO_NODE;
	for (i = 0; i < nr_regions; i++)
		if (region[i].backing != DYNMEM_BACKING_NONE)
			add_region(vnode, span, nr_spans, &region[i]);
	for (i = 0; i < nr_vnodes; i++)
		ram += vnode[i].ram;

	share_out_all(vm, vnode, nr_vnodes);
	memset(vm->vnode, 0, sizeof(vm->vnode));
	memcpy(vm->vnode, vnode, nr_vnodes * sizeof(*vnode));
	vm->nr_vnodes = nr_vnodes;
	vm->ram = ram;
	kvfree(vm->span);
	vm->span = span;
	vm->nr_spans = nr_spans;
	kfree(vnode);
	return 0;
}

/* The index of @node's vnode in @nodes, which holds @nr so far; appended if it is not there. */
static unsigned int node_index(int *nodes, unsigned int *nr, int node)
{
	unsigned int i;

	for (i = 0; i < *nr; i++)
		if (nodes[i] == node)
			return i;
	/* More host nodes than a VM may have vnodes: the rest counts with the last one. */
	if (*nr == VIRTIO_DYNMEM_MAX_VNODES)
		return *nr - 1;
	nodes[(*nr)++] = node;
	return i;
}

int dynmem_session_by_node(struct dynmem_vm *vm)
{
	int nodes[VIRTIO_DYNMEM_MAX_VNODES];
	unsigned int nr_regions, nr_vnodes = 0, nr_spans = 0, i;
	const struct dynmem_region *region;
	struct dynmem_span *span;
	int ret;

	mutex_lock(&vm->gm.lock);
	region = dynmem_guestmem_snapshot(&vm->gm, &nr_regions);
	if (IS_ERR(region)) {
		ret = PTR_ERR(region);
		goto out;
	}
	ret = -ENOMEM;
	span = kvcalloc(nr_regions + 1, sizeof(*span), GFP_KERNEL);
	if (!span)
		goto out;
	for (i = 0; i < nr_regions; i++) {
		if (region[i].backing == DYNMEM_BACKING_NONE)
			continue;
		span[nr_spans].first = region[i].first;
		span[nr_spans++].vnode = node_index(nodes, &nr_vnodes, region[i].node);
	}
	ret = nr_spans ? divide(vm, region, nr_regions, span, nr_spans, nr_vnodes) : -ENODEV;
	if (ret)
		kvfree(span);
out:
	mutex_unlock(&vm->gm.lock);
	return ret;
}

int dynmem_session_by_guest(struct dynmem_vm *vm, struct dynmem_span *span, unsigned int nr_spans,
			    unsigned int nr_vnodes)
{
	const struct dynmem_region *region;
	unsigned int nr_regions;
	int ret;

	mutex_lock(&vm->gm.lock);
	region = dynmem_guestmem_snapshot(&vm->gm, &nr_regions);
	if (IS_ERR(region))
		ret = PTR_ERR(region);
	else
		ret = divide(vm, region, nr_regions, span, nr_spans, nr_vnodes);
	mutex_unlock(&vm->gm.lock);
	return ret;
}

void dynmem_session_clear(struct dynmem_vm *vm)
{
	kvfree(vm->span);
	vm->span = NULL;
	vm->nr_spans = 0;
	vm->nr_vnodes = 0;
	vm->ram = 0;
	memset(vm->vnode, 0, sizeof(vm->vnode));
}
