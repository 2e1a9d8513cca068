// SPDX-License-Identifier: GPL-2.0
/* Tests the search for ballooned memory that is resident again. */
#include "kernel.h"
#include "unit.h"

#include "memory/folios.h"
#include "memory/guestmem.h"
#include "memory/hugetlb.h"
#include "memory/release.h"
#include "vm/balloon.h"
#include "vm/retouch.h"
#include "vm/vm.h"
#include "vm/vnodes.h"

#define BLOCK	512ULL		/* pages */
#define BUDGET	100000

static struct dynmem_vm vm;
static u64 resident;		/* the guest has touched the first @resident pages */

void dynmem_release(struct dynmem_releases *releases, struct dynmem_guestmem *gm, const char *vm,
		    u64 first, u64 pages, bool in_use, struct dynmem_released *out)
{
	*out = (struct dynmem_released) { .pages = pages };
}

u64 dynmem_hugetlb_restore(struct dynmem_releases *releases, struct dynmem_guestmem *gm, u64 first,
			   u64 pages)
{
	return pages;
}

u64 dynmem_hugetlb_reserve(struct dynmem_guestmem *gm, u64 first, u64 pages)
{
	return pages;
}

u64 dynmem_hugetlb_unreserve(struct dynmem_releases *releases, struct dynmem_guestmem *gm,
			     u64 first, u64 pages)
{
	return pages;
}

unsigned int dynmem_vnodes_vnode(const struct dynmem_vm *vm, u64 page, u64 *end)
{
	*end = ~0ULL;
	return 0;
}

int dynmem_guestmem_visit(struct dynmem_guestmem *gm, u64 first, u64 pages,
			  int (*act)(const struct dynmem_extent *extent, void *arg), void *arg)
{
	struct dynmem_extent extent = {
		.index = first, .pages = pages, .backing = DYNMEM_BACKING_ANON,
	};

	return act(&extent, arg);
}

u64 dynmem_folios_in_tables(struct mm_struct *mm, u64 first, u64 end, u64 *budget,
			    dynmem_folio_fn fn, void *arg)
{
	for (; first < end && *budget; first++, --*budget)
		if (first < resident && !fn(NULL, first, 1, arg))
			break;
	return first;
}

u64 dynmem_folios_in_file(struct address_space *mapping, u64 first, u64 end, u64 *budget,
			  dynmem_folio_fn fn, void *arg)
{
	return end;
}

void dynmem_guestmem_put_file(struct file *file)
{
}

static u64 retouched(void)
{
	return dynmem_counters_read(&vm.counters, DYNMEM_A_COUNTER_RETOUCHED);
}

static void inflate(u64 first, u64 pages)
{
	struct dynmem_moved moved;

	dynmem_vm_inflate(&vm, first, pages, &moved);
	assert_int_equal(moved.pages, pages);
}

static int begin(void **state)
{
	memset(&vm, 0, sizeof(vm));
	vm.nr_vnodes = 1;
	dynmem_pageset_init(&vm.ballooned);
	dynmem_pageset_init(&vm.awaited);
	resident = 0;
	return 0;
}

static int end(void **state)
{
	dynmem_vm_balloon_forget(&vm);
	return 0;
}

static void a_page_is_counted_once(void **state)
{
	inflate(0, 4 * BLOCK);
	resident = 100;
	assert_true(dynmem_retouch_look(&vm, false, BUDGET));
	assert_int_equal(retouched(), 100);
	assert_int_equal(vm.retouched, 100 << PAGE_SHIFT);
	resident = 150;
	assert_true(dynmem_retouch_look(&vm, false, BUDGET));
	assert_int_equal(retouched(), 150);
	assert_int_equal(vm.retouched, 150 << PAGE_SHIFT);
}

static void what_is_found_can_be_released(void **state)
{
	inflate(0, 4 * BLOCK);
	resident = 100;
	assert_true(dynmem_retouch_look(&vm, true, BUDGET));
	assert_int_equal(dynmem_counters_read(&vm.counters, DYNMEM_A_COUNTER_RECLAIMED), 100);
	assert_int_equal(vm.retouched, 0);
}

/* The guest's driver begins a session: its balloon is empty, and what it touches is new. */
static void a_session_begins_without_the_last_one(void **state)
{
	inflate(0, 4 * BLOCK);
	resident = 100;
	assert_true(dynmem_retouch_look(&vm, false, BUDGET));
	dynmem_vm_balloon_forget(&vm);
	assert_int_equal(vm.retouched, 0);
	inflate(0, 4 * BLOCK);
	assert_true(dynmem_retouch_look(&vm, false, BUDGET));
	assert_int_equal(retouched(), 200);
}

static void a_session_ends_the_pass(void **state)
{
	inflate(0, 4 * BLOCK);
	resident = 100;
	assert_false(dynmem_retouch_look(&vm, false, BLOCK));
	dynmem_vm_balloon_forget(&vm);
	inflate(0, BLOCK);
	resident = 10;
	assert_true(dynmem_retouch_look(&vm, false, BUDGET));
	assert_int_equal(vm.retouched, 10 << PAGE_SHIFT);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(a_page_is_counted_once),
		TEST(what_is_found_can_be_released),
		TEST(a_session_begins_without_the_last_one),
		TEST(a_session_ends_the_pass),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
