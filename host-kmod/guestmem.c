// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of a KVM guest as the host sees it. vdpa.c attaches and detaches; vring.c reads and
 * writes rings; reclaim.c looks up what to release; account.c walks the snapshot.
 *
 * Three lifetimes meet here. struct kvm is held by a reference. The mm is held by mmgrab(), which
 * keeps the struct but not the address space; who needs that takes a struct dynmem_hold. An MMU
 * notifier tells when the address space ends, and the guest is let go then, whatever still holds
 * our device open.
 */
#include <linux/bitops.h>
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/hashtable.h>
#include <linux/hugetlb.h>
#include <linux/kvm_host.h>
#include <linux/magic.h>
#include <linux/mempolicy.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/sched/mm.h>
#include <linux/shmem_fs.h>
#include <linux/slab.h>
#include <linux/sort.h>
#include <linux/srcu.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "guestmem.h"
#include "pool.h"

#define BLOCK_PAGES	((2UL << 20) >> PAGE_SHIFT)
#define RENEW		(~0ULL)

/* Which attached guest has which file as memory. A guest has few, a host has some thousand. */
static DEFINE_HASHTABLE(claims, 10);
static DEFINE_SPINLOCK(claims_lock);

/* Guests that have gone: what they shared with another may be that one's alone now. */
static atomic64_t departures = ATOMIC64_INIT(0);

static void claim_objects(struct dynmem_guestmem *gm)
{
	unsigned int i;

	spin_lock(&claims_lock);
	for (i = 0; i < gm->nr_regions; i++) {
		struct dynmem_region *region = &gm->regions[i];

		if (region->object_pages)
			hash_add(claims, &region->claim, (unsigned long)region->object);
	}
	spin_unlock(&claims_lock);
}

static void unclaim_objects(struct dynmem_guestmem *gm)
{
	unsigned int i;

	spin_lock(&claims_lock);
	for (i = 0; i < gm->nr_regions; i++)
		hash_del(&gm->regions[i].claim);
	spin_unlock(&claims_lock);
}

bool dynmem_guestmem_shared(const struct dynmem_guestmem *gm, const struct inode *inode)
{
	struct dynmem_region *region;
	bool shared = false;

	spin_lock(&claims_lock);
	hash_for_each_possible(claims, region, claim, (unsigned long)inode) {
		if (region->object == inode && region->owner != gm &&
		    !READ_ONCE(region->owner->gone)) {
			shared = true;
			break;
		}
	}
	spin_unlock(&claims_lock);
	return shared;
}

/*
 * A KVM VM's file is known by the name that KVM gives it, which user space cannot choose, and by
 * the module behind it: that of KVM itself or of the vendor (kvm_amd, kvm_intel).
 */
static bool is_kvm_vm(struct file *file)
{
	const struct module *owner = file->f_op->owner;

	if (file_inode(file)->i_sb->s_magic != ANON_INODE_FS_MAGIC ||
	    strcmp(file_dentry(file)->d_name.name, "kvm-vm"))
		return false;
	return owner ? !strncmp(owner->name, "kvm", 3) : IS_BUILTIN(CONFIG_KVM);
}

struct kvm_search {
	struct kvm *kvm;
	bool two;
};

static int match_kvm(const void *arg, struct file *file, unsigned int fd)
{
	struct kvm_search *search = (struct kvm_search *)arg;
	struct kvm *kvm;

	if (!is_kvm_vm(file))
		return 0;
	kvm = file->private_data;
	if (!search->kvm) {
		/* Here, while the table's lock keeps the file, and so the guest, from going. */
		kvm_get_kvm(kvm);
		search->kvm = kvm;
	} else if (search->kvm != kvm) {
		search->two = true;
		return 1;
	}
	return 0;
}

static int check_kvm(const struct kvm_search *search, struct mm_struct *mm, const char **why)
{
	const struct kvm *kvm = search->kvm;

	if (!kvm) {
		*why = "the process has no KVM guest: dynmem serves QEMU with accel=kvm only";
		return -ENODEV;
	}
	if (search->two) {
		*why = "the process has two KVM guests: dynmem serves one guest a process";
		return -EBUSY;
	}
	if (kvm->mm != mm) {
		*why = "the KVM guest was made by another process: let one process do both";
		return -EPERM;
	}
	if (kvm->arch.vm_type || kvm->arch.has_protected_state || kvm->arch.has_private_mem) {
		*why = "the guest is confidential (SEV, TDX): its memory cannot be released";
		return -EOPNOTSUPP;
	}
	return 0;
}

static void put_kvm(struct work_struct *work)
{
	struct dynmem_guestmem *gm = container_of(work, struct dynmem_guestmem, put_work);
	struct kvm *kvm;

	spin_lock(&gm->ref_lock);
	kvm = gm->kvm;
	gm->kvm = NULL;
	spin_unlock(&gm->ref_lock);
	if (kvm)
		kvm_put_kvm(kvm);
}

/* The last reference to a guest must not be put here: KVM would wait for this very callback. */
static void mm_ends(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	struct dynmem_guestmem *gm = container_of(notifier, struct dynmem_guestmem, notifier);

	spin_lock(&gm->ref_lock);
	WRITE_ONCE(gm->gone, true);
	spin_unlock(&gm->ref_lock);
	atomic64_inc(&departures);
	schedule_work(&gm->put_work);
}

static const struct mmu_notifier_ops notifier_ops = {
	.release = mm_ends,
};

void dynmem_guestmem_init(struct dynmem_guestmem *gm)
{
	memset(gm, 0, sizeof(*gm));
	mutex_init(&gm->lock);
	mutex_init(&gm->lost_lock);
	init_rwsem(&gm->release_lock);
	spin_lock_init(&gm->ref_lock);
	INIT_WORK(&gm->put_work, put_kvm);
	dynmem_given_init(&gm->lost);
	gm->generation = RENEW;
}

int dynmem_guestmem_attach(struct dynmem_guestmem *gm, struct mm_struct *mm, const char **why)
{
	struct kvm_search search = { };
	const struct dynmem_region *regions;
	unsigned int nr;
	int ret;

	iterate_fd(current->files, 0, match_kvm, &search);
	ret = check_kvm(&search, mm, why);
	if (ret)
		goto put;

	gm->notifier.ops = &notifier_ops;
	WRITE_ONCE(gm->gone, false);
	ret = mmu_notifier_register(&gm->notifier, mm);
	if (ret) {
		*why = ret == -EINTR ? "the process was interrupted" :
				       "the host has no memory left to watch the process";
		goto put;
	}
	mmgrab(mm);
	spin_lock(&gm->ref_lock);
	gm->kvm = search.kvm;
	gm->mm = mm;
	spin_unlock(&gm->ref_lock);

	mutex_lock(&gm->lock);
	gm->generation = RENEW;
	regions = dynmem_guestmem_snapshot(gm, &nr);
	mutex_unlock(&gm->lock);
	if (IS_ERR(regions)) {
		*why = "the host has no memory left to describe the guest's";
		dynmem_guestmem_detach(gm);
		return PTR_ERR(regions);
	}
	return 0;
put:
	if (search.kvm)
		kvm_put_kvm(search.kvm);
	return ret;
}

void dynmem_guestmem_detach(struct dynmem_guestmem *gm)
{
	struct mm_struct *mm;

	spin_lock(&gm->ref_lock);
	mm = gm->mm;
	gm->mm = NULL;
	spin_unlock(&gm->ref_lock);
	if (!mm)
		return;

	/* Runs mm_ends(), unless the mm has ended and it has run already. */
	mmu_notifier_unregister(&gm->notifier, mm);
	flush_work(&gm->put_work);

	mutex_lock(&gm->lock);
	unclaim_objects(gm);
	kvfree(gm->regions);
	gm->regions = NULL;
	gm->nr_regions = 0;
	gm->room = 0;
	mutex_unlock(&gm->lock);
	dynmem_given_clear(&gm->lost);
	while (gm->rooms) {
		struct dynmem_room *room = gm->rooms;

		gm->rooms = room->next;
		kvfree(room);
	}
	mmdrop(mm);
}

bool dynmem_guestmem_has_run(struct dynmem_guestmem *gm)
{
	struct dynmem_hold hold;
	struct kvm_vcpu *vcpu;
	unsigned long i;
	bool run = false;

	if (!dynmem_guestmem_hold(gm, &hold))
		return false;
	kvm_for_each_vcpu(i, vcpu, hold.kvm)
		run |= dynmem_vcpu_has_run(vcpu);
	dynmem_guestmem_drop(&hold);
	return run;
}

bool dynmem_guestmem_hold(struct dynmem_guestmem *gm, struct dynmem_hold *hold)
{
	bool held = false;

	spin_lock(&gm->ref_lock);
	if (gm->kvm && gm->mm && !gm->gone && mmget_not_zero(gm->mm)) {
		kvm_get_kvm(gm->kvm);
		hold->kvm = gm->kvm;
		hold->mm = gm->mm;
		held = true;
	}
	spin_unlock(&gm->ref_lock);
	return held;
}

void dynmem_guestmem_drop(struct dynmem_hold *hold)
{
	kvm_put_kvm(hold->kvm);
	/* Ending an address space takes long and wants no lock of ours held. */
	mmput_async(hold->mm);
}

/* Guest memory of any kind, ROM too. Not KVM's own slots, not one that is being taken away. */
static bool slot_is_memory(const struct kvm_memory_slot *slot)
{
	return slot->id < KVM_USER_MEM_SLOTS &&
	       !(slot->flags & (KVM_MEMSLOT_INVALID | KVM_MEM_GUEST_MEMFD));
}

/*
 * RAM as far as KVM can tell. Memory of emulated devices looks alike, except that a display has
 * writes to its frame buffer logged from the start. During a migration they are logged everywhere,
 * the guest's first page included.
 */
static bool slot_is_ram(struct kvm_memslots *slots, const struct kvm_memory_slot *slot)
{
	const struct kvm_memory_slot *low;

	if (!slot_is_memory(slot) || (slot->flags & KVM_MEM_READONLY))
		return false;
	if (!(slot->flags & KVM_MEM_LOG_DIRTY_PAGES))
		return true;
	low = __gfn_to_memslot(slots, 0);
	return low && (low->flags & KVM_MEM_LOG_DIRTY_PAGES);
}

static unsigned long slot_hva(const struct kvm_memory_slot *slot, u64 gfn)
{
	return slot->userspace_addr + ((gfn - slot->base_gfn) << PAGE_SHIFT);
}

/* The positive list of what may ever be released. */
static enum dynmem_backing classify(struct vm_area_struct *vma, unsigned long *page_size)
{
	*page_size = PAGE_SIZE;
	if (vma->vm_flags & (VM_PFNMAP | VM_IO | VM_MIXEDMAP))
		return DYNMEM_BACKING_NONE;
	if (vma_is_anonymous(vma))
		return DYNMEM_BACKING_ANON;
	/* Private pages of a file hide contents that a zap would show again. */
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

/*
 * The one node that a page of this mapping can come from. A policy of the task alone does not
 * bind: KVM faults pages in from any thread of the VMM, and the policy can change.
 */
static int bound_node(const struct vm_area_struct *vma)
{
	const struct mempolicy *policy = vma->vm_policy;

	if (num_node_state(N_MEMORY) == 1)
		return first_memory_node;
	if (policy && policy->mode == MPOL_BIND && nodes_weight(policy->nodes) == 1)
		return first_node(policy->nodes);
	return NUMA_NO_NODE;
}

/* Where an address lies in what the memory belongs to, the file or the mm, in pages of 4 KiB. */
static u64 index_of(const struct vm_area_struct *vma, enum dynmem_backing backing,
		    unsigned long hva)
{
	if (backing == DYNMEM_BACKING_ANON)
		return hva >> PAGE_SHIFT;
	return vma->vm_pgoff + ((hva - vma->vm_start) >> PAGE_SHIFT);
}

static void describe(struct dynmem_region *region, struct vm_area_struct *vma)
{
	region->backing = classify(vma, &region->page_size);
	region->pool = dynmem_pool_find(region->page_size);
	region->node = dynmem_pool_node(bound_node(vma), region->pool);
	region->offset = index_of(vma, region->backing, region->hva);
	if (region->backing == DYNMEM_BACKING_ANON) {
		region->object = vma->vm_mm;
	} else if (region->backing != DYNMEM_BACKING_NONE) {
		struct inode *inode = file_inode(vma->vm_file);

		if (dynmem_guestmem_shared(region->owner, inode))
			region->backing = DYNMEM_BACKING_NONE;
		region->object = inode;
		region->object_pages = max(i_size_read(inode) >> PAGE_SHIFT, 1);
	}
}

static bool continues(const struct dynmem_region *a, const struct dynmem_region *b)
{
	u64 bytes = a->pages << PAGE_SHIFT;

	return a->first + a->pages == b->first && a->hva + bytes == b->hva &&
	       a->backing == b->backing && a->node == b->node && a->page_size == b->page_size &&
	       a->object == b->object && (!a->object || a->offset + a->pages == b->offset);
}

static int add_region(struct dynmem_guestmem *gm, const struct dynmem_region *region)
{
	if (gm->nr_regions && continues(&gm->regions[gm->nr_regions - 1], region)) {
		gm->regions[gm->nr_regions - 1].pages += region->pages;
		return 0;
	}
	if (gm->nr_regions == gm->room) {
		unsigned int room = max(2 * gm->room, 16U);
		void *regions = kvrealloc(gm->regions, array_size(room, sizeof(*region)),
					  GFP_KERNEL);

		if (!regions)
			return -ENOMEM;
		gm->regions = regions;
		gm->room = room;
	}
	gm->regions[gm->nr_regions++] = *region;
	return 0;
}

/* A slot may lie in several mappings: advice and memory policies split them. */
static int add_slot(struct dynmem_guestmem *gm, struct mm_struct *mm,
		    const struct kvm_memory_slot *slot, bool ram)
{
	u64 gfn = slot->base_gfn, end = slot->base_gfn + slot->npages;

	while (gfn < end) {
		struct dynmem_region region = {
			.first = gfn,
			.pages = end - gfn,
			.hva = slot_hva(slot, gfn),
			.node = NUMA_NO_NODE,
			.page_size = PAGE_SIZE,
			.owner = gm,
		};
		struct vm_area_struct *vma = ram ? find_vma(mm, region.hva) : NULL;
		unsigned long next = vma ? vma->vm_start : ULONG_MAX;
		int ret;

		if (vma && next <= region.hva) {
			next = vma->vm_end;
			describe(&region, vma);
		}
		region.pages = min(region.pages, (u64)(next - region.hva) >> PAGE_SHIFT);
		ret = add_region(gm, &region);
		if (ret)
			return ret;
		gfn += region.pages;
	}
	return 0;
}

/* Of two that show the same pages the first in guest memory comes first: that one is the RAM. */
static int by_object(const void *left, const void *right)
{
	const struct dynmem_region *a = *(const struct dynmem_region **)left;
	const struct dynmem_region *b = *(const struct dynmem_region **)right;

	if (a->object != b->object)
		return a->object < b->object ? -1 : 1;
	if (a->offset != b->offset)
		return a->offset < b->offset ? -1 : 1;
	return a->first < b->first ? -1 : 1;
}

/*
 * Says of the regions of one object where the number of resident pages comes from. Memory that two
 * slots show is counted once; a VMM maps the same memory twice as a whole or not at all. A file's
 * page count serves if all of the file is RAM but for the holes in a PC's first MiB.
 */
static void settle_object(struct dynmem_region **regions, unsigned int nr)
{
	u64 covered = 0, end = 0;
	unsigned int i;
	bool whole;

	for (i = 0; i < nr; i++) {
		struct dynmem_region *region = regions[i];

		if (region->offset < end)
			region->backing = DYNMEM_BACKING_NONE;
		else
			covered += region->pages;
		end = max(end, region->offset + region->pages);
	}
	whole = regions[0]->object_pages && covered + BLOCK_PAGES > regions[0]->object_pages;
	for (i = 0; whole && i < nr; i++)
		regions[i]->total = i ? DYNMEM_TOTAL_ELSEWHERE : DYNMEM_TOTAL_HERE;
}

static int settle_totals(struct dynmem_guestmem *gm)
{
	struct dynmem_region **sorted;
	unsigned int i, from, nr = 0;

	sorted = kvmalloc_array(max(gm->nr_regions, 1U), sizeof(*sorted), GFP_KERNEL);
	if (!sorted)
		return -ENOMEM;
	for (i = 0; i < gm->nr_regions; i++) {
		if (gm->regions[i].backing != DYNMEM_BACKING_NONE)
			sorted[nr++] = &gm->regions[i];
	}
	sort(sorted, nr, sizeof(*sorted), by_object, NULL);
	for (from = 0, i = 1; i <= nr; i++) {
		if (i < nr && sorted[i]->object == sorted[from]->object)
			continue;
		settle_object(sorted + from, i - from);
		from = i;
	}
	kvfree(sorted);
	return 0;
}

static int take_snapshot(struct dynmem_guestmem *gm, struct dynmem_hold *hold,
			 struct kvm_memslots *slots)
{
	struct kvm_memslot_iter iter;
	int ret = 0;

	unclaim_objects(gm);
	gm->nr_regions = 0;
	gm->generation = RENEW;
	gm->departures = atomic64_read(&departures);
	mmap_read_lock(hold->mm);
	kvm_for_each_memslot_in_gfn_range(&iter, slots, 0, ULONG_MAX) {
		if (!slot_is_memory(iter.slot))
			continue;
		ret = add_slot(gm, hold->mm, iter.slot, slot_is_ram(slots, iter.slot));
		if (ret)
			break;
	}
	mmap_read_unlock(hold->mm);
	if (!ret)
		ret = settle_totals(gm);
	if (ret) {
		gm->nr_regions = 0;
		return ret;
	}
	claim_objects(gm);
	gm->generation = slots->generation;
	return 0;
}

const struct dynmem_region *dynmem_guestmem_snapshot(struct dynmem_guestmem *gm, unsigned int *nr)
{
	struct dynmem_hold hold;
	struct kvm_memslots *slots;
	int srcu, ret = 0;

	lockdep_assert_held(&gm->lock);
	if (!dynmem_guestmem_hold(gm, &hold))
		return ERR_PTR(-ESRCH);
	srcu = srcu_read_lock(&hold.kvm->srcu);
	slots = kvm_memslots(hold.kvm);
	if (gm->generation != slots->generation || gm->departures != atomic64_read(&departures))
		ret = take_snapshot(gm, &hold, slots);
	srcu_read_unlock(&hold.kvm->srcu, srcu);
	dynmem_guestmem_drop(&hold);
	*nr = gm->nr_regions;
	return ret ? ERR_PTR(ret) : gm->regions;
}

const void *dynmem_guestmem_file(struct dynmem_guestmem *gm, u64 page, u64 *end)
{
	const struct dynmem_region *region;
	const void *file = NULL;
	unsigned int i, nr;

	*end = U64_MAX;
	mutex_lock(&gm->lock);
	region = dynmem_guestmem_snapshot(gm, &nr);
	for (i = 0; !IS_ERR(region) && i < nr; i++, region++) {
		if (page >= region->first + region->pages)
			continue;
		*end = region->first;
		if (page >= region->first) {
			*end += region->pages;
			file = region->object_pages ? region->object : NULL;
		}
		break;
	}
	mutex_unlock(&gm->lock);
	return file;
}

unsigned int dynmem_guestmem_files(struct dynmem_guestmem *gm)
{
	const struct dynmem_region *region;
	unsigned int i, k, nr, files = 0;

	mutex_lock(&gm->lock);
	region = dynmem_guestmem_snapshot(gm, &nr);
	for (i = 0; !IS_ERR(region) && i < nr; i++) {
		if (region[i].backing == DYNMEM_BACKING_NONE || !region[i].object_pages)
			continue;
		for (k = 0; k < i; k++)
			if (region[k].object == region[i].object)
				break;
		files += k == i;
	}
	mutex_unlock(&gm->lock);
	return files;
}

void dynmem_guestmem_renew(struct dynmem_guestmem *gm)
{
	mutex_lock(&gm->lock);
	gm->generation = RENEW;
	mutex_unlock(&gm->lock);
}

/*
 * Address of guest memory, and how much of @len is contiguous from there; 0 if there is none. Used
 * with the copies for user memory: should the slot go meanwhile, they fail or meet the VMM's own
 * memory, never the host's.
 */
static unsigned long find_hva(struct dynmem_guestmem *gm, u64 gpa, u64 len, bool write, u64 *mapped)
{
	const struct kvm_memory_slot *slot;
	struct dynmem_hold hold;
	unsigned long hva = 0;
	int srcu;

	if (!dynmem_guestmem_hold(gm, &hold))
		return 0;
	srcu = srcu_read_lock(&hold.kvm->srcu);
	slot = __gfn_to_memslot(kvm_memslots(hold.kvm), gpa >> PAGE_SHIFT);
	if (slot && slot_is_memory(slot) && !(write && (slot->flags & KVM_MEM_READONLY))) {
		u64 end = (slot->base_gfn + slot->npages) << PAGE_SHIFT;

		hva = slot_hva(slot, gpa >> PAGE_SHIFT) + offset_in_page(gpa);
		*mapped = min(len, end - gpa);
	}
	srcu_read_unlock(&hold.kvm->srcu, srcu);
	dynmem_guestmem_drop(&hold);
	return hva;
}

int dynmem_guestmem_read(struct dynmem_guestmem *gm, u64 gpa, void *buf, size_t len)
{
	while (len) {
		u64 n;
		unsigned long hva = find_hva(gm, gpa, len, false, &n);

		if (!hva || copy_from_user(buf, (const void __user *)hva, n))
			return -EFAULT;
		gpa += n;
		buf += n;
		len -= n;
	}
	return 0;
}

int dynmem_guestmem_write(struct dynmem_guestmem *gm, u64 gpa, const void *buf, size_t len)
{
	while (len) {
		u64 n;
		unsigned long hva = find_hva(gm, gpa, len, true, &n);

		if (!hva || copy_to_user((void __user *)hva, buf, n))
			return -EFAULT;
		gpa += n;
		buf += n;
		len -= n;
	}
	return 0;
}

/* Shortens @spot to what one region has; or why there is none. */
static int spot_in_snapshot(struct dynmem_guestmem *gm, u64 first, struct dynmem_spot *spot)
{
	const struct dynmem_region *region;
	unsigned int i, nr;
	int ret = -EFAULT;

	mutex_lock(&gm->lock);
	region = dynmem_guestmem_snapshot(gm, &nr);
	if (IS_ERR(region)) {
		ret = PTR_ERR(region);
		nr = 0;
	}
	for (i = 0; i < nr; i++, region++) {
		if (first - region->first >= region->pages)
			continue;
		spot->pages = min(spot->pages, region->first + region->pages - first);
		ret = region->backing == DYNMEM_BACKING_NONE ? -EOPNOTSUPP : 0;
		break;
	}
	mutex_unlock(&gm->lock);
	return ret;
}

/* Shortens @spot to what is in this mapping, under mmap_lock; or why there is none. */
static int spot_in_mapping(struct dynmem_guestmem *gm, struct dynmem_spot *spot)
{
	struct vm_area_struct *vma = vma_lookup(spot->mm, spot->hva);

	if (!vma)
		return -EFAULT;
	spot->vma = vma;
	spot->pages = min(spot->pages, (u64)(vma->vm_end - spot->hva) >> PAGE_SHIFT);
	spot->backing = classify(vma, &spot->page_size);
	spot->index = index_of(vma, spot->backing, spot->hva);
	if (spot->backing == DYNMEM_BACKING_NONE)
		return -EOPNOTSUPP;
	if (spot->backing != DYNMEM_BACKING_ANON &&
	    dynmem_guestmem_shared(gm, file_inode(vma->vm_file)))
		return -EOPNOTSUPP;
	return 0;
}

int dynmem_guestmem_visit(struct dynmem_guestmem *gm, u64 first, u64 pages,
			  int (*act)(const struct dynmem_spot *spot, void *arg), void *arg)
{
	struct dynmem_spot spot = { .pages = pages };
	struct kvm_memslots *slots;
	const struct kvm_memory_slot *slot;
	struct dynmem_hold hold;
	int srcu, ret;

	ret = spot_in_snapshot(gm, first, &spot);
	if (ret)
		return ret;
	if (!dynmem_guestmem_hold(gm, &hold))
		return -ESRCH;
	/* The snapshot may be out of date by now; what counts is what is there while we act. */
	srcu = srcu_read_lock(&hold.kvm->srcu);
	slots = kvm_memslots(hold.kvm);
	slot = __gfn_to_memslot(slots, first);
	ret = -EFAULT;
	if (!slot || !slot_is_ram(slots, slot))
		goto out;

	spot.mm = hold.mm;
	spot.kvm = hold.kvm;
	spot.hva = slot_hva(slot, first);
	spot.pages = min(spot.pages, slot->base_gfn + slot->npages - first);
	mmap_read_lock(hold.mm);
	ret = spot_in_mapping(gm, &spot);
	if (!ret)
		ret = act(&spot, arg);
	mmap_read_unlock(hold.mm);
out:
	srcu_read_unlock(&hold.kvm->srcu, srcu);
	dynmem_guestmem_drop(&hold);
	return ret;
}

void dynmem_guestmem_put_file(struct file *file)
{
	if (file)
		__fput_sync(file);
}
