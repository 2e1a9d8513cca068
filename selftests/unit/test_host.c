// SPDX-License-Identifier: GPL-2.0
/* Capacity of a host node: the reserve, what counts as the host's own use, and how it moves. */
#include "unit.h"

#include "host.h"

static struct dynmem_host_sample sample(double available)
{
	return (struct dynmem_host_sample){
		.present = GIB(16), .free = GIB(available) / 2, .available = GIB(available),
	};
}

static void measure(struct dynmem_host_node *node, double before, double after, double resident,
		    u64 now_ms)
{
	struct dynmem_host_sample a = sample(before), b = sample(after);

	dynmem_host_measure(node, &a, &b, GIB(resident), now_ms);
}

static void default_reserve(void **state)
{
	assert_int_equal(dynmem_host_default_reserve(GIB(1)), MIB(512));
	assert_int_equal(dynmem_host_default_reserve(GIB(4)), MIB(512));
	assert_int_equal(dynmem_host_default_reserve(GIB(16)), GIB(16) / 20);
	assert_int_equal(dynmem_host_default_reserve(GIB(64)), GIB(1) + GIB(64) / 100);
	assert_int_equal(dynmem_host_default_reserve(TIB(1)), GIB(1) + TIB(1) / 100);
	assert_true(dynmem_host_default_reserve(PIB(1)) < PIB(1) / 50);
}

/* Of 16 GiB, 5 are available and VMs hold 8: the host uses 3, and 0.8 are its reserve. */
static void guests_are_not_host_use(void **state)
{
	struct dynmem_host_node node = { 0 };

	measure(&node, 5, 5, 8, 1000);
	assert_int_equal(node.used, GIB(3));
	assert_int_equal(node.reserve, GIB(16) / 20);
	assert_int_equal(node.capacity, GIB(13) - GIB(16) / 20);
	/* The guests take 4 GiB more: that is no use of the host's. */
	measure(&node, 1, 1, 12, 2000);
	assert_int_equal(node.used, GIB(3));
	assert_int_equal(node.capacity, GIB(13) - GIB(16) / 20);
}

/* A VM faults 1 GiB in, or gives it back, before or after it is counted. */
static void a_page_that_moves_is_not_counted_twice(void **state)
{
	struct dynmem_host_node node = { 0 };

	measure(&node, 5, 4, 9, 1000);	/* in, then counted */
	assert_int_equal(node.measured, GIB(13));
	measure(&node, 5, 4, 8, 2000);	/* counted, then in */
	assert_true(node.measured <= GIB(13));
	measure(&node, 5, 6, 7, 3000);	/* out, then counted */
	assert_true(node.measured <= GIB(13));
	measure(&node, 5, 6, 8, 4000);	/* counted, then out */
	assert_int_equal(node.measured, GIB(13));
}

static void rises_slowly_falls_at_once(void **state)
{
	struct dynmem_host_node node = { 0 };
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
	for (; now <= 40000; now += 20)	/* however often one looks */
		measure(&node, 8, 8, 0, now);
	assert_int_equal(node.usable, GIB(8));
}

static void reserve_takes_effect_at_once(void **state)
{
	struct dynmem_host_node node = { 0 };

	measure(&node, 8, 8, 0, 1000);
	dynmem_host_set_reserve(&node, GIB(3));
	assert_int_equal(node.capacity, GIB(5));
	dynmem_host_set_reserve(&node, GIB(9));
	assert_int_equal(node.capacity, 0);
	dynmem_host_set_reserve(&node, 0);
	assert_int_equal(node.capacity, GIB(8) - GIB(16) / 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(default_reserve),
		cmocka_unit_test(guests_are_not_host_use),
		cmocka_unit_test(a_page_that_moves_is_not_counted_twice),
		cmocka_unit_test(rises_slowly_falls_at_once),
		cmocka_unit_test(reserve_takes_effect_at_once),
	};

	return cmocka_run_group_tests_name("host", tests, NULL, NULL);
}
