/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Which states VMs and ledgers have been in, and which transitions they have made, in a table for
 * each aspect. A transition that is expected must have occurred often enough, and one that is
 * impossible must never have occurred.
 */
#ifndef _SIM_COVERAGE_H
#define _SIM_COVERAGE_H

#include "module.h"

#define SIM_STATES 8

/**
 * struct sim_aspect - one thing that has states
 * @name, @states, @state: for the table
 * @never: by state, a bit for each state that can't follow it
 * @count: by state, what followed it how often; the diagonal: seen in that state
 */
struct sim_aspect {
	const char *name;
	unsigned int states;
	const char *state[SIM_STATES];
	u32 never[SIM_STATES];
	u64 count[SIM_STATES][SIM_STATES];
};

void sim_coverage_begin(struct sim_world *w);
void sim_coverage_end(void);
/* Call this after each step. Decisions are looked at in any case. */
void sim_coverage_step(struct sim_world *w);

/* Prints the tables; fails for less than @least of what is expected, and for what is impossible. */
void sim_coverage_report(const struct sim_world *w, u64 least);

#endif
