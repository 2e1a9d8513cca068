// SPDX-License-Identifier: GPL-2.0
/* merge: allows or forbids KSM to merge guest memory; see merge.h. */
#include <linux/ksm.h>
#include <linux/mm.h>
#include <linux/minmax.h>
#include <linux/mman.h>
#include <linux/sizes.h>

#include "memory/guestmem.h"
#include "memory/merge.h"

/* The most bytes whose pages are separated in one hold of mmap_lock. */
#define CHUNK	SZ_64M

u64 dynmem_merge_pages(const struct mm_struct *mm)
{
#ifdef CONFIG_KSM
	return READ_ONCE(mm->ksm_merging_pages);
#else
	return 0;
#endif
}

/*
 * Whether a mapping has private memory, which KSM can merge. A private mapping of a file has some,
 * too: the pages of the file that were copied because they were written to.
 */
static bool vma_is_private(const struct vm_area_struct *vma)
{
	return !(vma->vm_flags & (VM_SHARED | VM_HUGETLB | VM_PFNMAP | VM_IO));
}

static bool vma_is_wrong(const struct vm_area_struct *vma, bool allow)
{
	return vma_is_private(vma) && !(vma->vm_flags & VM_MERGEABLE) == allow;
}

/*
 * Finds the first private mapping in *@at .. @end whose mark as mergeable differs from @allow. If
 * @all is true, finds the first private mapping, whatever its mark is. Moves *@at up to that
 * mapping. mmap_lock is held.
 */
static struct vm_area_struct *find_wrong(struct mm_struct *mm, unsigned long *at, unsigned long end,
					 bool allow, bool all)
{
	struct vm_area_struct *vma;

	while (*at < end) {
		vma = find_vma(mm, *at);
		if (!vma || vma->vm_start >= end)
			break;
		if (vma_is_wrong(vma, allow) || (all && vma_is_private(vma))) {
			*at = max(*at, vma->vm_start);
			return vma;
		}
		*at = vma->vm_end;
	}
	return NULL;
}

/* Marks a whole mapping as mergeable, or removes the mark. mmap_lock is held for writing. */
static int vma_mark(struct vm_area_struct *vma, bool allow)
{
	vm_flags_t flags = vma->vm_flags;
	int ret = 0;

	vma_start_write(vma);
	if (allow)
		ret = ksm_madvise(vma, vma->vm_start, vma->vm_end, MADV_MERGEABLE, &flags);
	else
		flags &= ~VM_MERGEABLE;
	if (!ret)
		vm_flags_reset(vma, flags);
	return ret;
}

/* Separates the merged pages of a range in a mapping. mmap_lock is held for writing. */
static int vma_separate(struct vm_area_struct *vma, unsigned long from, unsigned long to)
{
	/*
	 * The mapping has no mark any more, so KSM merges nothing now. But ksm_madvise() separates
	 * pages only if the flags have the mark. So pass a copy of the flags with the mark.
	 */
	vm_flags_t flags = vma->vm_flags | VM_MERGEABLE;

	return ksm_madvise(vma, from, to, MADV_UNMERGEABLE, &flags);
}

/*
 * Sets the marks of a range's private mappings to @allow. If @allow is false, also separates the
 * merged pages. The separation begins at the first mapping that has a mark, or at the start of the
 * range if @all is true. Drops mmap_lock after each CHUNK, since the guest stands still while the
 * lock is held.
 */
static int range_allow(struct mm_struct *mm, unsigned long at, unsigned long end, bool allow,
		       bool all)
{
	unsigned long to;
	int ret = 0;

	while (!ret) {
		struct vm_area_struct *vma;

		if (mmap_write_lock_killable(mm))
			return -EINTR;
		vma = find_wrong(mm, &at, end, allow, all);
		if (!vma) {
			mmap_write_unlock(mm);
			return 0;
		}
		to = vma->vm_end;
		if (vma_is_wrong(vma, allow))
			ret = vma_mark(vma, allow);
		/* The mapping has no mark any more, so only with @all is its next chunk found. */
		all |= !allow;
		if (!ret && !allow) {
			to = min3(to, end, at + CHUNK);
			ret = vma_separate(vma, at, to);
		}
		mmap_write_unlock(mm);
		at = to;
		cond_resched();
	}
	return ret == -ERESTARTSYS ? -EINTR : ret;
}

/* Whether a region may have private memory. A private mapping of a file has the backing NONE. */
static bool region_is_private(const struct dynmem_region *region)
{
	return region->backing == DYNMEM_BACKING_ANON || region->backing == DYNMEM_BACKING_NONE;
}

static int mm_allow(struct mm_struct *mm, const struct dynmem_layout *layout, bool allow, bool wait,
		    bool all)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; !ret && i < layout->nr_regions; i++) {
		const struct dynmem_region *region = &layout->region[i];
		unsigned long at = region->hva, end = at + (region->pages << PAGE_SHIFT);
		bool wrong;

		if (allow ? region->backing != DYNMEM_BACKING_ANON : !region_is_private(region))
			continue;
		if (wait ? mmap_read_lock_killable(mm) : !mmap_read_trylock(mm))
			return wait ? -EINTR : -EAGAIN;
		wrong = find_wrong(mm, &at, end, allow, all);
		mmap_read_unlock(mm);
		if (wrong)
			ret = range_allow(mm, region->hva, end, allow, all);
	}
	return ret;
}

static bool layout_has_private(const struct dynmem_layout *layout)
{
	unsigned int i;

	for (i = 0; i < layout->nr_regions; i++)
		if (layout->region[i].backing == DYNMEM_BACKING_ANON)
			return true;
	return false;
}

int dynmem_merge_allow(struct dynmem_guestmem *gm, bool allow, bool wait, bool *unfinished)
{
	bool all = *unfinished && !allow, private;
	struct dynmem_layout *layout;
	struct dynmem_hold hold;
	int ret;

	layout = dynmem_guestmem_layout(gm, wait);
	if (IS_ERR(layout))
		return PTR_ERR(layout) == -ENOMEM ? -EAGAIN : PTR_ERR(layout);
	private = layout_has_private(layout);
	if (!dynmem_guestmem_hold(gm, &hold)) {
		ret = -ESRCH;
	} else {
		ret = mm_allow(hold.mm, layout, allow, wait, all);
		if (ret != -EAGAIN)
			*unfinished = ret && !allow;
		dynmem_guestmem_drop(&hold);
	}
	dynmem_layout_put(layout);
	return ret ?: private;
}
