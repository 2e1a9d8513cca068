// SPDX-License-Identifier: GPL-2.0
/* The least, the greatest and the average of the last 60 to 120 values. */
#include "unit.h"

#include "policy/window.h"

static struct dynmem_window window;

static int begin(void **state)
{
	memset(&window, 0, sizeof(window));
	return 0;
}

static void add(u32 value, unsigned int times)
{
	while (times--)
		dynmem_window_add(&window, value);
}

static void expect(u32 least, u32 most, u32 average)
{
	u32 got[3];

	assert_true(dynmem_window_read(&window, &got[0], &got[1], &got[2]));
	assert_int_equal(got[0], least);
	assert_int_equal(got[1], most);
	assert_int_equal(got[2], average);
}

static void without_values_nothing_is_known(void **state)
{
	u32 least, most, average;

	assert_false(dynmem_window_read(&window, &least, &most, &average));
	add(0, 1);
	expect(0, 0, 0);
}

static void few_values_are_all_known(void **state)
{
	add(70, 1);
	expect(70, 70, 70);
	add(100, 1);
	add(41, 1);
	expect(41, 100, 70);
}

/* One value is far above the others. It is known for at least 60 further values, at most 119. */
static void each_value_counts_for_a_while(void **state)
{
	unsigned int before, after;
	u32 least, most, average;

	for (before = 0; before < 2 * DYNMEM_WINDOW_VALUES; before++) {
		begin(NULL);
		add(50, before);
		add(200, 1);
		for (after = 0; after < 2 * DYNMEM_WINDOW_VALUES; after++) {
			assert_true(dynmem_window_read(&window, &least, &most, &average));
			assert_true(most == 200 || after >= DYNMEM_WINDOW_VALUES);
			add(50, 1);
		}
		expect(50, 50, 50);
	}
}

static void large_values_do_not_overflow(void **state)
{
	add(UINT32_MAX, 5 * DYNMEM_WINDOW_VALUES);
	expect(UINT32_MAX, UINT32_MAX, UINT32_MAX);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
	const struct CMUnitTest tests[] = {
		TEST(without_values_nothing_is_known),
		TEST(few_values_are_all_known),
		TEST(each_value_counts_for_a_while),
		TEST(large_values_do_not_overflow),
	};

	return cmocka_run_group_tests_name("window", tests, NULL, NULL);
}
