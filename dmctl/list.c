// SPDX-License-Identifier: GPL-2.0
/* list: shows answers, or nests in one answer, that all have the same fields. */
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>

#include "command.h"
#include "list.h"
#include "netlink.h"

/* The arguments of list_show(), and the array that it fills for JSON. */
struct list {
	const struct field *fields;
	size_t n;
	size_t columns;
	int max;
	void (*more)(struct json_object *json, struct nlattr **attrs);
	struct json_object *array;
};

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

	table_begin(n);
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

static void on_row(struct nlmsghdr *answer, void *arg)
{
	const struct list *list = arg;
	struct nlattr **attrs = new_attrs(list->max);
	struct json_object *json;

	answer_attrs(answer, attrs, list->max);
	if (list->array) {
		json = json_object_new_object();
		fields_json(json, list->fields, list->n, attrs);
		if (list->more)
			list->more(json, attrs);
		json_object_array_add(list->array, json);
	} else {
		print_cells(list->fields, list->columns, attrs);
	}
	free(attrs);
}

int list_json(struct json_object **array, struct nl_msg *msg, const struct field *fields, size_t n,
	      int max, void (*more)(struct json_object *json, struct nlattr **attrs))
{
	struct list list = {
		.fields = fields, .n = n, .max = max, .more = more,
		.array = json_object_new_array(),
	};
	int ret = request_send(msg, on_row, &list);

	*array = ret == EXIT_OK ? list.array : NULL;
	if (!*array)
		json_object_put(list.array);
	return ret;
}

int list_show(struct nl_msg *msg, const struct field *fields, size_t n, size_t columns, int max,
	      void (*more)(struct json_object *json, struct nlattr **attrs))
{
	struct list list = { .fields = fields, .n = n, .columns = columns, .max = max };
	struct json_object *json;
	int ret;

	if (options.json) {
		ret = list_json(&json, msg, fields, n, max, more);
		return print_figures(ret, json);
	}
	print_heads(fields, columns);
	ret = request_send(msg, on_row, &list);
	if (ret == EXIT_OK)
		table_end();
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
