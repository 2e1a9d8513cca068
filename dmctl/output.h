/* SPDX-License-Identifier: GPL-2.0 */
/*
 * output: writes netlink attributes as text and as JSON. Each object describes its attributes once,
 * in a table of fields, from which the text and the JSON are made.
 */
#ifndef DMCTL_OUTPUT_H
#define DMCTL_OUTPUT_H

#include <json-c/json.h>
#include <netlink/attr.h>
#include <stdbool.h>
#include <stddef.h>

#include "command.h"

/* The options of the command line: @json is -j, @pretty is -p. */
struct options {
	bool json;
	bool pretty;
};

extern struct options options;

enum kind {
	KIND_TEXT,
	KIND_BYTES,		/* u64 */
	KIND_COUNT,		/* u64 */
	KIND_NUMBER,		/* u32 */
	KIND_PERCENT,		/* u32 */
	KIND_SECONDS,		/* u32 */
	KIND_TIME,		/* u64, nanoseconds since 1970 (UTC) */
	KIND_WORD,		/* u32, index of @words */
	KIND_SWITCH,		/* u8, on or off */
	KIND_FLAG,		/* no payload: the attribute is present or absent */
};

/**
 * struct field - how an attribute is shown
 * @key: key in JSON, and name in text
 * @attr: DYNMEM_A_...
 * @kind: type and unit
 * @words: for KIND_WORD: the words, and then NULL
 */
struct field {
	const char *key;
	int attr;
	enum kind kind;
	const char *const *words;
};

#define FIELD_TEXT_SIZE 128

/*
 * Return: field @f as text, or "-" if the attribute is absent. The text is in @buf, but for
 * KIND_TEXT in the attribute, since it may be longer than @buf.
 */
const char *field_text(char buf[FIELD_TEXT_SIZE], const struct field *f, struct nlattr **attrs);

/* Whether field @f has a value. */
bool field_is_known(const struct field *f, struct nlattr **attrs);

/* Whether field @f is a figure, and neither a word nor a text. */
bool field_is_figure(const struct field *f);

/*
 * Compares field @f, which is absent in both @a and @b or in none: figures by their value, and
 * others by their text. Return: less than 0, 0 or more than 0, as strcmp()
 */
int field_compare(const struct field *f, struct nlattr **a, struct nlattr **b);

/* Adds fields to @object as numbers, booleans or words; as null if the attribute is absent. */
void fields_json(struct json_object *object, const struct field *fields, size_t n,
		 struct nlattr **attrs);

/* Prints @json on one line, or indented with -p, and frees it. */
void print_json(struct json_object *json);

/*
 * Prints @json, as print_json() does, if @status is EXIT_OK. @status: the exit status of the
 * function that has made @json. Return: @status
 */
int print_figures(int status, struct json_object *json);

#define TABLE_WIDTH 80	/* characters in a line of a terminal */

/*
 * A table with aligned columns. Cells are added row by row; table_end() prints the table. If
 * @width is not 0, and a row is wider, its first cell is printed on a line of its own. A table that
 * table_end() has not printed is forgotten when the next one begins.
 */
void table_begin(size_t columns, size_t width);
void table_cell(const char *text);
void table_end(void);

#endif
