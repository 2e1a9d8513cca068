/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Events: what happened to a VM or to the host, for whoever listens. vm.c, vdpa.c and balancer.c
 * raise them; netlink/family.c listens and multicasts them, so that no lower layer calls upward.
 */
#ifndef _DYNMEM_EVENT_H
#define _DYNMEM_EVENT_H

#include <linux/notifier.h>
#include <linux/types.h>

#include "uapi/dynmem.h"

/**
 * struct dynmem_event - one event
 * @kind: enum dynmem_event_kind (uapi)
 * @vm: name of the VM, or NULL for an event of the host
 * @node: node, or pool on one, or NUMA_NO_NODE
 * @bytes: the amount the event is about (missing, moved, debt), 0 if none
 * @text: one sentence for a person, without a full stop
 */
struct dynmem_event {
	enum dynmem_event_kind kind;
	const char *vm;
	int node;
	u64 bytes;
	const char *text;
};

/**
 * dynmem_event() - raise an event, to be told to the listeners and the kernel log
 * @kind: enum dynmem_event_kind
 * @vm: name or NULL
 * @node: node, or pool on one, or NUMA_NO_NODE
 * @bytes: amount or 0
 * @fmt: printf format of the sentence
 *
 * Context: process; any lock may be held, since this neither waits nor allocates. Events are told
 * in their order, by a worker; if too many come at a time some are lost, and that is told.
 */
__printf(5, 6)
void dynmem_event(enum dynmem_event_kind kind, const char *vm, int node, u64 bytes,
		  const char *fmt, ...);

/* Tells what is left. Nobody raises events any more. May sleep. */
void dynmem_event_exit(void);

int dynmem_event_listen(struct notifier_block *nb);
void dynmem_event_unlisten(struct notifier_block *nb);

#endif
