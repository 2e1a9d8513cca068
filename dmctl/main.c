// SPDX-License-Identifier: GPL-2.0
/*
 * main: the command dmctl, which defines, changes and shows the VMs among which dynmem.ko shares
 * the host's memory. This file reads the options.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "batch.h"
#include "command.h"
#include "output.h"
#include "symlink.h"
#include "usage.h"
#include "version.h"

static const char help[] =
"Usage: dmctl [-j [-p]] OBJECT COMMAND\n"
"       dmctl [-f] -b FILE\n"
"       dmctl vm add NAME startup SIZE [SETTING VALUE]...\n"
"       dmctl vm set NAME SETTING VALUE...\n"
"       dmctl vm replace NAME startup SIZE [SETTING VALUE]...\n"
"       dmctl vm del NAME\n"
"       dmctl vm check NAME [page SIZE]\n"
"       dmctl vm detach NAME [timeout SECONDS]\n"
"       dmctl vm attach NAME [timeout SECONDS]\n"
"       dmctl vm place NAME node NODE|auto\n"
"       dmctl vm restarted NAME\n"
"       dmctl vm plug NAME [SIZE] [--force]\n"
"       dmctl vm unplug NAME [SIZE] [timeout SECONDS]\n"
"       dmctl vm wait NAME FIELD VALUE [timeout SECONDS]\n"
"       dmctl vm [show [NAME]... [-o FIELD,...] [--sort FIELD]]\n"
"       dmctl vm show NAME --history [--svg FILE]\n"
"       dmctl host [show]\n"
"       dmctl host set [reserve SIZE|default [node NODE]] [balance strict|relative]\n"
"                      [failover SIZE] [headroom SIZE|PERCENT|off|default]\n"
"       dmctl host plan [with NAME [page SIZE]]\n"
"       dmctl node [show [-o FIELD,...] [--sort FIELD]]\n"
"       dmctl top [-n NUMBER] [-d SECONDS] [--sort FIELD]\n"
"       dmctl monitor\n"
"       dmctl metrics [--openmetrics|--http]\n"
"       dmctl doctor\n"
"       dmctl libvirt [status]\n"
"       dmctl libvirt enable [devices NUMBER]\n"
"       dmctl libvirt disable\n"
"       dmctl save [FILE]\n"
"       dmctl restore FILE\n"
"       dmctl agent [--leave-swap] [--no-compress]\n"
"\n"
"SETTING VALUE of a VM:\n"
"  startup SIZE    what it gets to start with; from 32M\n"
"  minimum SIZE    what it always keeps; 32M to startup, default startup\n"
"  maximum SIZE    what it can grow to; from startup, default startup\n"
"  buffer PERCENT  on top of what it needs; 5 to 2000, default 20\n"
"  weight NUMBER   who comes first in a shortage; 1 to 10000, default 5000\n"
"  dynamic on|off  off: all memory from the start; default on\n"
"  demand_mode commit+|commit|workingset\n"
"                  how what it needs is worked out; default commit+\n"
"  enforce count|reclaim\n"
"                  what is done when it touches memory it has given; default count\n"
"  reporting on|off\n"
"                  on: the guest tells of free memory, to be released; default off\n"
"  share on|off    on: equal pages of VMs that share are kept once; default off\n"
"  place off|auto  auto: the agent puts it on one node if it is bound to none; default off\n"
"  paging on|off   on: paged to disk when it restarts and lacks startup memory; default on\n"
"\n"
"SIZE is in bytes, or with K, M, G or T behind it (1K is 1024), in steps of 2M:\n"
"512M, 512MB, 512MiB and 0.5G are the same.\n"
"Words may be shortened as long as they are clear: 'dmctl v ad web st 512M max 4G'.\n"
"list is another word for show, and rm for del.\n"
"\n"
"FIELD is a key of 'dmctl -j vm show' or 'dmctl -j node show'. With -o (--output) just these are\n"
"shown, in this order. --sort puts the largest figure first, and words in alphabetical order;\n"
"--sort -FIELD turns that round: 'dmctl vm show -o name,demand,assigned --sort demand'.\n"
"vm wait takes one that has a word or text: 'dmctl vm wait web status ok'.\n"
"\n"
"FILE may be -, for standard input or output. If it has commands, it is one a line, without the\n"
"word dmctl.\n"
"\n"
"Options, of which -j, -p and -h may also stand behind the command:\n"
"  -j, --json      JSON; sizes in bytes\n"
"  -p, --pretty    with -j: indented\n"
"  -b, --batch FILE\n"
"                  carry out the commands in FILE, up to the first that fails\n"
"  -f, --force     with -b: go on after a command that fails\n"
"  -h, --help      this; behind OBJECT or OBJECT COMMAND: what concerns it\n"
"  -V, --version   versions of dmctl, of the module and of their protocol\n"
"\n"
"Exit status: 0 done, 1 refused, 2 the command line is wrong, 3 no such VM or node,\n"
"4 not permitted, 5 dynmem is not loaded or speaks another protocol.\n";

int cmd_help(char **argv)
{
	usage_print(stdout, help, argv);
	return EXIT_OK;
}

/**
 * struct wanted - options that replace a command
 * @batch: -b FILE
 * @force: -f
 * @help: -h
 * @version: -V
 */
struct wanted {
	const char *batch;
	bool force;
	bool help;
	bool version;
};

/* The options that may also stand behind the command. Return: false if there is no such option. */
static bool set_option(int letter, struct wanted *wanted)
{
	switch (letter) {
	case 'j':
		options.json = true;
		break;
	case 'p':
		options.pretty = true;
		break;
	case 'h':
		wanted->help = true;
		break;
	default:
		return false;
	}
	return true;
}

/* Whether @word is one or several of the options of set_option(). If so, sets them. */
static bool take_option(const char *word, struct wanted *wanted)
{
	static const char *const longs[] = { "--json", "--pretty", "--help" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(longs); i++)
		if (!strcmp(word, longs[i]))
			return set_option(longs[i][2], wanted);
	if (word[0] != '-' || !word[1] || word[1 + strspn(word + 1, "jph")])
		return false;
	for (i = 1; word[i]; i++)
		set_option(word[i], wanted);
	return true;
}

/* Takes the options out of a command. No name or value of a setting looks like one of them. */
static void take_options(char **argv, struct wanted *wanted)
{
	char **kept = argv;

	for (; *argv; argv++)
		if (!take_option(*argv, wanted))
			*kept++ = *argv;
	*kept = NULL;
}

/* Reads the options before the command. */
static void parse_options(int argc, char **argv, struct wanted *wanted)
{
	static const struct option longs[] = {
		{ "json", no_argument, NULL, 'j' },
		{ "pretty", no_argument, NULL, 'p' },
		{ "batch", required_argument, NULL, 'b' },
		{ "force", no_argument, NULL, 'f' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ }
	};
	int opt;

	while ((opt = getopt_long(argc, argv, "+jpb:fhV", longs, NULL)) != -1) {
		switch (opt) {
		case 'b':
			wanted->batch = optarg;
			break;
		case 'f':
			wanted->force = true;
			break;
		case 'V':
			wanted->version = true;
			break;
		default:
			if (!set_option(opt, wanted))
				exit(EXIT_USAGE);
		}
	}
}

int main(int argc, char **argv)
{
	struct wanted wanted = { };
	int ret;

	parse_options(argc, argv, &wanted);
	argv += optind;
	take_options(argv, &wanted);
	if (wanted.version) {
		ret = version_show();
	} else if (wanted.help) {
		ret = cmd_help(argv);
	} else if (wanted.batch && *argv) {
		die_usage("-b takes commands from a file: unexpected argument '%s'", *argv);
	} else if (wanted.force && !wanted.batch) {
		die_usage("-f goes with -b FILE only");
	} else if (wanted.batch) {
		ret = batch_run(wanted.batch, wanted.force, command);
	} else if (*argv) {
		ret = command_run(command, argv);
	} else {
		fputs(help, stderr);
		ret = EXIT_USAGE;
	}
	symlink_wait();
	if (fflush(stdout) || ferror(stdout)) {
		complain("cannot write the output");
		return EXIT_REFUSED;
	}
	return ret;
}
