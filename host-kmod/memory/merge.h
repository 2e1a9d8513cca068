/* SPDX-License-Identifier: GPL-2.0 */
/*
 * merge: says which guest memory KSM may merge, namely equal pages of private anonymous memory.
 * QEMU marks all memory of its guest as mergeable, so without this whoever starts KSM would have it
 * merge all guests.
 */
#ifndef _DYNMEM_MERGE_H
#define _DYNMEM_MERGE_H

#include <linux/types.h>

struct dynmem_guestmem;
struct mm_struct;

/**
 * dynmem_merge_allow() - let KSM merge the guest's private memory, or keep it from that
 * @gm: attached
 * @allow: KSM may merge the memory; false: pages that are merged get separate again, which copies
 *	them
 * @wait: false: do nothing if others hold the VMM's mmap_lock for writing
 * @unfinished: kept by the caller: some pages were not separated by the last call; at first false
 *
 * Memory that is plugged in later, or that the VMM marks itself later, needs another call. A call
 * that finds nothing to do is cheap. One that finds something waits for mmap_lock, even with @wait
 * false. A mapping is changed as a whole, even where it is larger than the guest's memory.
 *
 * Context: a thread of the VMM; no lock is held that others wait for.
 * Return: 1: all private memory is as wanted; 0: the guest has no private RAM; -EAGAIN: nothing was
 * changed, try later; -ENOMEM: no memory to separate pages, or for KSM; -EINTR: the thread has a
 * signal; -ESRCH: the VMM has gone
 */
int dynmem_merge_allow(struct dynmem_guestmem *gm, bool allow, bool wait, bool *unfinished);

/*
 * Number of merged pages that a process has mapped. It rises at once when pages are merged, but
 * falls only when KSM scans the memory again.
 */
u64 dynmem_merge_pages(const struct mm_struct *mm);

#endif
