/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Checks invariants in each decision and each step, whatever guests do. The controller of the world
 * must be sim_dynmem.
 */
#ifndef _SIM_INVARIANTS_H
#define _SIM_INVARIANTS_H

#include "world.h"

/* Tests call this after sim_world_begin(), and sim_invariants_step() after each step. */
void sim_invariants_begin(struct sim_world *w);
void sim_invariants_step(struct sim_world *w);
/* Ends the checks, and then the world. */
void sim_invariants_end(struct sim_world *w);

/* How often an invariant has been checked, for a table. */
struct sim_invariant {
	const char *name;
	u64 checked;
};

extern struct sim_invariant sim_invariants[];
extern const unsigned int sim_nr_invariants;

#endif
