/* SPDX-License-Identifier: GPL-2.0 */
/*
 * zswap: the kernel's cache of compressed pages in front of swap space. What a control group has
 * there is charged to the group, so a VM that is paged pays for its compressed pages itself.
 */
#ifndef DMCTL_ZSWAP_H
#define DMCTL_ZSWAP_H

#include <stdbool.h>
#include <stdint.h>

#include "cgroup.h"

#define ZSWAP_MAX "memory.zswap.max"	/* file of a group: its limit in zswap, compressed bytes */

/*
 * Turns zswap on, unless it is on or the kernel has none. What was found is written to /run/dynmem
 * before. @why: set to a sentence on failure.
 */
void zswap_turn_on(char *why);

/* Turns zswap off again if zswap_turn_on() has turned it on. @why: set to a sentence on failure. */
void zswap_put_back(char *why);

/**
 * zswap_bound() - limit what a control group has in zswap
 * @cgroup: the group, which has the file ZSWAP_MAX
 * @found: the limit before the first call; a lower one stays
 * @bytes: the limit, compressed bytes
 * @why: set to a sentence on failure
 */
bool zswap_bound(const struct cgroup *cgroup, const char *found, uint64_t bytes, char *why);

/**
 * struct zswap_use - what a control group has in zswap, bytes
 * @compressed: size of the compressed pages
 * @from: size of these pages before
 */
struct zswap_use {
	uint64_t compressed;
	uint64_t from;
};

/* Return: false if the group has no figures of zswap. */
bool zswap_read(const struct cgroup *cgroup, struct zswap_use *use);

#endif
