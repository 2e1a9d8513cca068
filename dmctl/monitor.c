// SPDX-License-Identifier: GPL-2.0
/* monitor: the object "monitor", which prints events as they come, one in each line. */
#include <stdio.h>
#include <time.h>

#include "../include/uapi/dynmem.h"
#include "command.h"
#include "netlink.h"
#include "output.h"

static const char *const kind_words[] = {
	"state", "status", "refused", "target", "debt", "guest", "limit", "lost",
	NULL
};

enum { F_KIND, F_VM, F_NODE, F_PAGE, F_BYTES, F_TEXT };

static const struct field fields[] = {
	[F_KIND]	= { "kind", DYNMEM_A_EVENT_KIND, KIND_WORD, kind_words },
	[F_VM]		= { "vm", DYNMEM_A_EVENT_VM, KIND_TEXT, NULL },
	[F_NODE]	= { "node", DYNMEM_A_EVENT_NODE, KIND_NUMBER, NULL },
	[F_PAGE]	= { "page", DYNMEM_A_EVENT_PAGE, KIND_BYTES, NULL },
	[F_BYTES]	= { "bytes", DYNMEM_A_EVENT_BYTES, KIND_BYTES, NULL },
	[F_TEXT]	= { "text", DYNMEM_A_EVENT_TEXT, KIND_TEXT, NULL },
};

/* Writes local time with its offset from UTC, such as 2026-01-31T12:00:00.123+0100. */
static void format_now(char *buf, size_t len)
{
	char date[32], zone[8];
	struct timespec now;
	struct tm tm;

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	strftime(zone, sizeof(zone), "%z", &tm);
	snprintf(buf, len, "%s.%03ld%s", date, now.tv_nsec / 1000000, zone);
}

static void print_event(const char *now, struct nlattr **attrs)
{
	char text[FIELD_TEXT_SIZE];

	printf("%s %s", now, field_text(text, &fields[F_KIND], attrs));
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
	char now[64];

	(void)arg;
	format_now(now, sizeof(now));
	answer_attrs(event, attrs, DYNMEM_A_EVENT_MAX);
	if (options.json) {
		json = json_object_new_object();
		json_object_object_add(json, "time", json_object_new_string(now));
		fields_json(json, fields, ARRAY_SIZE(fields), attrs);
		print_json(json);
	} else {
		print_event(now, attrs);
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
	return EXIT_REFUSED;
}
