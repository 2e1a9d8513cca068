/* SPDX-License-Identifier: GPL-2.0 */
/*
 * regions: the layout of a guest's RAM at one moment. A layout consists of runs of guest pages
 * (regions), each with one kind of host memory behind it (the backing). A layout is made from KVM's
 * memslots and the VMM's mappings. A layout is constant and has a reference count, so a thread that
 * reads a layout never waits for a thread that makes one.
 */
#ifndef _DYNMEM_REGIONS_H
#define _DYNMEM_REGIONS_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/nodemask.h>
#include <linux/types.h>

struct inode;
struct kvm_memory_slot;
struct kvm_memslots;
struct mm_struct;
struct vm_area_struct;

/*
 * The most mappings that a guest's RAM may be in. VMMs have some tens: one for each memory device,
 * and one more wherever madvise() or a memory policy splits a mapping.
 */
#define DYNMEM_MAPPINGS_MAX	4096

enum dynmem_backing {
	DYNMEM_BACKING_NONE,	/* not RAM, never released: a file with contents, a device,
				 * read-only memory, a file that another guest uses, or an alias of
				 * another region
				 */
	DYNMEM_BACKING_ANON,	/* private anonymous */
	DYNMEM_BACKING_SHMEM,	/* memfd, shared tmpfs */
	DYNMEM_BACKING_HUGETLB,	/* shared hugetlbfs */
};

/* How the resident pages of a region are counted. */
enum dynmem_region_total {
	DYNMEM_TOTAL_WALK,	/* by a walk of the region */
	DYNMEM_TOTAL_HERE,	/* by the page count of its file, (almost) all of which is RAM */
	DYNMEM_TOTAL_ELSEWHERE,	/* together with another region of the same file */
};

/**
 * struct dynmem_object - identifies the file or mm that memory belongs to
 * @of: the file's inode, or the mm; may only be compared, since no reference is held
 * @ino: number of the inode; distinguishes the inode from a later one at the same address
 * @generation: generation of the inode; serves the same purpose as @ino
 * @pages: size of the file in pages of 4 KiB; 0: the object is no file
 */
struct dynmem_object {
	const void *of;
	unsigned long ino;
	u32 generation;
	u64 pages;
};

/**
 * struct dynmem_region - a run of guest pages with one backing, at the time its layout was made
 * @first: first guest page
 * @pages: number of pages
 * @hva: host address of @first in the VMM
 * @pool: number of the pool for @page_size, see pool.h
 * @node: node of @pool to which the mapping's memory policy or the VMM's cpuset binds the region;
 *	NUMA_NO_NODE: the region is not bound to one node
 * @backing: kind of memory; a layout has regions with DYNMEM_BACKING_NONE, too
 * @total: how the resident pages of the region are counted
 * @leads: this is the first region with RAM of its file. Figures of the whole file are read here
 * @page_size: size of a page of the backing (hugetlb: of a huge page), bytes
 * @object: the file or mm; with DYNMEM_BACKING_NONE @object.of may be NULL
 * @offset: page index of @first in the file; for anonymous memory, the page number of @hva
 *
 * Constant once the layout is made.
 */
struct dynmem_region {
	u64 first;
	u64 pages;
	unsigned long hva;
	unsigned int pool;
	int node;
	enum dynmem_backing backing;
	enum dynmem_region_total total;
	bool leads;
	unsigned long page_size;
	struct dynmem_object object;
	u64 offset;
};

/**
 * struct dynmem_owner - identifies an attached guest in the table of claims
 * @gone: the VMM's mm has ended, so the guest's memory must not be touched. Written under the
 *	ref_lock of the guest memory; read under that lock or with READ_ONCE()
 */
struct dynmem_owner {
	bool gone;
};

/**
 * struct dynmem_claim - an entry in the table of files that attached guests use as memory
 * @node: links the claim into the table; guarded by the table's own lock
 * @owner: the guest that uses the file; constant
 * @object: the file; constant
 */
struct dynmem_claim {
	struct hlist_node node;
	struct dynmem_owner *owner;
	struct dynmem_object object;
};

/**
 * struct dynmem_layout - a guest's RAM at one moment
 * @ref: references of readers, and of the guest memory whose newest layout this is
 * @generation: generation of the memslots that the layout was made from
 * @departures: value of dynmem_region_departures() when the layout was made
 * @nodes: the nodes that the VMM's cpuset allowed when the layout was made
 * @region: regions in ascending order of guest page
 * @nr_regions: number of regions
 * @nr_files: number of files that the RAM is in
 * @claim: claims of all files behind the regions, even of files that do not count as RAM. The
 *	claims are in the table while the layout is the newest one
 * @nr_claims: number of claims
 *
 * Constant, except for @ref and the links of the claims.
 */
struct dynmem_layout {
	struct kref ref;
	u64 generation;
	s64 departures;
	nodemask_t nodes;
	struct dynmem_region *region;
	unsigned int nr_regions;
	unsigned int nr_files;
	struct dynmem_claim *claim;
	unsigned int nr_claims;
};

/**
 * dynmem_layout_make() - make a layout from memslots and mappings
 * @owner: the guest
 * @mm: the VMM's mm, held
 * @slots: the guest's memslots; the caller is in an SRCU section of its KVM
 * @wait: true: wait for mmap_lock and for free memory. Only threads of the VMM may wait, since the
 *	VMM can hold its mmap_lock for any time
 *
 * Return: a reference; ERR_PTR: -EAGAIN, without @wait: another thread holds mmap_lock; -ENOMEM;
 * -E2BIG: RAM is in more than DYNMEM_MAPPINGS_MAX mappings; -EINTR: the thread was killed
 */
struct dynmem_layout *dynmem_layout_make(struct dynmem_owner *owner, struct mm_struct *mm,
					 struct kvm_memslots *slots, bool wait);

/**
 * dynmem_layout_nodes() - find the nodes that a VMM may get memory from
 * @mm: the VMM's mm, held
 * @nodes: set to those nodes that have memory and that the cpuset of the owner of @mm allows. The
 *	function assumes that all threads of the VMM are in this cpuset, or in cpusets below it
 */
void dynmem_layout_nodes(struct mm_struct *mm, nodemask_t *nodes);

/* Takes another reference. */
static inline struct dynmem_layout *dynmem_layout_get(struct dynmem_layout *layout)
{
	kref_get(&layout->ref);
	return layout;
}

/* Drops a reference; the last one frees the layout. */
void dynmem_layout_put(struct dynmem_layout *layout);

/**
 * dynmem_layout_claim() - replace the claims of one layout in the table by those of another
 * @layout: the layout whose claims are added to the table; NULL: add none
 * @before: the layout whose claims are removed from the table; NULL: remove none
 */
void dynmem_layout_claim(struct dynmem_layout *layout, struct dynmem_layout *before);

/*
 * Return: the region that contains guest page @page; if there is none, the first region after the
 * page, or NULL.
 */
const struct dynmem_region *dynmem_layout_find(const struct dynmem_layout *layout, u64 page);

/* Whether a region's memory is in the file of @inode. */
bool dynmem_region_in(const struct dynmem_region *region, const struct inode *inode);

/*
 * Whether a guest other than @owner uses the file as memory, as with ivshmem. A file that two
 * guests use counts as RAM of neither guest.
 */
bool dynmem_region_shared(const struct dynmem_owner *owner, const struct inode *inode);

/*
 * Number of guests that have gone since the module was loaded. When this number rises, all layouts
 * must be made again, because a file that two guests shared may be left to only one of them.
 */
s64 dynmem_region_departures(void);

/* Counts a guest whose VMM's mm ends. Context: any. */
void dynmem_region_departed(void);

/* Return: the backing of a mapping. Sets @page_size to the page size of the mapping, bytes. */
enum dynmem_backing dynmem_region_backing(struct vm_area_struct *vma, unsigned long *page_size);

/* Page index of @hva in the file of the mapping; for anonymous memory, the page number of @hva. */
u64 dynmem_region_index(const struct vm_area_struct *vma, enum dynmem_backing backing,
			unsigned long hva);

/*
 * Whether a slot is guest memory, ROM included. False for KVM's own slots, for slots that are being
 * removed, and for slots of guest_memfd.
 */
bool dynmem_slot_is_memory(const struct kvm_memory_slot *slot);

/* Whether a slot is RAM, as far as KVM can tell. */
bool dynmem_slot_is_ram(struct kvm_memslots *slots, const struct kvm_memory_slot *slot);

/* The host address of guest page @gfn, which is in the slot. */
unsigned long dynmem_slot_hva(const struct kvm_memory_slot *slot, u64 gfn);

#endif
