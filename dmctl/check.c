// SPDX-License-Identifier: GPL-2.0
/* check: the command "vm check", which shows whether a VM would start now. */
#include <stdio.h>

#include "../include/uapi/dynmem.h"
#include "command.h"
#include "list.h"
#include "netlink.h"
#include "output.h"

static const char *const check_verdict_words[] = { "now", "after", "no", NULL };

enum {
	F_NAME, F_VERDICT, F_TEXT,
	F_PAGE, F_NEED, F_SPARE, F_ABOVE, F_BUFFERS, F_DEMAND, F_LACKING, F_BEST, F_MORE,
	F_LEFT_OUT,
};

static const struct field fields[] = {
	[F_NAME]	= { "name", DYNMEM_A_CHECK_NAME, KIND_TEXT, NULL },
	[F_VERDICT]	= { "verdict", DYNMEM_A_CHECK_VERDICT, KIND_WORD, check_verdict_words },
	[F_TEXT]	= { "text", DYNMEM_A_CHECK_TEXT, KIND_TEXT, NULL },
	[F_PAGE]	= { "page", DYNMEM_A_CHECK_PAGE, KIND_BYTES, NULL },
	[F_NEED]	= { "need", DYNMEM_A_CHECK_NEED, KIND_BYTES, NULL },
	[F_SPARE]	= { "spare", DYNMEM_A_CHECK_SPARE, KIND_BYTES, NULL },
	[F_ABOVE]	= { "above", DYNMEM_A_CHECK_ABOVE, KIND_BYTES, NULL },
	[F_BUFFERS]	= { "buffers", DYNMEM_A_CHECK_BUFFERS, KIND_BYTES, NULL },
	[F_DEMAND]	= { "demand", DYNMEM_A_CHECK_DEMAND, KIND_BYTES, NULL },
	[F_LACKING]	= { "lacking", DYNMEM_A_CHECK_LACKING, KIND_BYTES, NULL },
	[F_BEST]	= { "best", DYNMEM_A_CHECK_BEST, KIND_NUMBER, NULL },
	[F_MORE]	= { "more", DYNMEM_A_CHECK_MORE, KIND_COUNT, NULL },
	[F_LEFT_OUT]	= { "vms_left_out", DYNMEM_A_CHECK_VMS_LEFT_OUT, KIND_NUMBER, NULL },
};

static const struct field node_fields[] = {
	{ "node", DYNMEM_A_CHECK_NODE_ID, KIND_NUMBER, NULL },
	{ "spare", DYNMEM_A_CHECK_NODE_SPARE, KIND_BYTES, NULL },
	{ "room", DYNMEM_A_CHECK_NODE_ROOM, KIND_BYTES, NULL },
	{ "lacking", DYNMEM_A_CHECK_NODE_LACKING, KIND_BYTES, NULL },
	{ "more", DYNMEM_A_CHECK_NODE_MORE, KIND_COUNT, NULL },
};

static const struct field vm_fields[] = {
	{ "name", DYNMEM_A_CHECK_VM_NAME, KIND_TEXT, NULL },
	{ "above", DYNMEM_A_CHECK_VM_ABOVE, KIND_BYTES, NULL },
	{ "buffer", DYNMEM_A_CHECK_VM_BUFFER, KIND_BYTES, NULL },
	{ "demand", DYNMEM_A_CHECK_VM_DEMAND, KIND_BYTES, NULL },
};

static void print_answer(struct nlmsghdr *answer, struct nlattr **attrs)
{
	char text[FIELD_TEXT_SIZE];
	size_t i;

	printf("%s: %s\n", nla_get_string(attrs[DYNMEM_A_CHECK_NAME]),
	       nla_get_string(attrs[DYNMEM_A_CHECK_TEXT]));
	table_begin(6, 0);
	for (i = F_PAGE; i < ARRAY_SIZE(fields); i++) {
		table_cell(fields[i].key);
		table_cell(field_text(text, &fields[i], attrs));
	}
	table_end();
	list_nests(answer, DYNMEM_A_CHECK_NODE, node_fields, ARRAY_SIZE(node_fields),
		   DYNMEM_A_CHECK_NODE_MAX);
	list_nests(answer, DYNMEM_A_CHECK_VM, vm_fields, ARRAY_SIZE(vm_fields),
		   DYNMEM_A_CHECK_VM_MAX);
}

static void check_on_answer(struct nlmsghdr *answer, void *arg)
{
	struct nlattr *attrs[DYNMEM_A_CHECK_MAX + 1];
	struct json_object *json;

	(void)arg;
	answer_attrs(answer, attrs, DYNMEM_A_CHECK_MAX);
	if (!attrs[DYNMEM_A_CHECK_NAME] || !attrs[DYNMEM_A_CHECK_TEXT])
		return;
	if (!options.json) {
		print_answer(answer, attrs);
		return;
	}
	json = json_object_new_object();
	fields_json(json, fields, ARRAY_SIZE(fields), attrs);
	json_object_object_add(json, "nodes",
			       list_nests_json(answer, DYNMEM_A_CHECK_NODE, node_fields,
					       ARRAY_SIZE(node_fields), DYNMEM_A_CHECK_NODE_MAX));
	json_object_object_add(json, "vms",
			       list_nests_json(answer, DYNMEM_A_CHECK_VM, vm_fields,
					       ARRAY_SIZE(vm_fields), DYNMEM_A_CHECK_VM_MAX));
	print_json(json);
}

int vm_check(char **argv)
{
	struct nl_msg *msg;

	if (!*argv)
		die_usage("vm check: the VM's name is missing");
	msg = request_new(DYNMEM_CMD_VM_CHECK, 0);
	request_put_string(msg, DYNMEM_A_CHECK_NAME, *argv);
	request_put_u64(msg, DYNMEM_A_CHECK_PAGE, rest_page(argv + 1));
	return request_send(msg, check_on_answer, NULL);
}
