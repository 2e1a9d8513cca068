/* SPDX-License-Identifier: GPL-2.0 */
/* qemu: the QEMU that is installed, and its version. */
#ifndef DMCTL_QEMU_H
#define DMCTL_QEMU_H

#include <stdbool.h>

/**
 * struct qemu_version - a version of QEMU
 * @major: its first number
 * @minor: its second number
 */
struct qemu_version {
	unsigned int major;
	unsigned int minor;
};

/* Reads the line that QEMU prints when it is asked for its version. Return: false if it is none. */
bool qemu_version_parse(const char *line, struct qemu_version *version);

/**
 * qemu_version() - ask the QEMU that is installed for its version
 * @version: the result
 * @path: set to the program
 *
 * Return: false if no QEMU is installed, or if it does not tell
 */
bool qemu_version(struct qemu_version *version, const char **path);

#endif
