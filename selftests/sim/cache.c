// SPDX-License-Identifier: GPL-2.0
/*
 * Tests guests that read files again and again, with default settings. Files that fit stay in
 * memory until another guest needs that memory. If files can never fit, only a few attempts in an
 * hour move memory for them. Other guests get their demand, whatever a guest reports about the
 * files that it reads.
 */
#include "module.h"

#include "invariants.h"
#include "tap.h"

#define SECOND	1000ULL
#define MINUTE	(60 * SECOND)

/*
 * Boots a host with @capacity bytes for VMs, and starts @guests guests. Each guest has 1.5 GiB of
 * RAM, and its programs need 200 MiB.
 */
static void begin(struct sim_world *w, u64 capacity, unsigned int guests)
{
	unsigned int i;

	*w = (struct sim_world){
		.controller = &sim_dynmem, .seed = 5, .step_ms = 100, .nodes = 1,
		.node[0] = { .present = capacity + GIB(2), .wants = GIB(1) }, .reserve = GIB(1),
	};
	sim_world_begin(w, guests);
	sim_invariants_begin(w);
	w->watch = sim_invariants_step;
	for (i = 0; i < guests; i++) {
		struct sim_guest *g = sim_world_guest(w, i, SIM_IDEAL, 0.5, 0.25, 1.5, 0);

		g->exact = true;
		g->boot_ms = 1000;
		g->trace.low = MIB(200);
		sim_guest_start(w, g);
	}
	sim_world_pass(w, 2 * MINUTE);
}

/* Bytes of the guest's files that are in memory. */
static u64 cached(const struct sim_guest *g)
{
	return g->vnode[0].cache;
}

/*
 * Simulates @ms milliseconds. Returns the time, in ms, for which @g was granted less than its
 * demand.
 */
static u64 lacks(struct sim_world *w, const struct sim_guest *g, u64 ms)
{
	u64 end_ms = w->now_ms + ms, lack_ms = 0;

	while (w->now_ms < end_ms) {
		u64 demand = sim_vm(g)->demand.believed_demand;

		sim_world_step(w);
		lack_ms += sim_granted(g) + demand / 100 + SIM_BLOCK < demand ? w->step_ms : 0;
	}
	return lack_ms;
}

/* A guest reads 500 MiB of files while memory is spare. Then another guest needs that memory. */
static void fits(void)
{
	struct sim_world w;
	u64 before, lack_ms;

	begin(&w, GIB(1.5), 2);
	before = sim_granted(&w.guest[0]);
	w.guest[0].cache = MIB(500);
	sim_world_pass(&w, MINUTE);
	sim_note("500 MiB of files: %llu in memory, %llu MiB granted, %llu before",
		 cached(&w.guest[0]) >> 20, sim_granted(&w.guest[0]) >> 20, before >> 20);
	if (cached(&w.guest[0]) < MIB(500))
		sim_fail(&w, "cache", "%llu MiB of 500 in memory", cached(&w.guest[0]) >> 20);
	/* Most files stay in memory, since no other guest needs that memory yet. */
	sim_world_pass(&w, 60 * MINUTE);
	if (cached(&w.guest[0]) < MIB(350))
		sim_fail(&w, "cache", "after an hour %llu MiB", cached(&w.guest[0]) >> 20);

	w.guest[1].trace.low = GIB(0.8);
	lack_ms = lacks(&w, &w.guest[1], MINUTE);
	sim_note("another guest needs it: it lacked demand for %llu ms", lack_ms);
	if (lack_ms > 3 * SECOND)
		sim_fail(&w, "cache", "another lacks demand for %llu ms", lack_ms);
	sim_invariants_end(&w);
}

/*
 * A guest reads 400 MiB of files, and runs a program of 600 MiB. When the program ends, the guest
 * gives the memory of the program. If the host takes more than that, the guest reads files back.
 * This shows the host how much memory the files need.
 */
static void program_ends(void)
{
	struct sim_world w;
	struct sim_guest *g;
	u64 kept;

	begin(&w, GIB(4), 1);
	g = &w.guest[0];
	g->cache = MIB(400);
	g->trace.low = MIB(800);
	sim_world_pass(&w, 2 * MINUTE);
	g->trace.low = MIB(200);
	sim_world_pass(&w, 3 * MINUTE);
	kept = sim_granted(g) - sim_vm(g)->vnode[0].lent;
	sim_note("400 MiB of files: %llu in memory, %llu MiB granted and not lent",
		 cached(g) >> 20, kept >> 20);
	if (cached(g) < MIB(400) || kept > MIB(1000))
		sim_fail(&w, "cache", "%llu MiB of 400 in memory, %llu MiB granted and not lent",
			 cached(g) >> 20, kept >> 20);
	sim_invariants_end(&w);
}

/*
 * A guest reads 4 GiB of files. Even all of its RAM could hold only a part of the files, so more
 * memory does not help.
 */
static void never_fits(void)
{
	struct sim_world w;
	u64 before, highest = 0, lack_ms = 0, high_ms = 0;
	unsigned int i;

	begin(&w, GIB(4), 2);
	before = sim_granted(&w.guest[0]);
	w.guest[0].cache = GIB(4);
	for (i = 0; i < 3600; i++) {
		lack_ms += lacks(&w, &w.guest[1], SECOND);
		highest = max(highest, sim_granted(&w.guest[0]));
		high_ms += sim_granted(&w.guest[0]) > before + MIB(64) ? SECOND : 0;
	}
	sim_note("4 GiB: at most %llu MiB granted, %llu before; more for %llu s in an hour",
		 highest >> 20, before >> 20, high_ms / SECOND);
	if (lack_ms)
		sim_fail(&w, "cache", "another lacks demand for %llu ms", lack_ms);
	/*
	 * There are six attempts. In each, the guest takes a minute to fill the added memory, and a
	 * minute to give it back.
	 */
	if (high_ms > 12 * MINUTE)
		sim_fail(&w, "cache", "it has more for %llu s in an hour", high_ms / SECOND);
	sim_invariants_end(&w);
}

static void claim_refaults(struct sim_world *w, struct dynmem_figures *f)
{
	f->refault = GIB(1);
	f->file = GIB(1);
}

static void claim_memory(struct sim_world *w, struct dynmem_figures *f)
{
	f->anon = GIB(8);
}

static const struct sim_kind faking_refaults = {
	"faking refaults", 0, 100, DYNMEM_DRIVER_DYNMEM, .lie = claim_refaults,
};

static const struct sim_kind faking_memory = {
	"faking memory", 0, 100, DYNMEM_DRIVER_DYNMEM, .lie = claim_memory,
};

/*
 * Returns the largest grant of guest 0, in bytes, while it makes the false claims of @kind. The
 * host has @capacity GiB for VMs. Guest 1 needs memory, and must get it.
 */
static u64 gets_by(const struct sim_kind *kind, double capacity)
{
	struct sim_world w;
	u64 highest = 0, lack_ms = 0;
	unsigned int i;

	begin(&w, GIB(capacity), 2);
	w.guest[1].trace.low = MIB(400);
	sim_world_pass(&w, 30 * SECOND);
	w.guest[0].kind = kind;
	for (i = 0; i < 600; i++) {
		lack_ms += lacks(&w, &w.guest[1], SECOND);
		highest = max(highest, sim_granted(&w.guest[0]));
	}
	if (lack_ms)
		sim_fail(&w, "cache", "%s: another lacks demand for %llu ms", kind->name, lack_ms);
	sim_invariants_end(&w);
	return highest;
}

static void fakes(void)
{
	static const double capacities[] = { 1.2, 4 };
	struct sim_world none = { .first_seed = 5 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(capacities) && !sim_failed; i++) {
		u64 refaults = gets_by(&faking_refaults, capacities[i]);
		u64 memory = gets_by(&faking_memory, capacities[i]);

		sim_note("of %.1f GiB refaults gain %llu MiB, memory %llu",
			 capacities[i], refaults >> 20, memory >> 20);
		if (refaults > memory)
			sim_fail(&none, "cache", "of %.1f GiB refaults gain %llu MiB, memory %llu",
				 capacities[i], refaults >> 20, memory >> 20);
	}
}

const struct sim_test sim_cache_tests[] = {
	{ "cache: files that fit are kept while nobody needs the memory", fits },
	{ "cache: a program that ends leaves what its guest's files need", program_ends },
	{ "cache: files that never fit are not made room for", never_fits },
	{ "cache: who fakes refaults gets no more than who fakes memory", fakes },
	{ NULL, NULL },
};
