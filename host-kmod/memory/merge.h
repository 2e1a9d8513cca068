/* SPDX-License-Identifier: GPL-2.0 */
/*
 * merge: allows or forbids KSM to merge equal pages of a guest's private anonymous memory. QEMU
 * marks all memory of its guest as mergeable. So without this code KSM would merge the memory of
 * all guests as soon as somebody starts KSM.
 */
#ifndef _DYNMEM_MERGE_H
#define _DYNMEM_MERGE_H

#include <linux/types.h>

struct dynmem_guestmem;
struct mm_struct;

/**
 * dynmem_merge_allow() - allow or forbid KSM to merge the guest's private memory
 * @gm: attached
 * @allow: true: KSM may merge the memory; false: KSM may not, and pages that are merged already are
 *	separated, that is, copied
 * @wait: false: return -EAGAIN if the VMM's mmap_lock cannot be read-locked at once
 * @unfinished: a variable of the caller, false before the first call. A call that cannot separate
 *	all pages sets the variable to true, so that the next call separates the rest
 *
 * Memory that is plugged in later, or that the VMM itself marks as mergeable later, needs another
 * call. A call that finds nothing to change is cheap. A call that finds something to change waits
 * for mmap_lock, even if @wait is false. A mapping is changed as a whole, even if it is larger than
 * the guest's memory.
 *
 * Context: a thread of the VMM; no lock is held that other threads wait for.
 * Return: 1: the call has succeeded; 0: the call has succeeded, but the guest has no private RAM;
 * -EAGAIN: try again later, since only a part of the memory or none was handled; -ENOMEM: there is
 * no memory to separate pages, or for KSM's own data; -EINTR: the thread has a signal; -ESRCH: the
 * VMM has gone
 */
int dynmem_merge_allow(struct dynmem_guestmem *gm, bool allow, bool wait, bool *unfinished);

/*
 * Number of merged pages that a process has mapped. The number rises at once when pages are merged,
 * but falls only when KSM scans the memory again.
 */
u64 dynmem_merge_pages(const struct mm_struct *mm);

#endif
