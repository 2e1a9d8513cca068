// SPDX-License-Identifier: GPL-2.0
/*
 * Simulates random worlds: many small ones, each from another seed, and two large ones. In every
 * step invariants are checked and states are counted.
 */
#include "module.h"

#include "coverage.h"
#include "invariants.h"
#include "tap.h"
#include "vm/settings.h"

#define STEPS		7000000
#define LEAST		1000	/* how often each transition must occur in STEPS steps */
#define FIRST_SEED	1

/*
 * Draws a kind of guest: from @able if @theme is 0 or 1, from @stubborn if @theme is 2, and from
 * all kinds if @theme is higher.
 */
static enum sim_kind_id any_kind(struct sim_world *w, unsigned int theme)
{
	static const enum sim_kind_id able[] = { SIM_IDEAL, SIM_IDEAL, SIM_CRASHING, SIM_STANDARD };
	static const enum sim_kind_id stubborn[] = { SIM_STUCK, SIM_STUCK, SIM_PARTIAL, SIM_IDEAL };

	if (theme < 2)
		return able[rng_below(&w->seed, ARRAY_SIZE(able))];
	if (theme == 2)
		return stubborn[rng_below(&w->seed, ARRAY_SIZE(stubborn))];
	return rng_below(&w->seed, SIM_KINDS);
}

static void define_trace(struct sim_world *w, struct sim_trace *t, u64 most)
{
	static const u64 periods[] = { 1000, 2000, 5000, 10000, 20000, 30000, 60000, 120000 };

	*t = (struct sim_trace){
		.shape = rng_below(&w->seed, SIM_SHAPES),
		.low = MIB(16) + rng_below(&w->seed, most / 2),
		.high = most / 2 + rng_below(&w->seed, most),
		.period_ms = periods[rng_below(&w->seed, ARRAY_SIZE(periods))],
		.offset_ms = rng_below(&w->seed, 1000000),
		.slope = rng_below(&w->seed, 100),
		.recording = rng_below(&w->seed, sim_nr_recordings),
	};
	t->high = max(t->low, t->high);
}

/*
 * Draws all settings of a guest that is to start. The sizes of the guest and the need of its
 * programs are up to about 1.5 times @room bytes. If @floating is true, vnodes may float.
 */
static void define_guest(struct sim_world *w, struct sim_guest *g, unsigned int theme, u64 room,
			 bool floating)
{
	u64 blocks = room / SIM_BLOCK, *seed = &w->seed, left = 1000;
	unsigned int i, id = g->id;
	u64 ram;

	memset(g, 0, sizeof(*g));
	g->id = id;
	g->kind = &sim_kinds[any_kind(w, theme)];
	g->startup = rng_between(seed, 16, 16 + blocks / 2) * SIM_BLOCK;
	g->minimum = rng_between(seed, 16, g->startup / SIM_BLOCK) * SIM_BLOCK;
	g->maximum = g->startup + rng_below(seed, blocks) * SIM_BLOCK;
	g->buffer = rng_once_in(seed, 10) ? rng_between(seed, 5, 2000) : rng_between(seed, 5, 40);
	g->weight = rng_once_in(seed, 2) ? 5000 : rng_between(seed, 1, 10000);
	g->dynamic = !rng_once_in(seed, 10);
	g->boot_ms = rng_between(seed, 200, 20000);
	g->kernel = min(rng_between(seed, MIB(8), MIB(64)), g->minimum);
	g->cache = rng_once_in(seed, 2) ? 0 : rng_below(seed, room);
	g->report_delay_ms = rng_once_in(seed, 8) ? rng_below(seed, 10000) : 0;
	define_trace(w, &g->trace, room);

	/* The RAM that a VMM gives its guest need not match the settings. */
	if (g->dynamic)
		ram = max(g->startup, rng_between(seed, g->startup / 2, g->maximum + MIB(64)));
	else
		ram = g->startup + rng_below(seed, MIB(60));
	g->nr_vnodes = rng_once_in(seed, 4) ? rng_between(seed, 1, SIM_VNODES) : 1;
	for (i = 0; i < g->nr_vnodes; i++) {
		struct sim_vnode *v = &g->vnode[i];
		bool last = i + 1 == g->nr_vnodes;

		v->ram = last ? ram : ram / (g->nr_vnodes - i);
		v->ram -= v->ram % (last ? PAGE_SIZE : SIM_BLOCK);
		v->share = last ? left : rng_below(seed, left);
		v->node = floating && rng_once_in(seed, 3) ? -1 : (int)rng_below(seed, w->nodes);
		v->pool = v->node < 0 ? w->pools && id % 2 : v->node >= (int)sim_world_hosts(w);
		ram -= v->ram;
		left -= v->share;
	}
	if (rng_once_in(seed, 20))
		g->resident_at_start = rng_below(seed, g->maximum);
}

/* The operator replaces all settings of a VM, as by `dmctl vm replace`. */
static void replace_settings(struct sim_world *w, const struct dynmem_vm *vm,
			     const struct dynmem_settings *set, u64 mask)
{
	struct dynmem_settings all = vm->next;
	u64 changed, deferred;

	dynmem_settings_merge(&all, set, mask);
	if (rng_once_in(&w->seed, 2))
		all.startup = rng_between(&w->seed, all.minimum,
					  max(all.minimum, all.maximum)) / SIM_BLOCK *
			      SIM_BLOCK;
	all.dynamic ^= rng_once_in(&w->seed, 20);
	dynmem_vm_replace(vm->name, &all, &changed, &deferred, NULL);
}

/* The operator changes settings of a VM. */
static void change_settings(struct sim_world *w, struct sim_guest *g)
{
	struct dynmem_vm *vm = sim_vm(g);
	struct dynmem_settings set = {
		.buffer = rng_between(&w->seed, 5, 100),
		.weight = rng_between(&w->seed, 1, 10000),
	};
	u64 mask = BIT(DYNMEM_A_VM_BUFFER) | BIT(DYNMEM_A_VM_WEIGHT);

	if (!vm)
		return;
	set.minimum = rng_between(&w->seed, 16, vm->set.minimum / SIM_BLOCK) * SIM_BLOCK;
	set.maximum = vm->set.maximum + rng_below(&w->seed, 100) * SIM_BLOCK;
	if (rng_once_in(&w->seed, 2))
		mask |= BIT(DYNMEM_A_VM_MINIMUM) | BIT(DYNMEM_A_VM_MAXIMUM);
	if (!vm->set.dynamic && rng_once_in(&w->seed, 2)) {
		u64 now = vm->set.startup / SIM_BLOCK, most = now + vm->cut / SIM_BLOCK;

		set.startup = rng_between(&w->seed, rng_once_in(&w->seed, 2) ? now : 16, most) *
			      SIM_BLOCK;
		mask |= BIT(DYNMEM_A_VM_STARTUP);
	}
	if (rng_once_in(&w->seed, 4))
		replace_settings(w, vm, &set, mask);
	else
		dynmem_vm_set(vm->name, &set, mask, NULL);
}

struct plan {
	unsigned int theme;	/* 0..7: selects kinds of guests and how often capacity changes */
	u64 room;		/* bytes; a VM needs at most about 1.5 times this */
	bool floating;		/* some vnodes float */
	bool moving;		/* the host's own use and the reserve change */
	u64 start_odds;
	u64 stop_odds;
};

/* Whether a VM is in a state that lasts for a short time. Such VMs are stopped more often. */
static bool is_in_passing(const struct sim_guest *g)
{
	const struct dynmem_vm *vm = sim_vm(g);

	return vm && (vm->driver == DYNMEM_DRIVER_DETACHED ||
		      vm->vnode[0].target != vm->vnode[0].granted ||
		      vm->status == DYNMEM_STATUS_LOW ||
		      vm->vnode[0].pacing.reaction != DYNMEM_REACTION_OK);
}

static u64 stop_odds(const struct plan *p, const struct sim_guest *g)
{
	const struct dynmem_vm *vm = sim_vm(g);

	if (vm && vm->state == DYNMEM_VM_STATE_RESTARTING)
		return min(p->stop_odds, 4);
	if (vm && vm->state == DYNMEM_VM_STATE_AWAY)
		return min(p->stop_odds, 25);
	return is_in_passing(g) ? p->stop_odds / 20 : p->stop_odds;
}

/*
 * Draws the host's own use: either up to 70 % of the node, or about all memory that minimums,
 * overhead and reserve leave.
 */
static u64 use_of_host(struct sim_world *w, unsigned int n)
{
	const struct dynmem_node *node = &dynmem_nodes[n];
	u64 kept = node->ledger.minimums + node->ledger.overhead + node->host.reserve;

	if (rng_once_in(&w->seed, 2) && kept < w->node[n].present)
		return dynmem_above(w->node[n].present + MIB(64),
				    kept + rng_below(&w->seed, MIB(128)));
	return rng_below(&w->seed, w->node[n].present / 10 * 7);
}

static void happen(struct sim_world *w, const struct plan *p)
{
	struct sim_guest *g = &w->guest[rng_below(&w->seed, w->nr_guests)];
	unsigned int n = rng_below(&w->seed, w->nodes);
	u64 odds = dynmem_ledger_overdrawn(&dynmem_nodes[n].ledger) ? 10 :
		   p->theme == 2 ? 25 : 100;

	if (g->phase == SIM_OFF && rng_once_in(&w->seed, p->start_odds)) {
		define_guest(w, g, p->theme, p->room, p->floating);
		sim_guest_start(w, g);
	} else if (g->phase == SIM_WAITING && rng_once_in(&w->seed, 30)) {
		sim_guest_stop(w, g);
	} else if (g->phase != SIM_OFF && rng_once_in(&w->seed, stop_odds(p, g))) {
		if (rng_once_in(&w->seed, 2))
			sim_guest_kill(w, g);
		else
			sim_guest_stop(w, g);
	} else if (rng_once_in(&w->seed, 200)) {
		change_settings(w, g);
	}
	/* The host's own use changes more often while memory is promised to a VM that starts. */
	if (p->moving && rng_once_in(&w->seed, dynmem_nodes[n].ledger.promised ? 10 : odds))
		w->node[n].wants = use_of_host(w, n);
	if (rng_once_in(&w->seed, 1000)) {
		w->relative = !w->relative;
		dynmem_balancer_set_balance(w->relative ? DYNMEM_BALANCE_RELATIVE :
							  DYNMEM_BALANCE_STRICT);
	}
	if (p->moving && rng_once_in(&w->seed, 1000))
		dynmem_balancer_set_reserve(n, rng_once_in(&w->seed, 2) ? 0 :
					    rng_below(&w->seed, w->node[n].present / 4), NULL);
}

/*
 * Simulates up to @steps steps of the world of @seed. Up to @guests guests run at once, or up to a
 * random number of guests if @guests is 0. Returns the number of steps.
 */
static u64 play(u64 seed, unsigned int guests, unsigned int steps)
{
	static const u64 step_ms[] = { 50, 100, 100, 200, 500, 1000 };
	struct sim_world w = { .controller = &sim_dynmem, .seed = seed };
	struct plan p;
	unsigned int n;

	/* Mix the seed, so that neighbouring seeds make different worlds. */
	for (n = 0; n < 8; n++)
		rng_next(&w.seed);
	w.step_ms = step_ms[rng_below(&w.seed, ARRAY_SIZE(step_ms))];
	w.nodes = rng_once_in(&w.seed, 2) ? 1 : rng_between(&w.seed, 1, SIM_NODES);
	w.pools = seed % 4 == 3;
	if (w.pools)
		w.nodes += w.nodes % 2;
	if (!guests)
		guests = rng_between(&w.seed, 1, rng_once_in(&w.seed, 30) ? 60 : 8);
	for (n = 0; n < w.nodes; n++) {
		w.node[n].present = rng_between(&w.seed, 2048, 8192) * MIB(1);
		w.node[n].wants = rng_below(&w.seed, w.node[n].present / 4);
		if (guests > 100)
			w.node[n].present *= guests / 50;
	}
	w.relative = rng_once_in(&w.seed, 3);
	p = (struct plan){
		.theme = rng_below(&w.seed, 8),
		.floating = rng_once_in(&w.seed, 4),
		.start_odds = guests > 100 ? 1 : rng_between(&w.seed, 1, 60),
		.stop_odds = rng_between(&w.seed, 300, 3000),
	};
	p.moving = p.theme != 0;
	/* Steps are long, so that stubborn guests become uncooperative before the world ends. */
	if (p.theme == 2)
		w.step_ms = 1000;
	/* In some worlds VMs come and go all the time. */
	if (rng_once_in(&w.seed, 3)) {
		p.start_odds = 1;
		p.stop_odds = rng_between(&w.seed, 30, 200);
	}
	/* p.room is 0.5 to 2.5 times the host's memory divided by the number of guests. */
	for (n = 0; n < w.nodes; n++)
		p.room += w.node[n].present;
	p.room = p.room / guests / 4 * rng_between(&w.seed, 2, 10);

	sim_world_begin(&w, guests);
	w.first_seed = seed;
	sim_invariants_begin(&w);
	sim_coverage_begin(&w);
	while (w.steps < steps && !sim_failed) {
		for (n = 0; n < 1 + guests / 200; n++)
			happen(&w, &p);
		sim_world_step(&w);
		sim_invariants_step(&w);
		sim_coverage_step(&w);
	}
	sim_coverage_end();
	sim_invariants_end(&w);
	return w.steps;
}

static void small_worlds(void)
{
	struct sim_world w = { .first_seed = 0 };
	u64 wanted = sim_steps ? sim_steps : STEPS, steps = 0, seed;
	unsigned int i;

	if (sim_seed) {
		play(sim_seed, 0, 100000);
		return;
	}
	for (seed = FIRST_SEED; steps < wanted && !sim_failed; seed++)
		steps += play(seed, 0, 200 + seed * 37 % 1000);
	if (sim_failed)
		return;
	sim_note("%llu steps in %llu worlds", steps, seed - FIRST_SEED);
	for (i = 0; i < sim_nr_invariants; i++) {
		sim_note("%12llu times: %s", sim_invariants[i].checked, sim_invariants[i].name);
		if (!sim_invariants[i].checked)
			sim_fail(&w, "coverage", "never checked: %s", sim_invariants[i].name);
	}
	sim_coverage_report(&w, steps >= STEPS ? LEAST : 0);
}

static void large_worlds(void)
{
	u64 seed = sim_seed ? sim_seed : FIRST_SEED;

	play(seed, 1000, sim_steps ? 50 : 200);
	play(seed, 10000, sim_steps ? 10 : 100);
}

const struct sim_test sim_random_tests[] = {
	{ "random worlds keep the invariants", small_worlds },
	{ "random worlds of 1,000 and 10,000 VMs keep the invariants", large_worlds },
	{ NULL, NULL },
};
