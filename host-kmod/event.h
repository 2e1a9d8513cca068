/* SPDX-License-Identifier: GPL-2.0 */
/*
 * event: a queue of events about VMs and the host. All layers but policy may raise events, and
 * listeners register to get them. So a layer can report something without calling a higher layer.
 */
#ifndef _DYNMEM_EVENT_H
#define _DYNMEM_EVENT_H

#include <linux/notifier.h>
#include <linux/types.h>

#include "uapi/dynmem.h"

/**
 * struct dynmem_event - one event, as listeners get it
 * @kind: enum dynmem_event_kind (uapi)
 * @vm: name of the VM; NULL: the event is about the host
 * @node: number of the node or hugetlb pool (see pool.h), or NUMA_NO_NODE
 * @bytes: the amount that the event is about (missing, moved, debt), or 0
 * @text: one sentence for a person, without a full stop
 * @time_ns: when the event was raised, nanoseconds since 1970 (UTC)
 * @sequence: number of the event, from 1; 0 in events of kind DYNMEM_EVENT_LOST
 *
 * Listeners must not change the event, which is valid until the listener returns.
 */
struct dynmem_event {
	enum dynmem_event_kind kind;
	const char *vm;
	int node;
	u64 bytes;
	const char *text;
	u64 time_ns;
	u64 sequence;
};

/**
 * dynmem_event() - raise an event for the listeners and the kernel log
 * @kind: enum dynmem_event_kind
 * @vm: name of the VM, or NULL
 * @node: number of the node or hugetlb pool (see pool.h), or NUMA_NO_NODE
 * @bytes: amount, or 0
 * @fmt: printf format of the sentence
 *
 * A work item delivers events in the order in which they were raised. If too many are queued, some
 * are lost, and an event reports how many. Lost events have sequence numbers, too.
 *
 * Context: process; the caller may hold any lock, since this function neither sleeps nor allocates.
 */
__printf(5, 6)
void dynmem_event(enum dynmem_event_kind kind, const char *vm, int node, u64 bytes,
		  const char *fmt, ...);

/* The sequence number of the last event, and the number of refusals. Context: any. */
u64 dynmem_event_sequence(void);
u64 dynmem_event_refused(void);

/*
 * Waits until all queued events are delivered. To be called when no events are raised any more. May
 * sleep.
 */
void dynmem_event_exit(void);

/*
 * Registers a listener: @nb is called for each event, in process context, with the kind and the
 * struct dynmem_event of the event. May sleep. Return: 0.
 */
int dynmem_event_listen(struct notifier_block *nb);

/* Undoes dynmem_event_listen(). May sleep. */
void dynmem_event_unlisten(struct notifier_block *nb);

#endif
