// SPDX-License-Identifier: GPL-2.0
/* merge: which guest memory KSM may merge; see merge.h. */
#include <linux/ksm.h>
#include <linux/mm.h>
#include <linux/mman.h>

#include "memory/guestmem.h"
#include "memory/merge.h"

u64 dynmem_merge_pages(const struct mm_struct *mm)
{
#ifdef CONFIG_KSM
	return READ_ONCE(mm->ksm_merging_pages);
#else
	return 0;
#endif
}

static bool vma_is_as_wanted(struct vm_area_struct *vma, bool allow)
{
	return !vma_is_anonymous(vma) || !(vma->vm_flags & VM_MERGEABLE) == !allow;
}

/* Changes one mapping. mmap_lock is held for writing. */
static int vma_allow(struct vm_area_struct *vma, bool allow)
{
	vm_flags_t flags = vma->vm_flags;
	int ret;

	vma_start_write(vma);
	ret = ksm_madvise(vma, vma->vm_start, vma->vm_end,
			  allow ? MADV_MERGEABLE : MADV_UNMERGEABLE, &flags);
	if (!ret)
		vm_flags_reset(vma, flags);
	return ret == -ERESTARTSYS ? -EINTR : ret;
}

/*
 * Looks at the mappings of all private memory. If @change, mmap_lock is held for writing, and they
 * are changed. Return: 0: all are as wanted; 1: some are not; -errno
 */
static int layout_allow(const struct dynmem_layout *layout, struct mm_struct *mm, bool allow,
			bool change)
{
	unsigned int i;

	for (i = 0; i < layout->nr_regions; i++) {
		const struct dynmem_region *region = &layout->region[i];
		unsigned long end = region->hva + (region->pages << PAGE_SHIFT);
		struct vm_area_struct *vma;
		int ret;

		if (region->backing != DYNMEM_BACKING_ANON)
			continue;
		for (vma = find_vma(mm, region->hva); vma && vma->vm_start < end;
		     vma = find_vma(mm, vma->vm_end)) {
			if (vma_is_as_wanted(vma, allow))
				continue;
			if (!change)
				return 1;
			ret = vma_allow(vma, allow);
			if (ret)
				return ret;
		}
	}
	return 0;
}

static bool layout_has_private(const struct dynmem_layout *layout)
{
	unsigned int i;

	for (i = 0; i < layout->nr_regions; i++)
		if (layout->region[i].backing == DYNMEM_BACKING_ANON)
			return true;
	return false;
}

static int mm_allow(struct mm_struct *mm, const struct dynmem_layout *layout, bool allow, bool wait)
{
	int ret;

	if (wait ? mmap_read_lock_killable(mm) : !mmap_read_trylock(mm))
		return wait ? -EINTR : -EAGAIN;
	ret = layout_allow(layout, mm, allow, false);
	mmap_read_unlock(mm);
	if (!ret)
		return 0;
	if (mmap_write_lock_killable(mm))
		return -EINTR;
	ret = layout_allow(layout, mm, allow, true);
	mmap_write_unlock(mm);
	return ret;
}

int dynmem_merge_allow(struct dynmem_guestmem *gm, bool allow, bool wait)
{
	struct dynmem_layout *layout;
	struct dynmem_hold hold;
	int ret;

	layout = dynmem_guestmem_layout(gm, wait);
	if (IS_ERR(layout))
		return PTR_ERR(layout);
	if (!layout_has_private(layout)) {
		ret = 0;
	} else if (!dynmem_guestmem_hold(gm, &hold)) {
		ret = -ESRCH;
	} else {
		ret = mm_allow(hold.mm, layout, allow, wait) ?: 1;
		dynmem_guestmem_drop(&hold);
	}
	dynmem_layout_put(layout);
	return ret;
}
