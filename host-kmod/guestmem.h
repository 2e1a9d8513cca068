/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guestmem: the memory of one KVM guest as the host sees it. From a guest page to the host
 * address to the backing. Called by vdpa.c (attach, detach), vring.c (rings in guest memory),
 * reclaim.c and account.c. Knows nothing of VMs' settings or of the balloon.
 */
#ifndef _DYNMEM_GUESTMEM_H
#define _DYNMEM_GUESTMEM_H

#include <linux/list.h>
#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/numa.h>
#include <linux/rwsem.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/workqueue.h>

#include "given.h"

struct file;
struct inode;
struct kvm;
struct mm_struct;
struct vm_area_struct;

enum dynmem_backing {
	DYNMEM_BACKING_NONE,	/* no RAM of ours: a file's contents, a device, read-only, or RAM
				 * that is another guest's too or that another region shows
				 */
	DYNMEM_BACKING_ANON,	/* private anonymous */
	DYNMEM_BACKING_SHMEM,	/* memfd, shared tmpfs */
	DYNMEM_BACKING_HUGETLB,	/* shared hugetlbfs */
};

/* Where the number of a region's resident pages comes from. */
enum dynmem_region_total {
	DYNMEM_TOTAL_WALK,	/* from walking it */
	DYNMEM_TOTAL_HERE,	/* the page count of its file, all of which is this guest's RAM */
	DYNMEM_TOTAL_ELSEWHERE,	/* counted with another region of the same file */
};

/**
 * struct dynmem_region - a run of guest RAM with one backing, as of a memslot snapshot
 * @first: guest page
 * @pages: how many
 * @hva: host address of @first in the VMM
 * @pool: the pages it is made of, see pool.h
 * @node: node of that pool the memory policy of the mapping binds it to, or NUMA_NO_NODE
 * @backing: what is behind it; NONE regions are part of the snapshot too
 * @total: where the number of its resident pages comes from
 * @page_size: bytes of a page of the backing (hugetlb: of a huge page)
 * @object: what the memory belongs to, for comparing only: the file's inode, or the mm
 * @offset: where @first is in it, in pages of 4 KiB
 * @object_pages: size of the file, 0 if it is none
 * @owner: the guest it belongs to
 * @claim: entry in the table of the files that attached guests use
 */
struct dynmem_region {
	u64 first;
	u64 pages;
	unsigned long hva;
	unsigned int pool;
	int node;
	enum dynmem_backing backing;
	enum dynmem_region_total total;
	unsigned long page_size;
	const void *object;
	u64 offset;
	u64 object_pages;
	struct dynmem_guestmem *owner;
	struct hlist_node claim;
};

/* What begins the room for the folios of one call of a release: the next one that is not used. */
struct dynmem_room {
	struct dynmem_room *next;
};

/**
 * struct dynmem_guestmem - the hook into one KVM guest
 * @lock: guards @regions, @nr_regions, @room, @generation, @departures; taken before mmap_lock
 * @ref_lock: guards @kvm, @mm, @gone, @rooms
 * @kvm: held from attach to detach or until the mm ends, whichever is first; NULL then
 * @mm: the VMM's; valid while attached (mmgrab), else NULL
 * @gone: the mm has ended; nothing may be touched any more
 * @regions: the snapshot, in ascending order of guest page
 * @room: entries allocated
 * @generation: of the memslots it was made from; ~0 when it has to be renewed
 * @departures: how many guests had gone when it was made
 * @notifier: tells when the mm ends
 * @put_work: lets go of @kvm then, which a notifier must not do itself
 * @lost: guest pages that were pinned for DMA while they were released: a device goes on using what
 *	the guest has lost, so they are never restored. Read when nothing is being released
 * @lost_lock: taken by those that change @lost, last of all
 * @rooms: rooms for the folios of one call of a release that nobody uses now
 * @release_lock: held for reading for one call of a release; guards @stopped. Taken before @lock
 * @stopped: the guest has all of its memory again, as after a reset: nothing may be released
 */
struct dynmem_guestmem {
	struct mutex lock;	/* see above */
	spinlock_t ref_lock;	/* see above */
	struct kvm *kvm;
	struct mm_struct *mm;
	bool gone;
	struct dynmem_region *regions;
	unsigned int nr_regions;
	unsigned int room;
	u64 generation;
	s64 departures;
	struct mmu_notifier notifier;
	struct work_struct put_work;
	struct dynmem_given lost;
	struct mutex lost_lock;		/* see above */
	struct dynmem_room *rooms;
	struct rw_semaphore release_lock;	/* see above */
	bool stopped;
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
 * confidential guest; -EPERM: the guest belongs to another mm; -ENOMEM
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

/* Lets go. Safe after a failed attach and twice. No lock held; not from a notifier. May sleep. */
void dynmem_guestmem_detach(struct dynmem_guestmem *gm);

/**
 * dynmem_guestmem_snapshot() - the guest's RAM now; renewed when the memslots have changed
 * @gm: attached
 * @nr: set to the number of regions
 *
 * Good for accounting only: a release looks slot and mapping up again. A memory policy that
 * changes after the start is seen when the next full walk of the account begins.
 * Context: caller holds @gm->lock, takes mmap_lock. The array is valid until @gm->lock is dropped.
 * Return: regions in ascending order of @first, or ERR_PTR
 */
const struct dynmem_region *dynmem_guestmem_snapshot(struct dynmem_guestmem *gm, unsigned int *nr);

/**
 * dynmem_guestmem_file() - in which file the memory of a guest page is
 * @gm: attached
 * @page: guest page, unchecked
 * @end: set to a page from which on it may be another
 *
 * Return: for comparing only; NULL: in none, or that can't be told
 */
const void *dynmem_guestmem_file(struct dynmem_guestmem *gm, u64 page, u64 *end);

/* How many files the guest's RAM is in. */
unsigned int dynmem_guestmem_files(struct dynmem_guestmem *gm);

/* Have the next snapshot made anew, whether or not the memslots have changed. Takes @gm->lock. */
void dynmem_guestmem_renew(struct dynmem_guestmem *gm);

/*
 * Copy between kernel and guest memory, ROM too for reading. Context: the VMM's vhost task. Return:
 * 0, or -EFAULT when any byte is not such memory.
 */
int dynmem_guestmem_read(struct dynmem_guestmem *gm, u64 gpa, void *buf, size_t len);
int dynmem_guestmem_write(struct dynmem_guestmem *gm, u64 gpa, const void *buf, size_t len);

/* Guest and mm of a VMM, held while they are used. */
struct dynmem_hold {
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
 * struct dynmem_spot - where a run of guest pages lies on the host right now
 * @mm: of the VMM
 * @kvm: the guest
 * @vma: mapping that all of the run is in
 * @hva: host address of its first page
 * @index: where that is in the file, or of ANON in the mm, in pages of 4 KiB
 * @pages: how long it is
 * @backing: not NONE
 * @page_size: bytes of a page of the backing
 */
struct dynmem_spot {
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
 * Return: what @act returned; -ESRCH: the VMM has gone; -EFAULT: no memory there; -EOPNOTSUPP: no
 * RAM; -ENOMEM
 */
int dynmem_guestmem_visit(struct dynmem_guestmem *gm, u64 first, u64 pages,
			  int (*act)(const struct dynmem_spot *spot, void *arg), void *arg);

/**
 * dynmem_guestmem_put_file() - drop a reference to the file of a spot
 * @file: may be NULL
 *
 * If nobody else has the file any more, it ends here with all its memory. fput() leaves that to the
 * caller's return to user space, and a vhost task never returns.
 * Context: any that may sleep; no lock held
 */
void dynmem_guestmem_put_file(struct file *file);

/* Whether another attached guest has this file as memory (ivshmem); it is nobody's RAM then. */
bool dynmem_guestmem_shared(const struct dynmem_guestmem *gm, const struct inode *inode);

#endif
