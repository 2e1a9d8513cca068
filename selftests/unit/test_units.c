// SPDX-License-Identifier: GPL-2.0
/* How the command dmctl parses and prints sizes and numbers. */
#include "unit.h"

#include "dmctl/units.h"

static void sizes_are_read(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {
		{ "0", 0 },
		{ "1", 1 },
		{ "33554432", MIB(32) },
		{ "4K", 4096 },
		{ "4k", 4096 },
		{ "512M", MIB(512) },
		{ "512MiB", MIB(512) },
		{ "2g", GIB(2) },
		{ "1024T", PIB(1) },
		{ "010M", MIB(10) },
		{ "18446744073709551615", UINT64_MAX },
		{ "16777215T", UINT64_MAX - TIB(1) + 1 },
	};
	uint64_t bytes;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		bytes = 7;
		assert_true(parse_size(good[i].text, &bytes));
		assert_int_equal(bytes, good[i].bytes);
	}
}

static void other_texts_are_no_sizes(void **state)
{
	static const char * const bad[] = {
		"", "M", "-1", "+1", " 1", "1 ", "1 M", "1.5G", "0x10", "1e3", "1MB", "1Mib", "1Mi",
		"1MM", "1P", "1B", "default", "18446744073709551616", "16777216T", "99999999999G",
	};
	uint64_t bytes = 7;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(parse_size(bad[i], &bytes));
	assert_int_equal(bytes, 7);
}

static void numbers_are_read(void **state)
{
	static const char * const bad[] = {
		"", "-1", "+1", " 1", "5%", "1.0", "0x1", "4294967296",
	};
	u32 number;
	size_t i;

	assert_true(parse_number("0", &number) && number == 0);
	assert_true(parse_number("5000", &number) && number == 5000);
	assert_true(parse_number("4294967295", &number) && number == UINT32_MAX);
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(parse_number(bad[i], &number));
}

static void sizes_are_written_exactly(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = {
		{ 0, "0" },
		{ 1, "1" },
		{ 1023, "1023" },
		{ 1024, "1K" },
		{ MIB(512), "512M" },
		{ MIB(512) + 1, "536870913" },
		{ GIB(4) + MIB(2), "4098M" },
		{ GIB(10.5), "10752M" },
		{ PIB(1), "1024T" },
		{ UINT64_MAX, "18446744073709551615" },
	};
	uint64_t bytes;
	char buf[32];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		format_size_exact(buf, sizeof(buf), sizes[i].bytes);
		assert_string_equal(buf, sizes[i].text);
		assert_true(parse_size(buf, &bytes));
		assert_int_equal(bytes, sizes[i].bytes);
	}
}

static void sizes_are_written(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *text;
	} sizes[] = {
		{ 0, "0" },
		{ 1, "1 B" },
		{ 4096, "4 KiB" },
		{ 4097, "4097 B" },
		{ MIB(1), "1 MiB" },
		{ MIB(1.5), "2 MiB" },
		{ MIB(512), "512 MiB" },
		{ GIB(4), "4 GiB" },
		{ GIB(4) + MIB(2), "4098 MiB" },
		{ GIB(10), "10 GiB" },
		{ GIB(10.5), "10.5 GiB" },
		{ TIB(2), "2048 GiB" },
		{ TIB(10), "10.0 TiB" },
		{ PIB(1), "1024.0 TiB" },
		{ UINT64_MAX, "16777216.0 TiB" },
	};
	char text[16];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		format_size(text, sizeof(text), sizes[i].bytes);
		assert_string_equal(text, sizes[i].text);
	}
}

static void what_is_written_in_whole_units_is_read_back(void **state)
{
	uint64_t bytes, again;
	u64 seed = 1;
	char text[16], *blank;
	int i;

	for (i = 0; i < 100000; i++) {
		bytes = rng_below(&seed, 5120) * MIB(2);
		format_size(text, sizeof(text), bytes);
		/* parse_size() allows no blank before the unit. */
		blank = strchr(text, ' ');
		if (blank)
			memmove(blank, blank + 1, strlen(blank));
		assert_true(parse_size(text, &again));
		assert_int_equal(again, bytes);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_are_read),
		cmocka_unit_test(other_texts_are_no_sizes),
		cmocka_unit_test(numbers_are_read),
		cmocka_unit_test(sizes_are_written),
		cmocka_unit_test(sizes_are_written_exactly),
		cmocka_unit_test(what_is_written_in_whole_units_is_read_back),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
