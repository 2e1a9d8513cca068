// SPDX-License-Identifier: GPL-2.0
/*
 * The queue of VMs that start; see startq.h. Memory is set aside and granted only through the
 * ledger, which keeps the invariant I1 (see ledger.h).
 */
#include "policy/startq.h"

#define OVERHEAD_MIN	(64 * DYNMEM_MIB)
#define OVERHEAD_LATER	(8 * DYNMEM_MIB)	/* replaces OVERHEAD_MIN after some seconds */
#define OVERHEAD_PART	128	/* 1/128 of RAM: page tables, and allocations of KVM and the VMM */
#define STOPPED_MS	3000	/* after this long without progress the queue counts as stopped */

void dynmem_startq_enqueue(struct dynmem_startq *queue, struct dynmem_start *start)
{
	struct dynmem_start **at = &queue->first;

	while (*at && (*at)->weight >= start->weight)
		at = &(*at)->next;
	start->next = *at;
	*at = start;
}

static void startq_give_back(struct dynmem_start *start)
{
	unsigned int i;

	for (i = 0; i < start->nr_parts; i++)
		dynmem_ledger_release(start->part[i].ledger, start->part[i].holding);
}

void dynmem_startq_leave(struct dynmem_startq *queue, struct dynmem_start *start)
{
	struct dynmem_start **at = &queue->first;

	while (*at && *at != start)
		at = &(*at)->next;
	if (!*at)
		return;
	*at = start->next;
	startq_give_back(start);
}

void dynmem_startq_begin(struct dynmem_startq *queue, u64 now_ms)
{
	struct dynmem_start *start;

	for (start = queue->first; start; start = start->next) {
		startq_give_back(start);
		start->fits = false;
		start->limited = false;
	}
	queue->now_ms = now_ms;
	queue->moves = false;
}

u64 dynmem_startq_lacks(const struct dynmem_start *start)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < start->nr_parts; i++) {
		const struct dynmem_start_part *part = &start->part[i];

		bytes += dynmem_ledger_lacks(part->ledger, part->holding, part->startup,
					     part->overhead, false);
	}
	return bytes;
}

/*
 * Sets spare memory aside for a start: as much as it needs, less the startup memory that the VM
 * holds already.
 */
static void startq_collect(struct dynmem_startq *queue, struct dynmem_start *start)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < start->nr_parts; i++) {
		const struct dynmem_start_part *part = &start->part[i];
		u64 need = dynmem_above(part->startup, part->holding->resident) + part->overhead;

		bytes += dynmem_ledger_promise(part->ledger, part->holding, need);
	}
	/* The host's own use varies a little all the time, which is no progress. */
	if (bytes >= start->most + DYNMEM_BLOCK) {
		start->most = bytes;
		queue->moves = true;
	}
}

static bool startq_is_over(const struct dynmem_startq *queue, const struct dynmem_start *start)
{
	if (start->hopeless || queue->now_ms >= start->latest_ms)
		return true;
	return queue->now_ms >= start->deadline_ms &&
	       (queue->now_ms >= start->fitted_ms + STOPPED_MS ||
		queue->now_ms >= start->moved_ms + STOPPED_MS);
}

enum dynmem_start_verdict dynmem_startq_serve(struct dynmem_startq *queue,
					      struct dynmem_start *start, bool may_refuse)
{
	unsigned int i;

	if (start->fits && !dynmem_startq_lacks(start)) {
		for (i = 0; i < start->nr_parts; i++)
			dynmem_ledger_admit(start->part[i].ledger, start->part[i].holding,
					    start->part[i].startup, start->part[i].overhead,
					    false);
		dynmem_startq_leave(queue, start);
		queue->moves = true;
		return DYNMEM_START_ADMITTED;
	}
	if (start->fits)
		startq_collect(queue, start);
	if (start->fits || start->limited)
		start->fitted_ms = queue->now_ms;
	if (queue->moves)
		start->moved_ms = queue->now_ms;
	if (may_refuse && startq_is_over(queue, start)) {
		dynmem_startq_leave(queue, start);
		return DYNMEM_START_REFUSED;
	}
	return DYNMEM_START_WAITS;
}

/* The memory that is set aside for a start on the node of @ledger, as a holding; NULL: none. */
static struct dynmem_holding *start_promised(const struct dynmem_start *start,
					     const struct dynmem_ledger *ledger)
{
	unsigned int i;

	for (i = 0; i < start->nr_parts; i++)
		if (start->part[i].ledger == ledger && start->part[i].holding->promised)
			return start->part[i].holding;
	return NULL;
}

u64 dynmem_startq_yield(const struct dynmem_startq *queue, struct dynmem_ledger *ledger, u32 weight,
			u64 bytes)
{
	u64 got = 0;

	while (got < bytes && ledger->promised) {
		const struct dynmem_start *start;
		struct dynmem_holding *h, *last = NULL;
		u64 left;

		for (start = queue->first; start; start = start->next) {
			h = start->weight <= weight ? start_promised(start, ledger) : NULL;
			last = h ?: last;
		}
		if (!last)
			break;
		left = dynmem_above(last->promised, bytes - got);
		got += last->promised - left;
		dynmem_ledger_release(ledger, last);
		dynmem_ledger_promise(ledger, last, left);
	}
	return got;
}

void dynmem_startq_adopt(struct dynmem_startq *queue, struct dynmem_start *start, u64 *lacks)
{
	unsigned int i;

	for (i = 0; i < start->nr_parts; i++) {
		struct dynmem_start_part *part = &start->part[i];

		u64 lack = dynmem_ledger_lacks(part->ledger, part->holding, part->startup,
					       part->overhead, true);

		lacks[i] = min(part->startup, dynmem_whole_blocks(lack));
		part->startup -= lacks[i];
		dynmem_ledger_admit(part->ledger, part->holding, part->startup, part->overhead,
				    true);
	}
	dynmem_startq_leave(queue, start);
}

u64 dynmem_startq_overhead(u64 ram)
{
	return OVERHEAD_MIN + ram / OVERHEAD_PART;
}

u64 dynmem_startq_overhead_left(u64 ram)
{
	return OVERHEAD_LATER + ram / OVERHEAD_PART;
}
