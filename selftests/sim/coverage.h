/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Counts the states of VMs and ledgers and the transitions between states, in a table for each
 * aspect. Each possible transition must occur often enough, and an impossible one never.
 */
#ifndef _SIM_COVERAGE_H
#define _SIM_COVERAGE_H

#include "module.h"

#define SIM_STATES 8

/**
 * struct sim_aspect - one thing that has states
 * @name: heading of the table
 * @states: number of states
 * @state: names of the states, for the table
 * @never: for each state, the bit set of the states that cannot follow it
 * @count: how often a state (first index) was followed by the same or another state (second index)
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
/* Tests call this after each step. States at decisions and events are counted by hooks. */
void sim_coverage_step(struct sim_world *w);

/*
 * Prints the tables. Fails if a possible transition has occurred less than @least times, or an
 * impossible one at all.
 */
void sim_coverage_report(const struct sim_world *w, u64 least);

#endif
