// SPDX-License-Identifier: GPL-2.0
/* doctor: the command "doctor": the table of its checks, and their output; see doctor.h. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "doctor.h"
#include "json.h"
#include "netlink.h"
#include "output.h"

#define INDENT	13	/* width of the columns with the verdict and the check */
#define WIDTH	80

/* In the order in which faults should be mended. */
static const struct check {
	const char *name;
	void (*run)(struct doctor *d);
} checks[] = {
	{ "vdpa", doctor_vdpa },
	{ "depmod", doctor_depmod },
	{ "module", doctor_module },
	{ "version", doctor_version },
	{ "qemu", doctor_qemu },
	{ "thp", doctor_thp },
	{ "ksm", doctor_ksm },
	{ "device", doctor_device },
	{ "libvirt", doctor_libvirt },
	{ "memory", doctor_memory },
	{ "swap", doctor_swap },
	{ "balloon", doctor_balloon },
	{ "cgroup", doctor_cgroup },
	{ "node", doctor_node },
};

/* Prints the rest of a line, broken at blanks. */
static void print_text(const char *text)
{
	size_t len;

	for (; strlen(text) > WIDTH - INDENT; text += len + strspn(text + len, " ")) {
		for (len = WIDTH - INDENT; len && text[len] != ' '; len--)
			;
		if (!len)
			len = strcspn(text, " ");
		printf("%.*s\n", (int)len, text);
		if (text[len])
			printf("%*s", INDENT, "");
	}
	if (*text)
		puts(text);
}

enum verdict { OK, BAD, SKIPPED };

/* Prints the line that mends the faults above. */
static void print_mend(struct doctor *d)
{
	if (d->mend)
		printf("%*smend: %s\n", INDENT, "", d->mend);
	free(d->mend);
	d->mend = NULL;
}

/* A line that mends several faults in a row is printed once, below the last one. */
static void report_text(struct doctor *d, enum verdict result, const char *text, char *mend)
{
	static const char *const words[] = { [OK] = "ok", [BAD] = "BAD", [SKIPPED] = "-" };

	if (!mend || !d->mend || strcmp(mend, d->mend))
		print_mend(d);
	printf("%-4s%-8s ", words[result], d->check);
	print_text(text);
	free(d->mend);
	d->mend = mend;
}

static void report_json(struct doctor *d, enum verdict result, const char *text, char *mend)
{
	struct json_object *json = json_object_new_object();

	json_add_text(json, "check", d->check);
	json_object_object_add(json, "ok", result == SKIPPED ? NULL :
				     json_object_new_boolean(result == OK));
	json_add_text(json, "text", text);
	json_object_object_add(json, "mend", mend ? json_object_new_string(mend) : NULL);
	json_object_array_add(d->results, json);
	free(mend);
}

/* Takes over @mend, a line for free() or NULL. */
static void report(struct doctor *d, enum verdict result, char *mend, const char *fmt,
		   va_list args)
{
	char raw[WHY_SIZE], text[WHY_SIZE];

	vsnprintf(raw, sizeof(raw), fmt, args);
	why_set(text, "%s", raw);
	if (d->results)
		report_json(d, result, text, mend);
	else
		report_text(d, result, text, mend);
}

void doctor_bad(struct doctor *d, const char *mend, const char *fmt, ...)
{
	char *line = strdup(mend);
	va_list args;

	if (!line)
		die_no_memory();
	d->bad = true;
	d->failed = true;
	va_start(args, fmt);
	report(d, BAD, line, fmt, args);
	va_end(args);
}

void doctor_ok(struct doctor *d, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (!d->bad)
		report(d, OK, NULL, fmt, args);
	va_end(args);
}

void doctor_skip(struct doctor *d, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	if (!d->bad)
		report(d, SKIPPED, NULL, fmt, args);
	va_end(args);
}

const char *doctor_line(struct doctor *d, const char *fmt, ...)
{
	va_list args;

	free(d->line);
	va_start(args, fmt);
	if (vasprintf(&d->line, fmt, args) < 0)
		die_no_memory();
	va_end(args);
	return d->line;
}

bool doctor_may_quote(const char *word)
{
	for (; *word; word++)
		if (*word < ' ' || *word > '~' || *word == '\'')
			return false;
	return true;
}

bool doctor_knows_vms(struct doctor *d)
{
	if (!d->known)
		doctor_skip(d, "%s", d->why);
	return d->known;
}

/* Finds out what all checks need. */
static void begin(struct doctor *d)
{
	d->loaded = !access("/sys/module/" DYNMEM_FAMILY_NAME, F_OK);
	d->present = netlink_present();
	d->usable = netlink_usable(d->why);
	if (d->usable)
		d->known = lookup_vms(&d->vms, &d->nr_vms, d->why) &&
			   lookup_nodes(&d->nodes, &d->nr_nodes, d->why);
	else if (d->loaded && !d->present)
		why_set(d->why, "dynmem cannot be reached from here");
}

int doctor_run(const char *name)
{
	struct doctor d = {
		.results = options.json ? json_object_new_array() : NULL, .asked = name,
	};
	size_t i;

	begin(&d);
	for (i = 0; i < ARRAY_SIZE(checks); i++) {
		if (name && strcmp(name, checks[i].name))
			continue;
		d.check = checks[i].name;
		d.bad = false;
		checks[i].run(&d);
	}
	print_mend(&d);
	if (d.results)
		print_json(d.results);
	free(d.line);
	free(d.vms);
	free(d.nodes);
	return d.failed ? EXIT_REFUSED : EXIT_OK;
}

int cmd_doctor(char **argv)
{
	if (*argv)
		die_usage("doctor: unexpected argument '%s'", *argv);
	return doctor_run(NULL);
}
