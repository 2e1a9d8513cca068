/* SPDX-License-Identifier: GPL-2.0 */
/*
 * mapping: the files that VMMs map, from /proc/PID/maps. A process can delay whoever reads that for
 * any time, so children do.
 */
#ifndef DMCTL_MAPPING_H
#define DMCTL_MAPPING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

/**
 * struct mapping_files - memory of a process in files that are neither in tmpfs nor in hugetlbfs
 * @bytes: writable memory in such files, without small mappings
 * @type: type of their file system, or of one of them
 */
struct mapping_files {
	uint64_t bytes;
	char type[32];
};

/**
 * mapping_count() - count memory in files
 * @maps: lines as in /proc/PID/maps
 * @mounts: lines as in /proc/PID/mountinfo. Files of other file systems are not counted: they are
 *	memfds, or belong to drivers
 * @files: the result
 *
 * Return: whether there is any mapping; a process that has ended has none
 */
bool mapping_count(FILE *maps, FILE *mounts, struct mapping_files *files);

/**
 * struct mapping_look - a process to be looked at, and the result
 * @pid: the process; 0: there is none to be looked at
 * @child: a child that looks at it
 * @known: whether @files is known; false before the first look
 * @files: the memory of the process in files
 */
struct mapping_look {
	pid_t pid;
	pid_t child;
	bool known;
	struct mapping_files files;
};

/* Looks at processes for at most @ms milliseconds. None of them can delay the look at another. */
void mapping_look(struct mapping_look *looks, size_t nr, int64_t ms);

#endif
