// SPDX-License-Identifier: GPL-2.0
/*
 * Walks of page caches and page tables.
 *
 * The kernel exports no page table walker that visits all present pages without faulting pages in.
 * To hmm_range_fault() a page under NUMA balancing looks like a hole, and all memory of an idle
 * guest may consist of such pages. So the code here reads page tables as get_user_pages_fast()
 * does, with interrupts off, so that no table is freed. The caller holds mmap_lock, so that the
 * mapping does not change.
 */
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/pgtable.h>
#include <linux/rcupdate_wait.h>
#include <linux/xarray.h>

#include "memory/folios.h"

#define RCU_BATCH	1024	/* folios visited before other tasks may use the CPU */

u64 dynmem_folios_in_file(struct address_space *mapping, u64 first, u64 end, u64 *budget,
			  dynmem_folio_fn fn, void *arg)
{
	XA_STATE(xas, &mapping->i_pages, first);
	unsigned int batch = 0;
	struct folio *folio;
	u64 next = first;

	rcu_read_lock();
	xas_for_each(&xas, folio, end - 1) {
		u64 from, to, behind;
		bool go_on;

		if (xas_retry(&xas, folio))
			continue;
		if (xa_is_value(folio))
			continue;
		/* As in filemap_get_entry(): without a reference the folio may be reused. */
		if (!folio_try_get(folio)) {
			xas_reset(&xas);
			continue;
		}
		if (unlikely(folio != xas_reload(&xas))) {
			folio_put(folio);
			xas_reset(&xas);
			continue;
		}
		behind = folio_next_index(folio);
		from = max_t(u64, folio->index, next);
		to = min(behind, end);
		go_on = from >= to || (*budget && fn(folio, from, to - from, arg));
		folio_put(folio);
		if (unlikely(!go_on)) {
			next = from;
			goto out;
		}
		if (unlikely(from >= to))
			continue;
		--*budget;
		next = to;
		/* Skip the other slots of this folio. */
		xas_advance(&xas, behind - 1);
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

/* Return: the folio of a page, with a reference; NULL: the folio is being freed or split. */
static struct folio *get_folio(struct page *page)
{
	struct folio *folio = page_folio(page);

	if (!folio_try_get(folio))
		return NULL;
	if (likely(page_folio(page) == folio))
		return folio;
	folio_put(folio);
	return NULL;
}

static void visit_folio(struct table_walk *walk, struct folio *folio, unsigned long addr, u64 pages)
{
	/* In an anonymous mapping, a folio that is not anonymous is the huge zero page. */
	if (folio_test_anon(folio) && !walk->fn(folio, addr >> PAGE_SHIFT, pages, walk->arg))
		walk->stopped = true;
}

/*
 * Visits the page that an entry maps. As in get_user_pages_fast(), the entry is read once more
 * after a reference to the folio was taken. If the entry is still the same, the folio is the one
 * that the entry maps.
 * Return: true: go on; false: the entry has changed, or its folio is being freed or split. The
 * entry must be read again.
 */
static bool visit_entry(struct table_walk *walk, pte_t *entry, unsigned long addr)
{
	pte_t pte = ptep_get_lockless(entry);
	struct folio *folio;
	bool same;

	if (!pte_present(pte) || pte_special(pte))
		return true;
	folio = get_folio(pte_page(pte));
	if (!folio)
		return false;
	same = pte_same(pte, ptep_get_lockless(entry));
	if (same)
		visit_folio(walk, folio, addr, 1);
	folio_put(folio);
	return same;
}

static bool visit_leaf(struct table_walk *walk, pmd_t *entry, pmd_t pmd, unsigned long addr,
		       unsigned long next)
{
	struct folio *folio = get_folio(pmd_page(pmd));
	bool same;

	if (!folio)
		return false;
	same = pmd_same(pmd, pmdp_get_lockless(entry));
	if (same)
		visit_folio(walk, folio, addr, (next - addr) >> PAGE_SHIFT);
	folio_put(folio);
	return same;
}

static unsigned long walk_table(struct table_walk *walk, pmd_t pmd, unsigned long addr,
				unsigned long end)
{
	pte_t *entry = pte_offset_kernel(&pmd, addr);

	for (; addr < end && walk->budget; addr += PAGE_SIZE, entry++) {
		if (!visit_entry(walk, entry, addr) || walk->stopped)
			break;
		walk->budget--;
	}
	return addr;
}

/*
 * Walks one hole, one folio mapped as a whole, or the entries of one table of PTEs, from @addr on.
 * Stops at an entry that has just changed. The caller then enables interrupts for a moment, and the
 * next step reads the entry again.
 * Return: the address to go on from.
 */
static unsigned long walk_step(struct table_walk *walk, struct mm_struct *mm, unsigned long addr,
			       unsigned long end)
{
	pgd_t pgd = pgdp_get(pgd_offset(mm, addr));
	unsigned long next;
	p4d_t p4d;
	pud_t pud;
	pmd_t *entry, pmd;

	walk->budget--;
	if (!pgd_present(pgd))
		return pgd_addr_end(addr, end);
	p4d = p4dp_get(p4d_offset(&pgd, addr));
	if (!p4d_present(p4d))
		return p4d_addr_end(addr, end);
	pud = pudp_get(pud_offset(&p4d, addr));
	if (!pud_present(pud) || pud_leaf(pud))
		return pud_addr_end(addr, end);
	entry = pmd_offset(&pud, addr);
	pmd = pmdp_get_lockless(entry);
	next = pmd_addr_end(addr, end);
	if (!pmd_present(pmd))
		return next;
	if (!pmd_leaf(pmd))
		return walk_table(walk, pmd, addr, next);
	return visit_leaf(walk, entry, pmd, addr, next) && !walk->stopped ? next : addr;
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
