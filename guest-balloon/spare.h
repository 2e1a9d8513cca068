/* SPDX-License-Identifier: GPL-2.0 */
/* How much memory the guest can spare, and how much it needs to keep free of the balloon. */
#ifndef _DYNMEM_BALLOON_SPARE_H
#define _DYNMEM_BALLOON_SPARE_H

#include <linux/types.h>

/**
 * dynmem_balloon_spare_total - the guest's memory with the balloon in it
 *
 * Return: in bytes.
 */
u64 dynmem_balloon_spare_total(void);

/**
 * dynmem_balloon_spare_floor - how much available memory the balloon must leave
 *
 * The kernel's own watermarks are not in what it calls available, so this is on top of them: room
 * for what the guest allocates between two samples, before it can ask for more. That does not grow
 * with its memory, but with its CPUs and devices, for which memory stands here: 64 MiB, less where
 * that would be more than 1/16 (a small VM shall be able to reach its minimum), and 1/256 from
 * 16 GiB on.
 *
 * Return: in bytes.
 */
u64 dynmem_balloon_spare_floor(void);

/**
 * dynmem_balloon_spare - how much more the balloon could take now
 *
 * With what the guest would have to swap out: the host takes what is in use only in a shortage, and
 * never below the minimum that was set for the VM.
 *
 * Return: in bytes, 0 at or below the floor.
 */
u64 dynmem_balloon_spare(void);

/**
 * dynmem_balloon_spare_kernel - how much of what the kernel itself can use may go
 *
 * A kernel does not use memory that was onlined as movable, and starves with gigabytes of it free.
 * So it keeps the floor in its own memory, which is where blocks come from.
 *
 * Return: in bytes; U64_MAX in a guest without movable memory, where all is one.
 */
u64 dynmem_balloon_spare_kernel(void);

/**
 * dynmem_balloon_spare_lack - what the guest lacks that is about to swap
 *
 * Return: in bytes; 0 with half the floor available.
 */
u64 dynmem_balloon_spare_lack(void);

/**
 * dynmem_balloon_spare_exhausted - whether a vnode has no free memory but what its kernel keeps
 * @vnode: which
 *
 * Return: true also if it has a bit more: others free and allocate meanwhile.
 */
bool dynmem_balloon_spare_exhausted(unsigned int vnode);

/**
 * dynmem_balloon_spare_exhausted_any - whether dynmem_balloon_spare_exhausted() is true of any
 *
 * Return: whether it is.
 */
bool dynmem_balloon_spare_exhausted_any(void);

#endif
