// SPDX-License-Identifier: GPL-2.0
/* process: what /proc says about processes and their threads; see process.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "process.h"

#define FIELDS		40	/* one more than the last field of /proc/PID/stat that is read */
#define PF_KTHREAD	0x00200000UL	/* bit of "flags" in proc_pid_stat(5); see linux/sched.h */

bool process_stat(pid_t pid, pid_t tid, struct process_stat *stat)
{
	char path[64], line[1024], *from, *to, *field, *next;
	unsigned long long value[FIELDS];
	size_t len, i;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	f = fopen(path, "re");
	if (!f)
		return false;
	len = fread(line, 1, sizeof(line) - 1, f);
	fclose(f);
	line[len] = '\0';
	/* The name is in parentheses, and may have any characters, parentheses included. */
	from = strchr(line, '(');
	to = strrchr(line, ')');
	if (!from || !to || to < from)
		return false;
	*to = '\0';
	snprintf(stat->comm, sizeof(stat->comm), "%s", from + 1);
	/* The fields are numbered as in proc_pid_stat(5), where the name is the second. */
	for (i = 3, field = strtok_r(to + 1, " ", &next); field && i < FIELDS; i++) {
		value[i] = strtoull(field, NULL, 10);
		field = strtok_r(NULL, " ", &next);
	}
	if (i < FIELDS)
		return false;
	stat->kernel = value[9] & PF_KTHREAD;
	stat->used = value[14] + value[15];
	stat->start = value[22];
	stat->cpu = value[39];
	return true;
}

uint64_t process_start(pid_t pid)
{
	struct process_stat stat;

	return process_stat(pid, pid, &stat) ? stat.start : 0;
}

int64_t process_age(uint64_t start)
{
	struct timespec now;

	clock_gettime(CLOCK_BOOTTIME, &now);
	return now.tv_sec - (int64_t)(start / sysconf(_SC_CLK_TCK));
}

bool process_has_thread(pid_t pid, pid_t tid)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/task/%d", pid, tid);
	return !access(path, F_OK);
}
