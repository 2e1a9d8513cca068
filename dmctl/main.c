// SPDX-License-Identifier: GPL-2.0
/*
 * main: the command dmctl, which defines, changes and shows the VMs among which dynmem.ko shares
 * the host's memory. This file reads the options and the words of the command line.
 */
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "output.h"
#include "units.h"
#include "version.h"

static const char help[] =
"Usage: dmctl [-j [-p]] OBJECT COMMAND\n"
"       dmctl vm add NAME startup SIZE [SETTING VALUE]...\n"
"       dmctl vm set NAME SETTING VALUE...\n"
"       dmctl vm del NAME\n"
"       dmctl vm check NAME [page SIZE]\n"
"       dmctl vm [show [NAME]]\n"
"       dmctl host [show]\n"
"       dmctl host set [reserve SIZE|default [node NODE]] [balance strict|relative]\n"
"                      [failover SIZE] [headroom SIZE|PERCENT|off|default]\n"
"       dmctl host plan [with NAME [page SIZE]]\n"
"       dmctl node [show]\n"
"       dmctl monitor\n"
"\n"
"Settings of a VM:\n"
"  startup SIZE    what it gets to start with; from 32M\n"
"  minimum SIZE    what it always keeps; 32M to startup, default startup\n"
"  maximum SIZE    what it can grow to; from startup, default startup\n"
"  buffer PERCENT  on top of what it needs; 5 to 2000, default 20\n"
"  weight NUMBER   who comes first in a shortage; 1 to 10000, default 5000\n"
"  dynamic on|off  off: all memory from the start; default on\n"
"  demand commit+|commit|workingset\n"
"                  how what it needs is worked out; default commit+\n"
"  enforce count|reclaim\n"
"                  what is done when it touches memory it has given; default count\n"
"  reporting on|off\n"
"                  on: the guest tells of free memory, to be released; default off\n"
"  share on|off    on: equal pages of VMs that share are kept once; default off\n"
"\n"
"SIZE is in bytes, or with K, M, G or T behind it (1K is 1024), in steps of 2M.\n"
"Words may be shortened as long as they are clear: 'dmctl v a web st 512M max 4G'.\n"
"\n"
"Options:\n"
"  -j, --json      JSON; sizes in bytes\n"
"  -p, --pretty    with -j: indented\n"
"  -h, --help      this\n"
"  -V, --version   versions of dmctl, of the module and of their protocol\n";

void complain(const char *fmt, ...)
{
	va_list args;

	fflush(stdout);
	fputs("dmctl: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs("\n", stderr);
}

void die_usage(const char *fmt, ...)
{
	va_list args;

	fputs("dmctl: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputs("; see 'dmctl -h'\n", stderr);
	exit(EXIT_USAGE);
}

void die_no_memory(void)
{
	complain("out of memory");
	exit(EXIT_REFUSED);
}

int find_word(const char *what, const char *word, const char *const *words)
{
	int found = -1, i;

	for (i = 0; words[i]; i++) {
		if (strcmp(word, words[i]) == 0)
			return i;
		if (strncmp(word, words[i], strlen(word)) != 0)
			continue;
		if (found >= 0)
			die_usage("'%s' may be %s or %s", word, words[found], words[i]);
		found = i;
	}
	if (found < 0)
		die_usage("there is no %s '%s'", what, word);
	return found;
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

static void parse_options(int argc, char **argv)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "pretty", no_argument, NULL, 'p' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ }
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "+jphV", longs, NULL)) != -1) {
		switch (opt) {
		case 'j':
			options.json = true;
			break;
		case 'p':
			options.pretty = true;
			break;
		case 'h':
			fputs(help, stdout);
			exit(EXIT_OK);
		case 'V':
			version_print();
			exit(EXIT_OK);
		default:
			exit(EXIT_USAGE);
		}
	}
}

static const char *const objects[] = { "vm", "host", "node", "monitor", "help", NULL };
static const command_fn object_commands[] = { cmd_vm, cmd_host, cmd_node, cmd_monitor };

int main(int argc, char **argv)
{
	size_t object;
	int ret;

	parse_options(argc, argv);
	if (!argv[optind]) {
		fputs(help, stderr);
		return EXIT_USAGE;
	}
	object = find_word("object", argv[optind], objects);
	if (object == ARRAY_SIZE(object_commands)) {
		fputs(help, stdout);
		return EXIT_OK;
	}
	ret = object_commands[object](argv + optind + 1);
	if (fflush(stdout) || ferror(stdout)) {
		complain("cannot write the output");
		return EXIT_REFUSED;
	}
	return ret;
}
