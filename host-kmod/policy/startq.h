/* SPDX-License-Identifier: GPL-2.0 */
/*
 * startq: the queue of VMs that start, and how they get their memory. This file needs no kernel
 * types, allocates nothing and also builds in user space. Context: dynmem_set_lock is held.
 *
 * Starts are served by weight, then by arrival. A start is admitted when all the memory that it
 * needs is spare on all its nodes at once. Until then, if sharing can take the missing memory from
 * other VMs, spare memory is set aside for the start. On each node, a start gets only memory that
 * is not set aside for earlier starts in the queue. If a VM that runs needs memory and has at least
 * the weight of a start, it gets memory that was set aside for the start. When a start is refused
 * or leaves the queue, the memory that was set aside for it becomes spare again.
 *
 * After @deadline_ms a start is refused unless in the last three seconds it has fitted and there
 * was progress. Progress for a start is one of these: at least a block more was set aside for it
 * than ever before; this happened to an earlier start in the queue; an earlier start was admitted.
 * So when many VMs start at once, a VM whose turn comes late is not refused while the others get
 * their memory. At @latest_ms a start is refused in any case.
 */
#ifndef _DYNMEM_STARTQ_H
#define _DYNMEM_STARTQ_H

#include "policy/ledger.h"

/**
 * struct dynmem_start_part - memory that a VM needs on one node to start; bytes
 * @ledger: the node's ledger
 * @holding: the VM's holding on that node
 * @startup: memory to be granted
 * @overhead: memory that the VMM needs for itself
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
 * @deadline_ms: from this time on the start is refused unless there is progress, monotonic
 * @latest_ms: time at which the start is refused in any case, monotonic
 * @runs: the guest runs already, since the device was hot-plugged. Such a start is not refused, and
 *	waits only until it is @measured, see dynmem_startq_adopt()
 * @measured: the VM's resident memory is in the ledgers; false: the start is not considered before
 *	@deadline_ms
 * @overhead: memory that the VMM needs for itself, on all nodes together, bytes
 * @fits: the memory that this VM needs is spare or can be taken from other VMs, so this VM takes
 *	part in sharing
 * @limited: memory cgroups allow the VM too little now, but would allow it enough if other VMs gave
 *	memory. The start waits as if it fitted, but no memory is set aside
 * @fitted_ms: time of the last decision in which @fits or @limited was true, monotonic
 * @moved_ms: time of the last progress, monotonic
 * @most: the most memory that was ever set aside for the start at once, bytes
 * @hopeless: the start is refused without waiting, for one of these reasons: there would be too
 *	little memory even if all other VMs were at their minimum; memory cgroups would allow the VM
 *	too little even if other VMs gave memory; or the VM would use memory kept for failover
 * @part: memory that the VM needs, by node
 * @nr_parts: number of parts
 *
 * The caller fills in @fits, @limited, @hopeless and the parts for each decision, between
 * dynmem_startq_begin() and dynmem_startq_serve(). Guarded by dynmem_set_lock.
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
	bool limited;
	bool hopeless;
	u64 fitted_ms;
	u64 moved_ms;
	u64 most;
	struct dynmem_start_part *part;
	unsigned int nr_parts;
};

/**
 * struct dynmem_startq - the queue of starts, in the order in which they are served
 * @first: the start with the highest weight; among equal weights, the earliest start
 * @now_ms: time of this decision, monotonic
 * @moves: in this decision there was progress for the starts served so far, and so for later ones
 *
 * Guarded by dynmem_set_lock.
 */
struct dynmem_startq {
	struct dynmem_start *first;
	u64 now_ms;
	bool moves;
};

enum dynmem_start_verdict {
	DYNMEM_START_ADMITTED,	/* memory is granted, and the start has left the queue */
	DYNMEM_START_REFUSED,	/* nothing is set aside, and the start has left the queue */
	DYNMEM_START_WAITS,
};

/* Puts a start into the queue, behind all starts with the same or a higher weight. */
void dynmem_startq_enqueue(struct dynmem_startq *queue, struct dynmem_start *start);

/* Removes a start from the queue, if it is queued, and gives back the memory set aside for it. */
void dynmem_startq_leave(struct dynmem_startq *queue, struct dynmem_start *start);

/**
 * dynmem_startq_begin() - begin a decision
 * @queue: the queue
 * @now_ms: monotonic
 *
 * Gives back all memory that was set aside, and clears @fits and @limited of all starts.
 */
void dynmem_startq_begin(struct dynmem_startq *queue, u64 now_ms);

/**
 * dynmem_startq_serve() - admit or refuse a start, or let it wait
 * @queue: the queue, after dynmem_startq_begin()
 * @start: a start in the queue, with what is to be filled in for a decision. Within a decision,
 *	starts are served in the order of the queue
 * @may_refuse: the start may be refused in this decision
 *
 * Return: the verdict; if it is DYNMEM_START_WAITS, memory may have been set aside for @start
 */
enum dynmem_start_verdict dynmem_startq_serve(struct dynmem_startq *queue,
					      struct dynmem_start *start, bool may_refuse);

/**
 * dynmem_startq_yield() - take back memory that was set aside, for a VM that runs and needs it
 * @queue: the queue, after all its starts were served
 * @ledger: the ledger of the node where the memory is needed
 * @weight: the VM's weight. Only starts of at most this weight yield, the last one in the queue
 *	first
 * @bytes: bytes that are needed
 *
 * Return: bytes that were taken back, at most @bytes
 */
u64 dynmem_startq_yield(const struct dynmem_startq *queue, struct dynmem_ledger *ledger, u32 weight,
			u64 bytes);

/**
 * dynmem_startq_adopt() - admit a VM whose guest runs, with as much startup memory as possible
 * @queue: the queue, after dynmem_startq_begin()
 * @start: a start in the queue, with its parts filled in
 * @lacks: result: bytes of startup memory that are not granted, by part
 *
 * On each node, memory that the guest holds is granted, up to @startup, even if memory is short
 * there: the VM is charged for that memory already. @startup of each part is lowered to the memory
 * that was granted.
 */
void dynmem_startq_adopt(struct dynmem_startq *queue, struct dynmem_start *start, u64 *lacks);

/* Bytes that have to become spare before @start can be admitted; 0: none. */
u64 dynmem_startq_lacks(const struct dynmem_start *start);

/* The overhead of a VMM whose VM has @ram bytes of RAM, charged at admission. Bytes. */
u64 dynmem_startq_overhead(u64 ram);

/*
 * The part of dynmem_startq_overhead() that stays charged when some seconds have passed since the
 * admission. By then the VMM has allocated most of its own memory, which is measured as part of the
 * host's own use. Bytes.
 */
u64 dynmem_startq_overhead_left(u64 ram);

#endif
