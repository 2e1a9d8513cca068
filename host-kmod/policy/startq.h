/* SPDX-License-Identifier: GPL-2.0 */
/*
 * startq: the queue of VMs that start, and how they get their memory. This file needs no kernel
 * types, allocates nothing and also builds in user space. Context: dynmem_set_lock is held.
 *
 * Starts are served by weight, then by arrival. A start is admitted when all the memory that it
 * needs is spare on all its nodes at once. The first start for which other VMs would make room is
 * the head. Spare memory is set aside for the head until it has all that it needs. Later starts may
 * use memory that the head cannot use. When a start is refused, times out or leaves, all memory
 * that was set aside for it is given back.
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
 * @deadline_ms: time at which the start is refused, monotonic
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
 * @head: the start that memory is set aside for in this decision, or NULL
 *
 * Guarded by dynmem_set_lock.
 */
struct dynmem_startq {
	struct dynmem_start *first;
	struct dynmem_start *head;
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

/* Begins a decision: gives back all memory that was set aside, and clears @fits of all starts. */
void dynmem_startq_begin(struct dynmem_startq *queue);

/**
 * dynmem_startq_serve() - admit or refuse a start, or let it wait
 * @queue: the queue, after dynmem_startq_begin()
 * @start: a start in the queue, with @fits, @hopeless and the parts filled in. All starts before it
 *	have been served in this decision
 * @now_ms: monotonic
 *
 * Return: the verdict; with DYNMEM_START_WAITS memory may have been set aside for @start
 */
enum dynmem_start_verdict dynmem_startq_serve(struct dynmem_startq *queue,
					      struct dynmem_start *start, u64 now_ms);

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

#endif
