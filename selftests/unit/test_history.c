// SPDX-License-Identifier: GPL-2.0
/* The samples of a VM's last hour, and how they are read from text, which may be anything. */
#include "samples.h"

#define DEVICE	7
#define HEAD	"device 7\n"
#define NOW	1764550000LL	/* the beginning of a slot */
#define HOUR	3600

static void parse_len(const char *text, size_t len)
{
	/* A copy of this length, so that the sanitizer finds reads behind it. */
	char *copy = malloc(len + !len);

	memcpy(copy, text, len);
	history_begin(&history, NOW);
	history_parse(&history, copy, len, DEVICE);
	free(copy);
}

static void parse(const char *text)
{
	parse_len(text, strlen(text));
}

static void samples_are_read(void **state)
{
	parse(HEAD "1764549990 1 2 3 4\n1764550000 - 5 6 -\n");
	assert_int_equal(nr_samples(), 2);
	assert_int_equal(history.slot[HISTORY_SLOTS - 2].time, NOW - 10);
	assert_int_equal(history.slot[HISTORY_SLOTS - 2].figure[HISTORY_DEMAND], 1);
	assert_int_equal(history.slot[HISTORY_SLOTS - 2].figure[HISTORY_PRESSURE], 4);
	assert_true(last_slot()->figure[HISTORY_DEMAND] == HISTORY_UNKNOWN);
	assert_int_equal(last_slot()->figure[HISTORY_ASSIGNED], 5);
	assert_int_equal(last_slot()->figure[HISTORY_RESIDENT], 6);
	assert_true(last_slot()->figure[HISTORY_PRESSURE] == HISTORY_UNKNOWN);
}

static void a_time_without_a_sample_stays_empty(void **state)
{
	parse(HEAD "1764549900 1 2 3 4\n1764550003 1 2 3 4\n");
	assert_int_equal(nr_samples(), 2);
	assert_int_equal(history.slot[HISTORY_SLOTS - 11].time, NOW - 100);
	assert_int_equal(last_slot()->time, NOW + 3);
}

static void only_the_last_hour_is_kept(void **state)
{
	char text[256];

	snprintf(text, sizeof(text), HEAD "%lld 1 2 3 4\n%lld 1 2 3 4\n%lld 1 2 3 4\n",
		 NOW - HOUR + 9, NOW - HOUR + 10, NOW + 10);
	parse(text);
	assert_int_equal(nr_samples(), 1);
	assert_int_equal(history.slot[0].time, NOW - HOUR + 10);
}

static void a_clock_that_was_set_back_is_right(void **state)
{
	parse(HEAD "1764549900 1 2 3 4\n1764549990 1 2 3 4\n1764559000 1 2 3 4\n"
	      "1764549950 7 2 3 4\n");
	assert_int_equal(nr_samples(), 2);
	assert_int_equal(history.slot[HISTORY_SLOTS - 6].figure[HISTORY_DEMAND], 7);
}

static void the_later_sample_of_a_slot_counts(void **state)
{
	parse(HEAD "1764550000 1 2 3 4\n1764550009 5 2 3 4\n");
	assert_int_equal(nr_samples(), 1);
	assert_int_equal(last_slot()->figure[HISTORY_DEMAND], 5);
}

static void what_is_no_sample_is_skipped(void **state)
{
	static const char * const bad[] = {
		"", "1764550000", "1764550000 1 2 3", "1764550000 1 2 3 ", "1764550000 1 2 3 4 5",
		"1764550000 1 2 3 4 ", " 1764550000 1 2 3 4", "1764550000  1 2 3 4",
		"1764550000 1 2 3 -4", "1764550000 1 2 3 +4", "1764550000 1 2 3 0x4",
		"1764550000 1 2 3 4.5", "1764550000 1 2 3 --", "-1764550000 1 2 3 4", "- 1 2 3 4",
		"1764550000\t1\t2\t3\t4", "1764550000 1 2 3 9223372036854775808",
		"1764550000 1 2 3 99999999999999999999999", "1764550000 1 2 3 4\r",
		"99999999999999999999 1 2 3 4", "0 1 2 3 4", "device 7", "samples",
	};
	char text[1024];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		snprintf(text, sizeof(text), HEAD "1764549990 1 2 3 4\n%s\n", bad[i]);
		parse(text);
		assert_int_equal(nr_samples(), 1);
		assert_int_equal(last_slot()->time, 0);
	}
	/* A line that is too long, though its number is small */
	snprintf(text, sizeof(text), HEAD "1764550000 1 2 3 %0200d\n", 4);
	parse(text);
	assert_true(history_is_empty(&history));
	parse_len(HEAD "1764550000 1 2 3 4\0\n", 29);
	assert_true(history_is_empty(&history));
	parse(HEAD "1764550000 1 2 3 9223372036854775807\n");
	assert_int_equal(nr_samples(), 1);
}

static void a_torn_line_is_skipped(void **state)
{
	parse(HEAD "1764549980 1 2 3 4\n1764549990 1 2 3 4");
	assert_int_equal(nr_samples(), 1);
	parse(HEAD "1764549980 1 2 3 41764549990 1 2 3 4\n1764550000 1 2 3 4\n");
	assert_int_equal(nr_samples(), 1);
	assert_int_equal(last_slot()->time, NOW);
}

static void samples_of_another_device_are_skipped(void **state)
{
	static const char * const heads[] = {
		"", "device 8\n", "device 77\n", "device 7", "device\n", "1764549980 1 2 3 4\n",
		"device 7\r\n", "\ndevice 7\n",
	};
	char text[256];
	size_t i;

	parse("");
	assert_true(history_is_empty(&history));
	for (i = 0; i < ARRAY_SIZE(heads); i++) {
		snprintf(text, sizeof(text), "%s1764550000 1 2 3 4\n", heads[i]);
		parse(text);
		assert_true(history_is_empty(&history));
	}
}

static void anything_can_be_in_a_file(void **state)
{
	static const char some[] = "0123456789 -\n\n\ndevice 7";
	u64 seed = 1;
	char text[600];
	size_t len, i;
	int round;

	for (round = 0; round < 20000; round++) {
		len = rng_below(&seed, sizeof(text) - 20);
		snprintf(text, sizeof(text), HEAD);
		for (i = 0; i < len; i++)
			text[strlen(HEAD) + i] = rng_once_in(&seed, 50) ?
				(char)rng_next(&seed) : some[rng_below(&seed, sizeof(some) - 1)];
		parse_len(text, strlen(HEAD) + len);
	}
}

static void the_largest_is_found(void **state)
{
	parse(HEAD "1764549980 1 9 - -\n1764549990 - 2 - 7\n1764550000 5 5 - 6\n");
	assert_int_equal(history_largest(&history, HISTORY_DEMAND, 0, HISTORY_SLOTS), 5);
	assert_int_equal(history_largest(&history, HISTORY_ASSIGNED, 0, HISTORY_SLOTS), 9);
	assert_int_equal(history_largest(&history, HISTORY_ASSIGNED, HISTORY_SLOTS - 2, 1), 2);
	assert_int_equal(history_largest(&history, HISTORY_PRESSURE, HISTORY_SLOTS - 1, 99), 6);
	assert_true(history_largest(&history, HISTORY_RESIDENT, 0, HISTORY_SLOTS) ==
		    HISTORY_UNKNOWN);
	assert_true(history_largest(&history, HISTORY_DEMAND, 0, 9) == HISTORY_UNKNOWN);
	assert_true(history_largest(&history, HISTORY_DEMAND, HISTORY_SLOTS, 9) ==
		    HISTORY_UNKNOWN);
}

static void a_sample_is_written_as_it_is_read(void **state)
{
	static const struct sample samples[] = {
		{ NOW, { 1, 2, 3, 4 } },
		{ NOW, { HISTORY_UNKNOWN, 0, INT64_MAX, HISTORY_UNKNOWN } },
		{ NOW, { INT64_MAX, INT64_MAX, INT64_MAX, INT64_MAX } },
	};
	char text[2 * HISTORY_LINE];
	size_t len, i;

	for (i = 0; i < ARRAY_SIZE(samples); i++) {
		history_format_head(text, DEVICE);
		assert_string_equal(text, HEAD);
		len = history_format(text + strlen(HEAD), &samples[i]);
		assert_int_equal(len, strlen(text + strlen(HEAD)));
		parse(text);
		assert_memory_equal(last_slot(), &samples[i], sizeof(samples[i]));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(samples_are_read),
		cmocka_unit_test(a_time_without_a_sample_stays_empty),
		cmocka_unit_test(only_the_last_hour_is_kept),
		cmocka_unit_test(a_clock_that_was_set_back_is_right),
		cmocka_unit_test(the_later_sample_of_a_slot_counts),
		cmocka_unit_test(what_is_no_sample_is_skipped),
		cmocka_unit_test(a_torn_line_is_skipped),
		cmocka_unit_test(samples_of_another_device_are_skipped),
		cmocka_unit_test(anything_can_be_in_a_file),
		cmocka_unit_test(the_largest_is_found),
		cmocka_unit_test(a_sample_is_written_as_it_is_read),
	};

	return cmocka_run_group_tests_name("history", tests, NULL, NULL);
}
