// SPDX-License-Identifier: GPL-2.0
/*
 * Visits every state that a small world (world.h) of one or two nodes can reach. The code under
 * test itself makes the changes: host-kmod/policy/ledger.c and startq.c are linked unchanged. The
 * script `check` runs this program. ledger.pml describes the same world for spin.
 *
 * The search is breadth first over all events in any order. There are these events: the balancer
 * decides; memory is measured; the capacity or a target changes; a driver gives or takes memory; a
 * guest is reset; a VMM begins to wait for admission, or has waited for too long; an admitted guest
 * boots; a VMM's overhead becomes part of the host's own use; a VMM is killed; the ledger learns of
 * that. The books are checked after each event.
 *
 * Each state must also recover. If guests only follow their targets, then after a few decisions no
 * node must be in debt, and no VM that would fit must wait any more.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/ledger.h"
#include "policy/startq.h"
#include "selftests/sizes.h"
#include "world.h"

#ifndef NODES
#define NODES	1
#endif
#define UNIT	MIB(3)
#define ROUNDS	8	/* the most decisions that recover() makes */

/*
 * Whether a VM is on a node. If there are two nodes, the first VM that starts (number RUNNING) is
 * on both, and each other VM is on one.
 */
static bool lives(int vm, int node)
{
	return NODES == 1 || vm == RUNNING || vm % 2 == node;
}

/*
 * The part of a state that describes one VM; amounts are in units of UNIT bytes. @late: the time
 * that its start may wait is over. @dying: the VMM was killed, but the ledger does not know it yet.
 * @naked: the VM has been at risk since a boot or reset, and its driver has to give memory. This
 * struct must have no padding, since states are hashed byte by byte.
 */
struct vm {
	unsigned char phase, late, dying, naked;
	unsigned char granted[NODES], resident[NODES], promised[NODES], overhead[NODES];
	unsigned char exposed[NODES], target[NODES];
};

struct state {
	unsigned char faults;
	unsigned char capacity[NODES];
	struct vm vm[SLOTS];
};

/* The books of a state, in the structs of the code under test. */
struct books {
	struct dynmem_ledger ledger[NODES];
	struct dynmem_holding holding[SLOTS][NODES];
};

static struct state state;	/* the state that is being explored */
static struct books books;
static const char *wrong;	/* the condition that was violated */

#define CHECK(holds)	((holds) || (wrong = #holds))

static int capacity_of(int node)
{
	int vms = 0;

	for (int i = 0; i < SLOTS; i++)
		vms += lives(i, node);
	return vms + 2 / NODES;
}

static u64 bound(const struct dynmem_ledger *l)
{
	return l->charge + l->promised + l->overhead;
}

static void load(void)
{
	memset(&books, 0, sizeof(books));
	for (int n = 0; n < NODES; n++) {
		struct dynmem_ledger *l = &books.ledger[n];

		l->capacity = state.capacity[n] * UNIT;
		for (int i = 0; i < SLOTS; i++) {
			struct dynmem_holding *h = &books.holding[i][n];

			h->granted = state.vm[i].granted[n] * UNIT;
			h->resident = state.vm[i].resident[n] * UNIT;
			h->promised = state.vm[i].promised[n] * UNIT;
			h->overhead = state.vm[i].overhead[n] * UNIT;
			h->exposed = state.vm[i].exposed[n] * UNIT;
			l->charge += dynmem_holding_charge(h);
			l->promised += h->promised;
			l->overhead += h->overhead;
			l->at_risk += dynmem_above(h->exposed, h->granted);
		}
		l->debt[DYNMEM_DEBT_HOST] = dynmem_ledger_debt(l);
	}
}

/* Copies the books back into the state, and checks their sums. */
static void store(void)
{
	for (int n = 0; n < NODES; n++) {
		const struct dynmem_ledger *l = &books.ledger[n];
		u64 charge = 0, promised = 0, overhead = 0, debt = 0, at_risk = 0;

		for (int i = 0; i < SLOTS; i++) {
			const struct dynmem_holding *h = &books.holding[i][n];

			state.vm[i].granted[n] = h->granted / UNIT;
			state.vm[i].resident[n] = h->resident / UNIT;
			state.vm[i].promised[n] = h->promised / UNIT;
			state.vm[i].overhead[n] = h->overhead / UNIT;
			charge += dynmem_holding_charge(h);
			promised += h->promised;
			overhead += h->overhead;
			at_risk += dynmem_above(h->exposed, h->granted);
		}
		for (int i = 0; i < DYNMEM_DEBT_CAUSES; i++)
			debt += l->debt[i];
		CHECK(l->charge == charge && l->promised == promised && l->overhead == overhead);
		CHECK(l->at_risk == at_risk);
		CHECK(debt == dynmem_ledger_debt(l));
	}
}

/* Checks invariant I1 (design.md) on a node, after memory was granted or promised there. */
static void added(int node)
{
	CHECK(bound(&books.ledger[node]) <= books.ledger[node].capacity);
}

static void follow(void)
{
	for (int i = 0; i < SLOTS; i++)
		for (int n = 0; n < NODES; n++) {
			struct vm *vm = &state.vm[i];
			u64 granted = vm->granted[n];

			if (vm->phase != UP || vm->target[n] >= granted)
				continue;
			granted = max(vm->target[n], min(granted, vm->exposed[n]));
			dynmem_ledger_place(&books.ledger[n], &books.holding[i][n], granted * UNIT);
		}
}

/* Whether the VM would fit if all other VMs were at their minimums. */
static bool could_fit(int vm)
{
	for (int n = 0; n < NODES; n++) {
		u64 sum = (STARTUP + OVERHEAD) * UNIT + books.ledger[n].overhead;

		for (int i = 0; i < SLOTS; i++)
			if (state.vm[i].phase == UP || state.vm[i].phase == ADMITTED)
				sum += lives(i, n) ? MINIMUM * UNIT : 0;
		if (lives(vm, n) && sum > books.ledger[n].capacity)
			return false;
	}
	return true;
}

static void admitted(int i)
{
	state.vm[i].phase = ADMITTED;
	for (int n = 0; n < NODES; n++)
		if (lives(i, n)) {
			state.vm[i].target[n] = STARTUP;
			CHECK(books.holding[i][n].granted == STARTUP * UNIT);
			added(n);
		}
}

/* Serves the queue of starts. A VM with a lower number has a higher weight. */
static void serve_starts(void)
{
	struct dynmem_start_part part[SLOTS][NODES];
	struct dynmem_start start[SLOTS], *s, *next;
	struct dynmem_startq queue = { 0 };
	bool short_of[NODES] = { false }, fits[SLOTS] = { false };

	for (int i = SLOTS - 1; i >= 0; i--) {
		if (state.vm[i].phase != WAITING)
			continue;
		start[i] = (struct dynmem_start){
			.weight = SLOTS - i, .deadline_ms = state.vm[i].late ? 0 : ~0ULL,
			.latest_ms = state.vm[i].late ? 0 : ~0ULL, .part = part[i],
		};
		for (int n = 0; n < NODES; n++)
			if (lives(i, n))
				part[i][start[i].nr_parts++] = (struct dynmem_start_part){
					&books.ledger[n], &books.holding[i][n], STARTUP * UNIT,
					OVERHEAD * UNIT };
		dynmem_startq_enqueue(&queue, &start[i]);
	}
	dynmem_startq_begin(&queue, 1);
	for (s = queue.first; s; s = next) {
		int i = s - start;

		next = s->next;
		fits[i] = could_fit(i);
		s->fits = fits[i];
		switch (dynmem_startq_serve(&queue, s, true)) {
		case DYNMEM_START_ADMITTED:
			admitted(i);
			break;
		case DYNMEM_START_REFUSED:
			state.vm[i].phase = REFUSED;
			break;
		case DYNMEM_START_WAITS:
			CHECK(!state.vm[i].late);
			break;
		}
		if (state.vm[i].phase != WAITING)
			state.vm[i].late = 0;
	}
	/*
	 * On each node, a start is promised memory only if all earlier starts that could fit are
	 * promised all that they need there.
	 */
	for (int i = 0; i < SLOTS; i++)
		for (int n = 0; n < NODES; n++) {
			u64 promised = books.holding[i][n].promised;

			if (promised) {
				added(n);
				CHECK(state.vm[i].phase == WAITING && !short_of[n]);
			}
			if (state.vm[i].phase == WAITING && lives(i, n) && fits[i])
				short_of[n] |= promised < (STARTUP + OVERHEAD) * UNIT;
		}
}

static void give(void)
{
	for (int i = 0; i < SLOTS; i++)
		for (int n = 0; n < NODES; n++) {
			struct dynmem_holding *h = &books.holding[i][n];
			u64 target = state.vm[i].target[n] * UNIT, got;

			if (state.vm[i].phase != UP || target <= h->granted)
				continue;
			got = dynmem_ledger_grant(&books.ledger[n], h, target - h->granted, false);
			CHECK(h->granted <= target);
			if (got)
				added(n);
		}
}

static bool at_risk(const struct vm *vm)
{
	for (int n = 0; n < NODES; n++)
		if (vm->exposed[n] > vm->granted[n])
			return true;
	return false;
}

static void decide(void)
{
	load();
	follow();
	serve_starts();
	give();
	store();
}

static void measure(void)
{
	load();
	for (int i = 0; i < SLOTS; i++)
		for (int n = 0; n < NODES; n++)
			if (state.vm[i].phase == UP)
				dynmem_ledger_measured(&books.ledger[n], &books.holding[i][n],
						       state.vm[i].exposed[n] * UNIT);
	store();
}

/*
 * The events. Each function returns false if its event cannot happen in this state. @i is a VM and
 * @n a node. An event that does not depend on @i happens only for VM 0, and one that does not
 * depend on @n only for node 0.
 */
static bool do_decide(int i, int n)
{
	if (i || n)
		return false;
	decide();
	return true;
}

static bool do_measure(int i, int n)
{
	if (i || n)
		return false;
	measure();
	return true;
}

static bool do_capacity(int i, int n)
{
	if (i)
		return false;
	state.capacity[n] = state.capacity[n] == capacity_of(n) ? capacity_of(n) - 1 :
								  capacity_of(n);
	return true;
}

static bool do_start(int i, int n)
{
	if (n || state.vm[i].phase != OFF)
		return false;
	state.vm[i].phase = WAITING;
	return true;
}

static bool do_lose_patience(int i, int n)
{
	if (n || state.vm[i].phase != WAITING || state.vm[i].late)
		return false;
	state.vm[i].late = 1;
	return true;
}

static bool do_boot(int i, int n)
{
	struct vm *vm = &state.vm[i];

	if (n || vm->phase != ADMITTED || vm->dying)
		return false;
	vm->phase = UP;
	vm->naked = 1;
	for (int k = 0; k < NODES; k++)
		vm->exposed[k] = lives(i, k) ? RAM : 0;
	return true;
}

static bool do_kill(int i, int n)
{
	struct vm *vm = &state.vm[i];

	if (n || !state.faults || vm->dying || vm->phase == OFF || vm->phase == REFUSED)
		return false;
	state.faults--;
	vm->dying = 1;
	vm->naked = 0;
	if (vm->phase == UP)
		vm->phase = KILLED;
	memset(vm->exposed, 0, sizeof(vm->exposed));
	return true;
}

/*
 * The ledger learns that a VMM was killed. Until this event, the start of the killed VMM may still
 * be decided.
 */
static bool do_forget(int i, int n)
{
	if (n || !state.vm[i].dying)
		return false;
	load();
	for (int k = 0; k < NODES; k++)
		dynmem_ledger_forget(&books.ledger[k], &books.holding[i][k]);
	store();
	memset(&state.vm[i], 0, sizeof(state.vm[i]));
	return true;
}

static bool do_reset(int i, int n)
{
	struct vm *vm = &state.vm[i];

	if (n || !state.faults || vm->phase != UP)
		return false;
	state.faults--;
	for (int k = 0; k < NODES; k++)
		vm->exposed[k] = lives(i, k) ? RAM : 0;
	vm->naked = at_risk(vm);
	return true;
}

static bool do_settle(int i, int n)
{
	const struct vm *vm = &state.vm[i];

	if (n || vm->phase != UP || !(vm->overhead[0] || vm->overhead[NODES - 1]))
		return false;
	load();
	for (int k = 0; k < NODES; k++)
		dynmem_ledger_overhead(&books.ledger[k], &books.holding[i][k], 0);
	store();
	return true;
}

static unsigned int visible(const struct vm *vm, int n)
{
	return min(vm->target[n], vm->granted[n]);
}

static bool do_give(int i, int n)
{
	struct vm *vm = &state.vm[i];

	if (vm->phase != UP || vm->exposed[n] <= visible(vm, n))
		return false;
	vm->exposed[n]--;
	return true;
}

static bool do_take(int i, int n)
{
	struct vm *vm = &state.vm[i];

	if (vm->phase != UP || vm->exposed[n] >= visible(vm, n))
		return false;
	vm->exposed[n]++;
	return true;
}

static bool do_want(int i, int n)
{
	struct vm *vm = &state.vm[i];

	if (vm->phase != UP || !lives(i, n))
		return false;
	vm->target[n] = vm->target[n] == RAM ? MINIMUM : RAM;
	return true;
}

static const struct {
	const char *name;
	bool (*make)(int i, int n);
} event[] = {
	{ "decide", do_decide }, { "measure", do_measure }, { "capacity", do_capacity },
	{ "start", do_start }, { "lose patience", do_lose_patience }, { "boot", do_boot },
	{ "kill", do_kill }, { "forget", do_forget }, { "reset", do_reset },
	{ "settle", do_settle }, { "give", do_give }, { "take", do_take }, { "want", do_want },
};

/* Checks conditions that must hold in every state. */
static void check_state(void)
{
	for (int n = 0; n < NODES; n++) {
		unsigned int exposed = 0;
		bool risk = false;

		for (int i = 0; i < SLOTS; i++) {
			exposed += state.vm[i].exposed[n];
			risk |= at_risk(&state.vm[i]);
		}
		/* Invariant I2: exposed memory fits, unless a VM is at risk or capacity is low. */
		CHECK(risk || state.capacity[n] < capacity_of(n) || exposed <= state.capacity[n]);
	}
	for (int i = 0; i < SLOTS; i++) {
		CHECK(!at_risk(&state.vm[i]) || state.vm[i].naked);
		state.vm[i].naked &= at_risk(&state.vm[i]);
	}
}

/*
 * On a node that is short of memory, lowers targets as policy does, first those of VMs with lower
 * weights.
 */
static void share(void)
{
	for (int n = 0; n < NODES; n++) {
		int sum = 0, need = 0;

		for (int i = 0; i < SLOTS; i++) {
			sum += state.vm[i].target[n] + state.vm[i].overhead[n];
			if (state.vm[i].phase == WAITING && lives(i, n))
				need = STARTUP + OVERHEAD;
		}
		for (int i = SLOTS - 1; i >= 0 && sum + need > state.capacity[n]; i--)
			if (state.vm[i].phase == UP && state.vm[i].target[n] > MINIMUM) {
				sum -= state.vm[i].target[n] - MINIMUM;
				state.vm[i].target[n] = MINIMUM;
			}
	}
}

static void recover(void)
{
	struct state before;

	for (int round = 0; round < ROUNDS && !wrong; round++) {
		before = state;
		for (int i = 0; i < SLOTS; i++) {
			do_forget(i, 0);
			do_boot(i, 0);
			do_settle(i, 0);
			for (int n = 0; n < NODES; n++)
				while (do_give(i, n) || do_take(i, n))
					;
		}
		measure();
		share();
		decide();
		if (!memcmp(&before, &state, sizeof(state)))
			break;
	}
	load();
	for (int i = 0; i < SLOTS; i++)
		CHECK(state.vm[i].phase != WAITING || !could_fit(i));
	for (int n = 0; n < NODES; n++)
		CHECK(!dynmem_ledger_debt(&books.ledger[n]));
}

/*
 * All states, in the order in which they were found. @event, @vm and @node are the event that first
 * led to @state, and @from is the index of the state before that event.
 */
static struct seen {
	struct state state;
	unsigned int from;
	unsigned char event, vm, node;
} *seen;

static unsigned int *slot, nr_slots, nr_seen;

static unsigned int hash(const struct state *s)
{
	u64 h = 14695981039346656037ULL;

	for (unsigned int i = 0; i < sizeof(*s); i++)
		h = (h ^ ((const unsigned char *)s)[i]) * 1099511628211ULL;
	return h ^ h >> 32;
}

static unsigned int *find(const struct state *s)
{
	unsigned int *at = &slot[hash(s) & (nr_slots - 1)];

	while (*at && memcmp(&seen[*at - 1].state, s, sizeof(*s)))
		if (++at == slot + nr_slots)
			at = slot;
	return at;
}

static void *allocate(void *old, size_t n, size_t size)
{
	void *p = reallocarray(old, n, size);

	if (!p) {
		perror("explore");
		exit(2);
	}
	return p;
}

static void grow(void)
{
	nr_slots = nr_slots ? 2 * nr_slots : 1 << 16;
	seen = allocate(seen, nr_slots / 2, sizeof(*seen));
	slot = allocate(slot, nr_slots, sizeof(*slot));
	memset(slot, 0, nr_slots * sizeof(*slot));
	for (unsigned int i = 0; i < nr_seen; i++)
		*find(&seen[i].state) = i + 1;
}

static void note(unsigned int from, int e, int vm, int node)
{
	if (*find(&state))
		return;
	if (nr_seen == nr_slots / 2)
		grow();
	seen[nr_seen] = (struct seen){ state, from, e, vm, node };
	*find(&state) = ++nr_seen;
}

static void tell(unsigned int at)
{
	if (seen[at].from != at)
		tell(seen[at].from);
	printf("# %s", seen[at].from == at ? "begin" : event[seen[at].event].name);
	if (seen[at].from != at)
		printf(" vm %d node %d", seen[at].vm, seen[at].node);
	for (int n = 0; n < NODES; n++)
		printf(" | capacity %d", seen[at].state.capacity[n]);
	for (int i = 0; i < SLOTS; i++) {
		const struct vm *vm = &seen[at].state.vm[i];

		printf(" | phase %d", vm->phase);
		for (int n = 0; n < NODES; n++)
			if (lives(i, n))
				printf(" g%d r%d p%d o%d e%d t%d", vm->granted[n], vm->resident[n],
				       vm->promised[n], vm->overhead[n], vm->exposed[n],
				       vm->target[n]);
	}
	putchar('\n');
}

static void begin(void)
{
	memset(&state, 0, sizeof(state));
	state.faults = FAULTS;
	for (int n = 0; n < NODES; n++)
		state.capacity[n] = capacity_of(n);
	for (int i = 0; i < RUNNING; i++) {
		struct vm *vm = &state.vm[i];

		vm->phase = UP;
		for (int n = 0; n < NODES; n++)
			if (lives(i, n)) {
				vm->granted[n] = STARTUP;
				vm->resident[n] = STARTUP;
				vm->exposed[n] = STARTUP;
				vm->target[n] = STARTUP;
			}
	}
}

int main(void)
{
	unsigned long long steps = 0;
	unsigned int at;

	grow();
	begin();
	note(0, 0, 0, 0);
	for (at = 0; at < nr_seen && !wrong; at++) {
		for (unsigned int e = 0; e < ARRAY_SIZE(event) && !wrong; e++)
			for (int i = 0; i < SLOTS; i++)
				for (int n = 0; n < NODES; n++) {
					state = seen[at].state;
					if (wrong || !event[e].make(i, n))
						continue;
					steps++;
					check_state();
					note(at, e, i, n);
				}
		if (wrong)
			break;
		state = seen[at].state;
		recover();
	}
	if (wrong) {
		printf("# violated: %s; a step after this, or on the way to recovery:\n", wrong);
		tell(at);
	}
	printf("%u states, %llu steps\n", nr_seen, steps);
	return !!wrong;
}
