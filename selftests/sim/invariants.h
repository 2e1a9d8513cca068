/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Invariants of every decision and every step, whatever guests do, for worlds that sim_dynmem
 * controls.
 */
#ifndef _SIM_INVARIANTS_H
#define _SIM_INVARIANTS_H

#include "world.h"

/* Begins to check @w, which has begun; call sim_invariants_step() after each step. */
void sim_invariants_begin(struct sim_world *w);
void sim_invariants_step(struct sim_world *w);
void sim_invariants_end(struct sim_world *w);

/* How often a check has had something to check, for a table. */
struct sim_invariant {
	const char *name;
	u64 checked;
};

extern struct sim_invariant sim_invariants[];
extern const unsigned int sim_nr_invariants;

#endif
