// SPDX-License-Identifier: GPL-2.0
/* monitor: the object "monitor", which prints events as they come, one in each line. */
#include <stdio.h>

#include "../include/uapi/dynmem.h"
#include "command.h"
#include "netlink.h"
#include "output.h"

static const char *const kind_words[] = {
	"state", "status", "refused", "target", "debt", "guest", "limit", "lost",
	"paging", NULL
};

enum { F_TIME, F_KIND, F_VM, F_NODE, F_PAGE, F_BYTES, F_TEXT, F_SEQUENCE };

static const struct field fields[] = {
	[F_TIME]	= { "time", DYNMEM_A_EVENT_TIME, KIND_TIME, NULL },
	[F_KIND]	= { "kind", DYNMEM_A_EVENT_KIND, KIND_WORD, kind_words },
	[F_VM]		= { "vm", DYNMEM_A_EVENT_VM, KIND_TEXT, NULL },
	[F_NODE]	= { "node", DYNMEM_A_EVENT_NODE, KIND_NUMBER, NULL },
	[F_PAGE]	= { "page", DYNMEM_A_EVENT_PAGE, KIND_BYTES, NULL },
	[F_BYTES]	= { "bytes", DYNMEM_A_EVENT_BYTES, KIND_BYTES, NULL },
	[F_TEXT]	= { "text", DYNMEM_A_EVENT_TEXT, KIND_TEXT, NULL },
	[F_SEQUENCE]	= { "sequence", DYNMEM_A_EVENT_SEQUENCE, KIND_COUNT, NULL },
};

static void print_event(struct nlattr **attrs)
{
	char text[FIELD_TEXT_SIZE];

	printf("%s", field_text(text, &fields[F_TIME], attrs));
	printf(" %s", field_text(text, &fields[F_KIND], attrs));
	printf(" %s", attrs[DYNMEM_A_EVENT_VM] ? field_text(text, &fields[F_VM], attrs) : "host");
	if (attrs[DYNMEM_A_EVENT_NODE])
		printf(" node %s", field_text(text, &fields[F_NODE], attrs));
	if (attrs[DYNMEM_A_EVENT_PAGE])
		printf(" page %s", field_text(text, &fields[F_PAGE], attrs));
	if (attrs[DYNMEM_A_EVENT_BYTES])
		printf(" %s", field_text(text, &fields[F_BYTES], attrs));
	if (attrs[DYNMEM_A_EVENT_TEXT])
		printf(": %s", nla_get_string(attrs[DYNMEM_A_EVENT_TEXT]));
	printf("\n");
}

static void monitor_on_event(struct nlmsghdr *event, void *arg)
{
	struct nlattr *attrs[DYNMEM_A_EVENT_MAX + 1];
	struct json_object *json;

	(void)arg;
	answer_attrs(event, attrs, DYNMEM_A_EVENT_MAX);
	if (options.json) {
		json = json_object_new_object();
		fields_json(json, fields, ARRAY_SIZE(fields), attrs);
		print_json(json);
	} else {
		print_event(attrs);
	}
}

int cmd_monitor(char **argv)
{
	if (*argv)
		die_usage("monitor: unexpected argument '%s'", *argv);
	setvbuf(stdout, NULL, _IOLBF, 0);
	events_open();
	while (events_read(monitor_on_event, NULL))
		;
	complain("dynmem was unloaded");
	return EXIT_UNREACHED;
}
