/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Repeats the model's steps with the code under test. spin puts this file into the verifier that it
 * generates from ledger.pml. There, `now` is the model's state. Before the model makes a step, the
 * model's books are loaded into the code's structs. After that step the code makes the same step.
 * Then model and code must agree in every holding, every sum and the return value.
 */
#include <stdio.h>
#include <string.h>

#undef max	/* a macro of spin; spin's code can use the function max() of arith.h instead */
#include "policy/ledger.h"
#include "policy/startq.h"
#include "world.h"

#define UNIT (3 * DYNMEM_MIB)

struct replay_books {
	struct dynmem_ledger ledger;
	struct dynmem_holding holding[SLOTS];
};

static struct replay_books replay, queue_books;
static unsigned char replay_phase[SLOTS];
static bool replay_agrees;	/* model and code agreed after the last step; spin asserts this */
static unsigned long long replay_calls;

static void __attribute__((destructor)) replay_tell(void)
{
	printf("replayed %llu calls of the code\n", replay_calls);
}

static void replay_fetch(struct replay_books *books)
{
	struct dynmem_ledger *l = &books->ledger;
	int i;

	memset(books, 0, sizeof(*books));
	l->capacity = now.capacity * UNIT;
	for (i = 0; i < SLOTS; i++) {
		struct dynmem_holding *h = &books->holding[i];

		h->granted = now.granted[i] * UNIT;
		h->resident = now.resident[i] * UNIT;
		h->promised = now.promised[i] * UNIT;
		h->overhead = now.overhead[i] * UNIT;
		l->charge += dynmem_holding_charge(h);
		l->promised += h->promised;
		l->overhead += h->overhead;
	}
}

/*
 * Compares @books with the model's books. @agrees: the code's return value is equal to the model's.
 */
static void compare(const struct replay_books *books, bool agrees)
{
	const struct dynmem_ledger *l = &books->ledger;
	struct replay_books model;
	u64 debt = 0;
	int i;

	replay_calls++;
	replay_fetch(&model);
	for (i = 0; i < DYNMEM_DEBT_CAUSES; i++)
		debt += l->debt[i];
	replay_agrees = agrees &&
		!memcmp(model.holding, books->holding, sizeof(model.holding)) &&
		model.ledger.capacity == l->capacity && model.ledger.charge == l->charge &&
		model.ledger.promised == l->promised && model.ledger.overhead == l->overhead &&
		dynmem_ledger_spare(&model.ledger) == dynmem_ledger_spare(l) &&
		dynmem_ledger_debt(&model.ledger) == debt;
}

static void replay_load(void)
{
	replay_fetch(&replay);
	replay.ledger.debt[DYNMEM_DEBT_HOST] = dynmem_ledger_debt(&replay.ledger);
}

#define HOLDING	(&replay.holding[now.who])
#define AMOUNT	(now.amount * UNIT)

static void replay_grant(void)
{
	u64 got = dynmem_ledger_grant(&replay.ledger, HOLDING, AMOUNT, false);

	compare(&replay, got == now.got * UNIT);
}

static void replay_admit(void)
{
	bool admitted = dynmem_ledger_admit(&replay.ledger, HOLDING, STARTUP * UNIT,
					    OVERHEAD * UNIT, false);

	compare(&replay, admitted == now.got);
}

static void replay_promise(void)
{
	u64 got = dynmem_ledger_promise(&replay.ledger, HOLDING, AMOUNT);

	compare(&replay, got == now.got * UNIT);
}

static void replay_release(void)
{
	dynmem_ledger_release(&replay.ledger, HOLDING);
	compare(&replay, true);
}

static void replay_place(void)
{
	dynmem_ledger_place(&replay.ledger, HOLDING, AMOUNT);
	compare(&replay, true);
}

static void replay_measured(void)
{
	dynmem_ledger_measured(&replay.ledger, HOLDING, AMOUNT);
	compare(&replay, true);
}

static void replay_overhead(void)
{
	dynmem_ledger_overhead(&replay.ledger, HOLDING, AMOUNT);
	compare(&replay, true);
}

static void replay_forget(void)
{
	dynmem_ledger_forget(&replay.ledger, HOLDING);
	compare(&replay, true);
}

/*
 * Copies the model's books to queue_books, and lets startq.c serve the queue of starts with that
 * copy. Is called before the model serves its own queue.
 */
static void replay_load_queue(void)
{
	struct dynmem_startq queue = { 0 };
	struct dynmem_start_part part[SLOTS];
	struct dynmem_start start[SLOTS], *next;
	u64 minimums = 0;
	int i;

	replay_fetch(&queue_books);
	queue_books.ledger.debt[DYNMEM_DEBT_HOST] = dynmem_ledger_debt(&queue_books.ledger);
	for (i = SLOTS - 1; i >= 0; i--) {
		replay_phase[i] = now.phase[i];
		if (now.phase[i] == UP || now.phase[i] == ADMITTED)
			minimums += MINIMUM * UNIT;
		if (now.phase[i] != WAITING)
			continue;
		part[i] = (struct dynmem_start_part){
			.ledger = &queue_books.ledger, .holding = &queue_books.holding[i],
			.startup = STARTUP * UNIT, .overhead = OVERHEAD * UNIT,
		};
		start[i] = (struct dynmem_start){
			.weight = SLOTS - i, .deadline_ms = now.late[i] ? 0 : ~0ULL,
			.latest_ms = now.late[i] ? 0 : ~0ULL,
			.overhead = OVERHEAD * UNIT, .part = &part[i], .nr_parts = 1,
		};
		dynmem_startq_enqueue(&queue, &start[i]);
	}
	dynmem_startq_begin(&queue, 1);
	for (struct dynmem_start *s = queue.first; s; s = next) {
		next = s->next;
		i = s - start;
		s->fits = minimums + queue_books.ledger.overhead + (STARTUP + OVERHEAD) * UNIT <=
			  queue_books.ledger.capacity;
		switch (dynmem_startq_serve(&queue, s, true)) {
		case DYNMEM_START_ADMITTED:
			replay_phase[i] = ADMITTED;
			minimums += MINIMUM * UNIT;
			break;
		case DYNMEM_START_REFUSED:
			replay_phase[i] = REFUSED;
			break;
		case DYNMEM_START_WAITS:
			break;
		}
	}
}

static void replay_queue(void)
{
	compare(&queue_books, !memcmp(now.phase, replay_phase, SLOTS));
}
