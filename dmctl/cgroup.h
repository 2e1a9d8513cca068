/* SPDX-License-Identifier: GPL-2.0 */
/* cgroup: the control group (v2) of a VMM, and its files. */
#ifndef DMCTL_CGROUP_H
#define DMCTL_CGROUP_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#define CGROUP_VALUE_SIZE 256	/* bytes of a value, with the NUL */

/**
 * struct cgroup - a control group
 * @path: its directory
 * @id: tells groups apart that had the same path, one after the other
 */
struct cgroup {
	char path[PATH_MAX];
	uint64_t id;
};

/**
 * cgroup_own() - find the control group that a VMM has for itself
 * @cgroup: the result
 * @pid: the VMM
 * @file: a file that the group must have, such as "memory.swap.max"
 * @why: set to a sentence if that fails
 *
 * This is the first group with that file and with all threads of the VMM in it or below, since
 * libvirt has groups for threads. It is refused if threads of another process are there, too.
 * Threads of the kernel do not count. In a scope machine-*.scope nothing is refused: systemd has
 * one for each machine, and libvirt puts helpers of QEMU there.
 */
bool cgroup_own(struct cgroup *cgroup, pid_t pid, const char *file, char *why);

/* Finds the group with this path again. Return: false: it is gone, or @id is another one's. */
bool cgroup_again(struct cgroup *cgroup, const char *path, uint64_t id);

/* Reads the first line of a file. Return: false, and @why is set, if that fails. */
bool cgroup_read(const struct cgroup *cgroup, const char *file, char value[CGROUP_VALUE_SIZE],
		 char *why);

/* Writes a file. Return: false, and @why is set, if that fails. */
bool cgroup_write(const struct cgroup *cgroup, const char *file, const char *value, char *why);

#endif
