/* SPDX-License-Identifier: GPL-2.0 */
/*
 * startq: the queue of VMs that start, and how they get their memory. This file needs no kernel
 * types, allocates nothing and also builds in user space. Context: dynmem_set_lock is held.
 *
 * Starts are served by weight, then by arrival. A start is admitted when all the memory that it
 * needs is spare on all its nodes at once. Until then, spare memory is set aside for each start for
 * which other VMs would make room. A start gets only what earlier starts in the queue do not need,
 * on each node. When a start is refused or leaves, the memory that was set aside for it is given
 * back.
 *
 * A start that other VMs would make room for is refused after @deadline_ms only if the queue has
 * stopped: no start was admitted and no memory was set aside for three seconds. So a storm of
 * starts, of which each waits for the memory of those before it, is not refused while it advances.
 */
#ifndef _DYNMEM_STARTQ_H
#define _DYNMEM_STARTQ_H

#include "policy/ledger.h"

/**
 * struct dynmem_start_part - memory that a VM needs on one node to start; bytes
 * @ledger: the node's ledger
 * @holding: the VM's holding on that node
 * @startup: memory to be granted
 * @overhead: memory for its VMM
 *
 * Guarded by dynmem_set_lock.
 */
struct dynmem_start_part {
	struct dynmem_ledger *ledger;
	struct dynmem_holding *holding;
	u64 startup;
	u64 overhead;
};

/**
 * struct dynmem_start - a VM that waits for admission
 * @next: the next start in the queue
 * @weight: the VM's weight
 * @deadline_ms: time from which the start is refused if the queue has stopped, monotonic
 * @latest_ms: time at which the start is refused in any case, monotonic
 * @runs: the guest runs already, as its device was hot-plugged: it neither waits nor is refused,
 *	see dynmem_startq_adopt()
 * @measured: the VM's resident memory is in the ledger; before that the start is not considered
 * @overhead: memory that the VMM needs for itself, on all nodes together, bytes
 * @fits: the other VMs would make room for this VM, so it takes part in sharing
 * @hopeless: there would be too little memory even if all other VMs were at their minimum
 * @part: memory that the VM needs, by node
 * @nr_parts: number of parts
 *
 * @fits, @hopeless and the parts are filled in for each decision, between dynmem_startq_begin() and
 * dynmem_startq_serve(). Guarded by dynmem_set_lock.
 */
struct dynmem_start {
	struct dynmem_start *next;
	u32 weight;
	u64 deadline_ms;
	u64 latest_ms;
	bool runs;
	bool measured;
	u64 overhead;
	bool fits;
	bool hopeless;
	struct dynmem_start_part *part;
	unsigned int nr_parts;
};

/**
 * struct dynmem_startq - the queue of starts, in the order in which they are served
 * @first: the start with the highest weight; among equal weights, the earliest start
 * @set_aside: bytes that were set aside for all starts together after the last decision
 * @now_ms: time of this decision, monotonic
 * @moved_ms: time at which @set_aside last grew or a start was last admitted, monotonic
 *
 * Guarded by dynmem_set_lock.
 */
struct dynmem_startq {
	struct dynmem_start *first;
	u64 set_aside;
	u64 now_ms;
	u64 moved_ms;
};

enum dynmem_start_verdict {
	DYNMEM_START_ADMITTED,	/* memory is granted, and the start has left the queue */
	DYNMEM_START_REFUSED,	/* nothing is set aside, and the start has left the queue */
	DYNMEM_START_WAITS,
};

/* Puts a start into the queue, behind all starts of at least its weight. */
void dynmem_startq_enqueue(struct dynmem_startq *queue, struct dynmem_start *start);

/* Removes a start from the queue, if it is queued, and gives back the memory set aside for it. */
void dynmem_startq_leave(struct dynmem_startq *queue, struct dynmem_start *start);

/**
 * dynmem_startq_begin() - begin a decision
 * @queue: the queue
 * @now_ms: monotonic
 *
 * Gives back all memory that was set aside, and clears @fits of all starts.
 */
void dynmem_startq_begin(struct dynmem_startq *queue, u64 now_ms);

/**
 * dynmem_startq_serve() - admit or refuse a start, or let it wait
 * @queue: the queue, after dynmem_startq_begin()
 * @start: a start in the queue, with @fits, @hopeless and the parts filled in. All starts before it
 *	have been served in this decision
 * @may_refuse: the start may be refused in this decision
 *
 * Return: the verdict; with DYNMEM_START_WAITS memory may have been set aside for @start
 */
enum dynmem_start_verdict dynmem_startq_serve(struct dynmem_startq *queue,
					      struct dynmem_start *start, bool may_refuse);

/**
 * dynmem_startq_adopt() - admit a VM whose guest runs, with as much of startup as there is
 * @queue: the queue, after dynmem_startq_begin()
 * @start: a start in the queue, with its parts filled in
 * @lacks: result: bytes of startup memory that are not granted, by part
 *
 * Memory that the guest holds is granted, up to startup, even where memory is short: it is charged
 * already.
 */
void dynmem_startq_adopt(struct dynmem_startq *queue, struct dynmem_start *start, u64 *lacks);

/* Bytes that have to become spare before @start can be admitted; 0: none. */
u64 dynmem_startq_lacks(const struct dynmem_start *start);

/* The overhead of a VMM whose VM has @ram bytes of RAM, charged at admission. Bytes. */
u64 dynmem_startq_overhead(u64 ram);

/*
 * The part of dynmem_startq_overhead() that a VMM can still come to need after its first seconds.
 * By then it has allocated most of its own memory, which shows in the host's own use. Bytes.
 */
u64 dynmem_startq_overhead_left(u64 ram);

#endif
