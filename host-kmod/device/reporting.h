/* SPDX-License-Identifier: GPL-2.0 */
/*
 * reporting: free page reporting, for dynmem_balloon and for a standard driver. The guest names
 * free pages, and the host releases them. These pages do not count as ballooned, since the guest
 * may use them again at any time without a request.
 */
#ifndef _DYNMEM_REPORTING_H
#define _DYNMEM_REPORTING_H

struct dynmem_elem;
struct dynmem_vm;

/**
 * dynmem_reporting_serve() - release the pages that a request names
 * @vm: the VM
 * @elem: the request. Its writable segments are the pages; this function writes nothing to them
 *
 * Refuses and counts segments that are not whole pages, are in the balloon, or are of a kind that
 * is never released. Refuses hugetlb pages, too: the guest would be killed if its next access found
 * the pool empty.
 *
 * Context: the VM's vhost task; no lock is held.
 */
void dynmem_reporting_serve(struct dynmem_vm *vm, const struct dynmem_elem *elem);

#endif
