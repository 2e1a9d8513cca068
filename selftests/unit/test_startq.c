// SPDX-License-Identifier: GPL-2.0
/* The queue of starts: its order, and memory that is set aside for starts and given back. */
#include "unit.h"

#include "policy/startq.h"

#define NODES 2

/* A VM that starts, and the memory that it needs on each node. */
struct starter {
	struct dynmem_start start;
	struct dynmem_start_part part[NODES];
	struct dynmem_holding holding[NODES];
};

static struct dynmem_ledger ledger[NODES];
static struct dynmem_startq queue;
static u64 now_ms;
static bool misfit;	/* other VMs would not make room for any start */

static int begin(void **state)
{
	memset(ledger, 0, sizeof(ledger));
	ledger[0].capacity = GIB(4);
	ledger[1].capacity = GIB(4);
	queue = (struct dynmem_startq){ 0 };
	now_ms = 1000;
	misfit = false;
	return 0;
}

static void arrive(struct starter *s, u32 weight, u64 need0, u64 need1)
{
	unsigned int i;

	memset(s, 0, sizeof(*s));
	s->start.weight = weight;
	s->start.deadline_ms = now_ms + 15000;
	s->start.latest_ms = now_ms + 25000;
	s->start.part = s->part;
	s->start.nr_parts = NODES;
	for (i = 0; i < NODES; i++) {
		s->part[i].ledger = &ledger[i];
		s->part[i].holding = &s->holding[i];
		s->part[i].startup = i ? need1 : need0;
		s->part[i].overhead = s->part[i].startup ? MIB(64) : 0;
	}
	dynmem_startq_enqueue(&queue, &s->start);
}

/*
 * Makes one decision, in which other VMs would make room for each start. Returns the number of
 * starts that are admitted.
 */
static unsigned int decide(void)
{
	struct dynmem_start *s, *next;
	unsigned int admitted = 0;

	dynmem_startq_begin(&queue, now_ms);
	for (s = queue.first; s; s = next) {
		next = s->next;
		s->fits = !misfit;
		admitted += dynmem_startq_serve(&queue, s, true) == DYNMEM_START_ADMITTED;
	}
	return admitted;
}

static void by_weight_then_arrival(void **state)
{
	struct starter a, b, c, d;

	arrive(&a, 5000, GIB(1), 0);
	arrive(&b, 8000, GIB(1), 0);
	arrive(&c, 5000, GIB(1), 0);
	arrive(&d, 1, GIB(1), 0);
	assert_ptr_equal(queue.first, &b.start);
	assert_ptr_equal(b.start.next, &a.start);
	assert_ptr_equal(a.start.next, &c.start);
	assert_ptr_equal(c.start.next, &d.start);
	assert_null(d.start.next);
}

static void all_nodes_or_nothing(void **state)
{
	struct dynmem_holding other = { 0 };
	struct starter a;

	dynmem_ledger_grant(&ledger[1], &other, GIB(3), true);
	arrive(&a, 5000, GIB(2), GIB(1));
	assert_int_equal(dynmem_startq_lacks(&a.start), MIB(64));
	assert_int_equal(decide(), 0);
	assert_int_equal(a.holding[0].granted, 0);
	assert_int_equal(a.holding[0].promised, GIB(2) + MIB(64));
	assert_int_equal(a.holding[1].promised, GIB(1));
	dynmem_ledger_place(&ledger[1], &other, GIB(3) - MIB(64));
	assert_int_equal(decide(), 1);
	assert_int_equal(a.holding[0].granted, GIB(2));
	assert_int_equal(a.holding[1].granted, GIB(1));
	assert_int_equal(ledger[0].promised + ledger[1].promised, 0);
	assert_int_equal(ledger[1].overhead, MIB(64));
	assert_null(queue.first);
}

/*
 * No start gets memory that an earlier start needs. A start may overtake earlier starts that wait
 * for memory of another node. A start that waits is promised the memory that earlier starts leave.
 */
static void each_start_collects_what_earlier_ones_leave(void **state)
{
	struct dynmem_holding other[NODES] = { { 0 } };
	struct starter first, small, elsewhere, both;

	dynmem_ledger_grant(&ledger[0], &other[0], GIB(2), true);
	dynmem_ledger_grant(&ledger[1], &other[1], GIB(1), true);
	arrive(&first, 5000, GIB(3), 0);
	arrive(&small, 5000, GIB(1), 0);
	arrive(&both, 5000, GIB(1), GIB(1));
	arrive(&elsewhere, 1, 0, GIB(1));
	assert_int_equal(decide(), 1);
	assert_int_equal(elsewhere.holding[1].granted, GIB(1));
	assert_int_equal(first.holding[0].promised, GIB(2));
	assert_int_equal(small.holding[0].promised, 0);
	assert_int_equal(both.holding[0].promised, 0);
	assert_int_equal(both.holding[1].promised, GIB(1) + MIB(64));
	/*
	 * Memory becomes spare: the first start gets all that it lacks, and the next one gets the
	 * remaining memory.
	 */
	dynmem_ledger_place(&ledger[0], &other[0], MIB(448));
	assert_int_equal(decide(), 1);
	assert_int_equal(first.holding[0].granted, GIB(3));
	assert_int_equal(small.holding[0].promised, GIB(4) - GIB(3) - MIB(64 + 448));
	/* A start with a higher weight arrives: all spare memory is set aside for that start. */
	arrive(&elsewhere, 9000, GIB(3.5), 0);
	assert_int_equal(decide(), 0);
	assert_int_equal(small.holding[0].promised, 0);
	assert_int_equal(elsewhere.holding[0].promised, GIB(4) - GIB(3) - MIB(64 + 448));
}

/*
 * A VM that runs needs 1.5 GiB. It gets them from starts of at most its own weight: first from the
 * lightest one, and then, as far as needed, from one with the same weight. Afterwards these starts
 * collect again what is left.
 */
static void a_start_yields_to_a_vm_of_at_least_its_weight(void **state)
{
	struct dynmem_holding vm = { 0 }, other = { 0 };
	struct starter a, b, c;

	dynmem_ledger_grant(&ledger[1], &other, GIB(4), true);
	arrive(&a, 8000, GIB(1) - MIB(64), GIB(1));
	arrive(&b, 5000, GIB(2) - MIB(64), GIB(1));
	arrive(&c, 1000, GIB(2), GIB(1));
	assert_int_equal(decide(), 0);
	assert_int_equal(c.holding[0].promised, GIB(1));
	assert_int_equal(dynmem_startq_yield(&queue, &ledger[1], 5000, GIB(1)), 0);
	assert_int_equal(dynmem_startq_yield(&queue, &ledger[0], 999, GIB(1)), 0);
	assert_int_equal(dynmem_startq_yield(&queue, &ledger[0], 5000, GIB(1.5)), GIB(1.5));
	assert_int_equal(a.holding[0].promised, GIB(1));
	assert_int_equal(b.holding[0].promised, GIB(1.5));
	assert_int_equal(c.holding[0].promised, 0);
	assert_int_equal(dynmem_ledger_grant(&ledger[0], &vm, GIB(1.5), false), GIB(1.5));
	assert_int_equal(dynmem_startq_yield(&queue, &ledger[0], 5000, GIB(2)), GIB(1.5));
	assert_int_equal(decide(), 0);
	assert_int_equal(a.holding[0].promised, GIB(1));
	assert_int_equal(b.holding[0].promised, GIB(1.5));
	assert_int_equal(c.holding[0].promised, 0);
}

static void on_timeout_everything_goes_back(void **state)
{
	struct dynmem_holding other = { 0 };
	struct starter first, small;

	dynmem_ledger_grant(&ledger[0], &other, GIB(2), true);
	arrive(&first, 5000, GIB(3), 0);
	decide();
	now_ms += 10000;
	arrive(&small, 5000, GIB(1), 0);
	assert_int_equal(decide(), 0);
	now_ms += 5000;
	/* The first start is refused. In the same decision its memory goes to the next start. */
	assert_int_equal(decide(), 1);
	assert_int_equal(first.holding[0].promised, 0);
	assert_int_equal(small.holding[0].granted, GIB(1));
	assert_int_equal(ledger[0].charge, GIB(3));
	assert_null(queue.first);
}

/*
 * A start of 3 GiB arrives on a full node, where another VM gives @step bytes each second. Returns
 * the number of seconds until the start is admitted or refused. In the decision at @misfit_at s
 * other VMs would not make room. The capacity varies by up to 60 KiB.
 */
static unsigned int seconds_until_answer(struct starter *s, u64 step, unsigned int misfit_at)
{
	struct dynmem_holding other = { 0 };
	unsigned int seconds;

	dynmem_ledger_grant(&ledger[0], &other, GIB(4), true);
	arrive(s, 5000, GIB(3), 0);
	for (seconds = 0; queue.first; seconds++) {
		dynmem_ledger_capacity(&ledger[0], GIB(4) + seconds * 28 % 64 * 1024ULL,
				       DYNMEM_DEBT_HOST);
		misfit = seconds == misfit_at;
		decide();
		now_ms += 1000;
		dynmem_ledger_place(&ledger[0], &other, dynmem_above(other.granted, step));
	}
	return seconds - 1;
}

static void no_start_is_refused_while_memory_comes(void **state)
{
	struct starter a;

	assert_in_range(seconds_until_answer(&a, MIB(150), 0), 20, 22);
	assert_int_equal(a.holding[0].granted, GIB(3));
}

static void a_passing_peak_of_others_refuses_no_start(void **state)
{
	struct starter a;

	assert_in_range(seconds_until_answer(&a, MIB(150), 17), 20, 22);
	assert_int_equal(a.holding[0].granted, GIB(3));
}

static void a_start_is_refused_when_no_more_memory_comes(void **state)
{
	struct starter a;

	assert_int_equal(seconds_until_answer(&a, 0, 0), 15);
	assert_int_equal(a.holding[0].granted, 0);
}

static void no_start_waits_for_ever(void **state)
{
	struct starter a;

	assert_int_equal(seconds_until_answer(&a, MIB(10), 0), 25);
	assert_int_equal(a.holding[0].granted, 0);
	assert_int_equal(ledger[0].promised, 0);
}

/* A memory cgroup limits the second start. It waits longer only if the first one advances. */
static void a_limited_start_waits_for_earlier_ones(void **state)
{
	struct dynmem_holding other = { 0 };
	struct starter first, second;
	unsigned int advances;
	u64 began;

	for (advances = 0; advances < 2; advances++) {
		begin(NULL);
		other = (struct dynmem_holding){ 0 };
		dynmem_ledger_grant(&ledger[0], &other, GIB(4), true);
		began = now_ms;
		arrive(&first, 5000, GIB(3), 0);
		first.start.deadline_ms = ~0ULL;
		first.start.latest_ms = ~0ULL;
		arrive(&second, 5000, MIB(512), 0);
		while (queue.first == &first.start && first.start.next) {
			now_ms += 1000;
			if (advances)
				dynmem_ledger_place(&ledger[0], &other, other.granted - MIB(100));
			dynmem_startq_begin(&queue, now_ms);
			first.start.fits = true;
			dynmem_startq_serve(&queue, &first.start, true);
			second.start.limited = true;
			dynmem_startq_serve(&queue, &second.start, true);
		}
		assert_int_equal(now_ms - began, advances ? 25000 : 15000);
		assert_int_equal(second.holding[0].promised, 0);
	}
}

static void who_cannot_wait_is_answered_at_once(void **state)
{
	struct starter a;

	arrive(&a, 5000, GIB(5), 0);
	a.start.deadline_ms = now_ms;
	a.start.latest_ms = now_ms;
	dynmem_startq_begin(&queue, now_ms);
	a.start.fits = true;
	assert_int_equal(dynmem_startq_serve(&queue, &a.start, true), DYNMEM_START_REFUSED);
	assert_int_equal(ledger[0].promised, 0);
}

static void who_leaves_gives_back(void **state)
{
	struct starter a, b;

	arrive(&a, 5000, GIB(5), 0);
	arrive(&b, 5000, GIB(1), 0);
	decide();
	assert_int_equal(ledger[0].promised, GIB(4));
	dynmem_startq_leave(&queue, &a.start);
	dynmem_startq_leave(&queue, &a.start);
	assert_int_equal(ledger[0].promised, 0);
	assert_int_equal(decide(), 1);
}

static void what_it_holds_is_not_collected(void **state)
{
	struct starter a;

	arrive(&a, 5000, GIB(5), 0);
	dynmem_ledger_measured(&ledger[0], &a.holding[0], GIB(3));
	decide();
	assert_int_equal(ledger[0].promised, GIB(1));
	ledger[0].capacity = GIB(6);
	assert_int_equal(decide(), 1);
	assert_int_equal(ledger[0].charge, GIB(5));
}

/* A start ignores debt on nodes where it needs nothing. */
static void debt_elsewhere_does_not_matter(void **state)
{
	struct starter a;

	dynmem_ledger_capacity(&ledger[1], 0, DYNMEM_DEBT_HOST);
	dynmem_ledger_measured(&ledger[1], &(struct dynmem_holding){ 0 }, GIB(1));
	arrive(&a, 5000, GIB(1), 0);
	assert_int_equal(decide(), 1);
}

/*
 * Checks that a start is promised memory of a node only if all earlier starts are promised all that
 * they need there. Returns the number of nodes of which several starts are promised memory.
 */
static unsigned int promises_follow_the_queue(void)
{
	unsigned int n, several = 0, collecting;
	const struct dynmem_start *s;

	for (n = 0; n < NODES; n++) {
		bool is_short = false;

		collecting = 0;
		for (s = queue.first; s; s = s->next) {
			const struct dynmem_holding *h = s->part[n].holding;
			u64 need = dynmem_above(s->part[n].startup, h->resident) +
				   s->part[n].overhead;

			assert_false(is_short && h->promised);
			is_short |= h->promised < need;
			collecting += !!h->promised;
		}
		several += collecting > 1;
	}
	return several;
}

/*
 * In a random walk no promise breaks I1 (see ledger.h), and a start is promised memory only where
 * earlier starts are promised all that they need.
 */
static void a_random_walk(void **state)
{
	const char *given = getenv("SEED");
	u64 seed = given ? strtoull(given, NULL, 0) : 11;
	struct dynmem_holding other[NODES] = { { 0 } };
	unsigned int step, i, n, admitted = 0, collecting = 0;
	static struct starter s[8];
	bool busy[8] = { false };

	for (step = 0; step < 200000; step++) {
		struct starter *who = &s[i = rng_below(&seed, 8)];

		n = rng_below(&seed, NODES);
		switch (rng_below(&seed, 6)) {
		case 0:
			if (busy[i])
				break;
			arrive(who, 1 + rng_below(&seed, 3), rng_below(&seed, GIB(3)),
			       rng_below(&seed, 2) ? rng_below(&seed, GIB(3)) : 0);
			busy[i] = true;
			break;
		case 1:
			if (!busy[i])
				break;
			dynmem_startq_leave(&queue, &who->start);
			dynmem_ledger_forget(&ledger[0], &who->holding[0]);
			dynmem_ledger_forget(&ledger[1], &who->holding[1]);
			busy[i] = false;
			break;
		case 2:
			dynmem_ledger_measured(&ledger[n], &other[n], rng_below(&seed, GIB(4)));
			break;
		case 3:
			dynmem_ledger_capacity(&ledger[n], rng_below(&seed, GIB(8)),
					       DYNMEM_DEBT_HOST);
			break;
		default:
			now_ms += rng_below(&seed, 4000);
			admitted += decide();
			collecting += promises_follow_the_queue();
			for (n = 0; n < NODES; n++)
				if (ledger[n].promised && dynmem_ledger_bound(&ledger[n]) >
							  ledger[n].capacity)
					fail_msg("I1 broken at step %u", step);
		}
	}
	assert_true(admitted > 1000 && collecting > 1000);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup(name, begin)
	const struct CMUnitTest tests[] = {
		TEST(by_weight_then_arrival),
		TEST(all_nodes_or_nothing),
		TEST(each_start_collects_what_earlier_ones_leave),
		TEST(a_start_yields_to_a_vm_of_at_least_its_weight),
		TEST(on_timeout_everything_goes_back),
		TEST(no_start_is_refused_while_memory_comes),
		TEST(a_start_is_refused_when_no_more_memory_comes),
		TEST(a_passing_peak_of_others_refuses_no_start),
		TEST(no_start_waits_for_ever),
		TEST(a_limited_start_waits_for_earlier_ones),
		TEST(who_cannot_wait_is_answered_at_once),
		TEST(who_leaves_gives_back),
		TEST(what_it_holds_is_not_collected),
		TEST(debt_elsewhere_does_not_matter),
		TEST(a_random_walk),
	};

	return cmocka_run_group_tests_name("startq", tests, NULL, NULL);
}
