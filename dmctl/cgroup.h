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
 * @why: set to a sentence on failure
 *
 * libvirt puts the threads of a VMM into several groups below its scope. So this function starts at
 * the group of the first thread and goes up to the first group that has @file and that holds all
 * threads of the VMM, in the group itself or in groups below it. This function refuses a group that
 * also holds other processes, but ignores threads of the kernel. In a scope machine-*.scope other
 * processes are allowed: systemd makes such a scope for one machine only, and libvirt puts helpers
 * of QEMU there.
 */
bool cgroup_own(struct cgroup *cgroup, pid_t pid, const char *file, char *why);

/**
 * cgroup_first() - find the first control group, from that of a process upwards, that fits
 * @cgroup: the result
 * @pid: the process
 * @fits: whether a group fits
 * @arg: for @fits
 *
 * Return: whether there is such a group
 */
bool cgroup_first(struct cgroup *cgroup, pid_t pid,
		  bool (*fits)(const struct cgroup *cgroup, const void *arg), const void *arg);

/* Finds the group @id again. Return: false if @path is not the path of this group any more. */
bool cgroup_again(struct cgroup *cgroup, const char *path, uint64_t id);

/* Whether the group has a file. */
bool cgroup_has(const struct cgroup *cgroup, const char *file);

/* Reads the value of @key in memory.stat of the group. Return: false if there is none. */
bool cgroup_stat(const struct cgroup *cgroup, const char *key, uint64_t *value);

/* Reads the first line of a file of the group. Return: false, with @why set, on failure. */
bool cgroup_read(const struct cgroup *cgroup, const char *file, char value[CGROUP_VALUE_SIZE],
		 char *why);

/* Writes @value to a file of the group. Return: false, with @why set, on failure. */
bool cgroup_write(const struct cgroup *cgroup, const char *file, const char *value, char *why);

#endif
