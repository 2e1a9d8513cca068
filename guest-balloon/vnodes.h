/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The guest's vnodes: its nodes with memory, numbered from 0 in the order in which they were first
 * seen. Numbers are never given up, so the stock may be kept by them.
 */
#ifndef _DYNMEM_BALLOON_VNODES_H
#define _DYNMEM_BALLOON_VNODES_H

#include <linux/types.h>

struct virtio_dynmem_range;

/**
 * dynmem_balloon_vnodes_renew - look for nodes that have come
 *
 * Nodes beyond what the host can be told of are left out; their memory is not ballooned.
 *
 * Return: how many vnodes there are.
 */
unsigned int dynmem_balloon_vnodes_renew(void);

/**
 * dynmem_balloon_vnodes - how many vnodes there are
 *
 * Return: as the last dynmem_balloon_vnodes_renew().
 */
unsigned int dynmem_balloon_vnodes(void);

/**
 * dynmem_balloon_vnodes_nid - the node behind a vnode
 * @vnode: below dynmem_balloon_vnodes()
 *
 * Return: the kernel's number of the node.
 */
int dynmem_balloon_vnodes_nid(unsigned int vnode);

/**
 * dynmem_balloon_vnodes_of - the vnode of a node
 * @nid: the kernel's number of the node
 *
 * Return: its vnode, dynmem_balloon_vnodes() or more if it has none.
 */
unsigned int dynmem_balloon_vnodes_of(int nid);

/**
 * dynmem_balloon_vnodes_ranges - which guest-physical memory belongs to which vnode
 * @ranges: filled, ascending
 * @room: how many fit
 *
 * Context: may sleep.
 *
 * Return: how many there are; if that is above @room the rest was left out.
 */
u32 dynmem_balloon_vnodes_ranges(struct virtio_dynmem_range *ranges, u32 room);

#endif
