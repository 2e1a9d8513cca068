// SPDX-License-Identifier: GPL-2.0
/*
 * Simulates guests. A page that was touched stays resident until the guest balloons it or the VMM
 * ends. A guest without a driver can touch all of its RAM.
 */
#include "../../include/uapi/dynmem.h"
#include "guest.h"
#include "host.h"
#include "selftests/played.h"

#define REPORT_MS	1000
#define JUMP		MIB(32)		/* a rise of need by this much is reported at once */
#define HIDDEN_PART	64		/* 1/64 of RAM is struct pages, which MemTotal leaves out */
#define SWAP_IN		MIB(50)		/* limit of swap-ins, bytes a second */

static void enter(struct sim_world *w, struct sim_guest *g, enum sim_phase phase, u64 ms)
{
	g->phase = phase;
	g->until_ms = ms ? w->now_ms + ms : 0;
}

/* The VMM crashes. Its device stays open for a while. */
static void crash(struct sim_world *w, struct sim_guest *g)
{
	sim_guest_kill(w, g);
}

/* The guest reboots in the same VMM, and its balloon is empty. */
static void restart(struct sim_world *w, struct sim_guest *g)
{
	unsigned int i;

	w->controller->reset(w, g);
	for (i = 0; i < g->nr_vnodes; i++) {
		g->vnode[i].ballooned = 0;
		g->vnode[i].again = 0;
		g->vnode[i].used = 0;
		g->vnode[i].cache = 0;
		g->vnode[i].once = 0;
	}
	g->fresh = true;
	/* User space may know of the restart before the new kernel's driver does. */
	if (w->controller->restarted && rng_once_in(&w->seed, 2))
		w->controller->restarted(w, g);
	enter(w, g, SIM_BOOTING, g->boot_ms);
}

/*
 * The device is reset, because the VMM stops and continues the guest or because the driver is
 * unloaded. A driver that is unloaded empties its balloon first, and the next driver is a new one.
 */
static void reset(struct sim_world *w, struct sim_guest *g)
{
	unsigned int i;

	g->fresh = rng_once_in(&w->seed, 4);
	if (g->fresh) {
		for (i = 0; i < g->nr_vnodes; i++) {
			g->vnode[i].ballooned = 0;
			g->vnode[i].again = 0;
		}
		w->controller->moved(w, g);
	}
	w->controller->reset(w, g);
	enter(w, g, SIM_DETACHED, rng_between(&w->seed, 500, 20000));
}

/* The device is unplugged. The driver keeps its balloon until the device is back. */
static void unplug(struct sim_world *w, struct sim_guest *g)
{
	if (!w->controller->away)
		return;
	w->controller->away(w, g);
	enter(w, g, SIM_AWAY, rng_between(&w->seed, 500, 90000));
}

static void pause_cpus(struct sim_world *w, struct sim_guest *g)
{
	enter(w, g, SIM_PAUSED, rng_between(&w->seed, 500, 40000));
}

static void get_stuck(struct sim_world *w, struct sim_guest *g)
{
	enter(w, g, SIM_STUCK_UP, rng_between(&w->seed, 2000, 90000));
}

/* Touches some ballooned memory again, or gives up all memory touched in this way. */
static void touch_again(struct sim_world *w, struct sim_guest *g)
{
	bool more = rng_once_in(&w->seed, 2);
	unsigned int i;

	for (i = 0; i < g->nr_vnodes; i++)
		sim_vnode_touch_again(w, &g->vnode[i],
				      more ? rng_below(&w->seed, g->vnode[i].ballooned + 1) : 0);
}

static void lie(struct sim_world *w, struct dynmem_figures *f)
{
	u64 *figure[] = {
		&f->commit, &f->total, &f->free, &f->anon, &f->shmem, &f->swapped, &f->kernel,
		&f->ballooned, &f->available, &f->vnode[0].total, &f->vnode[0].free,
		&f->vnode[0].reclaimable, &f->vnode[0].ballooned, &f->vnode[0].unavailable,
	};
	static const u64 lies[] = { 0, 1, 4095, GIB(1), GIB(1000), DYNMEM_PIB, ~0ULL, 1ULL << 63 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(figure); i++)
		if (rng_once_in(&w->seed, 4))
			*figure[i] = min(lies[rng_below(&w->seed, ARRAY_SIZE(lies))], DYNMEM_PIB);
}

const struct sim_kind sim_kinds[SIM_KINDS] = {
	[SIM_IDEAL] = { "ideal", 0, 100, DYNMEM_DRIVER_DYNMEM },
	[SIM_SLOW] = { "slow", MIB(40), 100, DYNMEM_DRIVER_DYNMEM },
	[SIM_STUCK] = { "stuck", GIB(2), 100, DYNMEM_DRIVER_DYNMEM, false, 60000, get_stuck },
	[SIM_LYING] = { "lying", GIB(2), 100, DYNMEM_DRIVER_DYNMEM, .lie = lie },
	[SIM_PARTIAL] = { "partial", GIB(2), 50, DYNMEM_DRIVER_DYNMEM },
	[SIM_CRASHING] = { "crashing", GIB(2), 100, DYNMEM_DRIVER_DYNMEM, false, 60000, crash },
	[SIM_RESTARTING] = {
		"restarting", GIB(2), 100, DYNMEM_DRIVER_DYNMEM, false, 60000, restart
	},
	[SIM_RESETTING] = { "resetting", GIB(2), 100, DYNMEM_DRIVER_DYNMEM, false, 30000, reset },
	[SIM_DRIVERLESS] = { "driverless", 0, 0, DYNMEM_DRIVER_NONE, false, 90000, crash },
	[SIM_PAUSING] = { "pausing", GIB(2), 100, DYNMEM_DRIVER_DYNMEM, false, 30000, pause_cpus },
	[SIM_STANDARD] = { "standard", GIB(1), 100, DYNMEM_DRIVER_STANDARD, false, 90000, reset },
	[SIM_MUTE] = { "mute", GIB(1), 100, DYNMEM_DRIVER_STANDARD, true, 90000, restart },
	[SIM_CRAWLING] = { "crawling", GIB(2), 100, DYNMEM_DRIVER_DYNMEM, .every_ms = 15000 },
	[SIM_RETOUCHING] = {
		"retouching", GIB(2), 100, DYNMEM_DRIVER_DYNMEM, false, 30000, touch_again
	},
	[SIM_UNPLUGGED] = { "unplugged", GIB(2), 100, DYNMEM_DRIVER_DYNMEM, false, 20000, unplug },
};

/*
 * The sum of the expression @what over the vnodes of guest g. The expression may use i, which is
 * the index of the vnode.
 */
#define SUM(what)						\
	({							\
		u64 sum = 0;					\
		unsigned int i;					\
								\
		for (i = 0; i < g->nr_vnodes; i++)		\
			sum += (what);				\
		sum;						\
	})

u64 sim_guest_ram(const struct sim_guest *g)
{
	return SUM(g->vnode[i].ram);
}

u64 sim_guest_exposed(const struct sim_guest *g)
{
	return SUM(sim_vnode_exposed(&g->vnode[i]));
}

u64 sim_guest_resident(const struct sim_guest *g)
{
	return SUM(sim_vnode_resident(&g->vnode[i]));
}

u64 sim_guest_target(const struct sim_guest *g)
{
	return SUM(g->vnode[i].target);
}

/* Changes the resident memory of a vnode to @bytes. */
static void hold(struct sim_world *w, struct sim_vnode *v, u64 bytes)
{
	unsigned int hosts = sim_world_hosts(w), first = v->pool ? hosts : 0;
	u64 have = sim_vnode_resident(v);

	while (have < bytes) {
		unsigned int n, at = first;
		u64 here = bytes - have;

		if (v->node >= 0) {
			at = v->node;
		} else {
			for (n = first + 1; n < first + hosts; n++)
				if (sim_node_free(w, n) > sim_node_free(w, at))
					at = n;
			here = min(here, max(sim_node_free(w, at) / 2, MIB(64)));
		}
		v->on[at] += here;
		w->held[at] += here;
		have += here;
	}
	while (have > bytes) {
		unsigned int n, at = 0;
		u64 here;

		for (n = 1; n < w->nodes; n++)
			if (v->on[n] > v->on[at])
				at = n;
		here = min(have - bytes, v->on[at]);
		v->on[at] -= here;
		w->held[at] -= here;
		have -= here;
	}
}

void sim_vnode_touch_again(struct sim_world *w, struct sim_vnode *v, u64 bytes)
{
	u64 touched = sim_vnode_resident(v) - v->again, free = 0;
	unsigned int n;

	for (n = 0; n < w->nodes; n++) {
		bool pool = n >= sim_world_hosts(w);

		if (v->node == (int)n || (v->node < 0 && v->pool == pool))
			free += sim_node_free(w, n);
	}
	v->again = min(min(bytes, v->ballooned), v->again + free);
	hold(w, v, touched + v->again);
}

static void hold_nothing(struct sim_world *w, struct sim_guest *g)
{
	unsigned int i;

	for (i = 0; i < g->nr_vnodes; i++) {
		hold(w, &g->vnode[i], 0);
		g->vnode[i].ballooned = 0;
		g->vnode[i].again = 0;
		g->vnode[i].used = 0;
		g->vnode[i].cache = 0;
		g->vnode[i].once = 0;
	}
	g->unmet = 0;
	g->reported_need = 0;
	g->reported_unmet = 0;
}

void sim_guest_start(struct sim_world *w, struct sim_guest *g)
{
	u64 left = g->resident_at_start;
	unsigned int i;

	for (i = 0; i < g->nr_vnodes; i++) {
		u64 here = min(left, g->vnode[i].ram);

		hold(w, &g->vnode[i], here);
		left -= here;
		g->vnode[i].target = g->vnode[i].ram;
	}
	g->killed_waiting = false;
	enter(w, g, SIM_WAITING, 0);
	w->controller->start(w, g);
}

void sim_guest_started(struct sim_world *w, struct sim_guest *g, int error)
{
	if (error) {
		hold_nothing(w, g);
		enter(w, g, SIM_OFF, 0);
		return;
	}
	g->fresh = true;
	enter(w, g, SIM_BOOTING, g->kind->driver == DYNMEM_DRIVER_NONE ? 0 : max(g->boot_ms, 1));
}

void sim_guest_stop(struct sim_world *w, struct sim_guest *g)
{
	g->killed_waiting = g->phase == SIM_WAITING;
	hold_nothing(w, g);
	enter(w, g, SIM_OFF, 0);
	w->controller->stop(w, g);
}

void sim_guest_kill(struct sim_world *w, struct sim_guest *g)
{
	hold_nothing(w, g);
	enter(w, g, SIM_DEAD, rng_between(&w->seed, 1, 5000));
}

/* The driver begins to work, for the first time or after a reset. */
static void begin_session(struct sim_world *w, struct sim_guest *g)
{
	bool fresh = g->fresh;

	g->fresh = false;
	enter(w, g, SIM_UP, 0);
	w->controller->session(w, g, g->kind->driver, fresh);
	g->report_ms = w->now_ms + rng_below(&w->seed, REPORT_MS);
}

static void end_phase(struct sim_world *w, struct sim_guest *g)
{
	g->until_ms = 0;
	switch (g->phase) {
	case SIM_BOOTING:
	case SIM_DETACHED:
		begin_session(w, g);
		break;
	case SIM_AWAY:
		w->controller->back(w, g);
		g->fresh = true;
		begin_session(w, g);
		/* HELLO announces the memory that is still in the balloon. */
		w->controller->moved(w, g);
		break;
	case SIM_DEAD:
		sim_guest_stop(w, g);
		break;
	default:
		g->phase = SIM_UP;
	}
}

/*
 * The size to which the guest brings the balloon of a vnode, in bytes. If @gives is less than 100,
 * the target requires a larger balloon.
 */
static u64 willing(const struct sim_guest *g, const struct sim_vnode *v)
{
	u64 asked = played_asked(v->ram, v->target);

	return g->kind->gives >= 100 ? asked : asked / 100 * g->kind->gives / SIM_BLOCK * SIM_BLOCK;
}

/* Bytes that the guest can give in a step of @ms. */
static u64 next_gift(const struct sim_world *w, struct sim_guest *g, u64 ms)
{
	if (!g->kind->every_ms)
		return g->kind->speed ? g->kind->speed / 1000 * ms : ~0ULL;
	if (w->now_ms < g->give_ms)
		return 0;
	g->give_ms = w->now_ms + g->kind->every_ms;
	return SIM_BLOCK;
}

static void move(struct sim_world *w, struct sim_guest *g, u64 ms)
{
	u64 step = g->kind->speed ? g->kind->speed / 1000 * ms : ~0ULL;
	u64 gift = next_gift(w, g, ms);
	bool moved = false;
	unsigned int i;

	for (i = 0; i < g->nr_vnodes; i++) {
		struct sim_vnode *v = &g->vnode[i];
		u64 goal = willing(g, v), given = v->ballooned;

		v->ballooned = played_step(given, goal, gift, step);
		moved |= v->ballooned != given;
		/*
		 * @again is a part of the balloon. The host releases what the guest has just
		 * ballooned, so resident memory is at most exposed memory plus @again.
		 */
		v->again = min(v->again, v->ballooned);
		if (sim_vnode_resident(v) > sim_vnode_exposed(v) + v->again)
			hold(w, v, sim_vnode_exposed(v) + v->again);
	}
	if (moved)
		w->controller->moved(w, g);
}

/*
 * Uses memory of each vnode up to the vnode's part of the need. If memory is missing, uses more of
 * any vnode that has exposed memory left.
 */
static void touch(struct sim_world *w, struct sim_guest *g)
{
	u64 want = g->kernel + g->need, cache = g->cache, once = g->once;
	unsigned int i, round;

	for (i = 0; i < g->nr_vnodes; i++)
		g->vnode[i].used = 0;
	for (round = 0; round < 2; round++)
		for (i = 0; i < g->nr_vnodes; i++) {
			struct sim_vnode *v = &g->vnode[i];
			u64 part = (g->kernel + g->need) / 1000 * v->share;
			u64 more = round ? want : min(want, part);

			more = min(more, sim_vnode_exposed(v) - v->used);
			v->used += more;
			want -= more;
		}
	g->unmet = want;
	for (i = 0; i < g->nr_vnodes; i++) {
		struct sim_vnode *v = &g->vnode[i];

		v->cache = min(cache, sim_vnode_exposed(v) - v->used);
		cache -= v->cache;
		v->once = min(once, sim_vnode_exposed(v) - v->used - v->cache);
		once -= v->once;
		if (sim_vnode_resident(v) < v->used + v->cache + v->once + v->again)
			hold(w, v, v->used + v->cache + v->once + v->again);
	}
}

u64 sim_guest_rereads(const struct sim_guest *g)
{
	return min(dynmem_above(g->cache, SUM(g->vnode[i].cache)), SIM_REFAULT);
}

void sim_guest_figures(struct sim_world *w, struct sim_guest *g, struct dynmem_figures *f)
{
	u64 hidden = g->exact ? 0 : sim_guest_ram(g) / HIDDEN_PART;
	u64 need = g->need, unmet = g->unmet;
	unsigned int i;

	if (g->report_delay_ms) {
		const struct sim_past *past = &g->past[g->past_at % ARRAY_SIZE(g->past)];

		for (i = 0; i < ARRAY_SIZE(g->past); i++) {
			past = &g->past[(g->past_at - i) % ARRAY_SIZE(g->past)];
			if (past->ms + g->report_delay_ms <= w->now_ms)
				break;
		}
		need = past->need;
		unmet = min(past->unmet, need);
	}
	unmet = min(unmet, need);
	*f = (struct dynmem_figures){
		.total = sim_guest_ram(g) - hidden,
		.swapped = unmet,
		.swap_out = dynmem_above(unmet, g->reported_unmet),
		.swap_in = min(unmet, SWAP_IN),
		.anon = need - unmet,
		.kernel = dynmem_above(g->kernel, hidden),
		.commit = g->exact ? need : need + need / 8,
		.commit_limit = DYNMEM_PIB,
		.vnodes = g->nr_vnodes,
	};
	for (i = 0; i < g->nr_vnodes; i++) {
		const struct sim_vnode *v = &g->vnode[i];
		u64 free = sim_vnode_exposed(v) - v->used - v->cache - v->once;

		f->vnode[i] = (struct dynmem_vnode_figures){
			.total = v->ram, .free = free, .reclaimable = v->cache + v->once,
			.ballooned = v->ballooned,
		};
		f->vnode[i].unavailable = played_asked(v->ram, v->target) - willing(g, v);
		f->free += free;
		f->file += v->cache + v->once;
		f->ballooned += v->ballooned;
	}
	f->available = f->free + f->file;
	f->refault = f->swap_in + sim_guest_rereads(g);
	if (g->kind->driver == DYNMEM_DRIVER_STANDARD) {
		f->standard = true;
		f->total = dynmem_above(f->total, f->ballooned);
		f->vnodes = 0;
	}
	if (g->kind->lie)
		g->kind->lie(w, f);
}

static void report(struct sim_world *w, struct sim_guest *g)
{
	struct dynmem_figures f;
	bool due = w->now_ms >= g->report_ms;

	if (!due && (g->report_delay_ms || g->need < g->reported_need + JUMP ||
		     g->kind->driver != DYNMEM_DRIVER_DYNMEM))
		return;
	if (due) {
		g->report_ms += REPORT_MS;
		if (g->report_ms <= w->now_ms)
			g->report_ms = w->now_ms + REPORT_MS;
		g->past[++g->past_at % ARRAY_SIZE(g->past)] =
			(struct sim_past){ w->now_ms, g->need, g->unmet };
	}
	if (g->kind->mute)
		return;
	sim_guest_figures(w, g, &f);
	g->reported_need = g->need;
	g->reported_unmet = g->unmet;
	w->controller->report(w, g, &f);
}

/* A guest that swaps more than at its last report sends NEED, at most once a second. */
static void send_need(struct sim_world *w, struct sim_guest *g)
{
	unsigned int i;

	if (!w->controller->need || !g->unmet || g->unmet <= g->reported_unmet ||
	    w->now_ms < g->next_need_ms || g->kind->driver != DYNMEM_DRIVER_DYNMEM)
		return;
	g->next_need_ms = w->now_ms + REPORT_MS;
	for (i = 0; i < g->nr_vnodes; i++)
		w->controller->need(w, g, i, g->unmet / g->nr_vnodes);
}

void sim_guest_live(struct sim_world *w, struct sim_guest *g, u64 ms)
{
	bool up;

	if (g->until_ms && w->now_ms >= g->until_ms)
		end_phase(w, g);
	if (g->phase == SIM_OFF || g->phase == SIM_WAITING || g->phase == SIM_DEAD ||
	    g->phase == SIM_PAUSED)
		return;
	if (g->kind->mishap_ms && (g->phase == SIM_UP || !g->until_ms) &&
	    rng_once_in(&w->seed, g->kind->mishap_ms / ms + 1)) {
		g->kind->mishap(w, g);
		return;
	}
	up = g->phase == SIM_UP || g->phase == SIM_STUCK_UP;
	g->need = sim_trace_need(&g->trace, w->now_ms - w->begin_ms, sim_guest_target(g), &w->seed);
	/* Until its driver is up, a guest boots, and programs need little. */
	if (g->phase == SIM_BOOTING && g->until_ms)
		g->need = min(g->need, g->startup / 4);
	if (g->phase == SIM_UP)
		move(w, g, ms);
	touch(w, g);
	if (up) {
		send_need(w, g);
		report(w, g);
	}
}
