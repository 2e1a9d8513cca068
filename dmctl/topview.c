// SPDX-License-Identifier: GPL-2.0
/* topview: what `dmctl top` shows; see topview.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "glyph.h"
#include "json.h"
#include "topview.h"

#define MIB		(1LL << 20)
#define SIZE		8	/* bytes of a size as text */
#define HISTORY		(3 * TOPVIEW_SAMPLES + 1)	/* bytes of a history in UTF-8 */

/* Widths of columns. The name gets half of what a screen has more than TOPVIEW_WIDTH. */
#define NAME_WIDTH	16
#define STATUS_WIDTH	8
#define FIGURE_WIDTH	8
#define NODES_WIDTH	13
#define BAR_WIDTH	10
#define GAPS		5
#define HISTORY_WIDTH	(TOPVIEW_WIDTH - NAME_WIDTH - STATUS_WIDTH - 2 * FIGURE_WIDTH - \
			 NODES_WIDTH - BAR_WIDTH - GAPS)

const char *const topview_key_words[] = {
	[TOPVIEW_NAME_KEY] = "name", [TOPVIEW_STATUS] = "status", [TOPVIEW_DEMAND] = "demand",
	[TOPVIEW_ASSIGNED] = "assigned", [TOPVIEW_RESIDENT] = "resident",
	[TOPVIEW_PRESSURE] = "pressure", NULL
};

/* Writes a size in at most five characters. */
static const char *short_size(char text[SIZE], int64_t bytes)
{
	int64_t mib = bytes / MIB;

	if (mib < 10000)
		snprintf(text, SIZE, "%dM", (int)mib);
	else if (mib < 1000 * 1024LL)
		snprintf(text, SIZE, mib < 102400 ? "%.1fG" : "%.0fG", mib / 1024.0);
	else
		snprintf(text, SIZE, "%.0fT", mib / 1024.0 / 1024);
	return text;
}

/* ---- figures */

/* Writes the resident memory of each node to @row, or their number if there is no room for that. */
static void set_nodes(struct topview_row *row, struct json_object *nodes)
{
	size_t nr = nodes ? json_object_array_length(nodes) : 0, len = 0, i;
	char size[SIZE];

	row->nodes[0] = '\0';
	for (i = 0; i < nr; i++) {
		struct json_object *node = json_object_array_get_idx(nodes, i);

		len += snprintf(row->nodes + len, sizeof(row->nodes) - len, "%s%s", i ? "+" : "",
				short_size(size, json_number(node, "resident")));
		if (len <= NODES_WIDTH)
			continue;
		snprintf(row->nodes, sizeof(row->nodes), "%s of %d",
			 short_size(size, row->resident), (int)nr);
		return;
	}
}

/* Return: the row of a VM in the last look; NULL: it was not there. */
static const struct topview_row *old_row(const struct topview *old, const char *name)
{
	size_t i;

	for (i = 0; i < old->nr_rows; i++)
		if (!strcmp(old->row[i].name, name))
			return &old->row[i];
	return NULL;
}

static void add_sample(struct topview_row *row, const struct topview_row *old)
{
	size_t from = 0;

	if (old) {
		from = old->nr_samples == TOPVIEW_SAMPLES;
		row->nr_samples = old->nr_samples - from;
		memcpy(row->sample, old->sample + from, row->nr_samples * sizeof(*row->sample));
	}
	row->sample[row->nr_samples++] = row->demand;
}

static void set_row(struct topview_row *row, struct json_object *vm)
{
	const char *state = json_text(vm, "state");
	struct json_object *value;

	snprintf(row->name, sizeof(row->name), "%s", json_text(vm, "name"));
	row->runs = json_number(vm, "pid");
	snprintf(row->status, sizeof(row->status), "%s",
		 strcmp(state, "running") ? state : json_text(vm, "status"));
	row->demand = json_number(vm, "demand");
	row->assigned = json_number(vm, "assigned");
	row->resident = json_number(vm, "resident");
	row->pressure = -1;
	if (json_object_object_get_ex(vm, "pressure", &value) && value)
		row->pressure = json_object_get_int64(value);
	if (json_object_object_get_ex(vm, "nodes", &value))
		set_nodes(row, value);
}

static void set_nodes_sum(struct topview *view, struct json_object *nodes)
{
	size_t i;

	view->capacity = 0;
	view->spare = 0;
	view->debt = 0;
	for (i = 0; i < json_object_array_length(nodes); i++) {
		struct json_object *node = json_object_array_get_idx(nodes, i);

		view->capacity += json_number(node, "capacity");
		view->spare += json_number(node, "spare");
		view->debt += json_number(node, "debt");
	}
}

static void set_pressure(struct topview *view, const char *psi)
{
	float some, full;

	view->pressure[0] = '\0';
	if (sscanf(psi, "some avg10=%f %*[^\n] full avg10=%f", &some, &full) == 2)
		snprintf(view->pressure, sizeof(view->pressure),
			 "stalled: some %.1f%%, all %.1f%%", some, full);
}

void topview_update(struct topview *view, struct json_object *vms, struct json_object *nodes,
		    const char *psi)
{
	struct topview old = *view;
	size_t i;

	view->nr_rows = json_object_array_length(vms);
	view->row = calloc(view->nr_rows + 1, sizeof(*view->row));
	if (!view->row)
		die_no_memory();
	for (i = 0; i < view->nr_rows; i++) {
		struct topview_row *row = &view->row[i];

		set_row(row, json_object_array_get_idx(vms, i));
		add_sample(row, old_row(&old, row->name));
	}
	set_nodes_sum(view, nodes);
	set_pressure(view, psi);
	topview_end(&old);
	topview_sort(view);
}

void topview_end(struct topview *view)
{
	free(view->row);
	view->row = NULL;
	view->nr_rows = 0;
}

/* ---- order */

static int64_t key_of(const struct topview_row *row, enum topview_key key)
{
	switch (key) {
	case TOPVIEW_DEMAND:
		return row->demand;
	case TOPVIEW_ASSIGNED:
		return row->assigned;
	case TOPVIEW_RESIDENT:
		return row->resident;
	case TOPVIEW_PRESSURE:
		return row->pressure;
	default:
		return 0;
	}
}

/* Figures fall, and words rise. */
static int compare(const void *one, const void *other, void *arg)
{
	const struct topview_row *a = one, *b = other;
	const struct topview *view = arg;
	int64_t x = key_of(a, view->key), y = key_of(b, view->key);
	int order = (x < y) - (x > y);

	if (view->key == TOPVIEW_STATUS)
		order = strcmp(a->status, b->status);
	if (!order)
		order = strcmp(a->name, b->name);
	return view->reverse ? -order : order;
}

void topview_sort(struct topview *view)
{
	qsort_r(view->row, view->nr_rows, sizeof(*view->row), compare, view);
}

/* ---- lines */

static size_t name_width(size_t columns)
{
	size_t width = NAME_WIDTH + (columns - TOPVIEW_WIDTH) / 2;

	return width < TOPVIEW_NAME ? width : TOPVIEW_NAME - 1;
}

static size_t history_width(size_t columns)
{
	size_t width = HISTORY_WIDTH + columns - TOPVIEW_WIDTH - (columns - TOPVIEW_WIDTH) / 2;

	return width < TOPVIEW_SAMPLES ? width : TOPVIEW_SAMPLES;
}

void topview_host_line(const struct topview *view, char *line, size_t columns)
{
	char capacity[SIZE], spare[SIZE], debt[SIZE];
	size_t running = 0, i;
	int len;

	for (i = 0; i < view->nr_rows; i++)
		running += view->row[i].runs;
	len = snprintf(line, TOPVIEW_LINE, "%zu VMs, %zu run   capacity %s  spare %s  debt %s",
		       view->nr_rows, running, short_size(capacity, view->capacity),
		       short_size(spare, view->spare), short_size(debt, view->debt));
	if (view->pressure[0] && len + 2 + strlen(view->pressure) <= columns)
		snprintf(line + len, TOPVIEW_LINE - len, "  %s", view->pressure);
}

void topview_head_line(const struct topview *view, char *line, size_t columns)
{
	(void)view;
	snprintf(line, TOPVIEW_LINE, "%-*s %-*s%*s%*s %*s %*s %s", (int)name_width(columns), "name",
		 STATUS_WIDTH, "status", FIGURE_WIDTH, "demand", FIGURE_WIDTH + 1, "assigned",
		 NODES_WIDTH, "resident", BAR_WIDTH, "pressure", "demand");
}

/* Writes a bar with the pressure in it, such as "[|||| 50%]", full at 100 %. */
static void pressure_bar(char bar[BAR_WIDTH + 1], int64_t pressure)
{
	size_t inner = BAR_WIDTH - 2, filled, i;
	char text[8];

	snprintf(bar, BAR_WIDTH + 1, "%*s", BAR_WIDTH, "-");
	if (pressure < 0)
		return;
	snprintf(text, sizeof(text), "%d%%", pressure > 9999 ? 9999 : (int)pressure);
	snprintf(bar, BAR_WIDTH + 1, "[%*s]", (int)inner, text);
	filled = pressure >= 100 ? inner : pressure * inner / 100;
	for (i = 1; i <= filled && bar[i] == ' '; i++)
		bar[i] = '|';
}

/* Writes a character for each of the last samples: the higher, the more memory, from 0 up. */
static void history(const struct topview *view, const struct topview_row *row,
		    char text[HISTORY], size_t width)
{
	static const char *const ascii[GLYPH_FULL + 1] = {
		" ", "_", ".", ":", "-", "=", "+", "*", "#"
	};
	size_t first = row->nr_samples > width ? row->nr_samples - width : 0, i, len = 0;
	int64_t most = 1, level;

	for (i = first; i < row->nr_samples; i++)
		if (row->sample[i] > most)
			most = row->sample[i];
	text[0] = '\0';
	for (i = first; i < row->nr_samples; i++) {
		level = row->sample[i] > 0 ? 1 + row->sample[i] * 7 / most : 0;
		len += snprintf(text + len, HISTORY - len, "%s",
				(view->utf8 ? glyph_blocks : ascii)[level]);
	}
}

void topview_row_line(const struct topview *view, size_t row, char *line, size_t columns)
{
	const struct topview_row *vm = &view->row[row];
	char demand[SIZE], assigned[SIZE], bar[BAR_WIDTH + 1], past[HISTORY];
	int width = name_width(columns);
	bool cut = strlen(vm->name) > (size_t)width;

	pressure_bar(bar, vm->pressure);
	history(view, vm, past, history_width(columns));
	snprintf(line, TOPVIEW_LINE, "%-*.*s%s %-*.*s%*s%*s %*s %s %s", width - cut, width - cut,
		 vm->name, cut ? "~" : "", STATUS_WIDTH, STATUS_WIDTH, vm->status, FIGURE_WIDTH,
		 short_size(demand, vm->demand), FIGURE_WIDTH + 1,
		 short_size(assigned, vm->assigned), NODES_WIDTH, vm->nodes, bar, past);
}
