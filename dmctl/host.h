/* SPDX-License-Identifier: GPL-2.0 */
/* host: the lines from which the settings of the host can be restored. */
#ifndef DMCTL_HOST_H
#define DMCTL_HOST_H

#include <stdio.h>

/*
 * Writes lines "host set ..." with all settings of the host to @out. A reserve or headroom that the
 * operator has not set is written as "default". Return: the exit status, as request_send().
 */
int host_save(FILE *out);

#endif
