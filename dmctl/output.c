// SPDX-License-Identifier: GPL-2.0
/* output: writes netlink attributes as text and as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "command.h"
#include "output.h"
#include "units.h"

struct options options;

/* The word for @value, or "?": a kernel newer than this program may send unknown values. */
static const char *word_of(const struct field *f, uint32_t value)
{
	uint32_t i;

	for (i = 0; f->words[i]; i++) {
		if (i == value)
			return f->words[i];
	}
	return "?";
}

/* Writes local time with its offset from UTC, such as 2026-01-31T12:00:00.123+0100. */
static void format_time(char buf[FIELD_TEXT_SIZE], uint64_t ns)
{
	time_t seconds = ns / 1000000000;
	char date[32], zone[8];
	struct tm tm;

	localtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(buf, FIELD_TEXT_SIZE, "%s.%03u%s", date, (unsigned int)(ns / 1000000 % 1000),
		 zone);
}

const char *field_text(char buf[FIELD_TEXT_SIZE], const struct field *f, struct nlattr **attrs)
{
	struct nlattr *attr = attrs[f->attr];

	if (f->kind == KIND_FLAG) {
		snprintf(buf, FIELD_TEXT_SIZE, "%s", attr ? "yes" : "no");
		return buf;
	}
	if (!attr) {
		snprintf(buf, FIELD_TEXT_SIZE, "-");
		return buf;
	}
	switch (f->kind) {
	case KIND_TEXT:
		return nla_get_string(attr);
	case KIND_BYTES:
		format_size(buf, FIELD_TEXT_SIZE, nla_get_u64(attr));
		break;
	case KIND_COUNT:
		snprintf(buf, FIELD_TEXT_SIZE, "%llu", (unsigned long long)nla_get_u64(attr));
		break;
	case KIND_NUMBER:
		snprintf(buf, FIELD_TEXT_SIZE, "%u", nla_get_u32(attr));
		break;
	case KIND_PERCENT:
		snprintf(buf, FIELD_TEXT_SIZE, "%u%%", nla_get_u32(attr));
		break;
	case KIND_SECONDS:
		snprintf(buf, FIELD_TEXT_SIZE, "%us", nla_get_u32(attr));
		break;
	case KIND_TIME:
		format_time(buf, nla_get_u64(attr));
		break;
	case KIND_WORD:
		snprintf(buf, FIELD_TEXT_SIZE, "%s", word_of(f, nla_get_u32(attr)));
		break;
	case KIND_SWITCH:
		snprintf(buf, FIELD_TEXT_SIZE, "%s", nla_get_u8(attr) ? "on" : "off");
		break;
	case KIND_FLAG:
		break;
	}
	return buf;
}

bool field_is_known(const struct field *f, struct nlattr **attrs)
{
	return f->kind == KIND_FLAG || attrs[f->attr];
}

bool field_is_figure(const struct field *f)
{
	switch (f->kind) {
	case KIND_BYTES:
	case KIND_COUNT:
	case KIND_NUMBER:
	case KIND_PERCENT:
	case KIND_SECONDS:
	case KIND_TIME:
		return true;
	case KIND_TEXT:
	case KIND_WORD:
	case KIND_SWITCH:
	case KIND_FLAG:
		break;
	}
	return false;
}

/* The value of a field that is a figure; 0 if it is absent. */
static uint64_t field_figure(const struct field *f, struct nlattr **attrs)
{
	struct nlattr *attr = attrs[f->attr];

	if (!attr)
		return 0;
	if (f->kind == KIND_BYTES || f->kind == KIND_COUNT || f->kind == KIND_TIME)
		return nla_get_u64(attr);
	return nla_get_u32(attr);
}

int field_compare(const struct field *f, struct nlattr **a, struct nlattr **b)
{
	char text[2][FIELD_TEXT_SIZE];

	if (!field_is_figure(f))
		return strcmp(field_text(text[0], f, a), field_text(text[1], f, b));
	return (field_figure(f, a) > field_figure(f, b)) -
	       (field_figure(f, a) < field_figure(f, b));
}

/* Return: the value as JSON; NULL, which json-c prints as null, if the attribute is absent. */
static struct json_object *field_json(const struct field *f, struct nlattr *attr)
{
	char text[FIELD_TEXT_SIZE];

	if (f->kind == KIND_FLAG)
		return json_object_new_boolean(!!attr);
	if (!attr)
		return NULL;
	switch (f->kind) {
	case KIND_TEXT:
		return json_object_new_string(nla_get_string(attr));
	case KIND_BYTES:
	case KIND_COUNT:
		return json_object_new_uint64(nla_get_u64(attr));
	case KIND_NUMBER:
	case KIND_PERCENT:
	case KIND_SECONDS:
		return json_object_new_int64(nla_get_u32(attr));
	case KIND_TIME:
		format_time(text, nla_get_u64(attr));
		return json_object_new_string(text);
	case KIND_WORD:
		return json_object_new_string(word_of(f, nla_get_u32(attr)));
	case KIND_SWITCH:
		return json_object_new_boolean(nla_get_u8(attr));
	case KIND_FLAG:
		break;
	}
	return NULL;
}

void fields_json(struct json_object *object, const struct field *fields, size_t n,
		 struct nlattr **attrs)
{
	size_t i;

	for (i = 0; i < n; i++)
		json_object_object_add(object, fields[i].key,
				       field_json(&fields[i], attrs[fields[i].attr]));
}

void print_json(struct json_object *json)
{
	int flags = options.pretty ? JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED :
				     JSON_C_TO_STRING_PLAIN;

	puts(json_object_to_json_string_ext(json, flags | JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(json);
}

int print_figures(int status, struct json_object *json)
{
	if (status == EXIT_OK)
		print_json(json);
	return status;
}

#define INDENT 2	/* blanks in front of a row whose first cell has a line of its own */
#define GAP "  "

static struct {
	size_t columns;
	size_t width;
	size_t cells;
	char **cell;
} table;

void table_begin(size_t columns, size_t width)
{
	while (table.cells)
		free(table.cell[--table.cells]);
	table.columns = columns;
	table.width = width;
}

void table_cell(const char *text)
{
	char **cell = realloc(table.cell, (table.cells + 1) * sizeof(*cell));

	if (!cell)
		die_no_memory();
	table.cell = cell;
	table.cell[table.cells] = strdup(text);
	if (!table.cell[table.cells])
		die_no_memory();
	table.cells++;
}

static int column_width(size_t column)
{
	size_t width = 0, i;

	for (i = column; i < table.cells; i += table.columns) {
		if (strlen(table.cell[i]) > width)
			width = strlen(table.cell[i]);
	}
	return width;
}

/* Whether a column has words: no cell but the head of the column begins with a digit. */
static bool column_is_words(size_t column)
{
	size_t i;

	for (i = column + table.columns; i < table.cells; i += table.columns) {
		if (table.cell[i][0] >= '0' && table.cell[i][0] <= '9')
			return false;
	}
	return true;
}

/* Return: for how many characters the first column has room. */
static size_t first_room(void)
{
	size_t column, used = 0;

	if (!table.width)
		return SIZE_MAX;
	for (column = 1; column < table.columns; column++)
		used += strlen(GAP) + column_width(column);
	return used + INDENT < table.width ? table.width - used : INDENT;
}

/* Return: the width of the first column, if cells that are longer than @room do not count. */
static int first_width(size_t room)
{
	size_t width = INDENT, len, i;

	for (i = 0; i < table.cells; i += table.columns) {
		len = strlen(table.cell[i]);
		if (len <= room && len > width)
			width = len;
	}
	return width;
}

/* Numbers are aligned right, words left. The last row may have fewer cells than others. */
void table_end(void)
{
	size_t room = first_room(), column, i;

	for (column = 0; column < table.columns; column++) {
		bool words = column == 0 || column_is_words(column);
		int width = column ? column_width(column) : first_width(room);

		if (words && column == table.columns - 1)
			width = 0;
		for (i = column; i < table.cells; i += table.columns) {
			bool alone = !column && strlen(table.cell[i]) > room;
			char *padded = NULL;

			if (asprintf(&padded, "%s%s%*s", alone ? table.cell[i] : "",
				     alone ? "\n" : "", words ? -width : width,
				     alone ? "" : table.cell[i]) < 0)
				die_no_memory();
			free(table.cell[i]);
			table.cell[i] = padded;
		}
	}
	for (column = 0, i = 0; i < table.cells; i++) {
		bool last = ++column == table.columns || i == table.cells - 1;

		printf("%s%s", table.cell[i], last ? "\n" : GAP);
		free(table.cell[i]);
		if (last)
			column = 0;
	}
	table.cells = 0;
}
