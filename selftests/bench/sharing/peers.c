// SPDX-License-Identifier: GPL-2.0
/*
 * The rules of Proxmox VE (pvestatd with AutoBalloon) and of oVirt's MOM (doc/balloon.rules),
 * written anew from what their projects publish, as controllers for the simulator.
 *
 * In their favour: they know a guest's free memory of this second, not MOM's mean over its last ten
 * samples; their guests balloon as fast as ours do. Neither admits or refuses VMs, and a VM begins
 * with all of its RAM. Neither knows nodes: the host is one.
 */
#include "peers.h"

#include "../../../include/uapi/dynmem.h"

#define PEER_VMS	64

/* What was last heard of each guest, by its number. */
static struct dynmem_figures heard[PEER_VMS];
static bool up[PEER_VMS];
static u64 next_ms;

static u64 host_present(const struct sim_world *w)
{
	u64 bytes = 0;
	unsigned int n;

	for (n = 0; n < w->nodes; n++)
		bytes += w->node[n].present;
	return bytes;
}

static u64 host_free(const struct sim_world *w)
{
	u64 bytes = 0;
	unsigned int n;

	for (n = 0; n < w->nodes; n++)
		bytes += sim_node_free(w, n);
	return bytes;
}

static u64 maximum_of(const struct sim_guest *g)
{
	return min(g->maximum, sim_guest_ram(g));
}

/*
 * Proxmox: host use is to be 80 % of its memory. The difference is divided between VMs in
 * proportion to shares, above their minimums, by at most 100 MiB for each in a round. To grow those
 * come first that are short of free memory, to shrink those that are not.
 */
#define PVE_TARGET	80		/* percent of the host's memory */
#define PVE_STEP	((s64)MIB(100))
#define PVE_IGNORED	((s64)MIB(10))
#define PVE_SHORT	4		/* free memory below a quarter of minimum */

typedef long long s64;

struct pve_vm {
	struct sim_guest *guest;
	s64 was, now, minimum, maximum, shares;
	bool is_short;
	bool settled;
};

enum pve_whom { PVE_SHORT_ONES, PVE_EASY_ONES, PVE_ALL };

static bool pve_is_meant(const struct pve_vm *vm, enum pve_whom whom)
{
	return whom == PVE_ALL || vm->is_short == (whom == PVE_SHORT_ONES);
}

/* Where a VM goes from where it was, when its share is @share. */
static s64 pve_step(const struct pve_vm *vm, s64 share, bool grow)
{
	share = share < vm->minimum ? vm->minimum : share > vm->maximum ? vm->maximum : share;
	if (share < vm->was)
		return share < vm->was - PVE_STEP ? vm->was - PVE_STEP : share;
	if (share > vm->was && grow)
		return share > vm->was + PVE_STEP ? vm->was + PVE_STEP : share;
	return vm->now;
}

/* Divides @rest; what a VM can't take is divided anew. Returns what nobody took. */
static s64 pve_divide(struct pve_vm *vms, unsigned int n, enum pve_whom whom, s64 rest)
{
	bool grow = rest > 0, progress = true;
	unsigned int i;

	for (i = 0; i < n; i++)
		vms[i].settled = !pve_is_meant(&vms[i], whom);
	while (rest && progress) {
		s64 above = rest, shares = 0;

		for (i = 0; i < n; i++)
			if (!vms[i].settled) {
				above += vms[i].now - vms[i].minimum;
				shares += vms[i].shares;
			}
		progress = false;
		for (i = 0; i < n; i++) {
			s64 next;

			if (vms[i].settled)
				continue;
			next = pve_step(&vms[i], vms[i].minimum + above / shares * vms[i].shares,
					grow);
			if (next == vms[i].was)
				vms[i].settled = true;
			progress |= next != vms[i].now;
			rest -= next - vms[i].now;
			vms[i].now = next;
		}
	}
	return rest;
}

static void pve_decide(struct sim_world *w)
{
	s64 goal = host_present(w) / 100 * PVE_TARGET - (host_present(w) - host_free(w)), rest;
	struct pve_vm vms[PEER_VMS];
	enum pve_whom first = goal > 0 ? PVE_SHORT_ONES : PVE_EASY_ONES;
	unsigned int i, n = 0;

	if (goal <= PVE_IGNORED && goal >= -PVE_IGNORED)
		return;
	for (i = 0; i < w->nr_guests; i++) {
		struct sim_guest *g = &w->guest[i];
		s64 balloon = sim_guest_exposed(g);

		if (!up[i])
			continue;
		vms[n++] = (struct pve_vm){
			.guest = g, .was = balloon, .now = balloon,
			.minimum = g->minimum, .maximum = maximum_of(g), .shares = g->weight,
			.is_short = heard[i].free <= g->minimum / PVE_SHORT,
		};
	}
	rest = pve_divide(vms, n, first, goal);
	if (goal > 0 ? rest >= goal : rest <= goal)
		pve_divide(vms, n, PVE_ALL, rest);
	for (i = 0; i < n; i++)
		vms[i].guest->vnode[0].target = vms[i].now;
}

/*
 * MOM: while less than 20 % of the host is free every guest shrinks by 5 % a round, down to what it
 * uses and as much free memory as the host has left; below 5 % it is made to swap. Else every guest
 * grows by 5 %, or at once to what it uses and 20 %. Less than 0.25 % is not worth it.
 */
#define MOM_PRESSURE	0.20
#define MOM_CRITICAL	0.05
#define MOM_GUEST_FREE	0.20
#define MOM_STEP	0.05
#define MOM_IGNORED	0.0025

static void mom_decide(struct sim_world *w)
{
	double free_part = (double)host_free(w) / host_present(w);
	bool shrink = free_part < MOM_PRESSURE;
	double leave = !shrink ? MOM_GUEST_FREE :
		       free_part <= MOM_CRITICAL ? free_part - 0.05 :
		       MOM_GUEST_FREE * free_part / MOM_PRESSURE;
	unsigned int i;

	for (i = 0; i < w->nr_guests; i++) {
		struct sim_guest *g = &w->guest[i];
		double now = sim_guest_exposed(g), next = shrink ? now * (1 - MOM_STEP) :
								   now * (1 + MOM_STEP);
		double least = now - heard[i].free + leave * now;

		if (!up[i])
			continue;
		if (least < g->minimum)
			least = g->minimum;
		if (next < least)
			next = least;
		if (next > maximum_of(g))
			next = maximum_of(g);
		if (shrink ? next < now * (1 - MOM_IGNORED) : next > now * (1 + MOM_IGNORED))
			g->vnode[0].target = next;
	}
}

static void begin(struct sim_world *w)
{
	if (w->nr_guests > PEER_VMS)
		abort();
	memset(up, 0, sizeof(up));
	next_ms = w->now_ms;
}

static void end(struct sim_world *w)
{
}

static void run(struct sim_world *w)
{
	const struct peer *peer = (const struct peer *)w->controller;

	if (w->now_ms < next_ms)
		return;
	next_ms += peer->period_ms;
	peer->decide(w);
}

static void start(struct sim_world *w, struct sim_guest *g)
{
	sim_guest_started(w, g, 0);
}

static void gone(struct sim_world *w, struct sim_guest *g)
{
	up[g->id] = false;
}

static void session(struct sim_world *w, struct sim_guest *g, int driver, bool fresh)
{
}

static void report(struct sim_world *w, struct sim_guest *g, const struct dynmem_figures *f)
{
	heard[g->id] = *f;
	up[g->id] = true;
}

static void moved(struct sim_world *w, struct sim_guest *g)
{
}

#define CONTROLLER(n)								\
	.controller = { .name = (n), .begin = begin, .end = end, .run = run,	\
			.start = start, .stop = gone, .session = session,	\
			.reset = gone, .report = report, .moved = moved }

const struct peer peers[] = {
	{ CONTROLLER("proxmox"), 10000, pve_decide },
	{ CONTROLLER("proxmox-1s"), 1000, pve_decide },
	{ CONTROLLER("mom"), 10000, mom_decide },
	{ CONTROLLER("mom-1s"), 1000, mom_decide },
};

const unsigned int nr_peers = ARRAY_SIZE(peers);
