/* SPDX-License-Identifier: GPL-2.0 */
/*
 * why: the sentence that says why something could not be done. Functions that take a @why write
 * such a sentence when they fail; the caller prints it.
 */
#ifndef DMCTL_WHY_H
#define DMCTL_WHY_H

#include <stdbool.h>

#include "command.h"

#define WHY_SIZE	512	/* bytes of a sentence, with the NUL */

/**
 * why_set() - write a sentence to @why
 * @why: at least WHY_SIZE bytes
 * @fmt: the sentence, parts of which may come from a VMM. So all characters that are not printable
 *	ASCII become '?': a terminal could take some of them for commands
 */
__printf(2, 3)
void why_set(char *why, const char *fmt, ...);

/* Writes a sentence to @why. Return: false */
#define refuse(why, ...) (why_set(why, __VA_ARGS__), false)

#endif
