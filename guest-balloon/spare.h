/* SPDX-License-Identifier: GPL-2.0 */
/* How much memory the guest can spare, and how much the balloon must leave to it. */
#ifndef _DYNMEM_BALLOON_SPARE_H
#define _DYNMEM_BALLOON_SPARE_H

#include <linux/types.h>

/**
 * dynmem_balloon_spare_total - the guest's memory, including the balloon
 *
 * Return: in bytes.
 */
u64 dynmem_balloon_spare_total(void);

/**
 * dynmem_balloon_spare_floor - how much available memory the balloon must leave
 *
 * The host computes the same floor from the guest's reports; see virtio_dynmem_floor().
 *
 * Return: in bytes.
 */
u64 dynmem_balloon_spare_floor(void);

/**
 * dynmem_balloon_spare - how much more the balloon could take now
 *
 * This includes memory that the guest would have to swap out. The host asks for such memory only in
 * a shortage, and never for more than the VM has beyond its minimum.
 *
 * Return: in bytes, 0 at or below the floor.
 */
u64 dynmem_balloon_spare(void);

/**
 * dynmem_balloon_spare_kernel - how much memory outside ZONE_MOVABLE the balloon may take
 *
 * The kernel cannot use ZONE_MOVABLE for itself, so the floor must also be free in the other zones.
 * All blocks of the balloon come from these other zones.
 *
 * Return: in bytes; U64_MAX in a guest without ZONE_MOVABLE.
 */
u64 dynmem_balloon_spare_kernel(void);

/**
 * dynmem_balloon_spare_lack - how far the guest's available memory is below the floor
 *
 * Return: in bytes; 0 if at least half of the floor is available.
 */
u64 dynmem_balloon_spare_lack(void);

/**
 * dynmem_balloon_spare_exhausted - whether a vnode's free memory is down to the kernel's reserves
 * @vnode: number of the vnode
 *
 * Return: true if free memory is at most the sum of the zones' high watermarks and lowmem reserves.
 */
bool dynmem_balloon_spare_exhausted(unsigned int vnode);

/**
 * dynmem_balloon_spare_exhausted_any - whether any vnode is exhausted
 *
 * Return: true if dynmem_balloon_spare_exhausted() is true of at least one vnode.
 */
bool dynmem_balloon_spare_exhausted_any(void);

#endif
