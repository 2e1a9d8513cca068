// SPDX-License-Identifier: GPL-2.0
/* debt: shows the causes of a debt of a node or of the host. */
#include <stdio.h>

#include "../include/uapi/dynmem.h"
#include "debt.h"
#include "list.h"

static const struct field fields[] = {
	{ "host", DYNMEM_A_DEBT_HOST, KIND_BYTES, NULL },
	{ "guests", DYNMEM_A_DEBT_GUESTS, KIND_BYTES, NULL },
	{ "overhead", DYNMEM_A_DEBT_OVERHEAD, KIND_BYTES, NULL },
	{ "reserve", DYNMEM_A_DEBT_RESERVE, KIND_BYTES, NULL },
	{ "floating", DYNMEM_A_DEBT_FLOATING, KIND_BYTES, NULL },
};

struct json_object *debt_json(struct nlattr *nest)
{
	return list_nest_json(nest, fields, ARRAY_SIZE(fields), DYNMEM_A_DEBT_MAX);
}

void debt_print(struct nlattr *nest)
{
	struct nlattr *attrs[DYNMEM_A_DEBT_MAX + 1];
	char text[FIELD_TEXT_SIZE];
	size_t i;

	if (!nest)
		return;
	nla_parse_nested(attrs, DYNMEM_A_DEBT_MAX, nest, NULL);
	for (i = 0; i < ARRAY_SIZE(fields); i++) {
		struct nlattr *cause = attrs[fields[i].attr];

		if (cause && nla_get_u64(cause))
			printf("  %-8s %9s\n", fields[i].key, field_text(text, &fields[i], attrs));
	}
}
