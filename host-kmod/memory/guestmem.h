/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guestmem: the memory of one KVM guest as the host sees it. Finds the host address of a guest page
 * and the kind of memory behind it (the backing). Knows neither the settings of VMs nor the
 * balloon.
 */
#ifndef _DYNMEM_GUESTMEM_H
#define _DYNMEM_GUESTMEM_H

#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

#include "memory/regions.h"

struct file;
struct kvm;
struct mm_struct;
struct vm_area_struct;

/**
 * struct dynmem_guestmem - access to one KVM guest
 * @ref_lock: guards the members from here to @old; held for moments only
 * @kvm: the guest, with a reference, from attach until detach or the end of the mm; otherwise NULL
 * @mm: the VMM's mm, held with mmgrab() while attached; otherwise NULL
 * @owner: says whether the mm has ended
 * @holds: number of struct dynmem_hold in use
 * @idle: woken when @holds falls to 0
 * @layout: the newest layout, with a reference; NULL: none has been made
 * @old: @layout must be made again even if the memslots have not changed
 * @make_lock: held while a layout is made; taken before mmap_lock
 * @notifier: reports the end of the mm; constant while attached
 * @put_work: drops @kvm when the mm has ended, since an MMU notifier must not do that
 *
 * A VMM can hold its mmap_lock, or leave a page fault unanswered, for any time. So only threads of
 * the VMM wait for mmap_lock or for a page fault, and while they wait they hold no lock that other
 * threads wait for. @make_lock is held during such a wait, but other threads only try to take it.
 */
struct dynmem_guestmem {
	spinlock_t ref_lock;	/* see above */
	struct kvm *kvm;
	struct mm_struct *mm;
	struct dynmem_owner owner;
	unsigned int holds;
	wait_queue_head_t idle;
	struct dynmem_layout *layout;
	bool old;
	struct mutex make_lock;		/* see above */
	struct mmu_notifier notifier;
	struct work_struct put_work;
};

/* To be called once, before any other function here. */
void dynmem_guestmem_init(struct dynmem_guestmem *gm);

/**
 * dynmem_guestmem_attach() - find the KVM guest of a VMM and hold it
 * @gm: initialised; may be attached to this guest already
 * @mm: mm of the calling process
 * @why: set to a sentence for the operator when an error is returned
 *
 * Context: the VMM's own process, in VHOST_SET_OWNER; may sleep.
 * Return: 0; -ENODEV: the process has no KVM guest; -EBUSY: the process has two KVM guests, or @gm
 * is attached to the guest of another process; -ESTALE: @gm is attached to an earlier guest of the
 * process; -EOPNOTSUPP: the guest is confidential; -EPERM: the guest belongs to another mm; -E2BIG:
 * the guest's memory is in too many mappings; -ENOMEM; -EINTR
 */
int dynmem_guestmem_attach(struct dynmem_guestmem *gm, struct mm_struct *mm, const char **why);

/**
 * dynmem_guestmem_has_run() - whether the guest has run since its VMM began
 * @gm: attached
 *
 * If the guest has run when a VMM attaches to the device, the device is hot-plugged. KVM stores the
 * pid of a virtual CPU's thread when that CPU runs for the first time, so the pid shows whether the
 * guest has run.
 */
bool dynmem_guestmem_has_run(struct dynmem_guestmem *gm);

/**
 * dynmem_guestmem_let_go_text() - describe how a VMM lets go of its device
 * @vmm: pid of the VMM
 * @text: set to a phrase such as "was killed (signal 9)"
 * @size: size of @text, bytes
 *
 * Context: the thread that closes the device for the last time.
 */
void dynmem_guestmem_let_go_text(pid_t vmm, char *text, size_t size);

/*
 * Undoes dynmem_guestmem_attach(); does nothing when not attached. Context: no lock held, not in an
 * MMU notifier; may sleep.
 */
void dynmem_guestmem_detach(struct dynmem_guestmem *gm);

/**
 * dynmem_guestmem_layout() - the layout of the guest's RAM, made again if it is out of date
 * @gm: attached
 * @wait: wait for the VMM's mmap_lock. Only a thread of the VMM that holds no lock which other
 *	threads wait for may set this to true
 *
 * A layout is good for accounting only: a release must look up slot and mapping again. A layout is
 * out of date when the memslots or the VMM's cpuset have changed, or when any guest of the host has
 * gone. A changed memory policy is seen only after dynmem_guestmem_renew().
 *
 * Context: may sleep; waits for mmap_lock only with @wait.
 * Return: a reference, for dynmem_layout_put(); ERR_PTR: -ESRCH: the VMM has gone; -EAGAIN, without
 * @wait: the VMM holds its mmap_lock, or another thread makes a layout; -E2BIG; -ENOMEM; -EINTR
 */
struct dynmem_layout *dynmem_guestmem_layout(struct dynmem_guestmem *gm, bool wait);

/**
 * dynmem_guestmem_file() - find the file that the memory of a guest page is in
 * @gm: attached
 * @page: guest page, which need not be RAM
 * @end: set to the first page after @page that may be in another file
 *
 * Context: a thread of the VMM.
 * Return: a value that identifies the file and may only be compared; NULL: the page is in no file,
 * or its file is not known
 */
const void *dynmem_guestmem_file(struct dynmem_guestmem *gm, u64 page, u64 *end);

/* Number of files that the guest's RAM is in. Context: a thread of the VMM. */
unsigned int dynmem_guestmem_files(struct dynmem_guestmem *gm);

/* Forces the next dynmem_guestmem_layout() to make a new layout, even if no memslot has changed. */
void dynmem_guestmem_renew(struct dynmem_guestmem *gm);

/*
 * Copies from guest memory, ROM included. Context: the VMM's vhost task. The caller must hold no
 * lock that other threads wait for, since the VMM can leave a page fault unanswered. Return: 0;
 * -EFAULT: a part of the range is not guest memory.
 */
int dynmem_guestmem_read(struct dynmem_guestmem *gm, u64 gpa, void *buf, size_t len);

/*
 * These copy from or to guest memory without page faults, so that the caller may hold a lock.
 * Context: the VMM's vhost task. Return: 0; -EAGAIN: drop the lock, call
 * dynmem_guestmem_fault_in(), and try again; -EFAULT: a part of the range is not guest memory.
 */
int dynmem_guestmem_read_nofault(struct dynmem_guestmem *gm, u64 gpa, void *buf, size_t len);
int dynmem_guestmem_write_nofault(struct dynmem_guestmem *gm, u64 gpa, const void *buf, size_t len);

/*
 * Faults guest memory in, for reading or writing, without changing the memory. Context: the VMM's
 * vhost task; no lock is held that other threads wait for. Return: 0; -EFAULT: a part of the range
 * is not guest memory.
 */
int dynmem_guestmem_fault_in(struct dynmem_guestmem *gm, u64 gpa, size_t len, bool write);

/**
 * struct dynmem_hold - keeps the guest and the address space of a VMM while they are used
 * @gm: the guest memory that counts this hold
 * @kvm: the guest
 * @mm: the VMM's address space
 *
 * A hold is on the stack of one thread. When the last hold is dropped, the address space may end,
 * and with it the guest. This is done by a work item, not by the thread that drops the hold.
 */
struct dynmem_hold {
	struct dynmem_guestmem *gm;
	struct kvm *kvm;
	struct mm_struct *mm;
};

/**
 * dynmem_guestmem_hold() - keep the guest and its address space while they are used
 * @gm: initialised
 * @hold: for dynmem_guestmem_drop()
 *
 * Return: false when @gm is not attached or the mm has ended; then there is nothing to drop
 */
bool dynmem_guestmem_hold(struct dynmem_guestmem *gm, struct dynmem_hold *hold);

/* Ends a hold; does not sleep. */
void dynmem_guestmem_drop(struct dynmem_hold *hold);

/**
 * struct dynmem_extent - where a run of guest pages is on the host now
 * @mm: the VMM's mm
 * @kvm: the guest
 * @vma: the mapping that all of the run is in
 * @hva: host address of the first page
 * @index: page index of the first page in the file; for anonymous memory, the page number of @hva
 * @pages: number of pages of 4 KiB
 * @backing: kind of memory, never DYNMEM_BACKING_NONE
 * @page_size: size of a page of the backing, bytes
 *
 * Valid while kvm->srcu and mmap_lock are held.
 */
struct dynmem_extent {
	struct mm_struct *mm;
	struct kvm *kvm;
	struct vm_area_struct *vma;
	unsigned long hva;
	u64 index;
	u64 pages;
	enum dynmem_backing backing;
	unsigned long page_size;
};

/**
 * dynmem_guestmem_visit() - look guest pages up in memslots and mappings, and act on them
 * @gm: attached
 * @first: guest page
 * @pages: the most pages to act on
 * @act: called with the longest run from @first on that is RAM in one slot and one mapping. In
 *	@act kvm->srcu and mmap_lock (for reading) are held, so that slot and mapping cannot change
 * @arg: for @act
 *
 * Context: a thread of the VMM, since this waits for the VMM's mmap_lock; no lock is held that
 * other threads wait for.
 * Return: the return value of @act; -ESRCH: the VMM has gone; -EFAULT: there is no memory at
 * @first; -EOPNOTSUPP: the memory at @first is not RAM; -E2BIG; -ENOMEM; -EINTR: the thread was
 * killed
 */
int dynmem_guestmem_visit(struct dynmem_guestmem *gm, u64 first, u64 pages,
			  int (*act)(const struct dynmem_extent *extent, void *arg), void *arg);

/**
 * dynmem_guestmem_put_file() - drop a reference to the file of an extent
 * @file: may be NULL
 *
 * If this is the last reference, the file's memory is freed at once. fput() would defer that until
 * the caller returns to user space, and a vhost task never returns there.
 *
 * Context: may sleep; no lock held.
 */
void dynmem_guestmem_put_file(struct file *file);

#endif
