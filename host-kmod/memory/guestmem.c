// SPDX-License-Identifier: GPL-2.0
/*
 * The memory of a KVM guest as the host sees it.
 *
 * While guest memory is attached, this code holds two references: one to struct kvm, and one by
 * mmgrab() to the mm, which keeps struct mm_struct but not the address space. A thread that uses
 * the guest takes a struct dynmem_hold. A hold keeps both the address space and the reference to
 * struct kvm. An MMU notifier reports the end of the address space. Then the reference to struct
 * kvm is dropped, even if the VMM still has our device open.
 */
#include <linux/fdtable.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/kvm_host.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/oom.h>
#include <linux/pagemap.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/srcu.h>
#include <linux/uaccess.h>

#include "compat.h"
#include "memory/guestmem.h"

/*
 * Recognises the file of a KVM VM by two signs: the name, which KVM sets and user space cannot
 * choose, and the module that owns the file's operations (kvm, kvm_amd or kvm_intel).
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
		/*
		 * iterate_fd() holds the lock of the file table, so the file and its guest cannot
		 * go away.
		 */
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

/*
 * Drops the reference to the guest when all holds have ended. The wait for the holds is short: no
 * thread of the VMM uses the guest's memory any more, and other threads wait for nothing while they
 * have a hold.
 */
static void put_kvm(struct work_struct *work)
{
	struct dynmem_guestmem *gm = container_of(work, struct dynmem_guestmem, put_work);
	struct kvm *kvm;

	wait_event(gm->idle, !READ_ONCE(gm->holds));
	spin_lock(&gm->ref_lock);
	kvm = gm->kvm;
	gm->kvm = NULL;
	spin_unlock(&gm->ref_lock);
	if (kvm)
		kvm_put_kvm(kvm);
}

/*
 * Called when the mm ends. Queues a work item that drops the reference to the guest. If this
 * callback dropped the last reference, KVM would wait for the callback to return, which is a
 * deadlock.
 */
static void mm_ends(struct mmu_notifier *notifier, struct mm_struct *mm)
{
	struct dynmem_guestmem *gm = container_of(notifier, struct dynmem_guestmem, notifier);

	spin_lock(&gm->ref_lock);
	WRITE_ONCE(gm->owner.gone, true);
	spin_unlock(&gm->ref_lock);
	dynmem_region_departed();
	schedule_work(&gm->put_work);
}

static const struct mmu_notifier_ops notifier_ops = {
	.release = mm_ends,
};

void dynmem_guestmem_init(struct dynmem_guestmem *gm)
{
	memset(gm, 0, sizeof(*gm));
	mutex_init(&gm->make_lock);
	spin_lock_init(&gm->ref_lock);
	init_waitqueue_head(&gm->idle);
	INIT_WORK(&gm->put_work, put_kvm);
}

/*
 * Return: a reference to the newest layout, if it is up to date and was made from the memslots of
 * @generation; otherwise NULL.
 */
static struct dynmem_layout *newest_layout(struct dynmem_guestmem *gm, struct mm_struct *mm,
					   u64 generation)
{
	struct dynmem_layout *layout = NULL;
	nodemask_t nodes;

	dynmem_layout_nodes(mm, &nodes);
	spin_lock(&gm->ref_lock);
	if (gm->layout && !gm->old && gm->layout->generation == generation &&
	    gm->layout->departures == dynmem_region_departures() &&
	    nodes_equal(gm->layout->nodes, nodes))
		layout = dynmem_layout_get(gm->layout);
	spin_unlock(&gm->ref_lock);
	return layout;
}

/* Makes @layout the newest layout. Return: the layout that was the newest before. */
static struct dynmem_layout *publish_layout(struct dynmem_guestmem *gm,
					    struct dynmem_layout *layout)
{
	struct dynmem_layout *before;

	spin_lock(&gm->ref_lock);
	before = gm->layout;
	gm->layout = layout;
	spin_unlock(&gm->ref_lock);
	dynmem_layout_claim(layout, before);
	return before;
}

static const char *why_no_layout(int error)
{
	switch (error) {
	case -E2BIG:
		return "the guest's memory lies in more than " __stringify(DYNMEM_MAPPINGS_MAX)
		       " mappings of the process: give it a few large ones";
	case -EINTR:
		return "the process was interrupted";
	default:
		return "the host has no memory left to describe the guest's";
	}
}

int dynmem_guestmem_attach(struct dynmem_guestmem *gm, struct mm_struct *mm, const char **why)
{
	struct kvm_search search = { };
	struct dynmem_layout *layout;
	int ret;

	iterate_fd(current->files, 0, match_kvm, &search);
	ret = check_kvm(&search, mm, why);
	if (ret)
		goto put;
	if (gm->mm) {
		if (gm->mm == mm) {
			ret = gm->kvm == search.kvm ? 0 : -ESTALE;
		} else {
			*why = "the VM's last guest still holds memory: stop it (dmctl vm show)";
			ret = -EBUSY;
		}
		goto put;
	}

	gm->notifier.ops = &notifier_ops;
	WRITE_ONCE(gm->owner.gone, false);
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

	layout = dynmem_guestmem_layout(gm, true);
	if (IS_ERR(layout)) {
		ret = PTR_ERR(layout);
		*why = why_no_layout(ret);
		dynmem_guestmem_detach(gm);
		return ret;
	}
	dynmem_layout_put(layout);
	return 0;
put:
	if (search.kvm)
		kvm_put_kvm(search.kvm);
	return ret;
}

void dynmem_guestmem_detach(struct dynmem_guestmem *gm)
{
	struct dynmem_layout *layout;
	struct mm_struct *mm;

	spin_lock(&gm->ref_lock);
	mm = gm->mm;
	gm->mm = NULL;
	spin_unlock(&gm->ref_lock);
	if (!mm)
		return;

	/* Calls mm_ends(), unless the mm has ended and mm_ends() was called then. */
	mmu_notifier_unregister(&gm->notifier, mm);
	flush_work(&gm->put_work);

	/* No thread can make a layout now: that needs a hold, and none is given any more. */
	layout = publish_layout(gm, NULL);
	if (layout)
		dynmem_layout_put(layout);
	mmdrop(mm);
}

/*
 * A killed VMM closes its files while it exits. If a child of the VMM closes the device last, the
 * child's exit code says nothing about the VMM.
 */
void dynmem_guestmem_let_go_text(pid_t vmm, char *text, size_t size)
{
	int signal = current->signal->group_exit_code & 0x7f;

	if (!(current->flags & PF_EXITING) || task_tgid_nr(current) != vmm || !signal)
		strscpy(text, "has let go", size);
	else if (tsk_is_oom_victim(current))
		strscpy(text,
			"was killed by the OOM killer: the host, or its memory cgroup, was short of memory",
			size);
	else
		scnprintf(text, size, "was killed (signal %d)", signal);
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
	if (gm->kvm && gm->mm && !gm->owner.gone && mmget_not_zero(gm->mm)) {
		gm->holds++;
		hold->gm = gm;
		hold->kvm = gm->kvm;
		hold->mm = gm->mm;
		held = true;
	}
	spin_unlock(&gm->ref_lock);
	return held;
}

void dynmem_guestmem_drop(struct dynmem_hold *hold)
{
	struct dynmem_guestmem *gm = hold->gm;

	/* The caller may hold a lock, and ending an address space takes long: use a work item. */
	mmput_async(hold->mm);
	spin_lock(&gm->ref_lock);
	if (!--gm->holds)
		wake_up_all(&gm->idle);
	spin_unlock(&gm->ref_lock);
}

/* The caller holds @gm->make_lock, and is in an SRCU section of KVM. */
static struct dynmem_layout *make_layout(struct dynmem_guestmem *gm, const struct dynmem_hold *hold,
					 bool wait)
{
	struct kvm_memslots *slots = kvm_memslots(hold->kvm);
	struct dynmem_layout *layout = newest_layout(gm, hold->mm, slots->generation), *before;

	if (layout)
		return layout;
	/*
	 * Clear @old before the layout is made. If dynmem_guestmem_renew() is called while the
	 * layout is being made, the layout may contain data from before that call. But that call
	 * sets @old again, so that the next call of this function makes another layout.
	 */
	spin_lock(&gm->ref_lock);
	gm->old = false;
	spin_unlock(&gm->ref_lock);
	layout = dynmem_layout_make(&gm->owner, hold->mm, slots, wait);
	if (IS_ERR(layout)) {
		dynmem_guestmem_renew(gm);
		return layout;
	}
	before = publish_layout(gm, dynmem_layout_get(layout));
	if (before)
		dynmem_layout_put(before);
	return layout;
}

static struct dynmem_layout *remake_layout(struct dynmem_guestmem *gm, struct dynmem_hold *hold,
					   bool wait)
{
	struct dynmem_layout *layout;
	int srcu;

	if (wait ? mutex_lock_killable(&gm->make_lock) : !mutex_trylock(&gm->make_lock))
		return ERR_PTR(wait ? -EINTR : -EAGAIN);
	srcu = srcu_read_lock(&hold->kvm->srcu);
	layout = make_layout(gm, hold, wait);
	srcu_read_unlock(&hold->kvm->srcu, srcu);
	mutex_unlock(&gm->make_lock);
	return layout;
}

struct dynmem_layout *dynmem_guestmem_layout(struct dynmem_guestmem *gm, bool wait)
{
	struct dynmem_layout *layout;
	struct dynmem_hold hold;
	u64 generation;
	int srcu;

	if (!dynmem_guestmem_hold(gm, &hold))
		return ERR_PTR(-ESRCH);
	srcu = srcu_read_lock(&hold.kvm->srcu);
	generation = kvm_memslots(hold.kvm)->generation;
	srcu_read_unlock(&hold.kvm->srcu, srcu);
	layout = newest_layout(gm, hold.mm, generation) ?: remake_layout(gm, &hold, wait);
	dynmem_guestmem_drop(&hold);
	return layout;
}

const void *dynmem_guestmem_file(struct dynmem_guestmem *gm, u64 page, u64 *end)
{
	struct dynmem_layout *layout = dynmem_guestmem_layout(gm, true);
	const struct dynmem_region *region;
	const void *file = NULL;

	*end = U64_MAX;
	if (IS_ERR(layout))
		return NULL;
	region = dynmem_layout_find(layout, page);
	if (region) {
		*end = region->first;
		if (page >= region->first) {
			*end += region->pages;
			file = region->object.pages ? region->object.of : NULL;
		}
	}
	dynmem_layout_put(layout);
	return file;
}

unsigned int dynmem_guestmem_files(struct dynmem_guestmem *gm)
{
	struct dynmem_layout *layout = dynmem_guestmem_layout(gm, true);
	unsigned int files;

	if (IS_ERR(layout))
		return 0;
	files = layout->nr_files;
	dynmem_layout_put(layout);
	return files;
}

void dynmem_guestmem_renew(struct dynmem_guestmem *gm)
{
	spin_lock(&gm->ref_lock);
	gm->old = true;
	spin_unlock(&gm->ref_lock);
}

/*
 * Return: the host address of guest memory, or 0. Sets @mapped to the number of bytes from this
 * address on, at most @len, that are in the same slot. The address may only be used with
 * copy_from_user() and similar functions. If the slot is removed before the copy, these functions
 * fail or access other memory of the VMM, but never memory of the host's kernel.
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
	if (slot && dynmem_slot_is_memory(slot) && !(write && (slot->flags & KVM_MEM_READONLY))) {
		u64 end = (slot->base_gfn + slot->npages) << PAGE_SHIFT;

		hva = dynmem_slot_hva(slot, gpa >> PAGE_SHIFT) + offset_in_page(gpa);
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

int dynmem_guestmem_read_nofault(struct dynmem_guestmem *gm, u64 gpa, void *buf, size_t len)
{
	while (len) {
		u64 n;
		unsigned long hva = find_hva(gm, gpa, len, false, &n);

		if (!hva)
			return -EFAULT;
		if (copy_from_user_nofault(buf, (const void __user *)hva, n))
			return -EAGAIN;
		gpa += n;
		buf += n;
		len -= n;
	}
	return 0;
}

int dynmem_guestmem_write_nofault(struct dynmem_guestmem *gm, u64 gpa, const void *buf, size_t len)
{
	while (len) {
		u64 n;
		unsigned long hva = find_hva(gm, gpa, len, true, &n);

		if (!hva)
			return -EFAULT;
		if (copy_to_user_nofault((void __user *)hva, buf, n))
			return -EAGAIN;
		gpa += n;
		buf += n;
		len -= n;
	}
	return 0;
}

int dynmem_guestmem_fault_in(struct dynmem_guestmem *gm, u64 gpa, size_t len, bool write)
{
	while (len) {
		u64 n;
		unsigned long hva = find_hva(gm, gpa, len, write, &n);

		if (!hva || (write ? fault_in_safe_writeable((const char __user *)hva, n) :
				     fault_in_readable((const char __user *)hva, n)))
			return -EFAULT;
		gpa += n;
		len -= n;
	}
	return 0;
}

/* Shortens @extent to the region at @first. Return: 0; -errno: no layout, or no RAM at @first. */
static int extent_in_layout(struct dynmem_guestmem *gm, u64 first, struct dynmem_extent *extent)
{
	struct dynmem_layout *layout = dynmem_guestmem_layout(gm, true);
	const struct dynmem_region *region;
	int ret = -EFAULT;

	if (IS_ERR(layout))
		return PTR_ERR(layout);
	region = dynmem_layout_find(layout, first);
	if (region && first >= region->first) {
		extent->pages = min(extent->pages, region->first + region->pages - first);
		ret = region->backing == DYNMEM_BACKING_NONE ? -EOPNOTSUPP : 0;
	}
	dynmem_layout_put(layout);
	return ret;
}

/*
 * Looks up the mapping at the host address of @extent, and shortens @extent to the mapping. Sets
 * the other members that depend on the mapping. mmap_lock is held. Return: 0; -errno: there is no
 * RAM.
 */
static int extent_in_mapping(struct dynmem_guestmem *gm, struct dynmem_extent *extent)
{
	struct vm_area_struct *vma = vma_lookup(extent->mm, extent->hva);

	if (!vma)
		return -EFAULT;
	extent->vma = vma;
	extent->pages = min(extent->pages, (u64)(vma->vm_end - extent->hva) >> PAGE_SHIFT);
	extent->backing = dynmem_region_backing(vma, &extent->page_size);
	extent->index = dynmem_region_index(vma, extent->backing, extent->hva);
	if (extent->backing == DYNMEM_BACKING_NONE)
		return -EOPNOTSUPP;
	if (extent->backing != DYNMEM_BACKING_ANON &&
	    dynmem_region_shared(&gm->owner, file_inode(vma->vm_file)))
		return -EOPNOTSUPP;
	return 0;
}

int dynmem_guestmem_visit(struct dynmem_guestmem *gm, u64 first, u64 pages,
			  int (*act)(const struct dynmem_extent *extent, void *arg), void *arg)
{
	struct dynmem_extent extent = { .pages = pages };
	struct kvm_memslots *slots;
	const struct kvm_memory_slot *slot;
	struct dynmem_hold hold;
	int srcu, ret;

	ret = extent_in_layout(gm, first, &extent);
	if (ret)
		return ret;
	if (!dynmem_guestmem_hold(gm, &hold))
		return -ESRCH;
	/* The layout may be out of date: look the page up again under the locks that @act needs. */
	srcu = srcu_read_lock(&hold.kvm->srcu);
	slots = kvm_memslots(hold.kvm);
	slot = __gfn_to_memslot(slots, first);
	ret = -EFAULT;
	if (!slot || !dynmem_slot_is_ram(slots, slot))
		goto out;

	extent.mm = hold.mm;
	extent.kvm = hold.kvm;
	extent.hva = dynmem_slot_hva(slot, first);
	extent.pages = min(extent.pages, slot->base_gfn + slot->npages - first);
	ret = mmap_read_lock_killable(hold.mm);
	if (ret)
		goto out;
	ret = extent_in_mapping(gm, &extent);
	if (!ret)
		ret = act(&extent, arg);
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
