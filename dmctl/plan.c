// SPDX-License-Identifier: GPL-2.0
/* plan: the command "host plan", which shows the targets that policy would choose now. */
#include <stdbool.h>
#include <string.h>

#include "../include/uapi/dynmem.h"
#include "command.h"
#include "list.h"
#include "netlink.h"
#include "output.h"

static const struct field fields[] = {
	{ "name", DYNMEM_A_PLAN_NAME, KIND_TEXT, NULL },
	{ "node", DYNMEM_A_PLAN_NODE, KIND_NUMBER, NULL },
	{ "page", DYNMEM_A_PLAN_PAGE, KIND_BYTES, NULL },
	{ "weight", DYNMEM_A_PLAN_WEIGHT, KIND_NUMBER, NULL },
	{ "minimum", DYNMEM_A_PLAN_MINIMUM, KIND_BYTES, NULL },
	{ "demand", DYNMEM_A_PLAN_DEMAND, KIND_BYTES, NULL },
	{ "desired", DYNMEM_A_PLAN_DESIRED, KIND_BYTES, NULL },
	{ "assigned", DYNMEM_A_PLAN_ASSIGNED, KIND_BYTES, NULL },
	{ "target", DYNMEM_A_PLAN_TARGET, KIND_BYTES, NULL },
};

static const struct listing listing = {
	.fields = fields, .n = ARRAY_SIZE(fields), .max = DYNMEM_A_PLAN_MAX,
};

int host_plan(char **argv)
{
	struct nl_msg *msg = request_new(DYNMEM_CMD_PLAN_GET, NLM_F_DUMP);

	if (*argv) {
		/* The word "with" may also be written like an option. */
		static const char *const words[] = { "with", "--with", NULL };

		find_word("word", *argv, words);
		request_put_string(msg, DYNMEM_A_PLAN_NAME, need_value(*argv, argv[1]));
		request_put_u64(msg, DYNMEM_A_PLAN_PAGE, rest_page(argv + 2));
	}
	return list_show(msg, &listing, &(struct columns){ });
}
