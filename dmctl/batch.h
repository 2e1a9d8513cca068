/* SPDX-License-Identifier: GPL-2.0 */
/* batch: carries out the command lines of a file. */
#ifndef DMCTL_BATCH_H
#define DMCTL_BATCH_H

#include <stdbool.h>

#include "command.h"

/**
 * batch_run() - carry out the command lines of a file
 * @file: its path; "-": standard input
 * @force: go on after a line that fails
 * @fn: carries out a line; gets the words of the line, at least one
 *
 * See words.h about the form of the file. Messages name the file and the line.
 *
 * Return: EXIT_OK; EXIT_REFUSED: a line failed, or the file cannot be read
 */
int batch_run(const char *file, bool force, command_fn fn);

#endif
