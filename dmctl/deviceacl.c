// SPDX-License-Identifier: GPL-2.0
/* deviceacl: the devices that libvirt's QEMU may use; see deviceacl.h. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "deviceacl.h"
#include "qemuconf.h"

/* What replaces libvirt's own list has to have its devices, too. */
static const char defaults[] =
	"\n# Added by 'dmctl libvirt enable', and removed by 'dmctl libvirt disable'.\n"
	DEVICEACL " = [\n"
	"\t'/dev/null', '/dev/full', '/dev/zero', '/dev/random', '/dev/urandom', '/dev/ptmx',\n"
	"\t'/dev/kvm', '/dev/userfaultfd'\n"
	"]\n";

/* A text that grows. */
struct text {
	FILE *stream;
	char *bytes;
	size_t len;
};

static void text_begin(struct text *text)
{
	text->stream = open_memstream(&text->bytes, &text->len);
	if (!text->stream)
		die_no_memory();
}

static char *text_end(struct text *text)
{
	if (ferror(text->stream) | fclose(text->stream))
		die_no_memory();
	return text->bytes;
}

/* Return: where the list begins, behind its bracket; NULL: it is no list, or there is none. */
static const char *list_find(const char *text, bool *exists)
{
	const char *value = qemuconf_find(text, DEVICEACL);

	*exists = value;
	return value && *value == '[' ? value + 1 : NULL;
}

/* Return: the text behind the quoted value @at, and behind the comma that follows it. */
static const char *value_end(const char *at)
{
	at += 1 + strcspn(at + 1, "\"'\n");
	at += *at == '"' || *at == '\'';
	return at[strspn(at, " \t")] == ',' ? at + strspn(at, " \t") + 1 : at;
}

/* Prints a list without the devices of VMs. Return: the text behind the list. */
static const char *print_others(FILE *out, const char *list)
{
	const char *printed = list, *at = list, *end;

	while (*at && *at != ']') {
		end = at + 1;
		if (*at == '#') {
			end = at + strcspn(at, "\n");
		} else if (*at == '"' || *at == '\'') {
			end = value_end(at);
			if (!strncmp(at + 1, DEVICEACL_PATH, strlen(DEVICEACL_PATH))) {
				/* deviceacl_add() puts a blank before each. */
				fprintf(out, "%.*s", (int)(at - (at[-1] == ' ') - printed),
					printed);
				printed = end;
			}
		}
		at = end;
	}
	fprintf(out, "%.*s", (int)(at - printed), printed);
	return at;
}

char *deviceacl_remove(const char *text)
{
	struct text others, kept;
	const char *list, *ours;
	char *bytes;
	bool exists;

	list = list_find(text, &exists);
	if (!list)
		return exists ? NULL : strdup(text);
	text_begin(&others);
	fprintf(others.stream, "%.*s", (int)(list - text), text);
	fputs(print_others(others.stream, list), others.stream);
	bytes = text_end(&others);

	/* A list that somebody has changed is not ours any more. */
	ours = strstr(bytes, defaults);
	if (!ours)
		return bytes;
	text_begin(&kept);
	fprintf(kept.stream, "%.*s%s", (int)(ours - bytes), bytes, ours + strlen(defaults));
	free(bytes);
	return text_end(&kept);
}

char *deviceacl_add(const char *text, unsigned int nr)
{
	char *bytes = deviceacl_remove(text);
	const char *list;
	struct text all;
	unsigned int i;
	bool exists;

	if (!bytes)
		return NULL;
	text_begin(&all);
	list = list_find(bytes, &exists);
	if (!list) {
		fputs(bytes, all.stream);
		free(bytes);
		bytes = strdup(defaults);
		list = bytes ? list_find(bytes, &exists) : NULL;
	}
	if (!list)
		die_no_memory();
	fprintf(all.stream, "%.*s", (int)(list - bytes), bytes);
	for (i = 0; i < nr; i++)
		fprintf(all.stream, " \"" DEVICEACL_PATH "%u\",", i);
	fputs(list, all.stream);
	free(bytes);
	return text_end(&all);
}
