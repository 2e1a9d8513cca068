/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's vnodes: its nodes with memory, numbered from 0 in the order in which they were first
 * seen. A node keeps its number for the life of the module, so the stock can be kept by vnode.
 */
#ifndef _DYNMEM_BALLOON_VNODES_H
#define _DYNMEM_BALLOON_VNODES_H

#include <linux/types.h>

struct virtio_dynmem_range;

/**
 * dynmem_balloon_vnodes_renew - give a vnode to each node that has none yet
 *
 * Nodes beyond VIRTIO_DYNMEM_MAX_VNODES get none; their memory is not ballooned.
 *
 * Context: the session's work.
 *
 * Return: the number of vnodes.
 */
unsigned int dynmem_balloon_vnodes_renew(void);

/**
 * dynmem_balloon_vnodes - the number of vnodes
 *
 * Context: any.
 *
 * Return: the result of the last dynmem_balloon_vnodes_renew().
 */
unsigned int dynmem_balloon_vnodes(void);

/**
 * dynmem_balloon_vnodes_nid - the node behind a vnode
 * @vnode: below dynmem_balloon_vnodes()
 *
 * Return: the node's number in the kernel.
 */
int dynmem_balloon_vnodes_nid(unsigned int vnode);

/**
 * dynmem_balloon_vnodes_of - the vnode of a node
 * @nid: the node's number in the kernel
 *
 * Return: the vnode; VIRTIO_DYNMEM_MAX_VNODES if the node has none.
 */
unsigned int dynmem_balloon_vnodes_of(int nid);

/**
 * dynmem_balloon_vnodes_ranges - the guest-physical memory of each vnode
 * @ranges: filled in ascending order
 * @room: number of ranges that fit into @ranges
 *
 * Context: may sleep.
 *
 * Return: the number of ranges found. If it is above @room, only the first @room were stored.
 */
u32 dynmem_balloon_vnodes_ranges(struct virtio_dynmem_range *ranges, u32 room);

#endif
