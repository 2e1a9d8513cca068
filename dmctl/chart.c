// SPDX-License-Identifier: GPL-2.0
/* chart: the scales of a picture of a VM's history; see chart.h. */
#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include "chart.h"
#include "command.h"
#include "units.h"

#define GRID_LINES	4	/* the most lines of the grid above 0 */
#define MIB		(1ULL << 20)
#define MINUTE_SLOTS	(60 / HISTORY_STEP)
#define PRESSURE_TOP	100	/* percent; the least end of the scale of pressure */

/* The distance between lines of a grid for amounts: a power of two, as the units are. */
static uint64_t bytes_step(uint64_t largest)
{
	uint64_t step = MIB;

	while (step < (largest + GRID_LINES - 1) / GRID_LINES)
		step *= 2;
	return step;
}

/* The same for percentages: 1, 2 or 5, and zeros behind it. */
static uint64_t percent_step(uint64_t largest)
{
	static const uint64_t digit[] = { 1, 2, 5 };
	uint64_t unit = 1;
	size_t i = 0;

	while (digit[i] * unit < (largest + GRID_LINES - 1) / GRID_LINES) {
		i = (i + 1) % 3;
		unit *= i ? 1 : 10;
	}
	return digit[i] * unit;
}

/* Return: the smallest multiple of @step that is at least @largest, and not 0. */
static uint64_t scale_end(uint64_t largest, uint64_t step)
{
	uint64_t steps = (largest + step - 1) / step;

	return step * (steps ?: 1);
}

/* Return: the first slot of the last 10, 20, 30 or 60 minutes, whichever has all samples. */
static size_t first_slot(const struct history *history)
{
	static const size_t minutes[] = { 30, 20, 10 };
	size_t first = 0, sample = 0, i;

	while (sample < HISTORY_SLOTS && !history->slot[sample].time)
		sample++;
	for (i = 0; i < ARRAY_SIZE(minutes); i++)
		if (sample >= HISTORY_SLOTS - minutes[i] * MINUTE_SLOTS)
			first = HISTORY_SLOTS - minutes[i] * MINUTE_SLOTS;
	return first;
}

void chart_begin(struct chart *chart, const char *name, const struct history *history)
{
	uint64_t bytes = 0, percent = PRESSURE_TOP, largest;
	size_t i;

	for (i = 0; i < HISTORY_FIGURES; i++) {
		uint64_t *most = i == HISTORY_PRESSURE ? &percent : &bytes;

		largest = history_largest(history, i, 0, HISTORY_SLOTS);
		if (largest != HISTORY_UNKNOWN && largest > *most)
			*most = largest;
	}
	chart->name = name;
	chart->history = history;
	chart->first = first_slot(history);
	for (i = 0; i < HISTORY_FIGURES; i++) {
		bool is_percent = i == HISTORY_PRESSURE;

		chart->step[i] = is_percent ? percent_step(percent) : bytes_step(bytes);
		chart->top[i] = scale_end(is_percent ? percent : bytes, chart->step[i]);
	}
}

char *chart_value(char text[CHART_TEXT_SIZE], enum history_figure figure, uint64_t value)
{
	if (value == HISTORY_UNKNOWN)
		snprintf(text, CHART_TEXT_SIZE, "-");
	else if (figure == HISTORY_PRESSURE)
		snprintf(text, CHART_TEXT_SIZE, "%" PRIu64 "%%", value);
	else
		format_size(text, CHART_TEXT_SIZE, value);
	return text;
}

/* Return: the local time at which a slot begins. */
static struct tm chart_time(const struct chart *chart, size_t slot)
{
	int64_t ago = HISTORY_SLOTS - 1 - (int64_t)slot;
	time_t seconds = (chart->history->last - ago) * HISTORY_STEP;
	struct tm tm = { };

	localtime_r(&seconds, &tm);
	return tm;
}

char *chart_period(char text[CHART_TEXT_SIZE], const struct chart *chart)
{
	struct tm from = chart_time(chart, chart->first), to = chart_time(chart, HISTORY_SLOTS);
	char begin[24], end[24];

	strftime(begin, sizeof(begin), "%Y-%m-%d %H:%M", &from);
	strftime(end, sizeof(end), "%H:%M %z", &to);
	snprintf(text, CHART_TEXT_SIZE, "%s to %s", begin, end);
	return text;
}

size_t chart_tick(const struct chart *chart, size_t slot, size_t slots,
		  char text[CHART_TEXT_SIZE])
{
	static const size_t minutes[] = { 1, 2, 5, 10, 20, 30, 60 };
	size_t i = 0;

	while (minutes[i] < 60 && minutes[i] * MINUTE_SLOTS < slots)
		i++;
	for (; slot < HISTORY_SLOTS; slot++) {
		struct tm tm = chart_time(chart, slot);

		if (tm.tm_sec < HISTORY_STEP && tm.tm_min % (int)minutes[i] == 0) {
			strftime(text, CHART_TEXT_SIZE, "%H:%M", &tm);
			break;
		}
	}
	return slot;
}
