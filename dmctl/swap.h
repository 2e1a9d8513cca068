/* SPDX-License-Identifier: GPL-2.0 */
/*
 * swap: keeps the host from swapping VMs out, by memory.swap.max of their VMMs' cgroups. The old
 * value is written to NAME.swap (see runfile.h) before the limit is changed, and stays there until
 * it has been put back. So the old value is not lost when dmctl is killed.
 */
#ifndef DMCTL_SWAP_H
#define DMCTL_SWAP_H

#include <stdbool.h>
#include <sys/types.h>

/* Sets memory.swap.max of the cgroup of the VMM @pid to 0. @why: set on failure. */
bool swap_forbid(const char *name, pid_t pid, char *why);

/* Puts back the old value, if there is one. @why: set on failure; one may then try again. */
bool swap_put_back(const char *name, char *why);

#endif
