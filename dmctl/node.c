// SPDX-License-Identifier: GPL-2.0
/* node: the object "node", with its only command show. */
#include "../include/uapi/dynmem.h"
#include "command.h"
#include "debt.h"
#include "figures.h"
#include "list.h"
#include "netlink.h"
#include "output.h"

static const struct field fields[] = {
	{ "node", DYNMEM_A_NODE_ID, KIND_NUMBER, NULL },
	{ "page", DYNMEM_A_NODE_PAGE, KIND_BYTES, NULL },
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
	{ "overdrawn", DYNMEM_A_NODE_OVERDRAWN, KIND_FLAG, NULL },
	{ "reserve_set", DYNMEM_A_NODE_RESERVE_SET, KIND_FLAG, NULL },
	{ "at_risk", DYNMEM_A_NODE_AT_RISK, KIND_BYTES, NULL },
	{ "minimums", DYNMEM_A_NODE_MINIMUMS, KIND_BYTES, NULL },
};

static void add_debt_by(struct json_object *json, const struct row *row)
{
	json_object_object_add(json, "debt_by", debt_json(row->attrs[DYNMEM_A_NODE_DEBT_BY]));
}

static const struct listing listing = {
	.fields = fields, .n = ARRAY_SIZE(fields),
	.columns = "node,page,capacity,charge,promised,overhead,spare,debt",
	.max = DYNMEM_A_NODE_MAX, .more = add_debt_by,
};

int figures_nodes(struct json_object **json)
{
	return list_figures(json, request_new(DYNMEM_CMD_NODE_GET, NLM_F_DUMP), &listing);
}

int cmd_node(char **argv)
{
	static const char *const words[] = { "show", "list", NULL };
	struct columns columns = { };

	if (*argv) {
		find_word("command", *argv++, words);
		columns = columns_take(argv, fields, ARRAY_SIZE(fields));
	}
	if (*argv)
		die_usage("node show: unexpected argument '%s'", *argv);
	return list_show(request_new(DYNMEM_CMD_NODE_GET, NLM_F_DUMP), &listing, &columns);
}
