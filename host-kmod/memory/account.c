// SPDX-License-Identifier: GPL-2.0
/*
 * Counts the resident memory of a guest, per node.
 *
 * A full walk goes through the regions of the guest's RAM from the first guest page to the last, in
 * as many calls as the budget requires. The results of a walk are used only when the walk is
 * complete. But each call renews the total from counts that the kernel keeps.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/vmstat.h>

#include "memory/account.h"
#include "memory/folios.h"
#include "memory/guestmem.h"
#include "memory/merge.h"
#include "memory/pool.h"

/* The most steps of a walk before it drops the VMM's mmap_lock or its reference to a file. */
#define SLICE	8192ULL

/*
 * A VM's memory is at rest when, since the last walk, its total has changed by less than MOVED
 * bytes and the host has migrated fewer than MIGRATED pages. Memory at rest is walked every
 * REST_TICKS ticks, other memory in each tick. A new pin changes neither of these two numbers, so
 * it may be noticed REST_TICKS ticks late. When merged pages are separated, or are merged again,
 * the two numbers may not change, either. So memory does not count as at rest if the last walk has
 * found merged pages, or if the VMM's count of merged pages is not 0.
 */
#define REST_TICKS	10
#define MOVED		SZ_2M
#define MIGRATED	512

int dynmem_account_init(struct dynmem_account *acc)
{
	memset(acc, 0, sizeof(*acc));
	acc->node = kcalloc(dynmem_nr_nodes(), sizeof(*acc->node), GFP_KERNEL);
	acc->partial = kcalloc(dynmem_nr_nodes(), sizeof(*acc->partial), GFP_KERNEL);
	if (acc->node && acc->partial)
		return 0;
	dynmem_account_free(acc);
	return -ENOMEM;
}

void dynmem_account_free(struct dynmem_account *acc)
{
	kfree(acc->node);
	kfree(acc->partial);
	acc->node = NULL;
	acc->partial = NULL;
}

void dynmem_account_reset(struct dynmem_account *acc)
{
	u64 *node = acc->node, *partial = acc->partial;

	memset(acc, 0, sizeof(*acc));
	acc->node = memset(node, 0, dynmem_nr_nodes() * sizeof(*node));
	acc->partial = memset(partial, 0, dynmem_nr_nodes() * sizeof(*partial));
}

/* The sums to which the walk of a region adds each folio. */
struct tally {
	struct dynmem_account *acc;
	u64 *node;	/* bytes by host node, for the region's page size */
};

static bool account_count_folio(struct folio *folio, u64 first, u64 pages, void *arg)
{
	struct tally *tally = arg;
	u64 bytes = pages << PAGE_SHIFT, held = bytes;

	/* Each mapping of a merged page counts for an equal part of the page, rounded down. */
	if (folio_test_ksm(folio)) {
		held /= max(folio_mapcount(folio), 1);
		tally->acc->partial_shared += bytes;
		tally->acc->partial_saved += bytes - held;
	}
	tally->node[folio_nid(folio)] += held;
	if (folio_maybe_dma_pinned(folio))
		tally->acc->partial_pinned += held;
	return true;
}

/* Return: the mapping at @hva if it still maps the memory of the region, or NULL. */
static struct vm_area_struct *region_vma(struct mm_struct *mm, const struct dynmem_region *region,
					 unsigned long hva)
{
	struct vm_area_struct *vma = vma_lookup(mm, hva);

	if (!vma)
		return NULL;
	if (region->backing == DYNMEM_BACKING_ANON)
		return vma_is_anonymous(vma) ? vma : NULL;
	return vma->vm_file && dynmem_region_in(region, file_inode(vma->vm_file)) ? vma : NULL;
}

/* The part of a walk that one call of dynmem_account_walk() does. */
struct walk {
	struct dynmem_account *acc;
	struct mm_struct *mm;	/* use mmap_read_trylock(): the VMM may hold the lock for long */
	const struct dynmem_layout *layout;
	u64 *budget;		/* steps left */
	int error;		/* why the walk cannot go on, or 0 */
};

static struct file *region_file(struct walk *walk, const struct dynmem_region *region)
{
	struct vm_area_struct *vma;
	struct file *file = NULL;

	if (!mmap_read_trylock(walk->mm)) {
		walk->error = -EAGAIN;
		return NULL;
	}
	vma = region_vma(walk->mm, region, region->hva);
	if (vma)
		file = get_file(vma->vm_file);
	mmap_read_unlock(walk->mm);
	return file;
}

/* Walks @region from its page @from on. Return: the page of the region where the walk stopped. */
static u64 walk_region(struct walk *walk, const struct dynmem_region *region, u64 from,
		       u64 *steps)
{
	struct dynmem_account *acc = walk->acc;
	u64 first = region->offset + from, end = region->offset + region->pages;
	struct tally tally = { acc, acc->partial + dynmem_pool_node(0, region->pool) };
	struct file *file;

	if (region->backing == DYNMEM_BACKING_ANON) {
		if (!mmap_read_trylock(walk->mm)) {
			walk->error = -EAGAIN;
			return from;
		}
		if (region_vma(walk->mm, region, first << PAGE_SHIFT))
			end = dynmem_folios_in_tables(walk->mm, first, end, steps,
						      account_count_folio, &tally);
		mmap_read_unlock(walk->mm);
		return end - region->offset;
	}
	file = region_file(walk, region);
	if (walk->error)
		return from;
	if (file) {
		end = dynmem_folios_in_file(file->f_mapping, first, end, steps,
					    account_count_folio, &tally);
		fput(file);
	}
	return end - region->offset;
}

static u64 account_sum(const u64 *node)
{
	u64 bytes = 0;
	int i;

	for (i = 0; i < dynmem_nr_nodes(); i++)
		bytes += node[i];
	return bytes;
}

/* Return: true when all regions have been walked. */
static bool walk_regions(struct walk *walk)
{
	struct dynmem_account *acc = walk->acc;

	while (*walk->budget && !walk->error) {
		const struct dynmem_region *region = dynmem_layout_find(walk->layout, acc->cursor);
		u64 before = account_sum(acc->partial), slice = min(*walk->budget, SLICE), from;

		if (!region)
			return true;
		*walk->budget -= slice;
		slice--;
		from = max(acc->cursor, region->first) - region->first;
		if (region->backing == DYNMEM_BACKING_NONE)
			from = region->pages;
		else
			from = walk_region(walk, region, from, &slice);
		*walk->budget += slice;
		acc->cursor = region->first + from;
		if (region->total == DYNMEM_TOTAL_WALK)
			acc->partial_walked += account_sum(acc->partial) - before;
		cond_resched();
	}
	return false;
}

/*
 * Bytes of a file that are in swap space. The count is read without the lock of the inode, which is
 * enough for a figure that is read again in each decision.
 */
static u64 file_paged(const struct file *file)
{
	if (!shmem_mapping(file->f_mapping))
		return 0;
	return (u64)READ_ONCE(SHMEM_I(file->f_mapping->host)->swapped) << PAGE_SHIFT;
}

/*
 * Sets @bytes to the resident bytes of those files whose page count is used instead of a walk. Sets
 * @anon to whether the guest has anonymous memory, and @walked to whether the guest has files that
 * must be walked. Sets @paged to the bytes of the guest's files that are in swap space.
 */
static int count_files(const struct dynmem_layout *layout, struct mm_struct *mm, u64 *bytes,
		       u64 *paged, bool *anon, bool *walked)
{
	unsigned int i;

	*anon = false;
	*walked = false;
	*bytes = 0;
	*paged = 0;
	if (layout->nr_files && !mmap_read_trylock(mm))
		return -EAGAIN;
	for (i = 0; i < layout->nr_regions; i++) {
		const struct dynmem_region *region = &layout->region[i];
		struct vm_area_struct *vma = NULL;

		*anon |= region->backing == DYNMEM_BACKING_ANON;
		*walked |= region->total == DYNMEM_TOTAL_WALK &&
			   region->backing != DYNMEM_BACKING_ANON &&
			   region->backing != DYNMEM_BACKING_NONE;
		if (region->leads)
			vma = region_vma(mm, region, region->hva);
		if (!vma)
			continue;
		if (region->total == DYNMEM_TOTAL_HERE)
			*bytes += READ_ONCE(vma->vm_file->f_mapping->nrpages) << PAGE_SHIFT;
		*paged += file_paged(vma->vm_file);
	}
	if (layout->nr_files)
		mmap_read_unlock(mm);
	return 0;
}

u64 dynmem_account_migrated(void)
{
	u64 pages = 0;
#ifdef CONFIG_MIGRATION
	int cpu;

	for_each_possible_cpu(cpu)
		pages += per_cpu(vm_event_states, cpu).event[PGMIGRATE_SUCCESS];
#endif
	return pages;
}

static void begin_walk(struct dynmem_account *acc, struct dynmem_guestmem *gm,
		       struct mm_struct *mm, u64 exposed)
{
	acc->migrated = dynmem_account_migrated();
	memset(acc->partial, 0, dynmem_nr_nodes() * sizeof(*acc->partial));
	acc->partial_walked = 0;
	acc->partial_pinned = 0;
	acc->partial_shared = 0;
	acc->partial_saved = 0;
	acc->anon_start = get_mm_counter_sum(mm, MM_ANONPAGES);
	acc->exposed_start = exposed;
	/* Memory policies may have changed since the old layout was made: begin with a new one. */
	dynmem_guestmem_renew(gm);
}

static void end_walk(struct dynmem_account *acc, struct mm_struct *mm)
{
	swap(acc->node, acc->partial);
	acc->walked = acc->partial_walked;
	acc->pinned = acc->partial_pinned;
	acc->shared = acc->partial_shared;
	acc->saved = acc->partial_saved;
	acc->anon_base = min(acc->anon_start, get_mm_counter_sum(mm, MM_ANONPAGES));
	acc->merged_base = dynmem_merge_pages(mm);
	acc->exposed_walked = acc->exposed_start;
	acc->cursor = 0;
	acc->rested = 0;
	acc->walks++;
}

static int renew_total(struct dynmem_account *acc, const struct dynmem_layout *layout,
		       struct mm_struct *mm, u64 exposed)
{
	u64 known = account_sum(acc->node), anon = get_mm_counter_sum(mm, MM_ANONPAGES);
	u64 pages = dynmem_merge_pages(mm), at_once, paged;
	/* When two pages are merged, both count as merged, and one of them is freed. */
	s64 merged = max((s64)(pages - acc->merged_base), 0LL) / 2;
	s64 other = acc->walks ? acc->walked : acc->partial_walked;
	bool has_anon, walked;
	int ret;

	ret = count_files(layout, mm, &at_once, &paged, &has_anon, &walked);
	if (ret)
		return ret;
	if (has_anon && acc->walks)
		other += ((s64)anon - (s64)acc->anon_base - merged) * (s64)PAGE_SIZE;
	else if (has_anon)
		other = anon << PAGE_SHIFT;
	acc->total = at_once + max(other, 0LL);
	acc->exposed = walked ? max(exposed, acc->exposed_walked) : exposed;
	acc->merges = pages > 0;
	if (has_anon)
		paged += (u64)get_mm_counter_sum(mm, MM_SWAPENTS) << PAGE_SHIFT;
	acc->paged = paged;
	acc->unknown = acc->total > known ? acc->total - known : 0;
	return 0;
}

bool dynmem_account_is_due(struct dynmem_account *acc, u64 migrated)
{
	u64 moved = max(acc->total, acc->walked_total) - min(acc->total, acc->walked_total);

	return acc->cursor || !acc->walks || acc->walk_error || acc->shared ||
	       acc->merges || ++acc->rested >= REST_TICKS ||
	       moved >= MOVED || migrated - acc->migrated >= MIGRATED;
}

bool dynmem_account_walk(struct dynmem_account *acc, struct dynmem_guestmem *gm, u64 exposed,
			 u64 *budget)
{
	struct walk walk = { .acc = acc, .budget = budget };
	struct dynmem_layout *layout;
	struct dynmem_hold hold;
	bool done = false;

	if (!dynmem_guestmem_hold(gm, &hold))
		return true;
	walk.mm = hold.mm;
	if (!acc->cursor)
		begin_walk(acc, gm, hold.mm, exposed);
	layout = dynmem_guestmem_layout(gm, false);
	if (IS_ERR(layout)) {
		walk.error = PTR_ERR(layout);
		acc->total_error = walk.error;
	} else {
		walk.layout = layout;
		done = walk_regions(&walk);
		if (done)
			end_walk(acc, hold.mm);
		acc->total_error = renew_total(acc, layout, hold.mm, exposed);
		dynmem_layout_put(layout);
	}
	acc->walk_error = walk.error;
	if (done)
		acc->walked_total = acc->total;
	dynmem_guestmem_drop(&hold);
	return done || walk.error;
}

void dynmem_account_total(struct dynmem_account *acc, struct dynmem_guestmem *gm, u64 exposed)
{
	struct dynmem_layout *layout;
	struct dynmem_hold hold;

	if (!dynmem_guestmem_hold(gm, &hold))
		return;
	layout = dynmem_guestmem_layout(gm, false);
	if (IS_ERR(layout)) {
		acc->total_error = PTR_ERR(layout);
	} else {
		acc->total_error = renew_total(acc, layout, hold.mm, exposed);
		dynmem_layout_put(layout);
	}
	dynmem_guestmem_drop(&hold);
}
