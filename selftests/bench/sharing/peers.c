// SPDX-License-Identifier: GPL-2.0
/*
 * Other balancers' rules (rules.c) as controllers for the simulator.
 *
 * The peers are favoured. Here their rules know a guest's free memory from its last report, whereas
 * the real MOM has a mean over ten samples. And here their guests balloon as fast as guests of
 * dynmem. The peers have no admission of VMs: every VM starts at once, with all of its RAM exposed.
 */
#include "peers.h"

#include "../../../include/uapi/dynmem.h"

#define PEER_VMS	64

/* The last report of each guest, and whether the guest has reported yet; index: guest's number. */
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

/* Plays one round of @rule, which sets the targets of all VMs that have reported. */
static void decide(struct sim_world *w, peer_rule *rule)
{
	struct peer_host host = { .present = host_present(w), .free = host_free(w) };
	struct sim_guest *guest[PEER_VMS];
	struct peer_vm vms[PEER_VMS];
	unsigned int i, n = 0;

	for (i = 0; i < w->nr_guests; i++) {
		struct sim_guest *g = &w->guest[i];

		if (!up[i])
			continue;
		guest[n] = g;
		vms[n++] = (struct peer_vm){
			.has = sim_guest_exposed(g), .free = heard[i].free,
			.minimum = g->minimum, .maximum = min(g->maximum, sim_guest_ram(g)),
			.weight = g->weight,
		};
	}
	rule(&host, vms, n);
	for (i = 0; i < n; i++)
		if (vms[i].target != vms[i].has)
			guest[i]->vnode[0].target = vms[i].target;
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
	decide(w, peer->rule);
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
	{ CONTROLLER("proxmox"), 10000, proxmox_rule },
	{ CONTROLLER("proxmox-1s"), 1000, proxmox_rule },
	{ CONTROLLER("mom"), 10000, mom_rule },
	{ CONTROLLER("mom-1s"), 1000, mom_rule },
};

const unsigned int nr_peers = ARRAY_SIZE(peers);
