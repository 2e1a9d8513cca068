// SPDX-License-Identifier: GPL-2.0
/* host: the object "host", with show and set. Its command plan is in plan.c. */
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../include/uapi/dynmem.h"
#include "command.h"
#include "debt.h"
#include "figures.h"
#include "host.h"
#include "ksm.h"
#include "netlink.h"
#include "output.h"
#include "setting.h"
#include "thp.h"
#include "units.h"
#include "value.h"

#define HEADROOM_LEAST (2 << 20)	/* bytes; a smaller number probably lacks its unit */

static const char *const balance_words[] = { "strict", "relative", NULL };

enum { F_VMS, F_RUNNING, F_BALANCE, F_FAILOVER };

static const struct field fields[] = {
	[F_VMS]		= { "vms", DYNMEM_A_HOST_VMS, KIND_NUMBER, NULL },
	[F_RUNNING]	= { "running", DYNMEM_A_HOST_RUNNING, KIND_NUMBER, NULL },
	[F_BALANCE]	= { "balance", DYNMEM_A_HOST_BALANCE, KIND_WORD, balance_words },
	[F_FAILOVER]	= { "failover", DYNMEM_A_HOST_FAILOVER, KIND_BYTES, NULL },
	{ "headroom", DYNMEM_A_HOST_HEADROOM, KIND_BYTES, NULL },
	{ "headroom_percent", DYNMEM_A_HOST_HEADROOM_PERCENT, KIND_NUMBER, NULL },
	{ "headroom_per_node", DYNMEM_A_HOST_HEADROOM_PER_NODE, KIND_BYTES, NULL },
	{ "headroom_set", DYNMEM_A_HOST_HEADROOM_SET, KIND_FLAG, NULL },
	{ "reserve", DYNMEM_A_HOST_RESERVE, KIND_BYTES, NULL },
	{ "capacity", DYNMEM_A_HOST_CAPACITY, KIND_BYTES, NULL },
	{ "charge", DYNMEM_A_HOST_CHARGE, KIND_BYTES, NULL },
	{ "promised", DYNMEM_A_HOST_PROMISED, KIND_BYTES, NULL },
	{ "overhead", DYNMEM_A_HOST_OVERHEAD, KIND_BYTES, NULL },
	{ "spare", DYNMEM_A_HOST_SPARE, KIND_BYTES, NULL },
	{ "lent", DYNMEM_A_HOST_LENT, KIND_BYTES, NULL },
	{ "pools", DYNMEM_A_HOST_POOLS, KIND_BYTES, NULL },
	{ "pools_spare", DYNMEM_A_HOST_POOLS_SPARE, KIND_BYTES, NULL },
	{ "at_risk", DYNMEM_A_HOST_AT_RISK, KIND_BYTES, NULL },
	{ "minimums", DYNMEM_A_HOST_MINIMUMS, KIND_BYTES, NULL },
	{ "overdrawn", DYNMEM_A_HOST_OVERDRAWN, KIND_FLAG, NULL },
	{ "startable", DYNMEM_A_HOST_STARTABLE, KIND_BYTES, NULL },
	{ "refused", DYNMEM_A_HOST_REFUSED, KIND_COUNT, NULL },
	{ "sequence", DYNMEM_A_HOST_SEQUENCE, KIND_COUNT, NULL },
	{ "version", DYNMEM_A_HOST_VERSION, KIND_TEXT, NULL },
	{ "debt", DYNMEM_A_HOST_DEBT, KIND_BYTES, NULL },
};

static void each_warning(setting_warn_fn warn, void *arg)
{
	thp_check(warn, arg);
	ksm_check(warn, arg);
}

static void add_warning(const char *what, const char *value, const char *harm, const char *mend,
			void *arg)
{
	struct json_object *json = json_object_new_object();

	json_object_object_add(json, "setting", json_object_new_string(what));
	json_object_object_add(json, "value", json_object_new_string(value));
	json_object_object_add(json, "harm", json_object_new_string(harm));
	json_object_object_add(json, "mend", json_object_new_string(mend));
	json_object_array_add(arg, json);
}

static struct json_object *warnings_json(void)
{
	struct json_object *array = json_object_new_array();

	each_warning(add_warning, array);
	return array;
}

static void print_warning(const char *what, const char *value, const char *harm, const char *mend,
			  void *arg)
{
	(void)arg;
	printf("\nwarning: %s is %s: %s; mend it with\n    %s\n", what, value, harm, mend);
}

static void host_json(struct nlmsghdr *answer, void *arg)
{
	struct nlattr *attrs[DYNMEM_A_HOST_MAX + 1];
	struct json_object *json = arg;

	answer_attrs(answer, attrs, DYNMEM_A_HOST_MAX);
	fields_json(json, fields, ARRAY_SIZE(fields), attrs);
	json_object_object_add(json, "debt_by", debt_json(attrs[DYNMEM_A_HOST_DEBT_BY]));
}

static void print_host(struct nlmsghdr *answer, void *arg)
{
	struct nlattr *attrs[DYNMEM_A_HOST_MAX + 1];
	char text[FIELD_TEXT_SIZE];
	size_t i;

	(void)arg;
	answer_attrs(answer, attrs, DYNMEM_A_HOST_MAX);
	for (i = 0; i < ARRAY_SIZE(fields); i++)
		printf("%-16s %10s\n", fields[i].key, field_text(text, &fields[i], attrs));
	debt_print(attrs[DYNMEM_A_HOST_DEBT_BY]);
}

int figures_host(struct json_object **json)
{
	struct json_object *host = json_object_new_object();
	int ret = request_send(request_new(DYNMEM_CMD_HOST_GET, 0), host_json, host);

	*json = ret == EXIT_OK ? host : NULL;
	if (*json)
		json_object_object_add(host, "warnings", warnings_json());
	else
		json_object_put(host);
	return ret;
}

static int host_show(char **argv)
{
	struct json_object *json;
	int ret;

	if (*argv)
		die_usage("host show: unexpected argument '%s'", *argv);
	if (options.json) {
		ret = figures_host(&json);
		return print_figures(ret, json);
	}
	ret = request_send(request_new(DYNMEM_CMD_HOST_GET, 0), print_host, NULL);
	if (ret == EXIT_OK)
		each_warning(print_warning, NULL);
	return ret;
}

/*
 * @value is "default", "off", a percentage such as 10%, or a size. A size of 0 in the request tells
 * the kernel to use its default.
 */
static void put_headroom(struct nl_msg *msg, const char *value)
{
	size_t len = strlen(need_value("headroom", value));
	uint32_t percent = 0;
	uint64_t bytes = 0;
	char number[8];

	if (!strcmp(value, "default")) {
		request_put_u64(msg, DYNMEM_A_HOST_HEADROOM, 0);
		return;
	}
	if (!strcmp(value, "off")) {
		percent = DYNMEM_HEADROOM_OFF;
	} else if (len > 1 && len < sizeof(number) && value[len - 1] == '%') {
		snprintf(number, sizeof(number), "%.*s", (int)len - 1, value);
		if (!parse_number(number, &percent) || percent > DYNMEM_HEADROOM_OFF)
			percent = 0;
	} else if (!parse_size(value, &bytes) || bytes < HEADROOM_LEAST) {
		bytes = 0;
	}
	if (!percent && !bytes)
		die_usage("headroom: '%s' is not a size from 2M on, 1%% to 100%%, off or default",
			  value);
	if (percent)
		request_put_u32(msg, DYNMEM_A_HOST_HEADROOM_PERCENT, percent);
	else
		request_put_u64(msg, DYNMEM_A_HOST_HEADROOM, bytes);
}

static int host_set(char **argv)
{
	static const char *const words[] = {
		"reserve", "node", "balance", "failover", "headroom", NULL
	};
	struct nl_msg *msg = request_new(DYNMEM_CMD_HOST_SET, 0);
	const char *value;

	if (!*argv)
		die_usage("host set: name reserve, balance, failover or headroom");
	for (; *argv; argv += 2) {
		value = argv[1];
		switch (find_word("setting", *argv, words)) {
		case 0:
			/* 0 tells the kernel to use its default. */
			request_put_u64(msg, DYNMEM_A_HOST_RESERVE,
					strcmp(need_value("reserve", value), "default") ?
					need_size("reserve", value) : 0);
			break;
		case 1:
			request_put_u32(msg, DYNMEM_A_HOST_NODE, need_number("node", value));
			break;
		case 2:
			value_put(msg, &fields[F_BALANCE], "balance", value);
			break;
		case 3:
			value_put(msg, &fields[F_FAILOVER], "failover", value);
			break;
		case 4:
			put_headroom(msg, value);
			break;
		}
	}
	return request_send(msg, NULL, NULL);
}

/* ---- the lines from which the settings are restored ---- */

static void save_node(struct nlmsghdr *answer, void *out)
{
	struct nlattr *attrs[DYNMEM_A_NODE_MAX + 1];
	char size[VALUE_SIZE] = "default";

	answer_attrs(answer, attrs, DYNMEM_A_NODE_MAX);
	/* A hugetlb pool, whose pages are larger, has no reserve. */
	if (nla_get_u64(attrs[DYNMEM_A_NODE_PAGE]) != (uint64_t)sysconf(_SC_PAGESIZE))
		return;
	if (attrs[DYNMEM_A_NODE_RESERVE_SET])
		format_size_exact(size, sizeof(size), nla_get_u64(attrs[DYNMEM_A_NODE_RESERVE]));
	fprintf(out, "host set reserve %s node %u\n", size,
		nla_get_u32(attrs[DYNMEM_A_NODE_ID]));
}

static void save_host(struct nlmsghdr *answer, void *out)
{
	struct nlattr *attrs[DYNMEM_A_HOST_MAX + 1];
	char balance[VALUE_SIZE], failover[VALUE_SIZE], headroom[VALUE_SIZE] = "default";

	answer_attrs(answer, attrs, DYNMEM_A_HOST_MAX);
	if (attrs[DYNMEM_A_HOST_HEADROOM_PER_NODE])
		format_size_exact(headroom, sizeof(headroom),
				  nla_get_u64(attrs[DYNMEM_A_HOST_HEADROOM_PER_NODE]));
	else if (attrs[DYNMEM_A_HOST_HEADROOM_SET])
		snprintf(headroom, sizeof(headroom), "%u%%",
			 nla_get_u32(attrs[DYNMEM_A_HOST_HEADROOM_PERCENT]));
	fprintf(out, "host set balance %s failover %s headroom %s\n",
		value_word(balance, &fields[F_BALANCE], attrs),
		value_word(failover, &fields[F_FAILOVER], attrs), headroom);
}

int host_save(FILE *out)
{
	int ret = request_send(request_new(DYNMEM_CMD_NODE_GET, NLM_F_DUMP), save_node, out);

	return ret ?: request_send(request_new(DYNMEM_CMD_HOST_GET, 0), save_host, out);
}

static const char *const command_words[] = { "show", "set", "plan", "list", NULL };
static const command_fn commands[] = { host_show, host_set, host_plan, host_show };

int cmd_host(char **argv)
{
	return commands[*argv ? find_word("command", *argv, command_words) : 0](argv + !!*argv);
}
