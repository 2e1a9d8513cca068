/* SPDX-License-Identifier: GPL-2.0 */
/*
 * folios: visits the folios behind a run of guest memory. A visit faults no page in and changes no
 * accessed bit.
 */
#ifndef _DYNMEM_FOLIOS_H
#define _DYNMEM_FOLIOS_H

#include <linux/types.h>

struct address_space;
struct folio;
struct mm_struct;

/**
 * typedef dynmem_folio_fn - called for each folio
 * @folio: the folio; the walk holds a reference to it until the function returns. The folio may
 *	have left its file or page table already
 * @first: the folio's first page in the range of the walk. In a walk of a file, this is a page
 *	index. In a walk of page tables, this is an address in units of PAGE_SIZE
 * @pages: number of the folio's pages in the range
 * @arg: the argument that the caller of the walk has passed
 *
 * Context: must not sleep.
 * Return: true: go on; false: end the walk before this folio
 */
typedef bool (*dynmem_folio_fn)(struct folio *folio, u64 first, u64 pages, void *arg);

/**
 * dynmem_folios_in_file() - visit the folios in the page cache of a file
 * @mapping: the page cache of a shmem or hugetlbfs file; the caller holds a reference to the file
 * @first: first page index
 * @end: index of the page after the last one
 * @budget: number of steps allowed; set to the number of steps that are left. A folio of any size
 *	costs one step, and a hole costs none
 * @fn: called for each folio, but not for pages that are swapped out
 * @arg: for @fn
 *
 * Context: may sleep.
 * Return: the page index to go on from; @end if neither @fn nor the budget ended the walk
 */
u64 dynmem_folios_in_file(struct address_space *mapping, u64 first, u64 end, u64 *budget,
			  dynmem_folio_fn fn, void *arg);

/**
 * dynmem_folios_in_tables() - visit the anonymous folios that page tables map
 * @mm: the address space; its mmap_lock is held
 * @first: page number of the first page, that is, its address in units of PAGE_SIZE
 * @end: page number of the page after the last one; the range is in one mapping, which is not
 *	hugetlb
 * @budget: number of steps allowed; set to the number of steps that are left. A folio mapped as a
 *	whole, a page, a page table and a hole cost one step each
 * @fn: called for each folio mapped as a whole, and for each page that is mapped by an entry of its
 *	own. The walk skips the zero page and pages that are swapped out or being migrated. The walk
 *	does not skip pages that NUMA balancing has made inaccessible
 * @arg: for @fn
 *
 * Context: may sleep.
 * Return: the page number to go on from; @end if neither @fn nor the budget ended the walk
 */
u64 dynmem_folios_in_tables(struct mm_struct *mm, u64 first, u64 end, u64 *budget,
			    dynmem_folio_fn fn, void *arg);

#endif
