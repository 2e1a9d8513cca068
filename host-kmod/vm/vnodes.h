/* SPDX-License-Identifier: GPL-2.0 */
/*
 * vnodes: which guest pages belong to which vnode of a VM, and how much RAM each vnode has. When a
 * VMM attaches, the host makes a vnode for each host node that RAM is bound to. Later a
 * dynmem_balloon guest names its own vnodes, which replace the vnodes that the host has made.
 */
#ifndef _DYNMEM_VNODES_H
#define _DYNMEM_VNODES_H

#include <linux/types.h>

struct dynmem_span;
struct dynmem_vm;

/**
 * dynmem_vnodes_by_node() - divide RAM by page size and by the node that it is bound to
 * @vm: the VM, whose guest memory is attached
 *
 * Sets the VM's RAM, vnodes and spans. A grant or target stays on its pool and node if one of the
 * new vnodes has the same pool and node. All other grants and targets are divided between all new
 * vnodes, in proportion to RAM.
 *
 * Context: a thread of the VMM, since this waits for the VMM's mmap_lock; no lock is held; takes
 * the VM's lock.
 * Return: 0; -ENODEV: the guest has no RAM that could be released; or another -errno
 */
int dynmem_vnodes_by_node(struct dynmem_vm *vm);

/**
 * dynmem_vnodes_by_guest() - divide RAM as the guest says
 * @vm: the VM, whose guest memory is attached
 * @span: spans in ascending order, from kvmalloc(); the VM owns them when 0 is returned
 * @nr_spans: number of spans, at least 1
 * @nr_vnodes: number of vnodes; the vnode of each span is below this number
 * @await: new RAM counts as ballooned, since the guest is about to announce it, see vm->awaited
 *
 * A guest page belongs to the last span that begins at or below the page. Pages below the first
 * span belong to the first span, too. So each page of RAM has a vnode, even if the guest does not
 * name the page. The guest says only which pages belong to which vnode. The host itself finds out
 * how much RAM a vnode has, and on which node the RAM is. A vnode with memory in several pools
 * belongs to the pool with the largest pages.
 *
 * Context: as dynmem_vnodes_by_node().
 * Return: 0 or -errno
 */
int dynmem_vnodes_by_guest(struct dynmem_vm *vm, struct dynmem_span *span, unsigned int nr_spans,
			   unsigned int nr_vnodes, bool await);

/**
 * dynmem_vnodes_renew() - find RAM that was plugged in or removed, or is bound to another node now
 * @vm: the VM, whose RAM has been divided
 * @await: as for dynmem_vnodes_by_guest()
 *
 * Old RAM stays on its vnode. New RAM goes to the last vnode with memory of the same pool and node,
 * or else to the last vnode. The grants do not rise. RAM that is removed leaves the balloon. RAM
 * counts as removed only if two calls in a row do not find it, since a VMM that replaces a memslot
 * removes the old memslot first.
 *
 * Context: the vhost task, since no other thread divides RAM while that task runs; no lock is held;
 * takes the VM's lock; does not wait for the VMM's mmap_lock.
 * Return: 1: vm->ram has changed by a block or more; 0: it has not; -errno: try again later
 */
int dynmem_vnodes_renew(struct dynmem_vm *vm, bool await);

/* Frees the spans; sets RAM and vnodes to zero. The caller holds the VM's lock. */
void dynmem_vnodes_clear(struct dynmem_vm *vm);

/**
 * dynmem_vnodes_vnode() - find the vnode of a guest page
 * @vm: the VM, to which a VMM is attached
 * @page: guest page
 * @end: set to the first guest page after @page that may belong to another vnode
 *
 * Context: the vhost task or one of its workers. No lock is needed, because no other thread
 * replaces spans while the vhost task runs.
 * Return: index of the vnode
 */
unsigned int dynmem_vnodes_vnode(const struct dynmem_vm *vm, u64 page, u64 *end);

#endif
