// SPDX-License-Identifier: GPL-2.0
/* plot: draws a VM's history with characters; see plot.h. */
#include <string.h>

#include "command.h"
#include "glyph.h"
#include "plot.h"

#define ROWS		4	/* of a figure */
#define LABEL		10	/* columns left of the axis */
#define WIDTH_MIN	60

/* The same as glyph_blocks, without UTF-8. */
static const char *const ascii[] = { " ", ".", ":", "#" };

/**
 * struct plot - how a chart is drawn
 * @out: the output
 * @chart: the chart
 * @slots: slots that a column shows
 * @columns: number of columns right of the axis
 * @fill: characters that fill a cell
 * @full: number of the character that fills it wholly
 */
struct plot {
	FILE *out;
	const struct chart *chart;
	size_t slots;
	size_t columns;
	const char *const *fill;
	unsigned int full;
};

/* Return: how many parts of cells a column fills in all rows. Even 0 is seen, unlike no sample. */
static unsigned int plot_level(const struct plot *plot, enum history_figure figure, size_t column)
{
	uint64_t value = history_largest(plot->chart->history, figure,
					 plot->chart->first + column * plot->slots, plot->slots);
	unsigned int level;

	if (value == HISTORY_UNKNOWN)
		return 0;
	level = (double)value / plot->chart->top[figure] * ROWS * plot->full;
	return level ?: 1;
}

static void plot_row(const struct plot *plot, enum history_figure figure, unsigned int row)
{
	unsigned int below = row * plot->full;
	char label[CHART_TEXT_SIZE] = "";
	size_t column;

	if (!row)
		chart_value(label, figure, 0);
	else if (row == ROWS - 1)
		chart_value(label, figure, plot->chart->top[figure]);
	fprintf(plot->out, "%*s |", LABEL, label);
	for (column = 0; column < plot->columns; column++) {
		unsigned int level = plot_level(plot, figure, column);

		level = level > below ? level - below : 0;
		fputs(plot->fill[level < plot->full ? level : plot->full], plot->out);
	}
	fputc('\n', plot->out);
}

static void plot_figure(const struct plot *plot, enum history_figure figure)
{
	const struct history *history = plot->chart->history;
	char now[CHART_TEXT_SIZE], most[CHART_TEXT_SIZE];
	size_t last = HISTORY_SLOTS - 1;
	unsigned int row;

	while (last && !history->slot[last].time)
		last--;
	fprintf(plot->out, "%s: last %s, at most %s\n", history_names[figure],
		chart_value(now, figure, history->slot[last].figure[figure]),
		chart_value(most, figure, history_largest(history, figure, 0, HISTORY_SLOTS)));
	for (row = ROWS; row--;)
		plot_row(plot, figure, row);
}

/* The axis of time, with as many times of day as there is room for. */
static void plot_axis(const struct plot *plot)
{
	char line[2][HISTORY_SLOTS + CHART_TEXT_SIZE], text[CHART_TEXT_SIZE];
	size_t i, slot, column;

	memset(line[0], '-', plot->columns);
	memset(line[1], ' ', sizeof(line[1]));
	line[0][plot->columns] = '\0';
	for (slot = plot->chart->first;; slot++) {
		/* A time of day and a blank have six columns. */
		slot = chart_tick(plot->chart, slot, 6 * plot->slots, text);
		column = (slot - plot->chart->first) / plot->slots;
		if (slot == HISTORY_SLOTS || column + strlen(text) > plot->columns)
			break;
		line[0][column] = '+';
		memcpy(line[1] + column, text, strlen(text));
	}
	line[1][plot->columns] = '\0';
	for (i = plot->columns; i && line[1][i - 1] == ' '; i--)
		line[1][i - 1] = '\0';
	fprintf(plot->out, "%*s +%s\n%*s  %s\n", LABEL, "", line[0], LABEL, "", line[1]);
}

void plot_write(FILE *out, const struct chart *chart, unsigned int width, bool utf8)
{
	struct plot plot = { .out = out, .chart = chart };
	char period[CHART_TEXT_SIZE];
	size_t room, i;
	bool fits;

	if (width < WIDTH_MIN)
		width = WIDTH_MIN;
	room = width - LABEL - 2;
	plot.slots = (chart_slots(chart) + room - 1) / room;
	plot.columns = (chart_slots(chart) + plot.slots - 1) / plot.slots;
	plot.fill = utf8 ? glyph_blocks : ascii;
	plot.full = utf8 ? GLYPH_FULL : ARRAY_SIZE(ascii) - 1;
	chart_period(period, chart);
	fits = strlen(chart->name) + 2 + strlen(period) <= width;
	fprintf(out, "%s%s%s\n", chart->name, fits ? ", " : "\n", period);
	for (i = 0; i < HISTORY_FIGURES; i++)
		plot_figure(&plot, i);
	plot_axis(&plot);
}
