/* SPDX-License-Identifier: GPL-2.0 */
/* The guest's figures for a REPORT, and whether they have jumped since the last one. */
#ifndef _DYNMEM_BALLOON_REPORT_H
#define _DYNMEM_BALLOON_REPORT_H

#include <linux/types.h>
#include <linux/vm_event_item.h>

#include "../include/uapi/virtio_dynmem.h"
#include "limits.h"

/* Counters that only rise. A report has the growth of each since the last report. */
struct dynmem_balloon_counters {
	u64 swap_in;		/* pages */
	u64 swap_out;		/* pages */
	u64 refault;		/* pages */
	u64 major_faults;
	u64 stalls;
	u64 stalled;		/* microseconds */
};

/**
 * struct dynmem_balloon_report - figures of the last report
 * @commit: commit charge in bytes
 * @touched: anonymous and shared memory in bytes
 * @counters: values of the counters
 * @limits: limits as last read
 * @limits_age: calls of dynmem_balloon_report_fill() with @calm true since @limits were read
 * @events: scratch for the kernel's event counters
 *
 * No lock: only the session's work uses it.
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
 * dynmem_balloon_report_init - forget the last report; the next has the events from now on
 * @report: figures of the last report; reset
 */
void dynmem_balloon_report_init(struct dynmem_balloon_report *report);

/**
 * dynmem_balloon_report_fill - fill a report with the figures of the whole guest
 * @report: figures of the last report; replaced by those of the new report
 * @wire: the new report; filled
 * @calm: true if no task waits for memory. Only then may this function read the limits, because
 *	reading them allocates memory
 *
 * Context: may sleep; may allocate memory if @calm is true.
 */
void dynmem_balloon_report_fill(struct dynmem_balloon_report *report,
				struct virtio_dynmem_report *wire, bool calm);

/**
 * dynmem_balloon_report_vnode - fill a report with the figures of a vnode
 * @vnode: number of the vnode
 * @unavailable: pages that the host asked for and the guest could not find in this vnode
 * @wire: the vnode's part of the report; filled
 */
void dynmem_balloon_report_vnode(unsigned int vnode, u64 unavailable,
				 struct virtio_dynmem_vnode *wire);

/**
 * dynmem_balloon_report_jumped - whether the next report should be sent at once
 * @report: the last report
 *
 * Return: true if the commit charge, or the sum of anonymous and shared memory, has risen since the
 * last report by more than 32 MiB and by more than 2 %.
 */
bool dynmem_balloon_report_jumped(const struct dynmem_balloon_report *report);

/**
 * dynmem_balloon_report_grown - growth of anonymous and shared memory since the last report
 * @report: the last report
 *
 * Return: in bytes.
 */
u64 dynmem_balloon_report_grown(const struct dynmem_balloon_report *report);

#endif
