// SPDX-License-Identifier: GPL-2.0
/* The capacity of a host node: the reserve, the host's own use, and how fast capacity changes. */
#include "unit.h"

#include "policy/capacity.h"

static struct dynmem_capacity_sample sample(double available)
{
	return (struct dynmem_capacity_sample){
		.present = GIB(16), .free = GIB(available) / 2, .available = GIB(available),
	};
}

static void measure(struct dynmem_capacity *node, double before, double after, double resident,
		    u64 now_ms)
{
	struct dynmem_capacity_sample a = sample(before), b = sample(after);

	dynmem_capacity_measure(node, &a, &b, GIB(resident), now_ms);
}

static void default_reserve(void **state)
{
	assert_int_equal(dynmem_capacity_default_reserve(GIB(1)), MIB(512));
	assert_int_equal(dynmem_capacity_default_reserve(GIB(4)), MIB(512));
	assert_int_equal(dynmem_capacity_default_reserve(GIB(16)), GIB(16) / 20);
	assert_int_equal(dynmem_capacity_default_reserve(GIB(64)), GIB(1) + GIB(64) / 100);
	assert_int_equal(dynmem_capacity_default_reserve(TIB(1)), GIB(1) + TIB(1) / 100);
	assert_true(dynmem_capacity_default_reserve(PIB(1)) < PIB(1) / 50);
}

/* 5 of 16 GiB are available, and VMs hold 8. So the host uses 3. The reserve is 0.8 GiB. */
static void guests_are_not_host_use(void **state)
{
	struct dynmem_capacity node = { 0 };

	measure(&node, 5, 5, 8, 1000);
	assert_int_equal(node.used, GIB(3));
	assert_int_equal(node.reserve, GIB(16) / 20);
	assert_int_equal(node.capacity, GIB(13) - GIB(16) / 20);
	/* VMs take 4 GiB more, which do not count as the host's own use. */
	measure(&node, 1, 1, 12, 2000);
	assert_int_equal(node.used, GIB(3));
	assert_int_equal(node.capacity, GIB(13) - GIB(16) / 20);
}

/*
 * Between the two samples of available memory a VM faults in 1 GiB, or gives 1 GiB. This happens
 * either before or after the VM's resident memory is counted.
 */
static void a_page_that_moves_is_not_counted_twice(void **state)
{
	struct dynmem_capacity node = { 0 };

	measure(&node, 5, 4, 9, 1000);	/* faulted in, then counted */
	assert_int_equal(node.measured, GIB(13));
	measure(&node, 5, 4, 8, 2000);	/* counted, then faulted in */
	assert_true(node.measured <= GIB(13));
	measure(&node, 5, 6, 7, 3000);	/* given, then counted */
	assert_true(node.measured <= GIB(13));
	measure(&node, 5, 6, 8, 4000);	/* counted, then given */
	assert_int_equal(node.measured, GIB(13));
}

static void rises_slowly_falls_at_once(void **state)
{
	struct dynmem_capacity node = { 0 };
	u64 now;

	measure(&node, 8, 8, 0, 1000);
	assert_int_equal(node.usable, GIB(8));
	measure(&node, 4, 4, 0, 2000);
	assert_int_equal(node.usable, GIB(4));
	for (now = 3000; now <= 4000; now += 1000)
		measure(&node, 8, 8, 0, now);
	assert_in_range(node.usable, GIB(5), GIB(7));
	for (; now <= 12000; now += 1000)
		measure(&node, 8, 8, 0, now);
	assert_in_range(node.usable, GIB(7.8), GIB(8));
	for (; now <= 40000; now += 20)	/* frequent measurements do not prevent the rise */
		measure(&node, 8, 8, 0, now);
	assert_int_equal(node.usable, GIB(8));
}

/*
 * A VMM allocates 4 GiB, attaches, detaches and exits. While the VMM is attached, 8 GiB are usable.
 */
static void a_change_of_owner_counts_at_once(void **state)
{
	struct dynmem_capacity node = { 0 };
	u64 now;

	measure(&node, 8, 8, 0, 1000);
	measure(&node, 4, 4, 0, 2000);
	assert_int_equal(node.usable, GIB(4));
	measure(&node, 4, 4, 4, 2040);
	assert_int_equal(node.usable, GIB(8));
	assert_int_equal(node.used, GIB(8));
	measure(&node, 4, 4, 0, 30000);
	assert_int_equal(node.usable, GIB(4));
	/* The VMM exits, and its memory becomes free in two steps. */
	measure(&node, 6, 6, 0, 30040);
	assert_int_equal(node.usable, GIB(6));
	measure(&node, 8, 8, 0, 30080);
	assert_in_range(node.usable, GIB(7.9), GIB(8));
	/* When the host's own use falls, capacity rises slowly. */
	measure(&node, 10, 10, 0, 30120);
	assert_in_range(node.usable, GIB(7.9), GIB(8.1));
	/*
	 * A VMM detaches but does not exit. When its memory becomes free much later, capacity rises
	 * slowly.
	 */
	measure(&node, 6, 6, 4, 60000);
	measure(&node, 6, 6, 0, 61000);
	for (now = 62000; now < 75000; now += 1000)
		measure(&node, 6, 6, 0, now);
	measure(&node, 8, 8, 0, now);
	assert_in_range(node.usable, GIB(6), GIB(7));
}

/*
 * Shortly after the host has taken 4 GiB, a VM takes 2 GiB of free memory. These 2 GiB were not the
 * host's, so the usable memory stays the same.
 */
static void what_a_vm_takes_of_free_memory_is_no_change_of_owner(void **state)
{
	struct dynmem_capacity node = { 0 };

	measure(&node, 8, 8, 2, 1000);
	measure(&node, 4, 4, 2, 2000);
	measure(&node, 2, 2, 4, 2040);
	assert_int_equal(node.usable, GIB(6));
}

static void measure_dirty(struct dynmem_capacity *node, double available, double dirty, u64 now_ms)
{
	struct dynmem_capacity_sample s = sample(available);

	s.dirty = GIB(dirty);
	dynmem_capacity_measure(node, &s, &s, 0, now_ms);
}

/* 10 GiB are available, and 2 of these are reserved. A backup makes dirty page cache. */
static void dirty_file_cache_comes_out_of_the_reserve(void **state)
{
	struct dynmem_capacity node = { 0 };
	u64 now = 100000;

	measure_dirty(&node, 10, 0, now);
	dynmem_capacity_set_reserve(&node, GIB(2));
	measure_dirty(&node, 9.25, 0.75, now += 1000);
	assert_int_equal(node.capacity, GIB(8));
	assert_int_equal(node.used, GIB(6.75));
	/* Dirty page cache beyond half of the reserve lowers the capacity for VMs. */
	measure_dirty(&node, 8.5, 1.5, now += 1000);
	assert_int_equal(node.capacity, GIB(7.5));
	/* When that part is written back, capacity rises again, slowly. */
	measure_dirty(&node, 9.5, 0.5, now += 1000);
	assert_in_range(node.capacity, GIB(7.5), GIB(7.75));
	measure_dirty(&node, 10, 0, now + 20000);
	assert_int_equal(node.capacity, GIB(8));
}

/*
 * 0.5 GiB of page cache that stay dirty for 30 s count as the host's own use. Another 0.5 GiB that
 * have just become dirty do not.
 */
static void what_stays_dirty_does_not_pass(void **state)
{
	struct dynmem_capacity node = { 0 };
	u64 began = 100000, now;

	measure_dirty(&node, 10, 0, began - 1000);
	dynmem_capacity_set_reserve(&node, GIB(2));
	for (now = began; now < began + 14000; now += 1000) {
		measure_dirty(&node, 9.5, 0.5, now);
		assert_int_equal(node.capacity, GIB(8));
	}
	for (; now <= began + 30000; now += 1000)
		measure_dirty(&node, 9.5, 0.5, now);
	assert_int_equal(node.capacity, GIB(7.5));
	measure_dirty(&node, 9, 1, now);
	assert_int_equal(node.capacity, GIB(7.5));
}

/*
 * A VM is charged 2 GiB. For a while its memory cannot be counted, so the last count, 1 GiB,
 * stands.
 */
static void what_is_not_counted_makes_no_capacity(void **state)
{
	struct dynmem_capacity node = { 0 };

	measure(&node, 5, 5, 8, 1000);
	node.uncounted = GIB(2);
	measure(&node, 5, 5, 8, 2000);
	assert_int_equal(node.measured, GIB(13));
	measure(&node, 6, 6, 8, 3000);		/* 1 GiB becomes free; perhaps the VM freed it */
	assert_int_equal(node.measured, GIB(13));
	measure(&node, 5.5, 5.5, 8, 4000);	/* half of that is used again */
	assert_int_equal(node.measured, GIB(13));
	measure(&node, 5, 5, 8.5, 5000);	/* another VM fills the rest */
	assert_int_equal(node.measured, GIB(13));
	/*
	 * The uncounted VM may have grown within its charge. Its growth counts as the host's own
	 * use.
	 */
	measure(&node, 4, 4, 8.5, 6000);
	assert_int_equal(node.measured, GIB(12.5));
	measure(&node, 7, 7, 8.5, 7000);	/* 3 GiB become free; the VM freed at most 2 */
	assert_int_equal(node.measured, GIB(13.5));
	node.uncounted = 0;
	measure(&node, 7, 7, 7.5, 8000);	/* the VM is counted again, and holds nothing */
	assert_int_equal(node.measured, GIB(14.5));
}

static void reserve_takes_effect_at_once(void **state)
{
	struct dynmem_capacity node = { 0 };

	measure(&node, 8, 8, 0, 1000);
	dynmem_capacity_set_reserve(&node, GIB(3));
	assert_int_equal(node.capacity, GIB(5));
	dynmem_capacity_set_reserve(&node, GIB(9));
	assert_int_equal(node.capacity, 0);
	dynmem_capacity_set_reserve(&node, 0);
	assert_int_equal(node.capacity, GIB(8) - GIB(16) / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(default_reserve),
		cmocka_unit_test(guests_are_not_host_use),
		cmocka_unit_test(a_page_that_moves_is_not_counted_twice),
		cmocka_unit_test(rises_slowly_falls_at_once),
		cmocka_unit_test(a_change_of_owner_counts_at_once),
		cmocka_unit_test(what_a_vm_takes_of_free_memory_is_no_change_of_owner),
		cmocka_unit_test(dirty_file_cache_comes_out_of_the_reserve),
		cmocka_unit_test(what_stays_dirty_does_not_pass),
		cmocka_unit_test(what_is_not_counted_makes_no_capacity),
		cmocka_unit_test(reserve_takes_effect_at_once),
	};

	return cmocka_run_group_tests_name("capacity", tests, NULL, NULL);
}
