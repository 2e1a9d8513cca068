/* SPDX-License-Identifier: GPL-2.0 */
/* program: runs a program, and waits until it ends. */
#ifndef DMCTL_PROGRAM_H
#define DMCTL_PROGRAM_H

#include <stdbool.h>

/**
 * program_run() - run a program, and wait until it ends
 * @argv: its name, which is looked for in PATH, its arguments, and then NULL
 * @quiet: throw its output away, and what it says on standard error
 *
 * Return: its exit status; 128 and the number of the signal that ended it; -errno if it cannot be
 * started
 */
int program_run(const char *const *argv, bool quiet);

#endif
