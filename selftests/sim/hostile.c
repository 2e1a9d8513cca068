// SPDX-License-Identifier: GPL-2.0
/*
 * Guests that would live at others' expense: that name more vnodes than they have use for, that
 * touch what they have given, that give so slowly that it helps nobody. What counts is what the
 * others have.
 */
#include "module.h"

#include "invariants.h"
#include "tap.h"

#define SECOND	1000ULL

/* A host with 3 GiB for @guests, of which each has 3 GiB of RAM and a minimum of 256 MiB. */
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

static void end(struct sim_world *w)
{
	sim_invariants_end(w);
	sim_world_end(w);
}

static u64 granted(const struct sim_guest *g)
{
	const struct dynmem_vm *vm = sim_vm(g);
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		sum += vm->vnode[i].granted;
	return sum;
}

static bool is_about(u64 bytes, u64 wanted)
{
	u64 near = wanted / 50 + 2 * SIM_BLOCK;

	return bytes + near >= wanted && bytes <= wanted + near;
}

/* Splits a guest's RAM into @n vnodes; its programs use the first ones most if @skewed. */
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

/* Two guests that need the same; one of them names @n vnodes. */
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
		 relative ? "relative" : "strict", granted(&w.guest[0]) >> 20,
		 granted(&w.guest[1]) >> 20);
	for (i = 0; i < 2; i++)
		if (!is_about(granted(&w.guest[i]), GIB(1.5)))
			sim_fail(&w, "vnodes", "%u%s, %s: guest %u has %llu MiB instead of 1536", n,
				 skewed ? ", used unevenly" : "", relative ? "relative" : "strict",
				 i, granted(&w.guest[i]) >> 20);
	end(&w);
}

static void many_vnodes(void)
{
	unsigned int n, k;

	for (n = 1; n <= SIM_VNODES && !sim_failed; n *= 2)
		for (k = 0; k < 4; k++)
			vnodes_of(n, k & 1, k & 2);
}

const struct sim_test sim_hostile_tests[] = {
	{ "hostile: who names more vnodes has no more for it", many_vnodes },
	{ NULL, NULL },
};
