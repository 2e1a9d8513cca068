// SPDX-License-Identifier: GPL-2.0
/*
 * main: the command dmctl, which defines, changes and shows the VMs among which dynmem.ko shares
 * the host's memory. This file reads the options.
 */
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "batch.h"
#include "command.h"
#include "output.h"
#include "symlink.h"
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
"       dmctl vm [show [NAME]]\n"
"       dmctl host [show]\n"
"       dmctl host set [reserve SIZE|default [node NODE]] [balance strict|relative]\n"
"                      [failover SIZE] [headroom SIZE|PERCENT|off|default]\n"
"       dmctl host plan [with NAME [page SIZE]]\n"
"       dmctl node [show]\n"
"       dmctl monitor\n"
"       dmctl metrics [--openmetrics|--http]\n"
"       dmctl save [FILE]\n"
"       dmctl restore FILE\n"
"       dmctl agent [--leave-swap] [--no-compress]\n"
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
"  place off|auto  auto: the agent puts it on one node if it is bound to none; default off\n"
"  paging on|off   on: paged to disk when it restarts and lacks startup memory; default on\n"
"\n"
"SIZE is in bytes, or with K, M, G or T behind it (1K is 1024), in steps of 2M:\n"
"512M, 512MB, 512MiB and 0.5G are the same.\n"
"Words may be shortened as long as they are clear: 'dmctl v ad web st 512M max 4G'.\n"
"list is another word for show, and rm for del.\n"
"\n"
"FILE may be -, for standard input or output. Its lines are commands without the word dmctl.\n"
"\n"
"Options:\n"
"  -j, --json      JSON; sizes in bytes\n"
"  -p, --pretty    with -j: indented\n"
"  -b, --batch FILE\n"
"                  carry out the commands in FILE, up to the first that fails\n"
"  -f, --force     with -b: go on after a command that fails\n"
"  -h, --help      this\n"
"  -V, --version   versions of dmctl, of the module and of their protocol\n"
"\n"
"Exit status: 0 done, 1 refused, 2 the command line is wrong, 3 no such VM or node,\n"
"4 not permitted, 5 dynmem is not loaded or speaks another protocol.\n";

int cmd_help(char **argv)
{
	(void)argv;
	fputs(help, stdout);
	return EXIT_OK;
}

/* The options -b FILE and -f, which replace a command. */
struct batch {
	const char *file;
	bool force;
};

static void parse_options(int argc, char **argv, struct batch *batch)
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
		case 'j':
			options.json = true;
			break;
		case 'p':
			options.pretty = true;
			break;
		case 'b':
			batch->file = optarg;
			break;
		case 'f':
			batch->force = true;
			break;
		case 'h':
			exit(cmd_help(NULL));
		case 'V':
			version_print();
			exit(EXIT_OK);
		default:
			exit(EXIT_USAGE);
		}
	}
	if (batch->file && argv[optind])
		die_usage("-b takes commands from a file: unexpected argument '%s'", argv[optind]);
	if (batch->force && !batch->file)
		die_usage("-f goes with -b FILE only");
}

int main(int argc, char **argv)
{
	struct batch batch = { };
	int ret;

	parse_options(argc, argv, &batch);
	if (batch.file) {
		ret = batch_run(batch.file, batch.force, command);
	} else if (argv[optind]) {
		ret = command_run(command, argv + optind);
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
