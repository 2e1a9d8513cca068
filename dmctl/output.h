/* SPDX-License-Identifier: GPL-2.0 */
/*
 * output: the one way from netlink attributes to text and to JSON. Each object describes its
 * attributes once, as a table of fields, and both come from that table.
 */
#ifndef DMCTL_OUTPUT_H
#define DMCTL_OUTPUT_H

#include <json-c/json.h>
#include <netlink/attr.h>
#include <stdbool.h>
#include <stddef.h>

/* What the user chose with -j and -p. Set by main.c. */
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
	KIND_WORD,		/* u32, index of @words */
	KIND_SWITCH,		/* u8, on or off */
	KIND_FLAG,		/* there or not */
};

/**
 * struct field - an attribute and how it is shown
 * @key: of the JSON member, and its name in text
 * @attr: DYNMEM_A_...
 * @kind: type and unit
 * @words: of KIND_WORD, ends with NULL
 */
struct field {
	const char *key;
	int attr;
	enum kind kind;
	const char *const *words;
};

#define FIELD_TEXT_SIZE 128

/* What is known of field @f, for a person, in @buf; "-" if it is absent. Returns @buf. */
char *field_text(char buf[FIELD_TEXT_SIZE], const struct field *f, struct nlattr **attrs);

/* Adds fields to @object: bytes and whole numbers, booleans, words, null for what is absent. */
void fields_json(struct json_object *object, const struct field *fields, size_t n,
		 struct nlattr **attrs);

/* Prints @json on one line, or as -p says, and frees it. */
void print_json(struct json_object *json);

/* A table: its columns line up when it is printed. Begin, add cells row by row, end (prints). */
void table_begin(size_t columns);
void table_cell(const char *text);
void table_end(void);

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
