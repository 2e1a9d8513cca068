/* SPDX-License-Identifier: GPL-2.0 */
/* process: what /proc says about processes and their threads. */
#ifndef DMCTL_PROCESS_H
#define DMCTL_PROCESS_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/**
 * struct process_stat - figures of a thread, from /proc/PID/task/TID/stat
 * @comm: name of the thread; any characters
 * @kernel: whether this is a thread of the kernel
 * @start: when the thread started, in clock ticks since the host's boot. If a pid is used again,
 *	the new process has another @start
 * @used: CPU time that the thread has used, in clock ticks
 * @cpu: the CPU on which the thread last ran
 */
struct process_stat {
	char comm[64];
	bool kernel;
	uint64_t start;
	uint64_t used;
	int cpu;
};

/**
 * process_stat() - read the figures of a thread
 * @pid: its process
 * @tid: the thread; the first thread of a process has the same number as the process
 * @stat: the result
 *
 * Return: false if there is no such thread
 */
bool process_stat(pid_t pid, pid_t tid, struct process_stat *stat);

/* When a process started, as in struct process_stat; 0 if there is no such process. */
uint64_t process_start(pid_t pid);

/* The age in seconds of a process that started at @start; see struct process_stat. */
int64_t process_age(uint64_t start);

/* Whether @tid is a thread of the process @pid. */
bool process_has_thread(pid_t pid, pid_t tid);

#endif
