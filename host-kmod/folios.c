// SPDX-License-Identifier: GPL-2.0
/*
 * Walks of page caches and page tables for account.c and reclaim.c.
 *
 * The kernel exports no page table walker that neither faults nor hides pages (hmm_range_fault()
 * cannot tell a page under NUMA balancing from a hole, and an idle guest's memory may be all that).
 * So page tables are read the way the lockless half of get_user_pages() reads them: with interrupts
 * off, which keeps a table from being freed, and each entry once. mmap_lock keeps the mapping.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pgtable.h>
#include <linux/rcupdate_wait.h>
#include <linux/xarray.h>

#include "folios.h"

#define RCU_BATCH	1024	/* entries looked at before others get a turn */

u64 dynmem_folios_in_file(struct address_space *mapping, u64 first, u64 end, u64 *budget,
			  dynmem_folio_fn fn, void *arg)
{
	XA_STATE(xas, &mapping->i_pages, first);
	unsigned int batch = 0;
	struct folio *folio;
	u64 next = first;

	rcu_read_lock();
	xas_for_each(&xas, folio, end - 1) {
		u64 from, to;

		if (xas_retry(&xas, folio))
			continue;
		if (xa_is_value(folio))
			continue;
		from = max_t(u64, folio->index, next);
		to = min_t(u64, folio->index + folio_nr_pages(folio), end);
		/* Without a reference the folio may have become another meanwhile. */
		if (unlikely(folio != xas_reload(&xas))) {
			xas_reset(&xas);
			continue;
		}
		if (unlikely(from >= to))
			continue;
		if (!*budget || !fn(folio, from, to - from, arg)) {
			next = from;
			goto out;
		}
		--*budget;
		next = to;
		/* Its other slots need no look. */
		xas_advance(&xas, folio_next_index(folio) - 1);
		if (++batch == RCU_BATCH) {
			batch = 0;
			xas_pause(&xas);
			cond_resched_rcu();
		}
	}
	next = end;
out:
	rcu_read_unlock();
	return next;
}

struct table_walk {
	u64 budget;
	dynmem_folio_fn fn;
	void *arg;
	bool stopped;
};

static bool visit(struct table_walk *walk, struct page *page, unsigned long addr, u64 pages)
{
	struct folio *folio = page_folio(page);

	/* What else an anonymous mapping shows is the huge zero page. */
	if (folio_test_anon(folio) && !walk->fn(folio, addr >> PAGE_SHIFT, pages, walk->arg))
		walk->stopped = true;
	return !walk->stopped;
}

static unsigned long walk_table(struct table_walk *walk, pmd_t pmd, unsigned long addr,
				unsigned long end)
{
	pte_t *entry = pte_offset_kernel(&pmd, addr);

	for (; addr < end && walk->budget; addr += PAGE_SIZE, entry++) {
		pte_t pte = ptep_get_lockless(entry);

		if (!pte_present(pte) || pte_special(pte))
			continue;
		if (!visit(walk, pte_page(pte), addr, 1))
			break;
		walk->budget--;
	}
	return addr;
}

/* From @addr on: one hole, one folio mapped as a whole, or the pages of one lowest table. */
static unsigned long walk_step(struct table_walk *walk, struct mm_struct *mm, unsigned long addr,
			       unsigned long end)
{
	pgd_t pgd = pgdp_get(pgd_offset(mm, addr));
	unsigned long next;
	p4d_t p4d;
	pud_t pud;
	pmd_t pmd;

	walk->budget--;
	if (!pgd_present(pgd))
		return pgd_addr_end(addr, end);
	p4d = p4dp_get(p4d_offset(&pgd, addr));
	if (!p4d_present(p4d))
		return p4d_addr_end(addr, end);
	pud = pudp_get(pud_offset(&p4d, addr));
	if (!pud_present(pud) || pud_leaf(pud))
		return pud_addr_end(addr, end);
	pmd = pmdp_get_lockless(pmd_offset(&pud, addr));
	next = pmd_addr_end(addr, end);
	if (!pmd_present(pmd))
		return next;
	if (!pmd_leaf(pmd))
		return walk_table(walk, pmd, addr, next);
	return visit(walk, pmd_page(pmd), addr, (next - addr) >> PAGE_SHIFT) ? next : addr;
}

u64 dynmem_folios_in_tables(struct mm_struct *mm, u64 first, u64 end, u64 *budget,
			    dynmem_folio_fn fn, void *arg)
{
	struct table_walk walk = { .budget = *budget, .fn = fn, .arg = arg };
	unsigned long addr = first << PAGE_SHIFT;

	mmap_assert_locked(mm);
	while (addr < end << PAGE_SHIFT && walk.budget && !walk.stopped) {
		local_irq_disable();
		addr = walk_step(&walk, mm, addr, end << PAGE_SHIFT);
		local_irq_enable();
		cond_resched();
	}
	*budget = walk.budget;
	return addr >> PAGE_SHIFT;
}
