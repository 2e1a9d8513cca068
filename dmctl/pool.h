/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pool: the host's hugetlb pools, by node. What a VM whose memory is in one gives back serves VMs
 * in the same pool only. Called by node.c.
 */
#ifndef DMCTL_POOL_H
#define DMCTL_POOL_H

#include <stdint.h>

struct json_object;

/* The pools of a node as an array in JSON, empty ones too. */
struct json_object *pools_json(uint32_t node);

/* A table of the pools of all nodes that have pages; nothing if there are none. */
void pools_print(void);

#endif
