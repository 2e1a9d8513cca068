// SPDX-License-Identifier: GPL-2.0
/* qemuconf: libvirt's settings for QEMU; see qemuconf.h. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qemuconf.h"
#include "why.h"

#define BLANKS		" \t\r"
#define VALUE_SIZE	256	/* bytes of a value, with the NUL; the rest is cut off */

/* Return: the text from the next character on that is no blank, no comment and no end of a line. */
static const char *skip(const char *text)
{
	for (;;) {
		text += strspn(text, BLANKS "\n");
		if (*text != '#')
			return text;
		text += strcspn(text, "\n");
	}
}

/* Reads a string or a number. Return: the text behind it. */
static const char *scalar(const char *text, char value[VALUE_SIZE])
{
	size_t len, quote = *text == '"' || *text == '\'';

	len = quote ? strcspn(text + 1, *text == '"' ? "\"\n" : "'\n") :
		      strcspn(text, BLANKS "\n,]#");
	snprintf(value, VALUE_SIZE, "%.*s", (int)len, text + quote);
	text += quote + len;
	return text + (quote && (*text == '"' || *text == '\''));
}

static void read_value(const char *text, void (*visit)(const char *value, void *arg), void *arg)
{
	char value[VALUE_SIZE];

	if (*text != '[') {
		scalar(text, value);
		visit(value, arg);
		return;
	}
	text = skip(text + 1);
	while (*text && *text != ']') {
		const char *end = scalar(text, value);

		/* What is neither a value nor a comma ends the list, as it is not valid. */
		if (end == text)
			return;
		visit(value, arg);
		text = skip(end);
		if (*text == ',')
			text = skip(text + 1);
	}
}

const char *qemuconf_find(const char *text, const char *key)
{
	size_t len = strlen(key);
	const char *value;

	/* The lines of a list that are not its first begin with a quote, or a bracket. */
	for (text = skip(text); *text; text = skip(text + strcspn(text, "\n"))) {
		if (strncmp(text, key, len))
			continue;
		value = text + len + strspn(text + len, BLANKS);
		if (*value++ == '=')
			return value + strspn(value, BLANKS);
	}
	return NULL;
}

bool qemuconf_get(const char *text, const char *key, void (*visit)(const char *value, void *arg),
		  void *arg)
{
	const char *value = qemuconf_find(text, key);

	if (value && visit)
		read_value(value, visit, arg);
	return value;
}

/* A value that is looked for. */
struct wanted {
	const char *value;
	bool found;
};

static void compare(const char *value, void *arg)
{
	struct wanted *wanted = arg;

	wanted->found |= !strcmp(value, wanted->value);
}

bool qemuconf_has(const char *text, const char *key, const char *value)
{
	struct wanted wanted = { .value = value };

	qemuconf_get(text, key, compare, &wanted);
	return wanted.found;
}

char *qemuconf_read(void)
{
	FILE *f = fopen(QEMUCONF, "re");
	char *text = NULL;
	size_t size = 0;

	if (!f)
		return NULL;
	/* There is no NUL in the file, so this reads all of it. */
	if (getdelim(&text, &size, '\0', f) < 0) {
		free(text);
		text = ferror(f) ? NULL : strdup("");
	}
	fclose(f);
	return text;
}

/* Writes a file that belongs to @st's owner and is as open as @st's. */
static bool write_like(const char *path, const struct stat *st, const char *text)
{
	FILE *f = fopen(path, "we");
	bool done;

	if (!f)
		return false;
	done = !fchown(fileno(f), st->st_uid, st->st_gid) &&
	       !fchmod(fileno(f), st->st_mode & 07777) && fputs(text, f) >= 0 && !fflush(f) &&
	       !fsync(fileno(f));
	return !fclose(f) && done;
}

bool qemuconf_write(const char *text, char *why)
{
	char path[PATH_MAX], new[PATH_MAX + 8];
	struct stat st;

	/* The file may be a link, which has to stay one. */
	if (!realpath(QEMUCONF, path) || stat(path, &st))
		return refuse(why, "cannot read %s: %s", QEMUCONF, strerror(errno));
	snprintf(new, sizeof(new), "%s.dynmem", path);
	if (write_like(new, &st, text) && !rename(new, path))
		return true;
	why_set(why, "cannot write %s: %s", path, strerror(errno));
	unlink(new);
	return false;
}
