/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts the states of VMs and ledgers and their transitions, in a table for each aspect. Each
 * possible transition must occur often enough, and an impossible one never.
 */
#ifndef _SIM_COVERAGE_H
#define _SIM_COVERAGE_H

#include "module.h"

#define SIM_STATES 8

/**
 * struct sim_aspect - one thing that has states
 * @name: for the table
 * @states: number of states
 * @state: their names, for the table
 * @never: by state, a bit for each state that cannot follow it
 * @count: by state, how often each state followed it; on the diagonal: how often it stayed
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
/* To be called after each step. States in decisions are counted without it. */
void sim_coverage_step(struct sim_world *w);

/*
 * Prints the tables. Fails if a possible transition has occurred less than @least times, or an
 * impossible one at all.
 */
void sim_coverage_report(const struct sim_world *w, u64 least);

#endif
