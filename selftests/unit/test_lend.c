// SPDX-License-Identifier: GPL-2.0
/* Whether spare memory is lent to a VM, by what its guest does with it.. */
#include "unit.h"

#include "policy/lend.h"

#define SECOND	1000ULL
#define MINUTE	(60 * SECOND)

static struct dynmem_lend lend;
static u64 now_ms;
static bool tight;

static int begin(void **state)
{
	memset(&lend, 0, sizeof(lend));
	now_ms = 1000000;
	tight = false;
	return 0;
}

/* Whether memory is lent when @seconds have passed with these amounts, in MiB. */
static bool lends(unsigned int seconds, u64 resident, u64 desired)
{
	bool lent = lend.lending;

	while (seconds--) {
		now_ms += SECOND;
		lent = dynmem_lend_look(&lend, now_ms, MIB(resident), MIB(desired), tight);
	}
	return lent;
}

static void cold_memory_is_lent(void **state)
{
	assert_true(lends(1, 700, 1000));
	/* A little page cache beyond desired does not end the loan. */
	assert_true(lends(3600, 1090, 1000));
}

static void who_holds_more_than_it_desires_borrows_nothing(void **state)
{
	assert_false(lends(3600, 1060, 1000));
	assert_true(lends(1, 1030, 1000));
}

/* It has just run short, and would keep a part of the loan. A jump into a loan is no such case. */
static void who_has_little_available_borrows_nothing(void **state)
{
	tight = true;
	assert_false(lends(3600, 700, 1000));
	tight = false;
	assert_true(lends(1, 700, 1000));
	tight = true;
	assert_true(lends(60, 1000, 1000));
}

/* A jump is counted before the guest has reported it, so the loan does not end for that. */
static void a_jump_is_no_cache(void **state)
{
	assert_true(lends(1, 700, 1000));
	assert_true(lends(2, 1200, 1000));
	assert_true(lends(60, 1200, 1400));
}

/* The guest goes on reading files: each loan is filled, and the next one is later. */
static void a_loan_filled_with_cache_backs_off(void **state)
{
	u64 wait_s = 60;
	unsigned int i;

	assert_true(lends(1, 700, 1000));
	for (i = 0; i < 8; i++) {
		assert_true(lends(3, 1200, 1000));
		assert_false(lends(1, 1200, 1000));
		assert_false(lends(wait_s - 1, 1020, 1000));
		assert_true(lends(1, 1020, 1000));
		wait_s = min(2 * wait_s, 3600);
	}
}

/* A loan that stays untouched for longer than the last back-off was of use again. */
static void a_loan_left_cold_ends_the_doubling(void **state)
{
	assert_true(lends(1, 700, 1000));
	assert_false(lends(4, 1200, 1000));
	assert_true(lends(60, 1000, 1000));
	assert_true(lends(61, 1000, 1000));
	assert_false(lends(4, 1200, 1000));
	assert_false(lends(59, 1000, 1000));
	assert_true(lends(1, 1000, 1000));
}

/* Programs use 3000 MiB and end. What they leave behind is given back, and lent again at once. */
static void what_programs_have_freed_is_no_cache(void **state)
{
	assert_true(lends(1, 700, 1000));
	assert_true(lends(60, 3000, 3600));
	assert_false(lends(4, 3000, 1000));
	assert_false(lends(10, 2000, 1000));
	assert_true(lends(1, 1020, 1000));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
	const struct CMUnitTest tests[] = {
		TEST(cold_memory_is_lent),
		TEST(who_holds_more_than_it_desires_borrows_nothing),
		TEST(who_has_little_available_borrows_nothing),
		TEST(a_jump_is_no_cache),
		TEST(a_loan_filled_with_cache_backs_off),
		TEST(a_loan_left_cold_ends_the_doubling),
		TEST(what_programs_have_freed_is_no_cache),
	};

	return cmocka_run_group_tests_name("lend", tests, NULL, NULL);
}
