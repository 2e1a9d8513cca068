/* SPDX-License-Identifier: GPL-2.0 */
/*
 * swap: keeps the host from swapping VMs out, by memory.swap.max of their VMMs' cgroups. What was
 * there before is kept in NAME.swap (see runfile.h), from before it is changed until it is put
 * back, so that it is not lost when dmctl is killed.
 */
#ifndef DMCTL_SWAP_H
#define DMCTL_SWAP_H

#include <stdbool.h>
#include <sys/types.h>

/* Sets memory.swap.max of the cgroup of the VMM @pid to 0. @why: set if that fails. */
bool swap_forbid(const char *name, pid_t pid, char *why);

/* Puts back what was there before. @why: set if that fails; then it can be tried again. */
bool swap_put_back(const char *name, char *why);

#endif
