/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the guest says of itself: the figures of a REPORT, and whether they have jumped since the
 * last one.
 */
#ifndef _DYNMEM_BALLOON_REPORT_H
#define _DYNMEM_BALLOON_REPORT_H

#include <linux/types.h>
#include <linux/vm_event_item.h>

#include "../include/uapi/virtio_dynmem.h"
#include "limits.h"

/* Things that are counted from boot on and reported as differences. */
struct dynmem_balloon_counters {
	u64 swap_in;		/* pages */
	u64 swap_out;		/* pages */
	u64 refault;		/* pages */
	u64 major_faults;
	u64 stalls;
	u64 stalled;		/* microseconds */
};

/**
 * struct dynmem_balloon_report - what is remembered from one report to the next
 * @commit: bytes, as last reported
 * @touched: bytes of anonymous and shared memory at that time
 * @counters: as last reported
 * @limits: as last read
 * @limits_age: reports since they were read
 * @events: room for the kernel's event counters
 *
 * Of the session's work alone; no lock.
 */
struct dynmem_balloon_report {
	u64 commit;
	u64 touched;
	struct dynmem_balloon_counters counters;
	struct dynmem_balloon_limits limits;
	unsigned int limits_age;
	unsigned long events[NR_VM_EVENT_ITEMS];
};

/**
 * dynmem_balloon_report_init - begin with what is counted from now on
 * @report: to begin with
 */
void dynmem_balloon_report_init(struct dynmem_balloon_report *report);

/**
 * dynmem_balloon_report_fill - the figures of the guest as a whole
 * @report: what was said last; brought up to date
 * @wire: filled
 * @calm: nobody waits for memory: what takes some to find out can be found out
 *
 * Context: may sleep; allocates if @calm.
 */
void dynmem_balloon_report_fill(struct dynmem_balloon_report *report,
				struct virtio_dynmem_report *wire, bool calm);

/**
 * dynmem_balloon_report_vnode - the figures of one vnode
 * @vnode: which
 * @unavailable: pages that it was asked for and could not find
 * @wire: filled
 */
void dynmem_balloon_report_vnode(unsigned int vnode, u64 unavailable,
				 struct virtio_dynmem_vnode *wire);

/**
 * dynmem_balloon_report_jumped - whether the host should be told now rather than in a second
 * @report: what was said last
 *
 * Return: true if the commit charge or the memory in use rose by more than 32 MiB and 2 %.
 */
bool dynmem_balloon_report_jumped(const struct dynmem_balloon_report *report);

/**
 * dynmem_balloon_report_grown - what programs have taken into use since the last report
 * @report: what was said last
 *
 * Return: in bytes.
 */
u64 dynmem_balloon_report_grown(const struct dynmem_balloon_report *report);

#endif
