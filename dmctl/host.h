/* SPDX-License-Identifier: GPL-2.0 */
/* host: the lines that set the host again. */
#ifndef DMCTL_HOST_H
#define DMCTL_HOST_H

#include <stdio.h>

/*
 * Writes lines "host set ..." with all settings of the host to @out. What is the default, not set,
 * is written as default. Return: EXIT_OK, EXIT_REFUSED.
 */
int host_save(FILE *out);

#endif
