// SPDX-License-Identifier: GPL-2.0
/* define: the commands of "vm" that define, change and delete VMs; see define.h. */
#include <linux/genetlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../include/uapi/dynmem.h"
#include "command.h"
#include "define.h"
#include "netlink.h"
#include "overcommit.h"
#include "symlink.h"
#include "value.h"

static const char *const demand_mode_words[] = { "commit+", "commit", "workingset", NULL };
static const char *const enforce_words[] = { "count", "reclaim", NULL };
static const char *const place_words[] = { "off", "auto", NULL };

const struct field vm_settings[VM_SETTINGS] = {
	[S_STARTUP]	= { "startup", DYNMEM_A_VM_STARTUP, KIND_BYTES, NULL },
	[S_MINIMUM]	= { "minimum", DYNMEM_A_VM_MINIMUM, KIND_BYTES, NULL },
	[S_MAXIMUM]	= { "maximum", DYNMEM_A_VM_MAXIMUM, KIND_BYTES, NULL },
	[S_BUFFER]	= { "buffer", DYNMEM_A_VM_BUFFER, KIND_PERCENT, NULL },
	[S_WEIGHT]	= { "weight", DYNMEM_A_VM_WEIGHT, KIND_NUMBER, NULL },
	[S_DYNAMIC]	= { "dynamic", DYNMEM_A_VM_DYNAMIC, KIND_SWITCH, NULL },
	[S_DEMAND]	= { "demand_mode", DYNMEM_A_VM_DEMAND_MODE, KIND_WORD, demand_mode_words },
	[S_ENFORCE]	= { "enforce", DYNMEM_A_VM_ENFORCE, KIND_WORD, enforce_words },
	[S_REPORTING]	= { "reporting", DYNMEM_A_VM_REPORTING, KIND_SWITCH, NULL },
	[S_SHARE]	= { "share", DYNMEM_A_VM_SHARE, KIND_SWITCH, NULL },
	[S_PLACE]	= { "place", DYNMEM_A_VM_PLACE, KIND_WORD, place_words },
	[S_PAGING]	= { "paging", DYNMEM_A_VM_PAGING, KIND_SWITCH, NULL },
};

/* Sets @next to the attributes of the settings that change at the next start; NULL for others. */
static void parse_next(struct nlattr **attrs, struct nlattr **next)
{
	memset(next, 0, (DYNMEM_A_VM_MAX + 1) * sizeof(*next));
	if (attrs[DYNMEM_A_VM_NEXT])
		nla_parse_nested(next, DYNMEM_A_VM_MAX, attrs[DYNMEM_A_VM_NEXT], NULL);
}

struct json_object *vm_next_json(struct nlattr **attrs)
{
	struct nlattr *next[DYNMEM_A_VM_MAX + 1];
	struct json_object *json;
	size_t i;

	if (!attrs[DYNMEM_A_VM_NEXT])
		return NULL;
	parse_next(attrs, next);
	json = json_object_new_object();
	for (i = 0; i < VM_SETTINGS; i++)
		if (next[vm_settings[i].attr])
			fields_json(json, &vm_settings[i], 1, next);
	return json;
}

void vm_next_print(struct nlattr **attrs)
{
	const char *gap = "\nat the next start: ";
	struct nlattr *next[DYNMEM_A_VM_MAX + 1];
	char value[VALUE_SIZE];
	size_t i;

	parse_next(attrs, next);
	for (i = 0; i < VM_SETTINGS; i++) {
		if (!next[vm_settings[i].attr])
			continue;
		printf("%s%s %s", gap, vm_settings[i].key,
		       value_word(value, &vm_settings[i], next));
		gap = ", ";
	}
	if (attrs[DYNMEM_A_VM_NEXT])
		printf("\n");
}

/* ---- from words to a request ---- */

/* Return: the setting that the user means by @word. */
static int find_setting(const char *word)
{
	const char *keys[VM_SETTINGS + 1] = { };
	size_t i;

	for (i = 0; i < VM_SETTINGS; i++)
		keys[i] = vm_settings[i].key;
	return find_word("setting", word, keys);
}

/*
 * Adds the settings in @argv to a request. Sets @most to the largest size among these settings, in
 * bytes; 0 if none of them is a size. Return: a bit for each setting that was added.
 */
static unsigned int put_settings(struct nl_msg *msg, char **argv, uint64_t *most)
{
	unsigned int given = 0;
	const struct field *f;
	uint64_t bytes;
	int setting;

	*most = 0;

	for (; *argv; argv += 2) {
		setting = find_setting(*argv);
		f = &vm_settings[setting];
		if (given & (1U << setting))
			die_usage("%s is given twice", f->key);
		bytes = value_put(msg, f, f->key, argv[1]);
		if (bytes > *most)
			*most = bytes;
		given |= 1U << setting;
	}
	return given;
}

static const char *need_name(const char *command, char **argv)
{
	if (!*argv)
		die_usage("vm %s: the VM's name is missing", command);
	return *argv;
}

/* Begins a request to define the VM that @argv describes. @most: set as by put_settings(). */
static struct nl_msg *definition_new(const char *command, int cmd, char **argv, uint64_t *most)
{
	const char *name = need_name(command, argv);
	struct nl_msg *msg = request_new(cmd, 0);

	request_put_string(msg, DYNMEM_A_VM_NAME, name);
	if (!(put_settings(msg, argv + 1, most) & (1U << S_STARTUP)))
		die_usage("vm %s %s: startup SIZE is missing", command, name);
	return msg;
}

int vm_add(char **argv)
{
	uint64_t most;
	struct nl_msg *msg = definition_new("add", DYNMEM_CMD_VM_NEW, argv, &most);
	int ret = request_send(msg, NULL, NULL);

	if (ret == EXIT_OK) {
		overcommit_warn(most);
		symlink_expect(*argv, true);
	}
	return ret;
}

int vm_set(char **argv)
{
	const char *name = need_name("set", argv);
	struct nl_msg *msg = request_new(DYNMEM_CMD_VM_SET, 0);
	uint64_t most;
	int ret;

	request_put_string(msg, DYNMEM_A_VM_NAME, name);
	if (!put_settings(msg, argv + 1, &most))
		die_usage("vm set %s: name at least one setting", name);
	ret = request_send(msg, NULL, NULL);
	if (ret == EXIT_OK)
		overcommit_warn(most);
	return ret;
}

/*
 * Prints which settings take effect at the next start. Sets @arg, a bool, to whether the maximum
 * has changed, for now or for the next start.
 */
static void on_replaced(struct nlmsghdr *answer, void *arg)
{
	struct nlattr *attrs[DYNMEM_A_VM_MAX + 1], *next[DYNMEM_A_VM_MAX + 1];
	char value[VALUE_SIZE];
	bool *resized = arg;
	size_t i;

	answer_attrs(answer, attrs, DYNMEM_A_VM_MAX);
	parse_next(attrs, next);
	for (i = 0; i < VM_SETTINGS; i++)
		if (next[vm_settings[i].attr])
			complain("%s: %s %s takes effect at the next start",
				 nla_get_string(attrs[DYNMEM_A_VM_NAME]), vm_settings[i].key,
				 value_word(value, &vm_settings[i], next));
	*resized = attrs[DYNMEM_A_VM_MAXIMUM] || next[DYNMEM_A_VM_MAXIMUM];
}

int vm_replace(char **argv)
{
	uint64_t most;
	struct nl_msg *msg = definition_new("replace", DYNMEM_CMD_VM_REPLACE, argv, &most);
	bool resized = false;
	int ret = request_send(msg, on_replaced, &resized);

	if (resized)
		overcommit_warn(most);
	if (ret == EXIT_OK)
		symlink_expect(*argv, true);
	return ret;
}

int vm_del(char **argv)
{
	const char *name = need_name("del", argv);
	struct nl_msg *msg = request_new(DYNMEM_CMD_VM_DEL, 0);
	int ret;

	if (argv[1])
		die_usage("vm del %s: unexpected argument '%s'", name, argv[1]);
	request_put_string(msg, DYNMEM_A_VM_NAME, name);
	ret = request_send(msg, NULL, NULL);
	if (ret == EXIT_OK)
		symlink_expect(name, false);
	return ret;
}

int vm_restarted(char **argv)
{
	const char *name = need_name("restarted", argv);
	struct nl_msg *msg = request_new(DYNMEM_CMD_VM_RESTARTED, 0);

	if (argv[1])
		die_usage("vm restarted %s: unexpected argument '%s'", name, argv[1]);
	request_put_string(msg, DYNMEM_A_VM_NAME, name);
	return request_send(msg, NULL, NULL);
}

/* ---- from an answer to words ---- */

/* The lines that vm_save() writes. */
struct lines {
	char **line;
	size_t n;
};

static void add_line(struct nlmsghdr *answer, void *arg)
{
	struct nlattr *attrs[DYNMEM_A_VM_MAX + 1], *next[DYNMEM_A_VM_MAX + 1];
	struct lines *lines = arg;
	char value[VALUE_SIZE];
	size_t i, len;
	FILE *out;

	answer_attrs(answer, attrs, DYNMEM_A_VM_MAX);
	parse_next(attrs, next);
	lines->line = reallocarray(lines->line, lines->n + 1, sizeof(*lines->line));
	out = lines->line ? open_memstream(&lines->line[lines->n++], &len) : NULL;
	if (!out)
		die_no_memory();
	fprintf(out, "vm replace %s", nla_get_string(attrs[DYNMEM_A_VM_NAME]));
	for (i = 0; i < VM_SETTINGS; i++)
		fprintf(out, " %s %s", vm_settings[i].key,
			value_word(value, &vm_settings[i],
				   next[vm_settings[i].attr] ? next : attrs));
	fputs("\n", out);
	if (fclose(out))
		die_no_memory();
}

/* A blank sorts before all characters of a name, so the lines are sorted by name. */
static int compare_lines(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int vm_save(FILE *out)
{
	struct lines lines = { };
	int ret = request_send(request_new(DYNMEM_CMD_VM_GET, NLM_F_DUMP), add_line, &lines);
	size_t i;

	if (lines.n)
		qsort(lines.line, lines.n, sizeof(*lines.line), compare_lines);
	for (i = 0; i < lines.n; i++) {
		fputs(lines.line[i], out);
		free(lines.line[i]);
	}
	free(lines.line);
	return ret;
}
