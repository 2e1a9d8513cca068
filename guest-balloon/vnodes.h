/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's vnodes: its nodes with memory, numbered from 0 in the order in which they were first
 * seen. Numbers are never given up, so the stock may be kept by them.
 */
#ifndef _DYNMEM_BALLOON_VNODES_H
#define _DYNMEM_BALLOON_VNODES_H

#include <linux/types.h>

struct virtio_dynmem_range;

unsigned int dynmem_balloon_vnodes_renew(void);
unsigned int dynmem_balloon_vnodes(void);
int dynmem_balloon_vnodes_nid(unsigned int vnode);
unsigned int dynmem_balloon_vnodes_of(int nid);
u32 dynmem_balloon_vnodes_ranges(struct virtio_dynmem_range *ranges, u32 room);

#endif
