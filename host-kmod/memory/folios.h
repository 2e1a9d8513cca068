/* SPDX-License-Identifier: GPL-2.0 */
/*
 * folios: look at the folios behind a run of guest memory without touching or faulting them in.
 * account.c counts them per node, release.c looks for pinned ones before a release and for what
 * is left after it.
 */
#ifndef _DYNMEM_FOLIOS_H
#define _DYNMEM_FOLIOS_H

#include <linux/types.h>

struct address_space;
struct folio;
struct mm_struct;

/**
 * typedef dynmem_folio_fn - what is done with each folio
 * @folio: with a reference, which is dropped when this returns; it was there when it was looked up
 * @first: where its part of the range begins, counted as the range is
 * @pages: how many of its pages are in the range
 * @arg: the caller's
 *
 * Must not sleep. Return: false to stop before this folio
 */
typedef bool (*dynmem_folio_fn)(struct folio *folio, u64 first, u64 pages, void *arg);

/**
 * dynmem_folios_in_file() - visit what the page cache of a file holds
 * @mapping: of shmem or hugetlbfs; the caller holds the file
 * @first: page index
 * @end: page index behind the last
 * @budget: steps allowed, what is left of them afterwards; a folio of any size costs one, holes
 *	nothing
 * @fn: called for each folio, but not for what is swapped out
 * @arg: for @fn
 *
 * Context: may sleep.
 * Return: the index to go on from: @end, or where @fn or the end of the budget stopped
 */
u64 dynmem_folios_in_file(struct address_space *mapping, u64 first, u64 end, u64 *budget,
			  dynmem_folio_fn fn, void *arg);

/**
 * dynmem_folios_in_tables() - visit the anonymous folios that page tables map
 * @mm: the address space; mmap_lock is held
 * @first: page number of the address
 * @end: page number behind the last; of one mapping that is no hugetlb
 * @budget: steps allowed, what is left of them afterwards; a folio mapped as a whole, a page, a
 *	page table and a hole cost one each
 * @fn: called for each page or folio mapped as a whole; not for what is swapped out, on its way
 *	between nodes, or the zero page. Pages hidden for NUMA balancing are visited
 * @arg: for @fn
 *
 * Context: may sleep.
 * Return: the page number to go on from: @end, or where @fn or the end of the budget stopped
 */
u64 dynmem_folios_in_tables(struct mm_struct *mm, u64 first, u64 end, u64 *budget,
			    dynmem_folio_fn fn, void *arg);

#endif
