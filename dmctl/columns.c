// SPDX-License-Identifier: GPL-2.0
/* columns: the options -o and --sort of "show"; see columns.h. */
#include <stdio.h>
#include <string.h>

#include "columns.h"
#include "command.h"

#define KEY_SIZE 64	/* bytes of a key, with the NUL */

const struct field *find_field(const struct field *fields, size_t n, const char *key)
{
	const char *keys[FIELDS_MAX] = { };
	size_t i;

	for (i = 0; i < n; i++)
		keys[i] = fields[i].key;
	return &fields[find_word("field", key, keys)];
}

void columns_add(struct columns *columns, const struct field *fields, size_t n, const char *keys)
{
	const struct field *f;
	char key[KEY_SIZE];
	size_t i, len;

	for (;; keys += len + 1) {
		len = strcspn(keys, ",");
		if (!len)
			die_usage("a field is missing: separate fields by one comma, and no blank");
		snprintf(key, sizeof(key), "%.*s", (int)len, keys);
		f = find_field(fields, n, key);
		for (i = 0; i < columns->n; i++)
			if (columns->field[i] == f)
				die_usage("field %s is given twice", f->key);
		columns->field[columns->n++] = f;
		if (!keys[len])
			break;
	}
}

static void sort_by(struct columns *columns, const struct field *fields, size_t n,
		    const char *key)
{
	if (columns->sort)
		die_usage("--sort is given twice");
	columns->reverse = *key == '-';
	columns->sort = find_field(fields, n, key + columns->reverse);
}

struct columns columns_take(char **argv, const struct field *fields, size_t n)
{
	struct columns columns = { };
	char **kept = argv;

	for (; *argv; argv++) {
		if (!strcmp(*argv, "-o") || !strcmp(*argv, "--output")) {
			columns_add(&columns, fields, n, need_value(*argv, argv[1]));
			argv++;
		} else if (!strcmp(*argv, "--sort")) {
			sort_by(&columns, fields, n, need_value(*argv, argv[1]));
			argv++;
		} else {
			*kept++ = *argv;
		}
	}
	*kept = NULL;
	return columns;
}
