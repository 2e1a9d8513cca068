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
 * @id: inode number of the directory; a later group with the same path has another number
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
 * libvirt puts the threads of a VMM into several groups below its scope. So this function starts at
 * the group of the first thread and goes up to the first group that has @file and that holds all
 * threads of the VMM, in itself or in groups below. It refuses a group that also holds other
 * processes. Threads of the kernel do not count. In a scope machine-*.scope other processes are
 * allowed: systemd makes such a scope for one machine only, and libvirt puts helpers of QEMU there.
 */
bool cgroup_own(struct cgroup *cgroup, pid_t pid, const char *file, char *why);

/* Finds a group again. Return: false if it is gone, or if the group at @path has another id. */
bool cgroup_again(struct cgroup *cgroup, const char *path, uint64_t id);

/* Reads the first line of a file. Return: false, and @why is set, if that fails. */
bool cgroup_read(const struct cgroup *cgroup, const char *file, char value[CGROUP_VALUE_SIZE],
		 char *why);

/* Writes a file. Return: false, and @why is set, if that fails. */
bool cgroup_write(const struct cgroup *cgroup, const char *file, const char *value, char *why);

#endif
