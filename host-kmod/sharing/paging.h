/* SPDX-License-Identifier: GPL-2.0 */
/*
 * paging: decides whether a VM is to be paged to disk. A guest that restarts needs its startup
 * memory again, and boots without a driver that could do with less. If policy has no more memory
 * for it, and none is under way, the VM is to be paged: of the memory that it touches, no more than
 * its grant may stay resident, so no other VM pays for it. User space (dmctl agent) pages the VM;
 * this file only decides, and raises events.
 *
 * A VM that starts, that runs on or that is away is never paged, nor is a static VM, memory in
 * hugetlb pools, or memory that is pinned or locked.
 */
#ifndef _DYNMEM_PAGING_H
#define _DYNMEM_PAGING_H

struct dynmem_plan;

/**
 * dynmem_paging_decide() - set @page_to of struct dynmem_books for each VM
 * @plan: the plan, after dynmem_move()
 *
 * While a VM is paged, @page_to follows its grant upwards. Paging ends when the VM has its startup
 * memory, or when it keeps startup memory no longer (DYNMEM_PACING_SETTLE_MS after the first
 * report) and its guest has given all that is not granted.
 *
 * Context: as for dynmem_plan_begin().
 */
void dynmem_paging_decide(const struct dynmem_plan *plan);

#endif
