// SPDX-License-Identifier: GPL-2.0
/* vm: the object "vm", with show. Its other commands have files of their own. */
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#include "../include/uapi/dynmem.h"
#include "cgroup.h"
#include "command.h"
#include "define.h"
#include "figures.h"
#include "list.h"
#include "netlink.h"
#include "output.h"
#include "states.h"
#include "timeline.h"
#include "vm.h"
#include "why.h"
#include "zswap.h"

/* Figures from the VMM's cgroup, which are shown like attributes of the kernel's answer. */
enum {
	A_COMPRESSED = DYNMEM_A_VM_MAX + 1,
	A_COMPRESSED_FROM,
	VM_ATTRS
};

/* The fields in the order in which they are shown. The settings come before F_DEMAND. */
enum {
	F_NAME,
	F_STATE, F_STATUS, F_DRIVER,
	F_DEMAND,
	F_COMMIT, F_DESIRED, F_ASSIGNED,
	F_TARGET, F_PRESSURE, F_RESIDENT,
	F_BALLOONED, F_EXPOSED, F_CHARGE,
	F_RAM, F_MISSING, F_FOREIGN,
	F_PINNED, F_RETOUCHED, F_SHARED, F_SAVED, F_PAGED, F_COMPRESSED, F_COMPRESSED_FROM,
	F_PAGE_TO, F_REACTION,
	F_UNAVAILABLE, F_BACKOFF, F_FLOATING,
	F_LENT, F_CACHE, F_REREAD, F_LIMIT, F_LIMIT_BY,
	F_AVAILABLE, F_PRESSURE_MINIMUM, F_PRESSURE_MAXIMUM, F_PRESSURE_AVERAGE, F_PLUGS,
	F_DEVICE, F_PID, F_WHY, VM_FIELDS
};

static const struct field fields[VM_FIELDS] = {
	[F_NAME]	= { "name", DYNMEM_A_VM_NAME, KIND_TEXT, NULL },
	[F_STATE]	= { "state", DYNMEM_A_VM_STATE, KIND_WORD, vm_state_words },
	[F_STATUS]	= { "status", DYNMEM_A_VM_STATUS, KIND_WORD, status_words },
	[F_DRIVER]	= { "driver", DYNMEM_A_VM_DRIVER, KIND_WORD, vm_driver_words },
	[F_DEMAND]	= { "demand", DYNMEM_A_VM_DEMAND, KIND_BYTES, NULL },
	[F_COMMIT]	= { "commit", DYNMEM_A_VM_COMMIT, KIND_BYTES, NULL },
	[F_DESIRED]	= { "desired", DYNMEM_A_VM_DESIRED, KIND_BYTES, NULL },
	[F_ASSIGNED]	= { "assigned", DYNMEM_A_VM_ASSIGNED, KIND_BYTES, NULL },
	[F_TARGET]	= { "target", DYNMEM_A_VM_TARGET, KIND_BYTES, NULL },
	[F_PRESSURE]	= { "pressure", DYNMEM_A_VM_PRESSURE, KIND_PERCENT, NULL },
	[F_RESIDENT]	= { "resident", DYNMEM_A_VM_RESIDENT, KIND_BYTES, NULL },
	[F_BALLOONED]	= { "ballooned", DYNMEM_A_VM_BALLOONED, KIND_BYTES, NULL },
	[F_EXPOSED]	= { "exposed", DYNMEM_A_VM_EXPOSED, KIND_BYTES, NULL },
	[F_CHARGE]	= { "charge", DYNMEM_A_VM_CHARGE, KIND_BYTES, NULL },
	[F_RAM]		= { "ram", DYNMEM_A_VM_RAM, KIND_BYTES, NULL },
	[F_MISSING]	= { "missing", DYNMEM_A_VM_MISSING, KIND_BYTES, NULL },
	[F_FOREIGN]	= { "foreign", DYNMEM_A_VM_FOREIGN, KIND_BYTES, NULL },
	[F_PINNED]	= { "pinned", DYNMEM_A_VM_PINNED, KIND_BYTES, NULL },
	[F_RETOUCHED]	= { "retouched", DYNMEM_A_VM_RETOUCHED, KIND_BYTES, NULL },
	[F_SHARED]	= { "shared", DYNMEM_A_VM_SHARED, KIND_BYTES, NULL },
	[F_SAVED]	= { "saved", DYNMEM_A_VM_SAVED, KIND_BYTES, NULL },
	[F_PAGED]	= { "paged", DYNMEM_A_VM_PAGED, KIND_BYTES, NULL },
	[F_COMPRESSED]	= { "compressed", A_COMPRESSED, KIND_BYTES, NULL },
	[F_COMPRESSED_FROM] = { "compressed_from", A_COMPRESSED_FROM, KIND_BYTES, NULL },
	[F_PAGE_TO]	= { "page_to", DYNMEM_A_VM_PAGE_TO, KIND_BYTES, NULL },
	[F_REACTION]	= { "reaction", DYNMEM_A_VM_REACTION, KIND_WORD, reaction_words },
	[F_UNAVAILABLE]	= { "unavailable", DYNMEM_A_VM_UNAVAILABLE, KIND_BYTES, NULL },
	[F_BACKOFF]	= { "backoff", DYNMEM_A_VM_BACKOFF, KIND_SECONDS, NULL },
	[F_FLOATING]	= { "floating", DYNMEM_A_VM_FLOATING, KIND_FLAG, NULL },
	[F_LENT]	= { "lent", DYNMEM_A_VM_LENT, KIND_BYTES, NULL },
	[F_CACHE]	= { "cache", DYNMEM_A_VM_CACHE, KIND_BYTES, NULL },
	[F_REREAD]	= { "reread", DYNMEM_A_VM_REREAD, KIND_BYTES, NULL },
	[F_LIMIT]	= { "limit", DYNMEM_A_VM_LIMIT, KIND_BYTES, NULL },
	[F_LIMIT_BY]	= { "limit_by", DYNMEM_A_VM_LIMIT_BY, KIND_TEXT, NULL },
	[F_AVAILABLE]	= { "available", DYNMEM_A_VM_AVAILABLE, KIND_BYTES, NULL },
	[F_PRESSURE_MINIMUM] = {
		"pressure_minimum", DYNMEM_A_VM_PRESSURE_MINIMUM, KIND_PERCENT, NULL
	},
	[F_PRESSURE_MAXIMUM] = {
		"pressure_maximum", DYNMEM_A_VM_PRESSURE_MAXIMUM, KIND_PERCENT, NULL
	},
	[F_PRESSURE_AVERAGE] = {
		"pressure_average", DYNMEM_A_VM_PRESSURE_AVERAGE, KIND_PERCENT, NULL
	},
	[F_PLUGS]	= { "plugs", DYNMEM_A_VM_PLUGS, KIND_FLAG, NULL },
	[F_DEVICE]	= { "device", DYNMEM_A_VM_DEVICE, KIND_TEXT, NULL },
	[F_PID]		= { "pid", DYNMEM_A_VM_PID, KIND_NUMBER, NULL },
	[F_WHY]		= { "why", DYNMEM_A_VM_WHY, KIND_TEXT, NULL },
};

static const struct field reason_fields[] = {
	{ "buffer", DYNMEM_A_REASON_BUFFER, KIND_BYTES, NULL },
	{ "demand", DYNMEM_A_REASON_DEMAND, KIND_BYTES, NULL },
	{ "held", DYNMEM_A_REASON_HELD, KIND_BYTES, NULL },
	{ "kept", DYNMEM_A_REASON_KEPT, KIND_BYTES, NULL },
	{ "nodes", DYNMEM_A_REASON_NODES, KIND_TEXT, NULL },
	{ "first", DYNMEM_A_REASON_FIRST, KIND_TEXT, NULL },
	{ "weight", DYNMEM_A_REASON_WEIGHT, KIND_NUMBER, NULL },
};

static const struct field node_fields[] = {
	{ "node", DYNMEM_A_VM_NODE_ID, KIND_NUMBER, NULL },
	{ "page", DYNMEM_A_VM_NODE_PAGE, KIND_BYTES, NULL },
	{ "resident", DYNMEM_A_VM_NODE_RESIDENT, KIND_BYTES, NULL },
	{ "assigned", DYNMEM_A_VM_NODE_ASSIGNED, KIND_BYTES, NULL },
	{ "target", DYNMEM_A_VM_NODE_TARGET, KIND_BYTES, NULL },
	{ "ballooned", DYNMEM_A_VM_NODE_BALLOONED, KIND_BYTES, NULL },
};

static const struct field counter_fields[] = {
	{ "kicks", DYNMEM_A_COUNTER_KICKS, KIND_COUNT, NULL },
	{ "interrupts", DYNMEM_A_COUNTER_INTERRUPTS, KIND_COUNT, NULL },
	{ "requests", DYNMEM_A_COUNTER_REQUESTS, KIND_COUNT, NULL },
	{ "reports", DYNMEM_A_COUNTER_REPORTS, KIND_COUNT, NULL },
	{ "inflated", DYNMEM_A_COUNTER_INFLATED, KIND_COUNT, NULL },
	{ "deflated", DYNMEM_A_COUNTER_DEFLATED, KIND_COUNT, NULL },
	{ "free_reported", DYNMEM_A_COUNTER_FREE_REPORTED, KIND_COUNT, NULL },
	{ "release_calls", DYNMEM_A_COUNTER_RELEASE_CALLS, KIND_COUNT, NULL },
	{ "refused_range", DYNMEM_A_COUNTER_REFUSED_RANGE, KIND_COUNT, NULL },
	{ "refused_twice", DYNMEM_A_COUNTER_REFUSED_TWICE, KIND_COUNT, NULL },
	{ "refused_backing", DYNMEM_A_COUNTER_REFUSED_BACKING, KIND_COUNT, NULL },
	{ "refused_pinned", DYNMEM_A_COUNTER_REFUSED_PINNED, KIND_COUNT, NULL },
	{ "refused_align", DYNMEM_A_COUNTER_REFUSED_ALIGN, KIND_COUNT, NULL },
	{ "refused_failed", DYNMEM_A_COUNTER_REFUSED_FAILED, KIND_COUNT, NULL },
	{ "refused_grant", DYNMEM_A_COUNTER_REFUSED_GRANT, KIND_COUNT, NULL },
	{ "lost", DYNMEM_A_COUNTER_LOST, KIND_COUNT, NULL },
	{ "retouched", DYNMEM_A_COUNTER_RETOUCHED, KIND_COUNT, NULL },
	{ "reclaimed", DYNMEM_A_COUNTER_RECLAIMED, KIND_COUNT, NULL },
	{ "malformed", DYNMEM_A_COUNTER_MALFORMED, KIND_COUNT, NULL },
	{ "ring_errors", DYNMEM_A_COUNTER_RING_ERRORS, KIND_COUNT, NULL },
	{ "resets", DYNMEM_A_COUNTER_RESETS, KIND_COUNT, NULL },
	{ "needs", DYNMEM_A_COUNTER_NEEDS, KIND_COUNT, NULL },
	{ "added", DYNMEM_A_COUNTER_ADDED, KIND_BYTES, NULL },
	{ "removed", DYNMEM_A_COUNTER_REMOVED, KIND_BYTES, NULL },
	{ "add_operations", DYNMEM_A_COUNTER_ADD_OPERATIONS, KIND_COUNT, NULL },
	{ "remove_operations", DYNMEM_A_COUNTER_REMOVE_OPERATIONS, KIND_COUNT, NULL },
	{ "mismatched", DYNMEM_A_COUNTER_MISMATCHED, KIND_COUNT, NULL },
};

const struct field *vm_fields(size_t *n)
{
	static struct field all[VM_FIELDS + VM_SETTINGS];

	_Static_assert(ARRAY_SIZE(all) < FIELDS_MAX, "FIELDS_MAX is too small");
	if (!all[0].key) {
		memcpy(all, fields, F_DEMAND * sizeof(*all));
		memcpy(all + F_DEMAND, vm_settings, sizeof(vm_settings));
		memcpy(all + F_DEMAND + VM_SETTINGS, fields + F_DEMAND,
		       (VM_FIELDS - F_DEMAND) * sizeof(*all));
	}
	*n = ARRAY_SIZE(all);
	return all;
}

static void add_compressed(struct row *row)
{
	struct nlattr *paged = row->attrs[DYNMEM_A_VM_PAGED], *pid = row->attrs[DYNMEM_A_VM_PID];
	struct zswap_use use = { };
	char ignored[WHY_SIZE];
	struct cgroup cgroup;

	/* To find a cgroup takes time, and only a VM that is paged has anything compressed. */
	if (paged && nla_get_u64(paged) &&
	    !(pid && cgroup_own(&cgroup, nla_get_u32(pid), ZSWAP_MAX, ignored) &&
	      zswap_read(&cgroup, &use)))
		return;
	row_add_u64(row, A_COMPRESSED, use.compressed);
	row_add_u64(row, A_COMPRESSED_FROM, use.from);
}

static void add_nests(struct json_object *json, const struct row *row)
{
	json_object_object_add(json, "reasons",
			       list_nest_json(row->attrs[DYNMEM_A_VM_REASON], reason_fields,
					      ARRAY_SIZE(reason_fields), DYNMEM_A_REASON_MAX));
	json_object_object_add(json, "nodes",
			       list_nests_json(row->answer, DYNMEM_A_VM_NODE, node_fields,
					       ARRAY_SIZE(node_fields), DYNMEM_A_VM_NODE_MAX));
	json_object_object_add(json, "next", vm_next_json(row->attrs));
	json_object_object_add(json, "counters",
			       list_nest_json(row->attrs[DYNMEM_A_VM_COUNTERS], counter_fields,
					      ARRAY_SIZE(counter_fields), DYNMEM_A_COUNTER_MAX));
}

static const struct listing *vm_listing(void)
{
	static struct listing listing = {
		.columns = "name,state,status,driver,demand,assigned,resident",
		.max = DYNMEM_A_VM_MAX, .added = VM_ATTRS - A_COMPRESSED,
		.add = add_compressed, .more = add_nests,
	};

	listing.fields = vm_fields(&listing.n);
	return &listing;
}

/* Prints the counters that are not 0. */
static void print_counters(struct nlattr *nest)
{
	struct nlattr *attrs[DYNMEM_A_COUNTER_MAX + 1];
	const char *gap = "\n";
	char text[FIELD_TEXT_SIZE];
	size_t i;

	nla_parse_nested(attrs, DYNMEM_A_COUNTER_MAX, nest, NULL);
	for (i = 0; i < ARRAY_SIZE(counter_fields); i++) {
		struct nlattr *counter = attrs[counter_fields[i].attr];

		if (!counter || !nla_get_u64(counter))
			continue;
		printf("%s%-17s %s\n", gap, counter_fields[i].key,
		       field_text(text, &counter_fields[i], attrs));
		gap = "";
	}
}

static void add_cells(const struct field *some, size_t n, struct nlattr **attrs)
{
	char text[FIELD_TEXT_SIZE];
	size_t i;

	for (i = 0; i < n; i++) {
		table_cell(some[i].key);
		table_cell(field_text(text, &some[i], attrs));
	}
}

static void print_vm(const struct row *row)
{
	struct nlattr **attrs = row->attrs;
	char text[FIELD_TEXT_SIZE];

	printf("%s\n", field_text(text, &fields[F_NAME], attrs));
	table_begin(4, 0);
	add_cells(fields + F_STATE, F_DEMAND - F_STATE, attrs);
	add_cells(vm_settings, VM_SETTINGS, attrs);
	add_cells(fields + F_DEMAND, F_WHY - F_DEMAND, attrs);
	table_end();
	vm_next_print(attrs);
	if (attrs[DYNMEM_A_VM_WHY])
		printf("\n%s\n", nla_get_string(attrs[DYNMEM_A_VM_WHY]));
	list_nests(row->answer, DYNMEM_A_VM_NODE, node_fields, ARRAY_SIZE(node_fields),
		   DYNMEM_A_VM_NODE_MAX);
	if (attrs[DYNMEM_A_VM_COUNTERS])
		print_counters(attrs[DYNMEM_A_VM_COUNTERS]);
}

int figures_vms(struct json_object **json)
{
	return list_figures(json, request_new(DYNMEM_CMD_VM_GET, NLM_F_DUMP), vm_listing());
}

/* Goes on after a name that no VM has. Return: the exit status, which is that of a failure. */
static int get_each(char **names, struct list *list)
{
	int ret = EXIT_OK, status;
	struct nl_msg *msg;

	for (; *names && (ret == EXIT_OK || ret == EXIT_NOT_FOUND); names++) {
		msg = request_new(DYNMEM_CMD_VM_GET, 0);
		request_put_string(msg, DYNMEM_A_VM_NAME, *names);
		status = request_send(msg, list_add, list);
		if (status != EXIT_OK)
			ret = status;
	}
	return ret;
}

/**
 * struct show - the options of `vm show`
 * @history: --history
 * @svg: the file of --svg; or NULL
 */
struct show {
	bool history;
	const char *svg;
};

/* Takes the options out of the names. */
static void take_show_options(char **argv, struct show *show)
{
	char **kept = argv;

	for (; *argv; argv++) {
		if (!strcmp(*argv, "--history"))
			show->history = true;
		else if (!strcmp(*argv, "--svg"))
			show->svg = need_value("--svg", *++argv);
		else
			*kept++ = *argv;
	}
	*kept = NULL;
}

static int show_history(char **names, const char *svg)
{
	if (!*names)
		die_usage("vm show --history: the VM's name is missing");
	if (names[1])
		die_usage("vm show --history: name one VM, and not '%s' too", names[1]);
	if (svg && options.json)
		die_usage("vm show --history: it is either -j or --svg");
	return timeline_show(*names, svg);
}

static void print_vms(const struct list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++) {
		printf("%s", i ? "\n" : "");
		print_vm(&list->row[i]);
	}
}

static int vm_show(char **argv)
{
	struct list list = { .what = vm_listing() };
	struct show show = { };
	int ret;

	take_show_options(argv, &show);
	if (show.history)
		return show_history(argv, show.svg);
	if (show.svg)
		die_usage("vm show: --svg FILE goes with --history only");
	list.columns = columns_take(argv, list.what->fields, list.what->n);
	if (!*argv)
		return list_show(request_new(DYNMEM_CMD_VM_GET, NLM_F_DUMP), list.what,
				 &list.columns);
	ret = get_each(argv, &list);
	list_sort(&list);
	if (options.json && argv[1])
		print_json(list_json(&list));
	else if (options.json && list.n)
		print_json(row_json(&list, &list.row[0]));
	else if (list.columns.n && list.n)
		list_print(&list);
	else if (!options.json)
		print_vms(&list);
	list_free(&list);
	return ret;
}

static const char *const command_words[] = {
	"show", "add", "set", "replace", "del", "check", "detach", "attach", "place",
	"restarted", "plug", "unplug", "wait", "list", "rm", NULL
};

static const command_fn commands[] = {
	vm_show, vm_add, vm_set, vm_replace, vm_del, vm_check, vm_detach, vm_attach, vm_place,
	vm_restarted, vm_plug, vm_unplug, vm_wait, vm_show, vm_del
};

int cmd_vm(char **argv)
{
	return commands[*argv ? find_word("command", *argv, command_words) : 0](argv + !!*argv);
}
