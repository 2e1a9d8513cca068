// SPDX-License-Identifier: GPL-2.0
/* Makes layouts of guest RAM, and keeps a table of the files that attached guests use as memory. */
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/hugetlb.h>
#include <linux/kvm_host.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sched/task.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "compat.h"
#include "memory/pageset.h"
#include "memory/pool.h"
#include "memory/regions.h"

/*
 * Claims of all attached guests, hashed by inode. A guest has a few claims, so a host has some
 * thousands of claims at most.
 */
static DEFINE_HASHTABLE(claims, 10);
static DEFINE_SPINLOCK(claims_lock);

static atomic64_t departures = ATOMIC64_INIT(0);

s64 dynmem_region_departures(void)
{
	return atomic64_read(&departures);
}

void dynmem_region_departed(void)
{
	atomic64_inc(&departures);
}

static bool object_is_inode(const struct dynmem_object *object, const struct inode *inode)
{
	return object->of == inode && object->ino == inode->i_ino &&
	       object->generation == inode->i_generation;
}

static bool same_object(const struct dynmem_object *a, const struct dynmem_object *b)
{
	return a->of == b->of && a->ino == b->ino && a->generation == b->generation;
}

bool dynmem_region_in(const struct dynmem_region *region, const struct inode *inode)
{
	return object_is_inode(&region->object, inode);
}

bool dynmem_region_shared(const struct dynmem_owner *owner, const struct inode *inode)
{
	struct dynmem_claim *claim;
	bool shared = false;

	spin_lock(&claims_lock);
	hash_for_each_possible(claims, claim, node, (unsigned long)inode) {
		if (object_is_inode(&claim->object, inode) && claim->owner != owner &&
		    !READ_ONCE(claim->owner->gone)) {
			shared = true;
			break;
		}
	}
	spin_unlock(&claims_lock);
	return shared;
}

void dynmem_layout_claim(struct dynmem_layout *layout, struct dynmem_layout *before)
{
	unsigned int i;

	spin_lock(&claims_lock);
	for (i = 0; before && i < before->nr_claims; i++)
		hash_del(&before->claim[i].node);
	for (i = 0; layout && i < layout->nr_claims; i++)
		hash_add(claims, &layout->claim[i].node, (unsigned long)layout->claim[i].object.of);
	spin_unlock(&claims_lock);
}

bool dynmem_slot_is_memory(const struct kvm_memory_slot *slot)
{
	return slot->id < KVM_USER_MEM_SLOTS &&
	       !(slot->flags & (KVM_MEMSLOT_INVALID | KVM_MEM_GUEST_MEMFD));
}

/*
 * Memory of emulated devices looks like RAM. Only the frame buffer of a display can be recognised,
 * since KVM logs writes to its slot from the start. During a migration KVM logs writes to all
 * slots. So a slot with a log counts as RAM only if the slot of the guest's first page has a log,
 * too.
 */
bool dynmem_slot_is_ram(struct kvm_memslots *slots, const struct kvm_memory_slot *slot)
{
	const struct kvm_memory_slot *low;

	if (!dynmem_slot_is_memory(slot) || (slot->flags & KVM_MEM_READONLY))
		return false;
	if (!(slot->flags & KVM_MEM_LOG_DIRTY_PAGES))
		return true;
	low = __gfn_to_memslot(slots, 0);
	return low && (low->flags & KVM_MEM_LOG_DIRTY_PAGES);
}

unsigned long dynmem_slot_hva(const struct kvm_memory_slot *slot, u64 gfn)
{
	return slot->userspace_addr + ((gfn - slot->base_gfn) << PAGE_SHIFT);
}

/* Only the kinds of memory that are named here may ever be released. */
enum dynmem_backing dynmem_region_backing(struct vm_area_struct *vma, unsigned long *page_size)
{
	*page_size = PAGE_SIZE;
	if (vma->vm_flags & (VM_PFNMAP | VM_IO | VM_MIXEDMAP))
		return DYNMEM_BACKING_NONE;
	if (vma_is_anonymous(vma))
		return DYNMEM_BACKING_ANON;
	/* In a private mapping of a file, a zap would bring the contents of the file back. */
	if (!(vma->vm_flags & VM_SHARED) || !vma->vm_file)
		return DYNMEM_BACKING_NONE;
	if (is_vm_hugetlb_page(vma)) {
		*page_size = huge_page_size(hstate_vma(vma));
		return DYNMEM_BACKING_HUGETLB;
	}
	if (shmem_mapping(vma->vm_file->f_mapping))
		return DYNMEM_BACKING_SHMEM;
	return DYNMEM_BACKING_NONE;
}

u64 dynmem_region_index(const struct vm_area_struct *vma, enum dynmem_backing backing,
			unsigned long hva)
{
	if (backing == DYNMEM_BACKING_ANON)
		return hva >> PAGE_SHIFT;
	return vma->vm_pgoff + ((hva - vma->vm_start) >> PAGE_SHIFT);
}

/* Reads mems_allowed under alloc_lock of the task (task_lock()), which is held for moments only. */
void dynmem_layout_nodes(struct mm_struct *mm, nodemask_t *nodes)
{
	*nodes = node_states[N_MEMORY];
#if defined(CONFIG_MEMCG) && defined(CONFIG_CPUSETS)
	struct task_struct *owner;
	nodemask_t allowed;

	rcu_read_lock();
	owner = rcu_dereference(mm->owner);
	if (owner) {
		task_lock(owner);
		allowed = owner->mems_allowed;
		task_unlock(owner);
		if (nodes_intersects(allowed, *nodes))
			nodes_and(*nodes, *nodes, allowed);
	}
	rcu_read_unlock();
#endif
}

/*
 * Return: the only node that pages of this mapping can come from, or NUMA_NO_NODE. @allowed are the
 * nodes that the VMM's cpuset allows. Like the kernel, this function ignores a policy that has none
 * of the allowed nodes. Memory policies of tasks do not count, because they can change, and because
 * any thread of the VMM may fault pages in.
 */
static int bound_node(const struct vm_area_struct *vma, const nodemask_t *allowed)
{
	const struct mempolicy *policy = vma->vm_policy;
	nodemask_t nodes = *allowed;

	if (policy && policy->mode == MPOL_BIND && nodes_intersects(nodes, policy->nodes))
		nodes_and(nodes, nodes, policy->nodes);
	return nodes_weight(nodes) == 1 ? first_node(nodes) : NUMA_NO_NODE;
}

/* A layout that is being made. */
struct making {
	struct dynmem_owner *owner;
	struct dynmem_layout *layout;
	gfp_t gfp;
	unsigned int room;	/* size of the layout's array of regions */
	unsigned int mappings;	/* number of mappings, and of holes between them, so far */
};

static void region_describe(const struct making *making, struct dynmem_region *region,
			    struct vm_area_struct *vma)
{
	int node = bound_node(vma, &making->layout->nodes);

	region->backing = dynmem_region_backing(vma, &region->page_size);
	region->pool = dynmem_pool_find(region->page_size);
	region->node = dynmem_pool_node(node, region->pool);
	region->offset = dynmem_region_index(vma, region->backing, region->hva);
	if (region->backing == DYNMEM_BACKING_ANON) {
		region->object.of = vma->vm_mm;
	} else if (region->backing != DYNMEM_BACKING_NONE) {
		const struct inode *inode = file_inode(vma->vm_file);

		if (dynmem_region_shared(making->owner, inode))
			region->backing = DYNMEM_BACKING_NONE;
		region->object = (struct dynmem_object) {
			.of = inode, .ino = inode->i_ino, .generation = inode->i_generation,
			.pages = max(i_size_read(inode) >> PAGE_SHIFT, 1),
		};
	}
}

static bool region_continues(const struct dynmem_region *a, const struct dynmem_region *b)
{
	u64 bytes = a->pages << PAGE_SHIFT;

	return a->first + a->pages == b->first && a->hva + bytes == b->hva &&
	       a->backing == b->backing && a->node == b->node && a->page_size == b->page_size &&
	       same_object(&a->object, &b->object) &&
	       (!a->object.of || a->offset + a->pages == b->offset);
}

static int layout_add_region(struct making *making, const struct dynmem_region *region)
{
	struct dynmem_layout *layout = making->layout;
	struct dynmem_region *last = layout->region + layout->nr_regions - 1;

	if (++making->mappings > DYNMEM_MAPPINGS_MAX)
		return -E2BIG;
	if (layout->nr_regions && region_continues(last, region)) {
		last->pages += region->pages;
		return 0;
	}
	if (layout->nr_regions == making->room) {
		unsigned int room = max(2 * making->room, 16U);
		void *more = kvmalloc_array(room, sizeof(*region), making->gfp);

		if (!more)
			return -ENOMEM;
		if (layout->region)
			memcpy(more, layout->region, layout->nr_regions * sizeof(*region));
		kvfree(layout->region);
		layout->region = more;
		making->room = room;
	}
	layout->region[layout->nr_regions++] = *region;
	return 0;
}

/*
 * Adds the regions of a slot. A slot may be in several mappings, since madvise() and memory
 * policies split mappings.
 */
static int add_slot(struct making *making, struct mm_struct *mm,
		    const struct kvm_memory_slot *slot, bool ram)
{
	u64 gfn = slot->base_gfn, end = slot->base_gfn + slot->npages;

	while (gfn < end) {
		struct dynmem_region region = {
			.first = gfn,
			.pages = end - gfn,
			.hva = dynmem_slot_hva(slot, gfn),
			.node = NUMA_NO_NODE,
			.page_size = PAGE_SIZE,
		};
		struct vm_area_struct *vma = ram ? find_vma(mm, region.hva) : NULL;
		unsigned long next = vma ? vma->vm_start : ULONG_MAX;
		int ret;

		if (vma && next <= region.hva) {
			next = vma->vm_end;
			region_describe(making, &region, vma);
		}
		region.pages = min(region.pages, (u64)(next - region.hva) >> PAGE_SHIFT);
		ret = layout_add_region(making, &region);
		if (ret)
			return ret;
		gfn += region.pages;
	}
	return 0;
}

static int add_slots(struct making *making, struct mm_struct *mm, struct kvm_memslots *slots)
{
	struct kvm_memslot_iter iter;
	int ret = 0;

	kvm_for_each_memslot_in_gfn_range(&iter, slots, 0, ULONG_MAX) {
		if (!dynmem_slot_is_memory(iter.slot))
			continue;
		ret = add_slot(making, mm, iter.slot, dynmem_slot_is_ram(slots, iter.slot));
		if (ret)
			break;
	}
	return ret;
}

/*
 * Sorts by object, then by offset. If two regions show the same pages, the one with the lower guest
 * pages comes first, and counts as RAM.
 */
static int regions_by_object(const void *left, const void *right)
{
	const struct dynmem_region *a = *(const struct dynmem_region **)left;
	const struct dynmem_region *b = *(const struct dynmem_region **)right;

	if (a->object.of != b->object.of)
		return a->object.of < b->object.of ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return a->first < b->first ? -1 : 1;
}

/*
 * Decides how the resident pages of one object's regions are counted. If two regions show the same
 * memory, only the first region counts as RAM. Regions are not split for this, since a VMM shows a
 * region twice as a whole or not at all. The page count of a file is used only if all of the file
 * is RAM, or all but less than a block: a PC has holes below 1 MiB.
 */
static void settle_object(struct dynmem_layout *layout, struct dynmem_region **regions,
			  unsigned int nr)
{
	const struct dynmem_object *object = &regions[0]->object;
	enum dynmem_region_total total = DYNMEM_TOTAL_HERE;
	u64 covered = 0, end = 0;
	unsigned int i;

	for (i = 0; i < nr; i++) {
		struct dynmem_region *region = regions[i];

		if (region->backing == DYNMEM_BACKING_NONE)
			continue;
		if (region->offset < end) {
			region->backing = DYNMEM_BACKING_NONE;
		} else {
			region->leads = object->pages && !covered;
			covered += region->pages;
		}
		end = max(end, region->offset + region->pages);
	}
	if (!object->pages)
		return;
	layout->claim[layout->nr_claims++].object = *object;
	layout->nr_files += covered > 0;
	if (covered + DYNMEM_BLOCK_PAGES <= object->pages)
		return;
	for (i = 0; i < nr; i++) {
		if (regions[i]->backing == DYNMEM_BACKING_NONE)
			continue;
		regions[i]->total = total;
		total = DYNMEM_TOTAL_ELSEWHERE;
	}
}

static unsigned int sort_by_object(const struct dynmem_layout *layout,
				   struct dynmem_region **sorted)
{
	unsigned int i, nr = 0;

	for (i = 0; i < layout->nr_regions; i++)
		if (layout->region[i].object.of)
			sorted[nr++] = &layout->region[i];
	sort(sorted, nr, sizeof(*sorted), regions_by_object, NULL);
	return nr;
}

static int layout_settle(struct making *making)
{
	struct dynmem_layout *layout = making->layout;
	struct dynmem_region **sorted;
	unsigned int i, from, nr, objects = 0;

	sorted = kvmalloc_array(max(layout->nr_regions, 1U), sizeof(*sorted), making->gfp);
	if (!sorted)
		return -ENOMEM;
	nr = sort_by_object(layout, sorted);
	for (i = 0; i < nr; i++)
		objects += !i || !same_object(&sorted[i]->object, &sorted[i - 1]->object);
	layout->claim = kvcalloc(max(objects, 1U), sizeof(*layout->claim), making->gfp);
	for (from = 0, i = 1; layout->claim && i <= nr; i++) {
		if (i < nr && same_object(&sorted[i]->object, &sorted[from]->object))
			continue;
		settle_object(layout, sorted + from, i - from);
		from = i;
	}
	kvfree(sorted);
	if (!layout->claim)
		return -ENOMEM;
	for (i = 0; i < layout->nr_claims; i++)
		layout->claim[i].owner = making->owner;
	return 0;
}

static int lock_mappings(struct mm_struct *mm, bool wait)
{
	if (wait)
		return mmap_read_lock_killable(mm);
	return mmap_read_trylock(mm) ? 0 : -EAGAIN;
}

struct dynmem_layout *dynmem_layout_make(struct dynmem_owner *owner, struct mm_struct *mm,
					 struct kvm_memslots *slots, bool wait)
{
	struct making making = {
		.owner = owner, .gfp = wait ? GFP_KERNEL_ACCOUNT : GFP_NOWAIT,
	};
	struct dynmem_layout *layout = kzalloc(sizeof(*layout), making.gfp);
	int ret;

	if (!layout)
		return ERR_PTR(-ENOMEM);
	kref_init(&layout->ref);
	layout->generation = slots->generation;
	layout->departures = dynmem_region_departures();
	dynmem_layout_nodes(mm, &layout->nodes);
	making.layout = layout;
	ret = lock_mappings(mm, wait);
	if (!ret) {
		ret = add_slots(&making, mm, slots);
		mmap_read_unlock(mm);
	}
	cond_resched();
	if (!ret)
		ret = layout_settle(&making);
	if (!ret)
		return layout;
	dynmem_layout_put(layout);
	return ERR_PTR(ret);
}

static void free_layout(struct kref *ref)
{
	struct dynmem_layout *layout = container_of(ref, struct dynmem_layout, ref);

	kvfree(layout->region);
	kvfree(layout->claim);
	kfree(layout);
}

void dynmem_layout_put(struct dynmem_layout *layout)
{
	kref_put(&layout->ref, free_layout);
}

const struct dynmem_region *dynmem_layout_find(const struct dynmem_layout *layout, u64 page)
{
	unsigned int low = 0, high = layout->nr_regions;

	while (low < high) {
		unsigned int mid = low + (high - low) / 2;
		const struct dynmem_region *region = &layout->region[mid];

		if (region->first + region->pages > page)
			high = mid;
		else
			low = mid + 1;
	}
	return low < layout->nr_regions ? &layout->region[low] : NULL;
}
