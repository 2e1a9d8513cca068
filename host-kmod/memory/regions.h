/* SPDX-License-Identifier: GPL-2.0 */
/*
 * regions: what a guest's RAM consists of at one moment: runs of guest pages, each with one
 * backing. Made from KVM's memslots and the mappings of the VMM, for guestmem.c, which keeps the
 * newest. A layout is constant and is held by reference, so that nobody who looks at one waits for
 * anybody who makes one.
 */
#ifndef _DYNMEM_REGIONS_H
#define _DYNMEM_REGIONS_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/types.h>

struct inode;
struct kvm_memory_slot;
struct kvm_memslots;
struct mm_struct;
struct vm_area_struct;

/*
 * Mappings that a guest's RAM may lie in. VMMs have some tens: a slot for each memory device, and a
 * mapping more where advice or a memory policy splits one.
 */
#define DYNMEM_MAPPINGS_MAX	4096

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
 * struct dynmem_object - what memory belongs to, for comparing only: nothing is held
 * @of: a file's inode, or the mm
 * @ino, @generation: of the inode; another that comes to lie at the same address has others
 * @pages: size of the file, 0 if it is none
 */
struct dynmem_object {
	const void *of;
	unsigned long ino;
	u32 generation;
	u64 pages;
};

/**
 * struct dynmem_region - a run of guest RAM with one backing, as of when its layout was made
 * @first: guest page
 * @pages: how many
 * @hva: host address of @first in the VMM
 * @pool: the pages it is made of, see pool.h
 * @node: node of that pool the memory policy of the mapping binds it to, or NUMA_NO_NODE
 * @backing: what is behind it; NONE regions are part of the layout too
 * @total: where the number of its resident pages comes from
 * @page_size: bytes of a page of the backing (hugetlb: of a huge page)
 * @object: what the memory belongs to; of NONE regions @object.of may be NULL
 * @offset: where @first is in it, in pages of 4 KiB
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
	struct dynmem_object object;
	u64 offset;
};

/**
 * struct dynmem_owner - an attached guest, as far as others need to know
 * @gone: its VMM's mm has ended; nothing may be touched any more
 */
struct dynmem_owner {
	bool gone;
};

/**
 * struct dynmem_claim - an attached guest uses a file
 * @node: in the table of such files
 * @owner: the guest
 * @object: the file
 */
struct dynmem_claim {
	struct hlist_node node;
	struct dynmem_owner *owner;
	struct dynmem_object object;
};

/**
 * struct dynmem_layout - a guest's RAM at one moment; constant but for its claims
 * @ref: who looks at it, and the guest memory it is the newest of
 * @generation: of the memslots it was made from
 * @departures: how many guests had gone when it was made
 * @region, @nr_regions: in ascending order of guest page
 * @nr_files: files that its RAM is in
 * @claim, @nr_claims: files that it shows, RAM or not; entered in the table while it is the newest
 */
struct dynmem_layout {
	struct kref ref;
	u64 generation;
	s64 departures;
	struct dynmem_region *region;
	unsigned int nr_regions;
	unsigned int nr_files;
	struct dynmem_claim *claim;
	unsigned int nr_claims;
};

/**
 * dynmem_layout_make() - look at memslots and mappings
 * @owner: whose
 * @mm: of the VMM, held
 * @slots: of the guest; the caller is in an SRCU section of its KVM
 * @wait: the caller is a thread of the VMM: it waits for mmap_lock and for memory. Others do
 *	neither, since the VMM can hold its mmap_lock for as long as it likes
 *
 * Return: a reference; ERR_PTR: -EAGAIN: without @wait, somebody holds mmap_lock; -ENOMEM; -E2BIG:
 * it lies in more than DYNMEM_MAPPINGS_MAX mappings; -EINTR: killed
 */
struct dynmem_layout *dynmem_layout_make(struct dynmem_owner *owner, struct mm_struct *mm,
					 struct kvm_memslots *slots, bool wait);

static inline struct dynmem_layout *dynmem_layout_get(struct dynmem_layout *layout)
{
	kref_get(&layout->ref);
	return layout;
}

void dynmem_layout_put(struct dynmem_layout *layout);

/**
 * dynmem_layout_claim() - enter the files of a layout, in the place of those of the one before
 * @layout: made by dynmem_layout_make(), or NULL
 * @before: entered before, or NULL
 */
void dynmem_layout_claim(struct dynmem_layout *layout, struct dynmem_layout *before);

/* The first region that ends behind a guest page, or NULL. */
const struct dynmem_region *dynmem_layout_find(const struct dynmem_layout *layout, u64 page);

/* Whether a region's memory is in this file. */
bool dynmem_region_in(const struct dynmem_region *region, const struct inode *inode);

/* Whether another attached guest has this file as memory (ivshmem); it is nobody's RAM then. */
bool dynmem_region_shared(const struct dynmem_owner *owner, const struct inode *inode);

/* Guests that have gone: what they shared with another may be that one's alone now. */
s64 dynmem_region_departures(void);
void dynmem_region_departed(void);

/* What a mapping is backed by, and by pages of which size. */
enum dynmem_backing dynmem_region_backing(struct vm_area_struct *vma, unsigned long *page_size);

/* Where an address lies in what the memory belongs to, the file or the mm, in pages of 4 KiB. */
u64 dynmem_region_index(const struct vm_area_struct *vma, enum dynmem_backing backing,
			unsigned long hva);

/* Guest memory of any kind, ROM too. Not KVM's own slots, not one that is being taken away. */
bool dynmem_slot_is_memory(const struct kvm_memory_slot *slot);
/* RAM as far as KVM can tell. */
bool dynmem_slot_is_ram(struct kvm_memslots *slots, const struct kvm_memory_slot *slot);
unsigned long dynmem_slot_hva(const struct kvm_memory_slot *slot, u64 gfn);

#endif
