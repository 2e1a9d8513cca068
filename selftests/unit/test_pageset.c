// SPDX-License-Identifier: GPL-2.0
/*
 * Adds pages to the set of ballooned pages and removes them: single pages, whole blocks and runs.
 * Compares the set with an array.
 */
#include "kernel.h"
#include "unit.h"

#include "memory/pageset.h"

#define BLOCKS		16
#define PAGES		(BLOCKS * 512ULL)

static struct dynmem_pageset given;
static bool is_in[PAGES + 1];

static int begin(void **state)
{
	dynmem_pageset_init(&given);
	memset(is_in, 0, sizeof(is_in));
	return 0;
}

static int end(void **state)
{
	dynmem_pageset_clear(&given);
	return 0;
}

static u64 run_of(u64 page, u64 limit)
{
	u64 n = 0;

	while (n < limit && is_in[page + n] == is_in[page])
		n++;
	return n;
}

static bool block_has_some(u64 block)
{
	return block < BLOCKS && memchr(&is_in[block * 512], 1, 512);
}

/*
 * Checks that set and array agree on a sample of pages, on the runs that begin at these pages, and
 * on the number of ballooned pages.
 */
static void check(void)
{
	u64 page, pages = 0;

	for (page = 0; page < PAGES; page += 1 + page % 7) {
		u64 limit = min((u64)PAGES - page, page % 1500 + 1);
		u64 first = page, span, expected, last;
		bool in;

		assert_int_equal(dynmem_pageset_run(&given, page, limit, &in), run_of(page, limit));
		assert_int_equal(in, is_in[page]);

		span = dynmem_pageset_span(&given, &first, limit);
		for (expected = page; expected < PAGES && !is_in[expected];)
			expected++;
		if (expected == PAGES) {
			assert_int_equal(span, 0);
			continue;
		}
		assert_int_equal(first, expected);
		for (last = expected / 512; block_has_some(last);)
			last++;
		assert_int_equal(span, min(limit, last * 512 - expected));
	}
	for (page = 0; page < PAGES; page++)
		pages += is_in[page];
	assert_int_equal(given.pages, pages);
}

static void flip(u64 first, u64 pages)
{
	if (is_in[first])
		assert_int_equal(dynmem_pageset_remove(&given, first, pages), 0);
	else
		assert_int_equal(dynmem_pageset_add(&given, first, pages), 0);
	memset(&is_in[first], !is_in[first], pages);
}

static void nothing_is_given(void **state)
{
	check();
}

static void pages_and_blocks(void **state)
{
	flip(5, 1);
	check();
	flip(512, 1024);
	check();
	flip(1536, 3);
	check();
	flip(600, 10);
	check();
	flip(PAGES - 1, 1);
	check();
	flip(600, 10);
	flip(5, 1);
	check();
}

static void at_random(void **state)
{
	u64 seed = 1, i;

	for (i = 0; i < 3000; i++) {
		u64 first = rng_below(&seed, PAGES), most = i % 3 ? 40 : 3000;

		if (!(i % 5))
			first = first / 512 * 512;
		flip(first, run_of(first, min((u64)PAGES - first, rng_below(&seed, most) + 1)));
		if (!(i % 10))
			check();
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(nothing_is_given),
		TEST(pages_and_blocks),
		TEST(at_random),
	};

	return cmocka_run_group_tests_name("pageset", tests, NULL, NULL);
}
