// SPDX-License-Identifier: GPL-2.0
/* Tests the decision whether spare memory is lent to a VM (policy/lend.c). */
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

/*
 * Whether memory is lent after @seconds in which the VM holds @resident MiB and desires @desired
 * MiB.
 */
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

/*
 * A guest with little available memory would keep a part of a loan, so nothing is lent to it. A
 * loan that has begun goes on nevertheless, since a jump of demand uses up available memory, too.
 */
static void who_has_little_available_borrows_nothing(void **state)
{
	tight = true;
	assert_false(lends(3600, 700, 1000));
	tight = false;
	assert_true(lends(1, 700, 1000));
	tight = true;
	assert_true(lends(60, 1000, 1000));
}

/*
 * When demand jumps, the host counts more resident memory before the guest reports more demand. The
 * loan does not end in that time.
 */
static void a_jump_is_no_cache(void **state)
{
	assert_true(lends(1, 700, 1000));
	assert_true(lends(2, 1200, 1000));
	assert_true(lends(60, 1200, 1400));
}

/*
 * The guest reads files all the time, and fills each loan with page cache. Each time the host waits
 * longer before it makes the next loan.
 */
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

/* After a loan that was untouched for longer than the last back-off, the next back-off is short. */
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

/*
 * Programs use 3000 MiB and end. The guest gives back the memory that they have freed. As soon as
 * that is done, memory is lent to the VM again.
 */
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
