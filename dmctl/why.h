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
 * refuse() - write a sentence to @why
 * @why: at least WHY_SIZE bytes
 * @fmt: the sentence; characters that a terminal could take for a command become '?', since parts
 *	of it may come from a VMM
 *
 * Return: false
 */
__printf(2, 3)
bool refuse(char *why, const char *fmt, ...);

#endif
