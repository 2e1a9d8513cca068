// SPDX-License-Identifier: GPL-2.0
/* The host: time passes, guests live, the controller decides. */
#include "world.h"

static void use_host(struct sim_world *w)
{
	unsigned int n;

	for (n = 0; n < w->nodes; n++)
		w->node[n].use = min(w->node[n].wants,
				     dynmem_above(w->node[n].present, w->held[n]));
}

void sim_world_begin(struct sim_world *w, unsigned int nr_guests)
{
	unsigned int i;

	w->guest = calloc(nr_guests, sizeof(*w->guest));
	if (!w->guest)
		abort();
	w->nr_guests = nr_guests;
	for (i = 0; i < nr_guests; i++)
		w->guest[i].id = i;
	w->steps = 0;
	w->first_seed = w->seed;
	memset(w->held, 0, sizeof(w->held));
	use_host(w);
	w->controller->begin(w);
}

void sim_world_step(struct sim_world *w)
{
	unsigned int i;

	w->now_ms += w->step_ms;
	w->steps++;
	use_host(w);
	for (i = 0; i < w->nr_guests; i++)
		sim_guest_live(w, &w->guest[i], w->step_ms);
	/* Memory that guests have just touched lowers the host's own use: the host swaps. */
	use_host(w);
	w->controller->run(w);
	if (w->watch)
		w->watch(w);
}

void sim_world_pass(struct sim_world *w, u64 ms)
{
	u64 end_ms = w->now_ms + ms;

	while (w->now_ms < end_ms)
		sim_world_step(w);
}

void sim_world_end(struct sim_world *w)
{
	unsigned int i;

	for (i = 0; i < w->nr_guests; i++)
		if (w->guest[i].phase != SIM_OFF)
			sim_guest_stop(w, &w->guest[i]);
	w->controller->end(w);
	free(w->guest);
	w->guest = NULL;
}

struct sim_guest *sim_world_guest(struct sim_world *w, unsigned int i, enum sim_kind_id kind,
				  double startup_gib, double minimum_gib, double ram_gib,
				  int node)
{
	struct sim_guest *g = &w->guest[i];

	*g = (struct sim_guest){
		.id = i,
		.kind = &sim_kinds[kind],
		.trace = { .shape = SIM_CONSTANT, .low = MIB(100) },
		.startup = GIB(startup_gib),
		.minimum = GIB(minimum_gib),
		.maximum = GIB(ram_gib),
		.buffer = 20,
		.weight = 5000,
		.dynamic = true,
		.boot_ms = 3000,
		.kernel = MIB(48),
		.nr_vnodes = 1,
		.vnode[0] = { .ram = GIB(ram_gib), .node = node, .share = 1000 },
	};
	return g;
}
