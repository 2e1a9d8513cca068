/* SPDX-License-Identifier: GPL-2.0 */
/*
 * balloon: takes ranges of guest pages into a VM's balloon, and out of it. The functions here check
 * the ranges that a guest names, so that the code for each kind of message need not check them.
 */
#ifndef _DYNMEM_BALLOON_H
#define _DYNMEM_BALLOON_H

#include <linux/types.h>

#include "uapi/virtio_dynmem.h"

struct dynmem_counters;
struct dynmem_released;
struct dynmem_vm;

/**
 * struct dynmem_moved - how much of a range has moved into the balloon or out of it
 * @pages: number of pages accepted, from the first page of the range on
 * @refused: number of pages refused, from the first page after the accepted ones on
 * @reason: why pages were refused
 *
 * An object lives on the stack of one caller, so no lock guards it.
 */
struct dynmem_moved {
	u64 pages;
	u64 refused;
	enum virtio_dynmem_reason reason;
};

/**
 * dynmem_vm_inflate() - release a range and take it into the balloon
 * @vm: the VM
 * @first: guest page, unchecked
 * @pages: number of pages, unchecked
 * @moved: result
 *
 * Several threads may call this function at the same time, if their ranges do not overlap. But no
 * other function that changes the balloon may run at the same time.
 *
 * Context: the VM's vhost task or one of its workers, no lock held.
 */
void dynmem_vm_inflate(struct dynmem_vm *vm, u64 first, u64 pages,
		       struct dynmem_moved *moved);

/**
 * dynmem_vm_deflate() - take a range out of the balloon, so that the guest may use it again
 * @vm: the VM
 * @first: guest page, unchecked
 * @pages: number of pages, unchecked
 * @anyway: true: the grant does not limit the call, as for a driver that is leaving, or for a
 *	standard driver, whose protocol has no refusals. Memory above the grant is charged when it
 *	becomes resident
 * @moved: result
 *
 * Context: the VM's vhost task, no lock held.
 */
void dynmem_vm_deflate(struct dynmem_vm *vm, u64 first, u64 pages, bool anyway,
		       struct dynmem_moved *moved);

/**
 * dynmem_vm_move() - take one range into the balloon in exchange for another
 * @vm: the VM
 * @to: first guest page of the range that comes into the balloon, unchecked
 * @from: first guest page of the range that leaves the balloon, unchecked
 * @pages: number of pages of each range, unchecked
 * @moved: result: number of pages that have been exchanged. If fewer pages could leave the balloon
 *	than came into it, the surplus is taken out of the balloon again, if possible
 *
 * The grant does not limit an exchange, since the guest can touch no more memory than before.
 *
 * Context: the VM's vhost task, no lock held.
 */
void dynmem_vm_move(struct dynmem_vm *vm, u64 to, u64 from, u64 pages,
		    struct dynmem_moved *moved);

/**
 * dynmem_vm_report() - release a range of free pages, which the guest may use again at any time
 * @vm: the VM
 * @first: guest page, unchecked
 * @pages: number of pages, unchecked
 *
 * The range does not become ballooned. Refused pages are counted, but not reported to the guest.
 *
 * Context: the VM's vhost task, no lock held.
 */
void dynmem_vm_report(struct dynmem_vm *vm, u64 first, u64 pages);

/**
 * dynmem_vm_release() - call dynmem_release(), and add @calls and @lost of its result to counters
 * @vm: the VM
 * @first: guest page
 * @pages: number of pages
 * @in_use: the guest may use the pages again without a request to the host
 * @out: result
 *
 * Context: as for dynmem_vm_inflate().
 */
void dynmem_vm_release(struct dynmem_vm *vm, u64 first, u64 pages, bool in_use,
		       struct dynmem_released *out);

/*
 * Counts the refused pages by reason. The caller must not try these pages again, or they would be
 * counted twice.
 */
void dynmem_count_refused(struct dynmem_counters *counters, const struct dynmem_moved *moved);

/**
 * dynmem_vm_reserve() - reserve hugetlb pages for all ballooned pages
 * @vm: the VM, whose device was reset or is being closed
 *
 * After a reset the guest may touch its ballooned pages without a request to the host. So for
 * ballooned hugetlb memory this function reserves pages in the pool, as far as the pool has pages;
 * see dynmem_hugetlb_reserve(). The ballooned pages stay in the balloon.
 *
 * Context: a thread of the VMM; releases are stopped and no request is being carried out.
 * Return: bytes of ballooned memory for which the pools have too few pages
 */
u64 dynmem_vm_reserve(struct dynmem_vm *vm);

/**
 * dynmem_vm_unreserve() - undo a part of dynmem_vm_reserve() when the guest has a driver again
 * @vm: the VM
 * @page: guest page to begin at, 0 in the first call; set to the page at which the next call begins
 *
 * Takes a few milliseconds.
 *
 * Context: the VM's vhost task, no lock held.
 * Return: false when nothing is left to do
 */
bool dynmem_vm_unreserve(struct dynmem_vm *vm, u64 *page);

/*
 * Forgets which pages are ballooned, so that none counts as ballooned. No memory moves. To be
 * called when a new driver begins a session, or when the VMM has let go of the device. No lock is
 * held.
 */
void dynmem_vm_balloon_forget(struct dynmem_vm *vm);

/**
 * dynmem_vm_balloon_await() - expect that the driver announces all ballooned pages again
 * @vm: the VM, whose driver has sent HELLO again
 *
 * The pages count as ballooned until dynmem_vm_balloon_announced(). If there is no memory for this,
 * they are forgotten.
 *
 * Context: the VM's vhost task, no lock held.
 */
void dynmem_vm_balloon_await(struct dynmem_vm *vm);

/**
 * dynmem_vm_balloon_announced() - let awaited pages leave the balloon
 * @vm: the VM, whose driver has announced all pages that it holds
 * @end: the guest page after the memory that the driver has named in HELLO. Awaited pages from
 *	there on are memory that was plugged in, but that the guest does not use yet. They stay
 *
 * Context: the VM's vhost task, no lock held.
 */
void dynmem_vm_balloon_announced(struct dynmem_vm *vm, u64 end);

#endif
