/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guestmem: the memory of one KVM guest as the host sees it. From a guest page to the host address
 * to the backing. Knows nothing of VMs' settings or of the balloon.
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
 * struct dynmem_guestmem - the hook into one KVM guest
 *
 * A VMM can hold its mmap_lock, and leave a page fault unanswered, for as long as it likes. So only
 * threads of its own wait for either, and with no lock held that others need: @make_lock is the
 * only one here that is held over such a wait, and everybody else just tries it.
 *
 * @ref_lock: guards all that follows; held for moments
 * @kvm: held from attach to detach or until the mm ends, whichever is first; NULL then
 * @mm: the VMM's; valid while attached (mmgrab), else NULL
 * @owner: whether the mm has ended
 * @holds: how many use @kvm and @mm
 * @idle: woken when that falls to 0
 * @layout: the newest, with a reference; NULL: none has been made
 * @old: it has to be made again, though the memslots may be the same
 * @make_lock: one makes a layout at a time. Before mmap_lock
 * @notifier: tells when the mm ends
 * @put_work: lets go of @kvm then, which a notifier must not do itself
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

/* Once, before anything else is done with @gm. */
void dynmem_guestmem_init(struct dynmem_guestmem *gm);

/**
 * dynmem_guestmem_attach() - find the KVM guest of a VMM and hold it
 * @gm: initialised, not attached
 * @mm: of the calling process
 * @why: set to a sentence when the answer is not 0
 *
 * Context: the VMM's own process, from VHOST_SET_OWNER. May sleep.
 * Return: 0; -ENODEV: the process has no KVM guest; -EBUSY: it has two; -EOPNOTSUPP: a
 * confidential guest; -EPERM: the guest belongs to another mm; -E2BIG: its memory lies in too many
 * mappings; -ENOMEM; -EINTR
 */
int dynmem_guestmem_attach(struct dynmem_guestmem *gm, struct mm_struct *mm, const char **why);

/**
 * dynmem_guestmem_has_run() - whether the guest has run since its VMM began
 * @gm: attached
 *
 * Tells a device that is hot-plugged from one that the guest starts with. KVM notes the thread that
 * a virtual CPU runs in when it runs for the first time.
 */
bool dynmem_guestmem_has_run(struct dynmem_guestmem *gm);

/**
 * dynmem_guestmem_let_go_text() - how a VMM comes to let go of its device
 * @vmm: its pid
 * @text: gets the words
 * @size: of @text
 *
 * Context: the thread that closes the device for good.
 */
void dynmem_guestmem_let_go_text(pid_t vmm, char *text, size_t size);

/* Lets go. Safe after a failed attach and twice. No lock held; not from a notifier. May sleep. */
void dynmem_guestmem_detach(struct dynmem_guestmem *gm);

/**
 * dynmem_guestmem_layout() - the guest's RAM now; made again when the memslots have changed
 * @gm: attached
 * @wait: the caller is a thread of the VMM, which holds no lock that others need
 *
 * Good for accounting only: a release looks slot and mapping up again. A memory policy that
 * changes after the start is seen when the next full walk of the account begins.
 * Return: for dynmem_layout_put(); ERR_PTR: -ESRCH: the VMM has gone; -EAGAIN, without @wait: it is
 * changing its mappings, or holds its mmap_lock; -E2BIG, -ENOMEM, -EINTR
 */
struct dynmem_layout *dynmem_guestmem_layout(struct dynmem_guestmem *gm, bool wait);

/**
 * dynmem_guestmem_file() - in which file the memory of a guest page is
 * @gm: attached
 * @page: guest page, unchecked
 * @end: set to a page from which on it may be another
 *
 * Context: a thread of the VMM. Return: for comparing only; NULL: in none, or that can't be told
 */
const void *dynmem_guestmem_file(struct dynmem_guestmem *gm, u64 page, u64 *end);

/* How many files the guest's RAM is in. Context: a thread of the VMM. */
unsigned int dynmem_guestmem_files(struct dynmem_guestmem *gm);

/* Have the next layout made again, whether or not the memslots have changed. */
void dynmem_guestmem_renew(struct dynmem_guestmem *gm);

/*
 * Copies from guest memory, ROM too. Context: the VMM's vhost task; no lock held that others need,
 * since the VMM can leave a page fault unanswered. Return: 0, or -EFAULT: a byte is no memory.
 */
int dynmem_guestmem_read(struct dynmem_guestmem *gm, u64 gpa, void *buf, size_t len);

/*
 * The same without page faults, for copies under a lock. Context: the VMM's vhost task. Return: 0;
 * -EAGAIN: dynmem_guestmem_fault_in() it without the lock, and try again; -EFAULT.
 */
int dynmem_guestmem_read_nofault(struct dynmem_guestmem *gm, u64 gpa, void *buf, size_t len);
int dynmem_guestmem_write_nofault(struct dynmem_guestmem *gm, u64 gpa, const void *buf, size_t len);

/*
 * Faults guest memory in, for reading or writing, and changes nothing in it. Context: the VMM's
 * vhost task; no lock held that others need. Return: 0, or -EFAULT.
 */
int dynmem_guestmem_fault_in(struct dynmem_guestmem *gm, u64 gpa, size_t len, bool write);

/*
 * Guest and mm of a VMM, held while they are used. Neither ends in the thread that drops the hold.
 */
struct dynmem_hold {
	struct dynmem_guestmem *gm;
	struct kvm *kvm;
	struct mm_struct *mm;
};

/**
 * dynmem_guestmem_hold() - keep guest and mm from going while they are used
 * @gm: initialised
 * @hold: set
 *
 * Return: false when @gm is not attached or the mm has ended; then there is nothing to drop
 */
bool dynmem_guestmem_hold(struct dynmem_guestmem *gm, struct dynmem_hold *hold);
void dynmem_guestmem_drop(struct dynmem_hold *hold);

/**
 * struct dynmem_extent - where a run of guest pages lies on the host right now
 * @mm: of the VMM
 * @kvm: the guest
 * @vma: mapping that all of the run is in
 * @hva: host address of its first page
 * @index: where that is in the file, or of ANON in the mm, in pages of 4 KiB
 * @pages: how long it is
 * @backing: not NONE
 * @page_size: bytes of a page of the backing
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
 * dynmem_guestmem_visit() - look guest pages up in memslots and mappings, and act on what is there
 * @gm: attached
 * @first: guest page
 * @pages: wanted at most
 * @act: called with the longest run from @first on that is RAM in one slot and one mapping;
 *	kvm->srcu and mmap_lock (for reading) are held, so that neither can change
 * @arg: for @act
 *
 * Context: a thread of the VMM, which waits for its own mmap_lock; no lock held that others need.
 * Return: what @act returned; -ESRCH: the VMM has gone; -EFAULT: no memory there; -EOPNOTSUPP: no
 * RAM; -E2BIG, -ENOMEM; -EINTR: killed
 */
int dynmem_guestmem_visit(struct dynmem_guestmem *gm, u64 first, u64 pages,
			  int (*act)(const struct dynmem_extent *extent, void *arg), void *arg);

/**
 * dynmem_guestmem_put_file() - drop a reference to the file of an extent
 * @file: may be NULL
 *
 * If nobody else has the file any more, it ends here with all its memory. fput() leaves that to the
 * caller's return to user space, and a vhost task never returns.
 * Context: any that may sleep; no lock held
 */
void dynmem_guestmem_put_file(struct file *file);

#endif
