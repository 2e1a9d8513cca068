// SPDX-License-Identifier: GPL-2.0
/*
 * Guests that try to gain at the expense of others: they name many vnodes, touch ballooned memory
 * again, or give very slowly. The tests check how much memory the other guests have.
 */
#include "module.h"

#include "invariants.h"
#include "tap.h"

#define SECOND	1000ULL

/*
 * Boots a host with 3 GiB for VMs, and defines @guests guests. Each guest has 3 GiB of RAM and a
 * minimum of 256 MiB.
 */
static void begin(struct sim_world *w, unsigned int guests, bool relative)
{
	unsigned int i;

	*w = (struct sim_world){
		.controller = &sim_dynmem, .seed = 11, .step_ms = 100, .nodes = 1,
		.node[0] = { .present = GIB(8), .wants = GIB(4) }, .reserve = GIB(1),
		.relative = relative,
	};
	sim_world_begin(w, guests);
	sim_invariants_begin(w);
	w->watch = sim_invariants_step;
	for (i = 0; i < guests; i++) {
		struct sim_guest *g = sim_world_guest(w, i, SIM_IDEAL, 0.5, 0.25, 3, 0);

		g->exact = true;
		g->kernel = 0;
		g->boot_ms = 1000;
	}
}

static bool is_about(u64 bytes, u64 wanted)
{
	u64 near = wanted / 50 + 2 * SIM_BLOCK;

	return bytes + near >= wanted && bytes <= wanted + near;
}

/* Splits a guest's RAM into @n vnodes. If @skewed, programs mostly use the first vnodes. */
static void name_vnodes(struct sim_guest *g, unsigned int n, bool skewed)
{
	u64 ram = g->vnode[0].ram;
	u32 left = 1000;
	unsigned int i;

	g->nr_vnodes = n;
	for (i = 0; i < n; i++) {
		u32 share = i + 1 == n ? left : skewed ? left / 2 : 1000 / n;

		g->vnode[i] = (struct sim_vnode){ .ram = ram / n, .share = share };
		left -= share;
	}
}

/* Two guests need the same amount, and one of them names @n vnodes. Both must get equal amounts. */
static void vnodes_of(unsigned int n, bool skewed, bool relative)
{
	struct sim_world w;
	unsigned int i;

	begin(&w, 2, relative);
	name_vnodes(&w.guest[1], n, skewed);
	for (i = 0; i < 2; i++) {
		w.guest[i].trace.low = GIB(2.5);
		sim_guest_start(&w, &w.guest[i]);
	}
	sim_world_pass(&w, 120 * SECOND);
	sim_note("%u vnodes%s, %s: %llu and %llu MiB", n, skewed ? ", used unevenly" : "",
		 relative ? "relative" : "strict", sim_granted(&w.guest[0]) >> 20,
		 sim_granted(&w.guest[1]) >> 20);
	for (i = 0; i < 2; i++)
		if (!is_about(sim_granted(&w.guest[i]), GIB(1.5)))
			sim_fail(&w, "vnodes", "%u%s, %s: guest %u has %llu MiB instead of 1536", n,
				 skewed ? ", used unevenly" : "", relative ? "relative" : "strict",
				 i, sim_granted(&w.guest[i]) >> 20);
	sim_invariants_end(&w);
}

static void many_vnodes(void)
{
	unsigned int n, k;

	for (n = 1; n <= SIM_VNODES && !sim_failed; n *= 2)
		for (k = 0; k < 4; k++)
			vnodes_of(n, k & 1, k & 2);
}

/*
 * Three guests share 3 GiB. Then guest 0 touches ballooned memory again. First its own grant falls
 * to its minimum. Then the buffers of the other guests shrink, but these guests keep their demand.
 * The debt must be paid within 3 s.
 */
static void retouch(void)
{
	u64 before, demand, debt_ms = 0, end_ms;
	struct sim_world w;
	unsigned int i;

	begin(&w, 3, false);
	for (i = 0; i < 3; i++) {
		w.guest[i].trace.low = i ? GIB(0.7) : GIB(0.3);
		sim_guest_start(&w, &w.guest[i]);
	}
	sim_world_pass(&w, 120 * SECOND);
	before = sim_granted(&w.guest[1]);
	demand = sim_vm(&w.guest[1])->demand.shown;
	sim_vnode_touch_again(&w, &w.guest[0].vnode[0], GIB(0.9));
	end_ms = w.now_ms + 60 * SECOND;
	while (w.now_ms < end_ms) {
		sim_world_step(&w);
		debt_ms += dynmem_ledger_debt(&dynmem_nodes[0].ledger) ? w.step_ms : 0;
	}
	sim_note("debt for %llu ms; guest 0 has %llu MiB, guest 1 %llu of %llu", debt_ms,
		 sim_granted(&w.guest[0]) >> 20, sim_granted(&w.guest[1]) >> 20, before >> 20);
	if (debt_ms > 3 * SECOND)
		sim_fail(&w, "retouch", "debt for %llu ms", debt_ms);
	if (sim_granted(&w.guest[0]) != GIB(0.25))
		sim_fail(&w, "retouch", "who holds what it has given has %llu MiB",
			 sim_granted(&w.guest[0]) >> 20);
	if (sim_granted(&w.guest[1]) + demand / 100 + SIM_BLOCK < demand)
		sim_fail(&w, "retouch", "another lacks demand: %llu MiB of %llu",
			 sim_granted(&w.guest[1]) >> 20, demand >> 20);
	sim_vnode_touch_again(&w, &w.guest[0].vnode[0], 0);
	sim_world_pass(&w, 10 * SECOND);
	if (!is_about(sim_granted(&w.guest[1]), before))
		sim_fail(&w, "retouch", "when that is over another has %llu MiB, %llu before",
			 sim_granted(&w.guest[1]) >> 20, before >> 20);
	sim_invariants_end(&w);
}

/*
 * Guests 0 and 1 have more than they need, and guest 2 needs more than it has. Guest 0 gives only
 * one block in 15 s, so the memory has to come from guest 1.
 */
static void crawl(void)
{
	u64 lack_ms = 0, end_ms;
	struct sim_world w;
	unsigned int i;

	begin(&w, 3, false);
	for (i = 0; i < 3; i++) {
		w.guest[i].trace.low = i == 0 ? GIB(1) : i == 1 ? GIB(0.6) : GIB(0.1);
		sim_guest_start(&w, &w.guest[i]);
	}
	sim_world_pass(&w, 120 * SECOND);
	w.guest[0].kind = &sim_kinds[SIM_CRAWLING];
	w.guest[0].trace.low = GIB(0.15);
	sim_world_pass(&w, 12 * SECOND);
	w.guest[2].trace.low = GIB(0.65);
	end_ms = w.now_ms + 60 * SECOND;
	while (w.now_ms < end_ms) {
		u64 demand = sim_vm(&w.guest[2])->demand.believed_demand;

		sim_world_step(&w);
		if (sim_granted(&w.guest[2]) + demand / 100 + SIM_BLOCK < demand)
			lack_ms += w.step_ms;
	}
	sim_note("guest 2 lacked demand for %llu ms and has %llu MiB, guest 0 %llu", lack_ms,
		 sim_granted(&w.guest[2]) >> 20, sim_granted(&w.guest[0]) >> 20);
	if (lack_ms > 10 * SECOND)
		sim_fail(&w, "crawl", "another lacks demand for %llu ms", lack_ms);
	sim_invariants_end(&w);
}

const struct sim_test sim_hostile_tests[] = {
	{ "hostile: who names more vnodes has no more for it", many_vnodes },
	{ "hostile: who uses again what it has given pays for it first", retouch },
	{ "hostile: nobody waits for one that gives a block each 15 s", crawl },
	{ NULL, NULL },
};
