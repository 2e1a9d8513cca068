// SPDX-License-Identifier: GPL-2.0
/* svg: draws a VM's history as an SVG picture; see svg.h. */
#include <string.h>

#include "command.h"
#include "svg.h"

#define WIDTH		820
#define HEIGHT		440
#define LEFT		80			/* of the axis of time */
#define RIGHT		(WIDTH - 20)
#define TICKS		10			/* the most times of day at the axis */

/**
 * struct panel - a part of the picture with a scale of its own
 * @title: what is written above it
 * @first: the first of its figures
 * @end: the figure behind its last one
 * @top: its upper end
 * @bottom: its lower end, where 0 is
 */
struct panel {
	const char *title;
	enum history_figure first;
	enum history_figure end;
	int top;
	int bottom;
};

static const struct panel panels[] = {
	{ "memory", HISTORY_DEMAND, HISTORY_PRESSURE, 84, 274 },
	{ "pressure: demand in percent of assigned", HISTORY_PRESSURE, HISTORY_FIGURES, 318, 398 },
};

/* The lines differ in colour, and in their dashes for those who do not see colours. */
static const char style[] =
"<style>\n"
"text { font: 12px sans-serif; fill: #24292f }\n"
".title { font-size: 15px; font-weight: bold }\n"
".end { text-anchor: end }\n"
".middle { text-anchor: middle }\n"
".page { fill: #ffffff }\n"
".grid { stroke: #d0d7de }\n"
".line { fill: none; stroke-width: 2; stroke-linecap: round; stroke-linejoin: round }\n"
".demand { stroke: #c2410c }\n"
".assigned { stroke: #0969da; stroke-dasharray: 9 5 }\n"
".resident { stroke: #1a7f37; stroke-dasharray: 1 4 }\n"
".pressure { stroke: #8250df }\n"
"@media (prefers-color-scheme: dark) {\n"
"text { fill: #e6edf3 }\n"
".page { fill: #0d1117 }\n"
".grid { stroke: #3d444d }\n"
".demand { stroke: #ff9e64 }\n"
".assigned { stroke: #58a6ff }\n"
".resident { stroke: #56d364 }\n"
".pressure { stroke: #d2a8ff }\n"
"}\n"
"</style>\n";

/* Writes text so that it cannot end the element that it is in. */
static void svg_text(FILE *out, const char *text)
{
	for (; *text; text++) {
		if (*text == '&')
			fputs("&amp;", out);
		else if (*text == '<')
			fputs("&lt;", out);
		else if (*text == '>')
			fputs("&gt;", out);
		else if (*text == '"')
			fputs("&quot;", out);
		else if (*text < ' ' || *text > '~')
			fputc('?', out);
		else
			fputc(*text, out);
	}
}

static void svg_label(FILE *out, const char *class, int x, int y, const char *text)
{
	fprintf(out, "<text class=\"%s\" x=\"%d\" y=\"%d\">", class, x, y);
	svg_text(out, text);
	fputs("</text>\n", out);
}

static void svg_grid(FILE *out, int x1, int y1, int x2, int y2)
{
	fprintf(out, "<path class=\"grid\" d=\"M%d %dL%d %d\"/>\n", x1, y1, x2, y2);
}

/* Where a slot begins. 10, 20, 30 and 60 minutes have a whole width for each slot. */
static int svg_x(const struct chart *chart, size_t slot)
{
	return LEFT + (slot - chart->first) * (RIGHT - LEFT) / chart_slots(chart);
}

static double svg_y(const struct chart *chart, const struct panel *panel,
		    enum history_figure figure, uint64_t value)
{
	return panel->bottom - (double)value / chart->top[figure] * (panel->bottom - panel->top);
}

/* Return: the value in a slot; HISTORY_UNKNOWN if there is none. */
static uint64_t svg_value(const struct chart *chart, enum history_figure figure, size_t slot)
{
	const struct sample *sample = &chart->history->slot[slot];

	return slot < HISTORY_SLOTS && sample->time ? sample->figure[figure] : HISTORY_UNKNOWN;
}

/* Draws a line through the values of a figure. It is interrupted where there is none. */
static void svg_line(FILE *out, const struct chart *chart, const struct panel *panel,
		     enum history_figure figure)
{
	uint64_t before = HISTORY_UNKNOWN, value, after;
	size_t i;

	fprintf(out, "<path class=\"line %s\" d=\"", history_names[figure]);
	for (i = chart->first; i < HISTORY_SLOTS; i++, before = value) {
		value = svg_value(chart, figure, i);
		after = svg_value(chart, figure, i + 1);
		/* A point amid a level stretch adds nothing. */
		if (value == HISTORY_UNKNOWN || (value == before && value == after))
			continue;
		fprintf(out, "%c%d %.1f", before == HISTORY_UNKNOWN ? 'M' : 'L', svg_x(chart, i),
			svg_y(chart, panel, figure, value));
		/* A line without length is a dot, since its ends are round. */
		if (before == HISTORY_UNKNOWN && after == HISTORY_UNKNOWN)
			fputs("h0", out);
	}
	fputs("\"/>\n", out);
}

static void svg_panel(FILE *out, const struct chart *chart, const struct panel *panel)
{
	const enum history_figure first = panel->first;
	char text[CHART_TEXT_SIZE];
	size_t least = chart_slots(chart) / TICKS, figure, slot;
	uint64_t value;
	int x, y;

	svg_label(out, "", LEFT, panel->top - 8, panel->title);
	for (value = 0; value <= chart->top[first]; value += chart->step[first]) {
		y = svg_y(chart, panel, first, value);
		svg_grid(out, LEFT, y, RIGHT, y);
		svg_label(out, "end", LEFT - 8, y + 4, chart_value(text, first, value));
	}
	for (slot = chart->first; (slot = chart_tick(chart, slot, least, text)) < HISTORY_SLOTS;
	     slot++) {
		x = svg_x(chart, slot);
		svg_grid(out, x, panel->top, x, panel->bottom);
		svg_label(out, "middle", x, panel->bottom + 16, text);
	}
	for (figure = first; figure < panel->end; figure++)
		svg_line(out, chart, panel, figure);
}

static void svg_legend(FILE *out)
{
	size_t i;
	int x;

	for (i = 0; i < HISTORY_FIGURES; i++) {
		x = LEFT + i * 160;
		fprintf(out, "<path class=\"line %s\" d=\"M%d 48h30\"/>\n", history_names[i], x);
		svg_label(out, "", x + 38, 52, history_names[i]);
	}
}

void svg_write(FILE *out, const struct chart *chart)
{
	char period[CHART_TEXT_SIZE], heading[2 * CHART_TEXT_SIZE];
	size_t i;

	snprintf(heading, sizeof(heading), "%s, %s", chart->name, chart_period(period, chart));
	fprintf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" ", WIDTH,
		HEIGHT);
	fprintf(out, "width=\"%d\" height=\"%d\" role=\"img\">\n<title>", WIDTH, HEIGHT);
	svg_text(out, heading);
	fprintf(out, "</title>\n%s<rect class=\"page\" width=\"%d\" height=\"%d\"/>\n", style,
		WIDTH, HEIGHT);
	svg_label(out, "title", LEFT, 26, heading);
	svg_legend(out);
	for (i = 0; i < ARRAY_SIZE(panels); i++)
		svg_panel(out, chart, &panels[i]);
	fputs("</svg>\n", out);
}
