// SPDX-License-Identifier: GPL-2.0
/* The scales of a picture of a VM's history. */
#include <time.h>

#include "unit.h"

#include "dmctl/chart.h"

#define START	1764546600LL		/* 2025-11-30 23:50:00 UTC */
#define LAST	(START + 3590)		/* the beginning of the last slot of an hour */

static struct history history;
static struct chart chart;

/* Makes a chart whose first slot is at START, of these values in the first slots. */
static void begin(const uint64_t *demand, const uint64_t *pressure, size_t nr)
{
	size_t i;

	history_begin(&history, LAST);
	for (i = 0; i < nr; i++)
		history.slot[i] = (struct sample){
			START + i * HISTORY_STEP, { demand[i], 0, 0, pressure[i] }
		};
	chart_begin(&chart, "web", &history);
}

static void begin_one(uint64_t demand, uint64_t pressure)
{
	begin(&demand, &pressure, 1);
}

static void scales_are_round(void **state)
{
	static const struct {
		uint64_t demand, step, top;
	} bytes[] = {
		{ 0, MIB(1), MIB(1) },
		{ 1, MIB(1), MIB(1) },
		{ MIB(4), MIB(1), MIB(4) },
		{ MIB(4) + 1, MIB(2), MIB(6) },
		{ MIB(1526), MIB(512), MIB(1536) },
		{ GIB(2), MIB(512), GIB(2) },
		{ GIB(9), GIB(4), GIB(12) },
		{ INT64_MAX, 1ULL << 61, 1ULL << 63 },
		{ HISTORY_UNKNOWN, MIB(1), MIB(1) },
	};
	static const struct {
		uint64_t pressure, step, top;
	} percent[] = {
		{ 0, 50, 100 }, { 100, 50, 100 }, { 101, 50, 150 }, { 200, 50, 200 },
		{ 201, 100, 300 }, { 401, 200, 600 }, { 4000, 1000, 4000 },
		{ INT64_MAX, 5000000000000000000ULL, 10000000000000000000ULL },
		{ HISTORY_UNKNOWN, 50, 100 },
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bytes); i++) {
		begin_one(bytes[i].demand, 0);
		assert_int_equal(chart.step[HISTORY_DEMAND], bytes[i].step);
		assert_int_equal(chart.top[HISTORY_DEMAND], bytes[i].top);
		/* Amounts can be compared. */
		assert_int_equal(chart.top[HISTORY_RESIDENT], bytes[i].top);
	}
	for (i = 0; i < ARRAY_SIZE(percent); i++) {
		begin_one(0, percent[i].pressure);
		assert_int_equal(chart.step[HISTORY_PRESSURE], percent[i].step);
		assert_int_equal(chart.top[HISTORY_PRESSURE], percent[i].top);
	}
}

static void each_value_is_in_the_scale(void **state)
{
	u64 seed = 1, value;
	int i;

	for (i = 0; i < 100000; i++) {
		value = rng_next(&seed) >> (1 + rng_below(&seed, 63));
		begin_one(value, value);
		assert_true(chart.top[HISTORY_DEMAND] >= value);
		assert_true(chart.top[HISTORY_PRESSURE] >= value);
		assert_int_equal(chart.top[HISTORY_DEMAND] % chart.step[HISTORY_DEMAND], 0);
		assert_in_range(chart.top[HISTORY_DEMAND] / chart.step[HISTORY_DEMAND], 1, 4);
		assert_in_range(chart.top[HISTORY_PRESSURE] / chart.step[HISTORY_PRESSURE], 1, 4);
	}
}

static void values_have_units(void **state)
{
	char text[CHART_TEXT_SIZE];

	assert_string_equal(chart_value(text, HISTORY_DEMAND, MIB(1536)), "1536 MiB");
	assert_string_equal(chart_value(text, HISTORY_PRESSURE, 83), "83%");
	assert_string_equal(chart_value(text, HISTORY_PRESSURE, HISTORY_UNKNOWN), "-");
}

static void times_are_local(void **state)
{
	char text[CHART_TEXT_SIZE];

	begin_one(0, 0);
	setenv("TZ", "UTC0", 1);
	tzset();
	assert_string_equal(chart_period(text, &chart), "2025-11-30 23:50 to 00:50 +0000");
	assert_int_equal(chart_tick(&chart, 0, 60, text), 0);
	assert_string_equal(text, "23:50");
	assert_int_equal(chart_tick(&chart, 1, 31, text), 60);
	assert_string_equal(text, "00:00");
	assert_int_equal(chart_tick(&chart, 301, 60, text), HISTORY_SLOTS);
	assert_int_equal(chart_tick(&chart, 0, 181, text), 60);
	assert_int_equal(chart_tick(&chart, 61, 1000, text), HISTORY_SLOTS);
	assert_int_equal(chart_tick(&chart, 1, 6, text), 6);
	assert_string_equal(text, "23:51");
	setenv("TZ", "NPT-5:45", 1);	/* Nepal */
	tzset();
	assert_string_equal(chart_period(text, &chart), "2025-12-01 05:35 to 06:35 +0545");
	assert_int_equal(chart_tick(&chart, 0, 60, text), 30);
	assert_string_equal(text, "05:40");
}

static void a_short_history_has_a_short_chart(void **state)
{
	static const struct {
		size_t sample, first;
	} cases[] = {
		{ 0, 0 }, { 179, 0 }, { 180, 180 }, { 239, 180 }, { 240, 240 }, { 299, 240 },
		{ 300, 300 }, { 359, 300 },
	};
	char text[CHART_TEXT_SIZE];
	size_t i;

	setenv("TZ", "UTC0", 1);
	tzset();
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		history_begin(&history, LAST);
		history.slot[cases[i].sample].time = START;
		chart_begin(&chart, "web", &history);
		assert_int_equal(chart.first, cases[i].first);
		assert_int_equal(chart_slots(&chart), HISTORY_SLOTS - cases[i].first);
	}
	assert_string_equal(chart_period(text, &chart), "2025-12-01 00:40 to 00:50 +0000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(scales_are_round),
		cmocka_unit_test(each_value_is_in_the_scale),
		cmocka_unit_test(values_have_units),
		cmocka_unit_test(times_are_local),
		cmocka_unit_test(a_short_history_has_a_short_chart),
	};

	return cmocka_run_group_tests_name("chart", tests, NULL, NULL);
}
