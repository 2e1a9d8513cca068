/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory that is plugged into the guest, and memory that goes offline. A block that the kernel
 * brings online has *arrived*: it is in nobody's hands until the next HELLO puts it into the stock.
 * A block of the stock that the kernel takes offline becomes *absent*: the balloon still counts it,
 * but nobody can use it until the kernel brings it online again.
 */
#ifndef _DYNMEM_BALLOON_PLUG_H
#define _DYNMEM_BALLOON_PLUG_H

#include <linux/types.h>

struct page;
struct virtio_dynmem_range;

/**
 * dynmem_balloon_plug_arrive - take a block that the kernel brings online
 * @page: its first page, as the kernel passes it to the callback for pages that come online
 *
 * An absent block returns to the stock at once, since the host knows it.
 *
 * Context: that callback.
 */
void dynmem_balloon_plug_arrive(struct page *page);

/**
 * dynmem_balloon_plug_is_absent - whether a block is absent
 * @pfn: its first page
 *
 * Context: may sleep.
 */
bool dynmem_balloon_plug_is_absent(u64 pfn);

/**
 * dynmem_balloon_plug_settle - put all blocks that have arrived into the stock
 *
 * Blocks of a node that will never have a vnode are freed to the guest.
 *
 * Context: the session's work or, while that work is stopped, any task; may sleep.
 */
void dynmem_balloon_plug_settle(void);

/**
 * dynmem_balloon_plug_withdraw - let the kernel take blocks of the stock offline
 * @first: first page of the range that goes offline
 * @pages: length of that range
 *
 * The blocks become absent. No block of the range may be between stock and allocator (stock.h), or
 * the kernel cannot take the range offline.
 *
 * Context: the kernel's notification that the range goes offline.
 *
 * Return: 0 or -ENOMEM.
 */
int dynmem_balloon_plug_withdraw(u64 first, u64 pages);

/**
 * dynmem_balloon_plug_restore - undo dynmem_balloon_plug_withdraw(), as the range stays online
 * @first: first page of the range
 * @pages: length of the range
 */
void dynmem_balloon_plug_restore(u64 first, u64 pages);

/**
 * dynmem_balloon_plug_went - correct the kernel's figures after a range has gone offline
 * @first: first page of the range
 * @pages: length of the range
 *
 * Context: the kernel's notification that the range has gone offline.
 */
void dynmem_balloon_plug_went(u64 first, u64 pages);

/**
 * dynmem_balloon_plug_ranges - name absent blocks
 * @from: page to begin at; set to the page to continue at
 * @ranges: filled with one range for each block
 * @room: number of ranges that fit into @ranges
 *
 * Context: may sleep.
 *
 * Return: the number of ranges.
 */
u32 dynmem_balloon_plug_ranges(u64 *from, struct virtio_dynmem_range *ranges, u32 room);

/**
 * dynmem_balloon_plug_forget - forget an absent block, whose memory the host has removed
 * @pfn: its first page
 */
void dynmem_balloon_plug_forget(u64 pfn);

/**
 * dynmem_balloon_plug_removed - whether the guest's kernel has let go of the memory of an absent
 *	block, which the host then removes
 *
 * Context: may sleep.
 */
bool dynmem_balloon_plug_removed(void);

/**
 * dynmem_balloon_plug_exit - free absent blocks that are online
 *
 * Context: module exit; the kernel sends no notifications any more, and takes no memory offline of
 * which it has sent one.
 */
void dynmem_balloon_plug_exit(void);

#endif
