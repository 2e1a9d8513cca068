/* SPDX-License-Identifier: GPL-2.0 */
/*
 * startq: the queue of VMs that start, and how they come by memory. Pure: no kernel type, no
 * allocation, builds in user space too. Context: dynmem_set_lock held.
 *
 * Starts are served by weight, then arrival. A start is admitted when all it needs is spare on
 * every node at once. The first that others would make room for is the head: what is spare is set
 * aside for it until it has all. Those behind it may use what it cannot. Who is refused, times out
 * or leaves gives everything back.
 */
#ifndef _DYNMEM_STARTQ_H
#define _DYNMEM_STARTQ_H

#include "policy/ledger.h"

/**
 * struct dynmem_start_part - what a VM that starts needs of one node; bytes
 * @ledger: of the node
 * @holding: of the VM there
 * @startup: to be granted
 * @overhead: for its VMM
 */
struct dynmem_start_part {
	struct dynmem_ledger *ledger;
	struct dynmem_holding *holding;
	u64 startup;
	u64 overhead;
};

/**
 * struct dynmem_start - a VM that waits for admission
 * @next: in the queue
 * @weight: of the VM
 * @deadline_ms: when it is refused; that of a device that is hot-plugged is now: its guest stands
 *	still meanwhile, so it never waits
 * @runs: its guest has run: what that holds it is never refused for, see dynmem_ledger_lacks()
 * @measured: what it holds already is in the ledger. Before that nothing is decided
 * @overhead: bytes its VMM needs for itself, all nodes together
 * @fits: others would make room for it: policy counts it in
 * @hopeless: it could not be had if everybody else were at his minimum
 * @part, @nr_parts: what it needs by node; the caller fills them in again for each decision,
 *	between dynmem_startq_begin() and dynmem_startq_serve()
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
 * struct dynmem_startq - those who wait, in the order in which they are served
 * @first: the highest weight, and of those who came first
 * @head: for whom memory is set aside in this decision, or NULL
 */
struct dynmem_startq {
	struct dynmem_start *first;
	struct dynmem_start *head;
};

enum dynmem_start_verdict {
	DYNMEM_START_ADMITTED,	/* granted; out of the queue */
	DYNMEM_START_REFUSED,	/* everything has gone back; out of the queue */
	DYNMEM_START_WAITS,
};

void dynmem_startq_enqueue(struct dynmem_startq *queue, struct dynmem_start *start);

/* It waits no longer: everything set aside for it goes back. Nothing if it is not in the queue. */
void dynmem_startq_leave(struct dynmem_startq *queue, struct dynmem_start *start);

/* A decision begins: what was set aside goes back, to be collected again; nobody fits yet. */
void dynmem_startq_begin(struct dynmem_startq *queue);

/**
 * dynmem_startq_serve() - a start's turn in a decision
 * @queue: begun; the turns come in its order
 * @start: one of it, with @fits, @hopeless and the parts as of now
 * @now_ms: as @deadline_ms
 */
enum dynmem_start_verdict dynmem_startq_serve(struct dynmem_startq *queue,
					      struct dynmem_start *start, u64 now_ms);

/* Bytes that have to become spare first on the nodes of all its parts; 0: it can be admitted. */
u64 dynmem_startq_lacks(const struct dynmem_start *start);

/* A VMM's own needs, which are charged when its VM with @ram bytes of RAM is admitted. Bytes. */
u64 dynmem_startq_overhead(u64 ram);

#endif
