// SPDX-License-Identifier: GPL-2.0
/*
 * node: the object "node": show. Called by main.c.
 */
#include "../include/uapi/dynmem.h"
#include "command.h"
#include "netlink.h"
#include "output.h"

static const struct field fields[] = {
	{ "node", DYNMEM_A_NODE_ID, KIND_NUMBER, NULL },
	{ "present", DYNMEM_A_NODE_PRESENT, KIND_BYTES, NULL },
	{ "free", DYNMEM_A_NODE_FREE, KIND_BYTES, NULL },
	{ "used", DYNMEM_A_NODE_USED, KIND_BYTES, NULL },
	{ "reserve", DYNMEM_A_NODE_RESERVE, KIND_BYTES, NULL },
	{ "capacity", DYNMEM_A_NODE_CAPACITY, KIND_BYTES, NULL },
	{ "resident", DYNMEM_A_NODE_RESIDENT, KIND_BYTES, NULL },
	{ "assigned", DYNMEM_A_NODE_ASSIGNED, KIND_BYTES, NULL },
	{ "charge", DYNMEM_A_NODE_CHARGE, KIND_BYTES, NULL },
	{ "promised", DYNMEM_A_NODE_PROMISED, KIND_BYTES, NULL },
	{ "overhead", DYNMEM_A_NODE_OVERHEAD, KIND_BYTES, NULL },
	{ "spare", DYNMEM_A_NODE_SPARE, KIND_BYTES, NULL },
	{ "debt", DYNMEM_A_NODE_DEBT, KIND_BYTES, NULL },
};

static void json_each(struct nlmsghdr *answer, void *arg)
{
	struct nlattr *attrs[DYNMEM_A_NODE_MAX + 1];
	struct json_object *json = json_object_new_object();

	answer_attrs(answer, attrs, DYNMEM_A_NODE_MAX);
	fields_json(json, fields, ARRAY_SIZE(fields), attrs);
	json_object_array_add(arg, json);
}

static void print_row(struct nlmsghdr *answer, void *arg)
{
	struct nlattr *attrs[DYNMEM_A_NODE_MAX + 1];
	char text[FIELD_TEXT_SIZE];
	size_t i;

	(void)arg;
	answer_attrs(answer, attrs, DYNMEM_A_NODE_MAX);
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		table_cell(field_text(text, &fields[i], attrs));
}

int cmd_node(char **argv)
{
	static const char *const words[] = { "show", NULL };
	struct nl_msg *msg = request_new(DYNMEM_CMD_NODE_GET, NLM_F_DUMP);
	struct json_object *all;
	size_t i;
	int ret;

	if (*argv)
		find_word("command", *argv++, words);
	if (*argv)
		die_usage("node show: '%s' is one word too many", *argv);

	if (options.json) {
		all = json_object_new_array();
		ret = request_send(msg, json_each, all);
		if (ret == EXIT_OK)
			print_json(all);
		return ret;
	}
	table_begin(ARRAY_SIZE(fields));
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		table_cell(fields[i].key);
	ret = request_send(msg, print_row, NULL);
	if (ret == EXIT_OK)
		table_end();
	return ret;
}
