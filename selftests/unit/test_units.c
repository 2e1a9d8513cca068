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
		{ "512MB", MIB(512) },
		{ "512mb", MIB(512) },
		{ "2gib", GIB(2) },
		{ "1.5G", GIB(1) + MIB(512) },
		{ "1.50G", GIB(1) + MIB(512) },
		{ "0.5GiB", MIB(512) },
		{ "2.0", 2 },
		{ "1.000M", MIB(1) },
		{ "0.0009765625K", 1 },
		{ "3.9990234375KB", 4095 },
		/* 2^-40 T, and T less 2^-40 T */
		{ "0.0000000000009094947017729282379150390625T", 1 },
		{ "0.9999999999990905052982270717620849609375T", TIB(1) - 1 },
		/* 2 MiB as a fraction of a TiB */
		{ "0.0000019073486328125T", MIB(2) },
		{ "0.500000000000000000000000000000000000000000000000000000000000000G", MIB(512) },
		{ "16777215.9999999999990905052982270717620849609375T", UINT64_MAX },
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
		"", "M", "-1", "+1", " 1", "1 ", "1 M", "0x10", "1e3", "1Mi", "1MBB", "1MiBi",
		"1MM", "1P", "1B", "1iB", "default", "18446744073709551616", "16777216T",
		"99999999999G", "16777216.0T", "1.5", "1.", "1.G", ".5G", "1..5G", "1.5.5G", "1,5G",
		"1.-5G", "1. 5G", "1.5 G", "1.3K", "0.1G", "0.00048828125K", "1.33333333333333333M",
		"0.00000000000045474735088646411895751953125T",
		"0.33333333333333333333333333333333333333333333333333333333333333333G",
		"1.0000000000000000000000000000000000000000000000000000000000000001G",
	};
	uint64_t bytes = 7;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_false(parse_size(bad[i], &bytes));
	assert_int_equal(bytes, 7);
}

static void each_fraction_is_read_exactly(void **state)
{
	static const char units[] = "KMGT";
	uint64_t unit, bytes, again;
	char text[64];
	u64 seed = 1;
	int i, shift;

	for (i = 0; i < 100000; i++) {
		shift = 10 * (1 + rng_below(&seed, 4));
		unit = 1ULL << shift;
		/* So few binary places that a double, and then its decimal fraction, is exact. */
		bytes = rng_below(&seed, 1 << 20) * (unit >> rng_below(&seed, 11));
		snprintf(text, sizeof(text), "%.30f%c", (double)bytes / unit,
			 units[shift / 10 - 1]);
		assert_true(parse_size(text, &again));
		assert_int_equal(again, bytes);
	}
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
		{ GIB(999.9), "999.9 GiB" },
		{ GIB(999.96), "1000 GiB" },
		{ TIB(10) - 1, "10240 GiB" },
		{ TIB(10), "10.0 TiB" },
		{ PIB(1) - TIB(1), "1023 TiB" },
		{ PIB(1), "1024 TiB" },
		{ PIB(10), "10.0 PiB" },
		{ UINT64_MAX, "16384 PiB" },
	};
	char text[16];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		format_size(text, sizeof(text), sizes[i].bytes);
		assert_string_equal(text, sizes[i].text);
	}
}

static void a_size_has_few_characters(void **state)
{
	uint64_t bytes;
	u64 seed = 1;
	char text[16];
	int i;

	for (i = 0; i < 1000000; i++) {
		bytes = rng_next(&seed) >> rng_below(&seed, 64);
		format_size(text, sizeof(text), bytes);
		assert_in_range(strlen(text), 1, SIZE_CHARS);
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
		cmocka_unit_test(each_fraction_is_read_exactly),
		cmocka_unit_test(numbers_are_read),
		cmocka_unit_test(sizes_are_written),
		cmocka_unit_test(sizes_are_written_exactly),
		cmocka_unit_test(a_size_has_few_characters),
		cmocka_unit_test(what_is_written_in_whole_units_is_read_back),
	};

	return cmocka_run_group_tests_name("units", tests, NULL, NULL);
}
