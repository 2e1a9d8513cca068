/* SPDX-License-Identifier: GPL-2.0 */
/*
 * balloon: take a range of guest pages into a VM's balloon, or let the guest have it back. Every
 * check of a range that a guest names is made here, whoever is asked (request.c, standard.c,
 * reporting.c).
 */
#ifndef _DYNMEM_BALLOON_H
#define _DYNMEM_BALLOON_H

#include <linux/types.h>

#include "uapi/virtio_dynmem.h"

struct dynmem_counters;
struct dynmem_released;
struct dynmem_vm;

/**
 * struct dynmem_moved - what came of a range
 * @pages: accepted, from the range's first page on
 * @refused: the pages behind them that were refused
 * @reason: why
 */
struct dynmem_moved {
	u64 pages;
	u64 refused;
	enum virtio_dynmem_reason reason;
};

/**
 * dynmem_vm_inflate() - release a range and count it as given
 * @vm: the VM
 * @first: guest page, unchecked
 * @pages: how many, unchecked
 * @moved: what came of it
 *
 * Several ranges that lie apart can be taken at a time, and nothing else be done meanwhile.
 *
 * Context: the VM's vhost task or one of its workers, no lock held.
 */
void dynmem_vm_inflate(struct dynmem_vm *vm, u64 first, u64 pages,
		       struct dynmem_moved *moved);

/**
 * dynmem_vm_deflate() - let the guest use a range again
 * @vm: the VM
 * @first: guest page, unchecked
 * @pages: how many, unchecked
 * @anyway: also beyond what is granted: the driver is leaving, or it is a stock driver that can't
 *	be refused. What then becomes resident is charged
 * @moved: what came of it
 *
 * Context: the VM's vhost task, no lock held.
 */
void dynmem_vm_deflate(struct dynmem_vm *vm, u64 first, u64 pages, bool anyway,
		       struct dynmem_moved *moved);

/**
 * dynmem_vm_move() - take one range in place of another
 * @vm: the VM
 * @to: guest page, unchecked, from which on pages come into the balloon
 * @from: guest page, unchecked, from which on as many go out of it, whatever is granted
 * @pages: how many, unchecked
 * @moved: what came of it; of each page either both happened or neither
 *
 * Context: the VM's vhost task, no lock held.
 */
void dynmem_vm_move(struct dynmem_vm *vm, u64 to, u64 from, u64 pages,
		    struct dynmem_moved *moved);

/**
 * dynmem_vm_report() - release a range that the guest may use again at any time
 * @vm: the VM
 * @first: guest page, unchecked
 * @pages: how many, unchecked
 *
 * It does not count as given. What is refused is counted, and nothing else becomes of it.
 *
 * Context: the VM's vhost task, no lock held.
 */
void dynmem_vm_report(struct dynmem_vm *vm, u64 first, u64 pages);

/**
 * dynmem_vm_release() - as dynmem_release(), and count the calls and what was lost
 * @vm: the VM
 * @first: guest page
 * @pages: how many
 * @in_use: the guest may use the pages again without asking
 * @out: what came of it
 *
 * Context: as dynmem_vm_inflate()
 */
void dynmem_vm_release(struct dynmem_vm *vm, u64 first, u64 pages, bool in_use,
		       struct dynmem_released *out);

/*
 * Counts the pages that were refused, under their reason. The caller does so when it knows that it
 * does not try the rest of the range again.
 */
void dynmem_count_refused(struct dynmem_counters *counters, const struct dynmem_moved *moved);

/**
 * dynmem_vm_reserve() - the guest may touch what it has given: see that it lives
 * @vm: its device was reset, or goes
 *
 * See dynmem_hugetlb_reserve(). What is ballooned stays so.
 *
 * Context: a thread of the VMM; releases are stopped and no request is being carried out.
 * Return: bytes that it could not be provided for
 */
u64 dynmem_vm_reserve(struct dynmem_vm *vm);

/**
 * dynmem_vm_unreserve() - the driver goes on: others may have what it has given
 * @vm: was reserved
 * @page: guest page to go on from, 0 at first; set to where the next call does
 *
 * A step of a few milliseconds.
 *
 * Context: the VM's vhost task, no lock held.
 * Return: false when there is no more to do
 */
bool dynmem_vm_unreserve(struct dynmem_vm *vm, u64 *page);

/* Nothing is given any more: another driver instance has begun, or the VMM has let go. */
void dynmem_vm_balloon_forget(struct dynmem_vm *vm);

#endif
