// SPDX-License-Identifier: GPL-2.0
/* The guest module turns page numbers into ranges, in which no page is missing or named twice. */
#include "unit.h"

#include "guest-balloon/ranges.h"

#define BLOCK 512ULL

static void nothing_has_no_run(void **state)
{
	u64 pfns[1] = { 7 };

	assert_int_equal(dynmem_balloon_ranges_run(pfns, 0, 1), 0);
	dynmem_balloon_ranges_sort(pfns, 0);
	assert_int_equal(pfns[0], 7);
}

static void one_page_is_a_run(void **state)
{
	u64 pfns[] = { 7 };

	assert_int_equal(dynmem_balloon_ranges_run(pfns, 1, 1), 1);
}

static void neighbours_are_joined(void **state)
{
	u64 pfns[] = { 12, 10, 11, 20, 9 };

	dynmem_balloon_ranges_sort(pfns, ARRAY_SIZE(pfns));
	assert_int_equal(pfns[0], 9);
	assert_int_equal(dynmem_balloon_ranges_run(pfns, 5, 1), 4);
	assert_int_equal(dynmem_balloon_ranges_run(pfns + 4, 1, 1), 1);
}

static void blocks_are_joined_by_their_size(void **state)
{
	u64 pfns[] = { 0, BLOCK, 2 * BLOCK, 4 * BLOCK };

	assert_int_equal(dynmem_balloon_ranges_run(pfns, 4, BLOCK), 3);
	assert_int_equal(dynmem_balloon_ranges_run(pfns, 4, 1), 1);
}

/* A full batch is 512 blocks: 512 ranges if no blocks adjoin, and 1 range if all adjoin. */
static void a_gib_of_blocks_is_512_ranges_at_most(void **state)
{
	u64 apart[512], together[512];
	size_t at, run, ranges, i;

	for (i = 0; i < 512; i++) {
		apart[i] = (511 - i) * 2 * BLOCK;
		together[i] = (i * 5 % 512) * BLOCK;
	}
	dynmem_balloon_ranges_sort(apart, 512);
	for (at = 0, ranges = 0; at < 512; at += run, ranges++)
		run = dynmem_balloon_ranges_run(apart + at, 512 - at, BLOCK);
	assert_int_equal(ranges, 512);
	dynmem_balloon_ranges_sort(together, 512);
	assert_int_equal(dynmem_balloon_ranges_run(together, 512, BLOCK), 512);
}

/*
 * Page numbers above 32 bits are sorted, too. A comparison that returns the difference as an int
 * would fail here.
 */
static void high_pages_are_in_order(void **state)
{
	u64 pfns[] = { 1ULL << 40, 1, (1ULL << 40) - 1, 1ULL << 32, 0 };

	dynmem_balloon_ranges_sort(pfns, ARRAY_SIZE(pfns));
	assert_true(pfns[0] == 0 && pfns[1] == 1 && pfns[2] == 1ULL << 32);
	assert_int_equal(dynmem_balloon_ranges_run(pfns + 3, 2, 1), 2);
}

static void runs_cover_random_pages_exactly(void **state)
{
	u64 seed = 42, pfns[512], *set = calloc(1024, sizeof(*set));
	size_t count = 0, at, run, i, covered = 0;

	assert_non_null(set);
	for (i = 0; i < 1024; i++)
		set[i] = rng_below(&seed, 2);
	for (i = 0; i < 1024 && count < ARRAY_SIZE(pfns); i++)
		if (set[i])
			pfns[count++] = i;
	for (; i < 1024; i++)
		set[i] = 0;
	for (i = count; i > 1; i--) {
		size_t other = rng_below(&seed, i);
		u64 swap = pfns[i - 1];

		pfns[i - 1] = pfns[other];
		pfns[other] = swap;
	}
	dynmem_balloon_ranges_sort(pfns, count);
	for (at = 0; at < count; at += run) {
		run = dynmem_balloon_ranges_run(pfns + at, count - at, 1);
		assert_true(run > 0);
		for (i = 0; i < run; i++)
			assert_int_equal(set[pfns[at] + i], 1);
		/* The run is as long as possible: the pages on both sides are not in the set. */
		assert_true(!pfns[at] || !set[pfns[at] - 1]);
		assert_true(pfns[at] + run == 1024 || !set[pfns[at] + run]);
		covered += run;
	}
	assert_int_equal(covered, count);
	free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_has_no_run),
		cmocka_unit_test(one_page_is_a_run),
		cmocka_unit_test(neighbours_are_joined),
		cmocka_unit_test(blocks_are_joined_by_their_size),
		cmocka_unit_test(a_gib_of_blocks_is_512_ranges_at_most),
		cmocka_unit_test(high_pages_are_in_order),
		cmocka_unit_test(runs_cover_random_pages_exactly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
