/* SPDX-License-Identifier: GPL-2.0 */
/*
 * columns: which fields of an object "show" prints, and in which order the objects stand: its
 * options -o and --sort.
 */
#ifndef DMCTL_COLUMNS_H
#define DMCTL_COLUMNS_H

#include <stdbool.h>
#include <stddef.h>

#include "output.h"

#define FIELDS_MAX 64	/* an object has fewer fields */

/**
 * struct columns - what the options of "show" choose
 * @field: the fields, in order; @n of them, each once
 * @n: 0: no field was chosen
 * @sort: the field by which the objects are sorted; NULL: in the order in which the kernel has them
 * @reverse: in the opposite order
 */
struct columns {
	const struct field *field[FIELDS_MAX];
	size_t n;
	const struct field *sort;
	bool reverse;
};

/**
 * find_field() - find the field that the user means
 * @fields: the fields to choose from
 * @n: number of @fields; less than FIELDS_MAX
 * @key: key of one of them, or the beginning of the keys of only one of them
 *
 * Return: the field. Ends the command by die_usage() if none or several fit
 */
const struct field *find_field(const struct field *fields, size_t n, const char *key);

/* Adds the fields in @keys, which are separated by commas, to @columns. Ends as find_field(). */
void columns_add(struct columns *columns, const struct field *fields, size_t n, const char *keys);

/*
 * Takes "-o FIELD,..." and "--sort FIELD" out of the words @argv. Ends the command by die_usage()
 * if they are wrong. @fields, @n: as for find_field(). Return: what they choose
 */
struct columns columns_take(char **argv, const struct field *fields, size_t n);

#endif
