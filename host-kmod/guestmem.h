/* SPDX-License-Identifier: GPL-2.0 */
/*
 * guestmem: the memory of one KVM guest as the host sees it. From a guest page to the host
 * address to the backing. Called by vdpa.c (attach, detach), vring.c (rings in guest memory),
 * reclaim.c and account.c. Knows nothing of VMs' settings or of the balloon.
 */
#ifndef _DYNMEM_GUESTMEM_H
#define _DYNMEM_GUESTMEM_H

#include <linux/mmu_notifier.h>
#include <linux/mutex.h>
#include <linux/numa.h>
#include <linux/types.h>
#include <linux/workqueue.h>

struct kvm;
struct mm_struct;

enum dynmem_backing {
	DYNMEM_BACKING_NONE,	/* never released: a file's contents, a device, read-only, locked */
	DYNMEM_BACKING_ANON,	/* private anonymous */
	DYNMEM_BACKING_SHMEM,	/* memfd, shared tmpfs */
	DYNMEM_BACKING_HUGETLB,	/* shared hugetlbfs */
};

/**
 * struct dynmem_region - a run of guest RAM with one backing, as of a memslot snapshot
 * @first: guest page
 * @pages: how many
 * @hva: host address of @first in the VMM
 * @node: host node the memory policy of the mapping binds it to, or NUMA_NO_NODE
 * @backing: what is behind it; NONE regions are part of the snapshot too
 * @page_size: bytes of a page of the backing (hugetlb: of a huge page)
 */
struct dynmem_region {
	u64 first;
	u64 pages;
	unsigned long hva;
	int node;
	enum dynmem_backing backing;
	unsigned long page_size;
};

/**
 * struct dynmem_guestmem - the hook into one KVM guest
 * @kvm: held from attach to detach or until the mm ends, whichever is first; NULL then
 * @mm: the VMM's; valid while attached (mmgrab)
 * @gone: the mm has ended; nothing may be touched any more
 * @lock: guards @regions, @nr_regions, @generation
 */
struct dynmem_guestmem {
	struct kvm *kvm;
	struct mm_struct *mm;
	bool gone;
	struct mutex lock;
	struct dynmem_region *regions;
	unsigned int nr_regions;
	u64 generation;
	struct mmu_notifier notifier;
	struct work_struct put_work;
};

/**
 * dynmem_guestmem_attach() - find the KVM guest of a VMM and hold it
 * @gm: zeroed
 * @mm: of the calling process
 * @why: set to a sentence when the answer is not 0
 *
 * Context: the VMM's own process, from VHOST_SET_OWNER. May sleep.
 * Return: 0; -ENODEV: the process has no KVM guest; -EBUSY: it has two; -EOPNOTSUPP: a
 * confidential guest; -EPERM: the guest belongs to another mm; -ENOMEM
 */
int dynmem_guestmem_attach(struct dynmem_guestmem *gm, struct mm_struct *mm, const char **why);

/* Lets go. Safe after a failed attach and twice. No lock held; not from a notifier. May sleep. */
void dynmem_guestmem_detach(struct dynmem_guestmem *gm);

/**
 * dynmem_guestmem_snapshot() - the guest's RAM now; renewed when the memslots have changed
 * @gm: attached
 * @nr: set to the number of regions
 *
 * Good for accounting only: a release looks slot and mapping up again.
 * Context: caller holds @gm->lock, takes mmap_lock. The array is valid until @gm->lock is dropped.
 * Return: regions in ascending order of @first, or ERR_PTR
 */
const struct dynmem_region *dynmem_guestmem_snapshot(struct dynmem_guestmem *gm, unsigned int *nr);

/**
 * dynmem_guestmem_ram() - bytes of guest RAM that could be given, per host node and in all
 * @gm: attached
 * @bound: nr_node_ids entries, set to the bytes bound to each node; may be NULL
 * @total: set to all bytes of RAM, bound or not
 *
 * Return: 0 or -errno. Takes @gm->lock.
 */
int dynmem_guestmem_ram(struct dynmem_guestmem *gm, u64 *bound, u64 *total);

/**
 * dynmem_guestmem_is_ram() - whether a range of guest pages is RAM as a whole, and where
 * @gm: attached
 * @first: guest page
 * @pages: how many
 * @node: set to the one node all of it is bound to, or NUMA_NO_NODE; may be NULL
 *
 * Takes @gm->lock.
 */
bool dynmem_guestmem_is_ram(struct dynmem_guestmem *gm, u64 first, u64 pages, int *node);

/**
 * dynmem_guestmem_hva() - host address of a guest-physical address, for ring access
 * @gm: attached
 * @gpa: bytes
 * @len: bytes wanted
 * @write: the address will be written through
 * @mapped: set to the bytes that are contiguous from there, at most @len
 *
 * Context: the VMM's vhost task. The address is used with copy_from_user() and the like: a slot
 * that goes away meanwhile gives -EFAULT there or the VMM's own memory, never the host's.
 * Return: address or 0 when it is not (writable) memory
 */
unsigned long dynmem_guestmem_hva(struct dynmem_guestmem *gm, u64 gpa, u64 len, bool write,
				  u64 *mapped);

/* Copies between kernel and guest memory; -EFAULT when any byte is not guest RAM. */
int dynmem_guestmem_read(struct dynmem_guestmem *gm, u64 gpa, void *buf, size_t len);
int dynmem_guestmem_write(struct dynmem_guestmem *gm, u64 gpa, const void *buf, size_t len);

#endif
