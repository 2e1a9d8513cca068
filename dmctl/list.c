// SPDX-License-Identifier: GPL-2.0
/* list: shows answers, or nests in one answer, that all have the same fields. */
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "list.h"
#include "netlink.h"

static struct nlattr **new_attrs(int max)
{
	struct nlattr **attrs = calloc(max + 1, sizeof(struct nlattr *));

	if (!attrs)
		die_no_memory();
	return attrs;
}

static void print_heads(const struct field *fields, size_t n)
{
	size_t i;

	table_begin(n, TABLE_WIDTH);
	for (i = 0; i < n; i++)
		table_cell(fields[i].key);
}

static void print_cells(const struct field *fields, size_t n, struct nlattr **attrs)
{
	char text[FIELD_TEXT_SIZE];
	size_t i;

	for (i = 0; i < n; i++)
		table_cell(field_text(text, &fields[i], attrs));
}

void list_add(struct nlmsghdr *answer, void *arg)
{
	struct list *list = arg;
	struct row *row;

	list->row = reallocarray(list->row, list->n + 1, sizeof(*row));
	if (!list->row)
		die_no_memory();
	row = &list->row[list->n];
	row->number = list->n++;
	row->attrs = new_attrs(list->what->max + list->what->added);
	row->answer = malloc(answer->nlmsg_len);
	if (!row->answer)
		die_no_memory();
	memcpy(row->answer, answer, answer->nlmsg_len);
	answer_attrs(row->answer, row->attrs, list->what->max);
	if (list->what->add)
		list->what->add(row);
}

void row_add_u64(struct row *row, int attr, uint64_t value)
{
	struct nlattr *added = malloc(nla_attr_size(sizeof(value)));

	if (!added)
		die_no_memory();
	added->nla_type = attr;
	added->nla_len = nla_attr_size(sizeof(value));
	memcpy(nla_data(added), &value, sizeof(value));
	row->attrs[attr] = added;
}

void list_free(struct list *list)
{
	struct row *row;
	int i;

	for (row = list->row; row < list->row + list->n; row++) {
		for (i = 1; i <= list->what->added; i++)
			free(row->attrs[list->what->max + i]);
		free(row->attrs);
		free(row->answer);
	}
	free(list->row);
	list->row = NULL;
	list->n = 0;
}

/* Figures stand from the largest down, words in the order of the alphabet. */
static int compare_rows(const void *x, const void *y, void *arg)
{
	const struct columns *columns = arg;
	const struct field *f = columns->sort;
	const struct row *a = x, *b = y;
	int order, missing = field_is_known(f, b->attrs) - field_is_known(f, a->attrs);

	if (missing)
		return missing;
	order = field_compare(f, a->attrs, b->attrs);
	if (field_is_figure(f) != columns->reverse)
		order = -order;
	return order ?: a->number < b->number ? -1 : 1;
}

void list_sort(struct list *list)
{
	if (list->columns.sort && list->n)
		qsort_r(list->row, list->n, sizeof(*list->row), compare_rows, &list->columns);
}

struct json_object *row_json(const struct list *list, const struct row *row)
{
	struct json_object *json = json_object_new_object();
	size_t i;

	for (i = 0; i < list->columns.n; i++)
		fields_json(json, list->columns.field[i], 1, row->attrs);
	if (list->columns.n)
		return json;
	fields_json(json, list->what->fields, list->what->n, row->attrs);
	if (list->what->more)
		list->what->more(json, row);
	return json;
}

struct json_object *list_json(const struct list *list)
{
	struct json_object *array = json_object_new_array();
	size_t i;

	for (i = 0; i < list->n; i++)
		json_object_array_add(array, row_json(list, &list->row[i]));
	return array;
}

void list_print(const struct list *list)
{
	const struct listing *what = list->what;
	struct columns columns = list->columns;
	size_t i, k;

	if (!columns.n && what->columns)
		columns_add(&columns, what->fields, what->n, what->columns);
	for (i = 0; !what->columns && columns.n < what->n; i++)
		columns.field[columns.n++] = &what->fields[i];
	table_begin(columns.n, list->columns.n ? 0 : TABLE_WIDTH);
	for (i = 0; i < columns.n; i++)
		table_cell(columns.field[i]->key);
	for (k = 0; k < list->n; k++)
		for (i = 0; i < columns.n; i++)
			print_cells(columns.field[i], 1, list->row[k].attrs);
	table_end();
}

int list_figures(struct json_object **array, struct nl_msg *msg, const struct listing *what)
{
	struct list list = { .what = what };
	int ret = request_send(msg, list_add, &list);

	*array = ret == EXIT_OK ? list_json(&list) : NULL;
	list_free(&list);
	return ret;
}

int list_show(struct nl_msg *msg, const struct listing *what, const struct columns *columns)
{
	struct list list = { .what = what, .columns = *columns };
	int ret = request_send(msg, list_add, &list);

	list_sort(&list);
	if (ret == EXIT_OK && options.json)
		print_json(list_json(&list));
	else if (ret == EXIT_OK)
		list_print(&list);
	list_free(&list);
	return ret;
}

void list_nests(struct nlmsghdr *answer, int attr, const struct field *fields, size_t n, int max)
{
	struct nlattr **attrs = new_attrs(max), *nest;
	bool any = false;
	int rem;

	nlmsg_for_each_attr(nest, answer, GENL_HDRLEN, rem) {
		if (nla_type(nest) != attr)
			continue;
		if (!any) {
			printf("\n");
			print_heads(fields, n);
		}
		any = true;
		nla_parse_nested(attrs, max, nest, NULL);
		print_cells(fields, n, attrs);
	}
	if (any)
		table_end();
	free(attrs);
}

struct json_object *list_nest_json(struct nlattr *nest, const struct field *fields, size_t n,
				   int max)
{
	struct nlattr **attrs;
	struct json_object *json;

	if (!nest)
		return NULL;
	attrs = new_attrs(max);
	json = json_object_new_object();
	nla_parse_nested(attrs, max, nest, NULL);
	fields_json(json, fields, n, attrs);
	free(attrs);
	return json;
}

struct json_object *list_nests_json(struct nlmsghdr *answer, int attr, const struct field *fields,
				    size_t n, int max)
{
	struct json_object *array = json_object_new_array();
	struct nlattr *nest;
	int rem;

	nlmsg_for_each_attr(nest, answer, GENL_HDRLEN, rem) {
		if (nla_type(nest) == attr)
			json_object_array_add(array, list_nest_json(nest, fields, n, max));
	}
	return array;
}
