/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A host with its guests. A test makes a world, defines its guests and simulates it step by step.
 * Checks read the world between two steps. A controller sees only what a host can see. host.h has
 * struct sim_world.
 */
#ifndef _SIM_WORLD_H
#define _SIM_WORLD_H

#include "guest.h"
#include "host.h"
#include "sim.h"

extern const struct sim_controller sim_dynmem;

/* Boots the host, and allocates @nr_guests guests, which are off. */
void sim_world_begin(struct sim_world *w, unsigned int nr_guests);
void sim_world_step(struct sim_world *w);
/* Makes steps until @ms have passed. */
void sim_world_pass(struct sim_world *w, u64 ms);
/* Stops every guest, shuts the host down, and frees the guests. */
void sim_world_end(struct sim_world *w);

/* Defines guest @i, with one vnode on @node (-1: floating). Tests may then change the guest. */
struct sim_guest *sim_world_guest(struct sim_world *w, unsigned int i, enum sim_kind_id kind,
				  double startup_gib, double minimum_gib, double ram_gib,
				  int node);

#endif
