/* SPDX-License-Identifier: GPL-2.0 */
/*
 * reporting: free page reporting, for either driver: the guest names pages that it does not use and
 * may use again at any time, without a word. They are released and do not count as given.
 */
#ifndef _DYNMEM_REPORTING_H
#define _DYNMEM_REPORTING_H

struct dynmem_elem;
struct dynmem_vm;

/**
 * dynmem_reporting_serve() - release what a request names
 * @vm: the VM
 * @elem: its writable segments are the pages; nothing is written to them
 *
 * What is not whole pages, in the balloon, or of a kind that is never released is refused and
 * counted; so are hugetlb pages, as the guest would die if its next access found the pool empty.
 *
 * Context: the VM's vhost task, no lock held.
 */
void dynmem_reporting_serve(struct dynmem_vm *vm, const struct dynmem_elem *elem);

#endif
