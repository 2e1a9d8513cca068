// SPDX-License-Identifier: GPL-2.0
/* command: runs a command line, prints messages, and reads words; see command.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "command.h"
#include "output.h"
#include "similar.h"
#include "units.h"

#define WORDS_SIZE 1024	/* bytes of the words that are allowed in one place, with the NUL */

/* The file and line with which messages begin; @file is NULL if there is none. */
static struct {
	const char *file;
	unsigned int line;
} subject;

/* The setjmp() to which die_usage() jumps; NULL: no command runs. */
static jmp_buf *command_end;

static void complain_begin(void)
{
	fflush(stdout);
	if (subject.file)
		fprintf(stderr, "%s:%u: ", subject.file, subject.line);
	else
		fputs("dmctl: ", stderr);
}

void complain(const char *fmt, ...)
{
	va_list args;

	complain_begin();
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs("\n", stderr);
}

void complain_of(const char *file, unsigned int line)
{
	subject.file = file;
	subject.line = line;
}

void die_usage(const char *fmt, ...)
{
	va_list args;

	complain_begin();
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs("; see 'dmctl -h'\n", stderr);
	if (command_end)
		longjmp(*command_end, 1);
	exit(EXIT_USAGE);
}

void die_no_memory(void)
{
	complain("out of memory");
	exit(EXIT_REFUSED);
}

int command_run(command_fn fn, char **argv)
{
	jmp_buf *outer = command_end, end;
	int ret = EXIT_USAGE;

	command_end = &end;
	if (!setjmp(end))
		ret = fn(argv);
	command_end = outer;
	return ret;
}

int command(char **argv)
{
	static const char *const objects[] = {
		"vm", "host", "node", "top", "monitor", "metrics", "agent", "doctor", "libvirt",
		"save", "restore", "help", NULL
	};
	static const command_fn fns[] = {
		cmd_vm, cmd_host, cmd_node, cmd_top, cmd_monitor, cmd_metrics, cmd_agent,
		cmd_doctor, cmd_libvirt, cmd_save, cmd_restore, cmd_help
	};

	return fns[find_word("object", *argv, objects)](argv + 1);
}

/* Writes @words with commas between them. */
static void join_words(char *buf, size_t size, const char *const *words)
{
	size_t len = 0;

	*buf = '\0';
	for (; *words && len < size; words++)
		len += snprintf(buf + len, size - len, "%s%s", len ? ", " : "", *words);
}

int find_word(const char *what, const char *word, const char *const *words)
{
	char all[WORDS_SIZE];
	const char *meant;
	int found = -1, i;

	for (i = 0; words[i]; i++) {
		if (strcasecmp(word, words[i]) == 0)
			return i;
		if (strncasecmp(word, words[i], strlen(word)) != 0)
			continue;
		if (found >= 0)
			die_usage("'%s' may be %s or %s", word, words[found], words[i]);
		found = i;
	}
	if (found >= 0)
		return found;
	meant = similar_word(word, words);
	if (meant)
		die_usage("there is no %s '%s' (did you mean '%s'?)", what, word, meant);
	join_words(all, sizeof(all), words);
	die_usage("there is no %s '%s'; there is %s", what, word, all);
}

const char *need_value(const char *keyword, const char *value)
{
	if (!value)
		die_usage("%s: the value is missing", keyword);
	return value;
}

uint64_t need_size(const char *keyword, const char *value)
{
	uint64_t bytes;

	if (!parse_size(need_value(keyword, value), &bytes))
		die_usage("%s: '%s' is not a size, as 512M or 2G", keyword, value);
	return bytes;
}

uint32_t need_number(const char *keyword, const char *value)
{
	uint32_t number;

	if (!parse_number(need_value(keyword, value), &number))
		die_usage("%s: '%s' is not a whole number", keyword, value);
	return number;
}

uint64_t rest_page(char **argv)
{
	uint64_t bytes;

	if (!*argv)
		return 0;
	if (strncmp("page", *argv, strlen(*argv)) != 0)
		die_usage("unexpected argument '%s'; there can be: page SIZE", *argv);
	bytes = need_size("page", argv[1]);
	if (argv[2])
		die_usage("unexpected argument '%s'", argv[2]);
	return bytes;
}
