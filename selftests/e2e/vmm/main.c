// SPDX-License-Identifier: GPL-2.0
/*
 * main: reads commands, one per line, and answers each with a line: "ok ...", "broken ..." (the
 * device needs a reset) or "error NAME", where NAME is the name of an errno, such as EINVAL.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../lab/count.h"
#include "vmm.h"

static int cmd_counted(const struct words *w);

static const struct command {
	const char *name;
	int (*run)(const struct words *w);
	const char *help;
} commands[] = {
	{ "kvm", cmd_kvm, "make a KVM VM; a second one when said again" },
	{ "run", cmd_run, "a virtual CPU for a moment, so that the guest has run" },
	{ "vfio", cmd_vfio, "tell KVM that devices will be assigned" },
	{ "slot", cmd_slot,
	  "ID GPA SIZE KIND [bind=NODE] [readonly] [log] [lock] [huge|small] [merge]: memory" },
	{ "", NULL, "KIND: anon, memfd, hugetlb, memfd-private, hugetlb-private, PATH [private]," },
	{ "", NULL, "memfds: a file and a mapping for each page" },
	{ "drop", cmd_drop, "ID: take a slot away; it stays mapped" },
	{ "remove", cmd_remove, "ID: take a slot away, and its file" },
	{ "unmap", cmd_unmap, "GPA SIZE: from the VMM; the slot stays" },
	{ "touch", cmd_touch, "GPA SIZE: write a pattern to each page" },
	{ "look", cmd_look, "GPA SIZE: pages with their pattern, absent, and with anything else" },
	{ "numa", cmd_numa, "[ID]: bytes on each node, of a slot or of all, by numa_maps" },
	{ "pin", cmd_pin, "GPA SIZE [child]: pin for DMA; child: of a file, by another process" },
	{ "unpin", cmd_unpin, "what the child has pinned, or this process last" },
	{ "busy", cmd_busy, "GPA SIZE: a child allocates that of a file, and so holds its lock" },
	{ "blocked", cmd_blocked, "whether a thread that serves the VMM waits for a lock" },
	{ "arm", cmd_arm, "GPA SIZE: register with userfaultfd" },
	{ "open", cmd_open, "PATH: of the vhost-vdpa device" },
	{ "owner", cmd_owner,
	  "[child] [times=N]: attach; child: by another process; times: how many were refused" },
	{ "start", cmd_start, "[standard] [event] [resume] [reporting] [noconfig]:" },
	{ "", NULL, "negotiate, set the queues up, DRIVER_OK" },
	{ "", NULL, "standard: without DYNMEM; event: event index; resume: rings as they are;" },
	{ "", NULL, "reporting: one more queue; noconfig: the config interrupt stays as it is" },
	{ "status", cmd_status, "of the device" },
	{ "reset", cmd_reset, "the device" },
	{ "stop", cmd_stop, "suspend, read the bases, reset, as QEMU does" },
	{ "close", cmd_close, "the device" },
	{ "leak", cmd_leak, "to a child that holds the device open; its pid" },
	{ "config", cmd_config, "[raw]: what config space says" },
	{ "scribble", cmd_scribble, "BYTE: over all of config space" },
	{ "broken", cmd_broken, "wait for NEEDS_RESET" },
	{ "rings", cmd_rings, "GPA: where to put rings and requests" },
	{ "ring", cmd_ring, "Q [desc=GPA] [avail=GPA] [used=GPA] [num=N]: another place, size" },
	{ "desc", cmd_desc,
	  "Q|GPA I ADDRESS LEN FLAGS NEXT: descriptor I of the queue's or of another table" },
	{ "offer", cmd_offer, "Q HEAD: a chain, and kick" },
	{ "advance", cmd_advance, "Q N: add N to the available index" },
	{ "kick", cmd_kick, "Q" },
	{ "await", cmd_await, "Q: until all that was offered is used" },
	{ "hello", cmd_hello,
	  "[plug] [instance=N] [vnodes=N] RANGE...; RANGE: FIRST+PAGES[@VNODE]" },
	{ "report", cmd_report, "[vnodes=N] [commit=SIZE] [anon=SIZE] [total=SIZE] [kernel=SIZE]" },
	{ "need", cmd_need, "SIZE" },
	{ "inflate", cmd_move, "RANGE...; RANGE: FIRST+PAGES, or FIRST+PAGES*COUNT/STEP" },
	{ "deflate", cmd_move, "RANGE..." },
	{ "move", cmd_move, "RANGE RANGE...: the first of each two in place of the second" },
	{ "pfns", cmd_pfns, "Q RANGE... [len=BYTES]: a standard driver's array" },
	{ "flood", cmd_flood, "COUNT: requests, a kick each" },
	{ "punch", cmd_punch, "GPA SIZE STEP: release it without the device, STEP at a time" },
	{ "churn", cmd_churn,
	  "GPA SIZE: a thread releases, remaps, collapses and touches pieces of it, until `calm`" },
	{ "calm", cmd_calm, "end that; how many pieces it was" },
	{ "read", cmd_read, "PATH: the file, to its end" },
	{ "fuse", cmd_fuse,
	  "DIR [stay]: mount a file, DIR/file, that never answers a read; pid of its server" },
	{ "", NULL, "stay: also when the VMM was killed" },
	{ "holdmm", cmd_holdmm, "DIR: a thread holds the VMM's mmap_lock, by `fuse DIR`" },
	{ "interrupt", cmd_interrupt,
	  "Q|config kick=Q|PID:FD: a queue's kick, or another process's eventfd, as interrupt" },
	{ "kickfd", cmd_kickfd, "Q: number of the file descriptor by which it is kicked" },
	{ "resize", cmd_resize, "Q NUM: of the queue, while the driver runs" },
	{ "spin", cmd_spin,
	  "Q SECONDS: the queue is never empty for that time; requests served, modulo 64K" },
	{ "scramble", cmd_scramble,
	  "Q SECONDS: write over the queue while it is read; how often it broke" },
	{ "listen", cmd_listen, "PATH: for clients of QEMU's monitor" },
	{ "play", cmd_play,
	  "FILE: send the next client a line of it, and each other one for a line of the client" },
	{ "hangup", cmd_hangup, "end the connection to that client" },
	{ "counted", cmd_counted, "COMMAND...: and how many instructions the host executed" },
	{ "die", cmd_die, "ID SIZE: kill -9 oneself when so much of a memfd slot is gone" },
};

static int dispatch(const struct words *w)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (!strcmp(commands[i].name, w->word[0]))
			return commands[i].run(w);
	return -EINVAL;
}

/*
 * Runs the command that follows the word `counted`, and shows how many instructions the host
 * executed meanwhile. Fails without `lab run --count-instructions`.
 */
static int cmd_counted(const struct words *w)
{
	const struct words rest = { .nr = w->nr - 1, .word = w->word + 1 };
	struct counts before, after;
	int ret;

	word(w, 1);
	count_ask(&before);
	ret = dispatch(&rest);
	count_ask(&after);
	say(" instructions=%llu", (unsigned long long)(after.host - before.host));
	return before.host ? ret : -EOPNOTSUPP;
}

static void help(void)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		printf("%-9s %s\n", commands[i].name, commands[i].help);
}

int main(int argc, char **argv)
{
	char *line = NULL, *saved, *next;
	struct words w = { };
	size_t size = 0;

	if (argc > 1) {
		help();
		return strcmp(argv[1], "help") != 0;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	while (getline(&line, &size, stdin) > 0) {
		char *words[64];
		int ret;

		w.nr = 0;
		w.word = words;
		for (next = strtok_r(line, "\n ", &saved); next && w.nr < 64;
		     next = strtok_r(NULL, "\n ", &saved))
			words[w.nr++] = next;
		if (!w.nr)
			continue;
		ret = words_run(dispatch, &w);
		if (ret < 0)
			printf("error %s\n", strerrorname_np(-ret));
		else
			printf("%s%s\n", ret == BROKEN ? "broken" : "ok",
			       words_answer());
	}
	free(line);
	return 0;
}
