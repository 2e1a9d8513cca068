/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vnodes: which guest pages belong to which vnode of a VM, and how much RAM each vnode has. At
 * attach the host divides RAM by the host node that it is bound to; a dynmem_balloon guest then
 * names its own vnodes.
 */
#ifndef _DYNMEM_VNODES_H
#define _DYNMEM_VNODES_H

#include <linux/types.h>

struct dynmem_span;
struct dynmem_vm;

/**
 * dynmem_vnodes_by_node() - divide RAM by the size of its pages and the node that it is bound to
 * @vm: guest memory attached
 *
 * Sets RAM, vnodes and spans. Grants and targets stay on their pool and node if a new vnode is
 * there; the others are divided between all vnodes, in proportion to RAM.
 *
 * Context: a thread of the VMM, as it waits for the VMM's mmap_lock; no lock held, takes the VM's.
 * Return: 0; -ENODEV: no RAM of the guest could ever be released; or another -errno
 */
int dynmem_vnodes_by_node(struct dynmem_vm *vm);

/**
 * dynmem_vnodes_by_guest() - divide RAM as the guest says
 * @vm: guest memory attached
 * @span: spans in ascending order, from kvmalloc(); taken over when 0 is returned
 * @nr_spans: number of spans, at least 1
 * @nr_vnodes: number of vnodes; the vnode of each span is below it
 *
 * A guest page belongs to the last span that begins at or below it, or else to the first span, so
 * that no RAM is left out even if the guest forgets some. The guest only tells its own vnodes
 * apart: the host finds out which node a vnode's memory is on, and how much it is. A vnode with
 * memory in several pools belongs to the pool with the largest pages.
 *
 * Context: as dynmem_vnodes_by_node().
 * Return: 0 or -errno
 */
int dynmem_vnodes_by_guest(struct dynmem_vm *vm, struct dynmem_span *span, unsigned int nr_spans,
			   unsigned int nr_vnodes);

/**
 * dynmem_vnodes_renew() - find RAM that the VMM has plugged in or taken out
 * @vm: its RAM has been divided
 *
 * The division of the other RAM stays. New RAM is added to the last vnode with memory of the same
 * pool and node, or else to the last vnode, and is not granted. A vnode whose RAM has gone keeps at
 * least as much as is ballooned. RAM has gone only if two calls in a row miss it, since a VMM that
 * replaces a slot removes it for a moment.
 *
 * Context: the vhost task, which alone divides while it runs; no lock held, takes the VM's; does
 * not wait for the VMM's mmap_lock.
 * Return: 1: vm->ram has changed; 0: it has not; -errno: try again later
 */
int dynmem_vnodes_renew(struct dynmem_vm *vm);

/* Frees the spans; sets RAM and vnodes to zero. The caller holds the VM's lock. */
void dynmem_vnodes_clear(struct dynmem_vm *vm);

/**
 * dynmem_vnodes_vnode() - find the vnode of a guest page
 * @vm: attached
 * @page: guest page
 * @end: set to the first guest page after @page that may belong to another vnode
 *
 * Context: the vhost task, which alone replaces spans while it runs, or a worker that helps it; no
 * lock is needed.
 * Return: index of the vnode
 */
unsigned int dynmem_vnodes_vnode(const struct dynmem_vm *vm, u64 page, u64 *end);

#endif
