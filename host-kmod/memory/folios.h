/* SPDX-License-Identifier: GPL-2.0 */
/*
 * folios: visits the folios behind a run of guest memory, without touching them or faulting any in.
 */
#ifndef _DYNMEM_FOLIOS_H
#define _DYNMEM_FOLIOS_H

#include <linux/types.h>

struct address_space;
struct folio;
struct mm_struct;

/**
 * typedef dynmem_folio_fn - called for each folio
 * @folio: the folio, with a reference that is dropped when this returns; it may have left its file
 *	or page table meanwhile
 * @first: first page of the folio that is in the range: page index or page number, as in the walk
 * @pages: number of the folio's pages in the range
 * @arg: from the caller
 *
 * Context: must not sleep.
 * Return: false to stop before this folio
 */
typedef bool (*dynmem_folio_fn)(struct folio *folio, u64 first, u64 pages, void *arg);

/**
 * dynmem_folios_in_file() - visit the folios in the page cache of a file
 * @mapping: the page cache of a shmem or hugetlbfs file, which the caller holds
 * @first: first page index
 * @end: index of the page after the last one
 * @budget: number of steps allowed, set to the number left; a folio of any size costs one, a hole
 *	none
 * @fn: called for each folio, but not for pages that are swapped out
 * @arg: for @fn
 *
 * Context: may sleep.
 * Return: the page index to go on from: @end, unless @fn or the budget ended the walk
 */
u64 dynmem_folios_in_file(struct address_space *mapping, u64 first, u64 end, u64 *budget,
			  dynmem_folio_fn fn, void *arg);

/**
 * dynmem_folios_in_tables() - visit the anonymous folios that page tables map
 * @mm: the address space; its mmap_lock is held
 * @first: page number of the first address
 * @end: page number of the page after the last one; the range is in one mapping, which is not
 *	hugetlb
 * @budget: number of steps allowed, set to the number left; a folio mapped as a whole, a page, a
 *	page table and a hole cost one each
 * @fn: called for each page, and for each folio mapped as a whole. Pages that are swapped out or
 *	being migrated, and the zero page, are passed over. Pages that NUMA balancing has made
 *	inaccessible are visited
 * @arg: for @fn
 *
 * Context: may sleep.
 * Return: the page number to go on from: @end, unless @fn or the budget ended the walk
 */
u64 dynmem_folios_in_tables(struct mm_struct *mm, u64 first, u64 end, u64 *budget,
			    dynmem_folio_fn fn, void *arg);

#endif
