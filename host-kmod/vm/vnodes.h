/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vnodes: which guest pages belong to which vnode of a VM, and what RAM each vnode has. At attach
 * the host divides RAM by the host node it is bound to; a dynmem_balloon guest then says which
 * vnodes it has.
 */
#ifndef _DYNMEM_VNODES_H
#define _DYNMEM_VNODES_H

#include <linux/types.h>

struct dynmem_span;
struct dynmem_vm;

/**
 * dynmem_vnodes_by_node() - divide the RAM by its pages and the node it is bound to
 * @vm: guest memory attached
 *
 * Sets ram, vnodes and spans; what was granted and targeted is shared out by RAM.
 * Context: a thread of the VMM, which waits for its own mmap_lock; no lock held, takes the VM's.
 * Return: 0, -ENODEV: there is no RAM that could ever be given, or -errno
 */
int dynmem_vnodes_by_node(struct dynmem_vm *vm);

/**
 * dynmem_vnodes_by_guest() - divide the RAM as the guest says
 * @vm: guest memory attached
 * @span: ascending, from kvmalloc(); taken over when the answer is 0
 * @nr_spans: 1 or more
 * @nr_vnodes: every span's vnode is below it
 *
 * A guest page belongs to the last span that begins at or below it, so that no RAM is left out,
 * whatever the guest forgets. The guest only tells its own vnodes apart: which node a vnode's
 * memory is on, and how much it is, are the host's facts. A vnode with memory in hugetlb pools is
 * where its largest pages are.
 * Context: as dynmem_vnodes_by_node().
 */
int dynmem_vnodes_by_guest(struct dynmem_vm *vm, struct dynmem_span *span, unsigned int nr_spans,
			   unsigned int nr_vnodes);

/**
 * dynmem_vnodes_renew() - see whether the VMM has plugged RAM in or taken some out
 * @vm: divided
 *
 * The division stays as it is. RAM that has come belongs to the last vnode with memory of its kind
 * on its node, or to the last vnode; nothing of it is granted. Of RAM that has gone a vnode keeps
 * as much as it has given of what it had; and it has gone only if it is not there the next time
 * either, as VMMs take slots away for a moment to make others of them.
 *
 * Context: the vhost task, which alone divides while it runs; no lock held, takes the VM's; does
 * not wait for the VMM's mmap_lock.
 * Return: 1: vm->ram has changed; 0; or -errno, try again later
 */
int dynmem_vnodes_renew(struct dynmem_vm *vm);

/* Spans away; RAM and vnodes to zero. Caller holds the VM's lock. */
void dynmem_vnodes_clear(struct dynmem_vm *vm);

/**
 * dynmem_vnodes_vnode() - whose a guest page is
 * @vm: attached
 * @page: guest page
 * @end: set to the first guest page after it that may be another vnode's
 *
 * Context: the vhost task, which alone replaces spans while it runs; no lock needed.
 */
unsigned int dynmem_vnodes_vnode(const struct dynmem_vm *vm, u64 page, u64 *end);

#endif
