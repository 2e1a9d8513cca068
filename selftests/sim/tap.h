/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Results. A test is a function that plays worlds; a check that fails calls sim_fail(), which notes
 * the first failure of a test, and the test comes to an end when it looks at sim_failed.
 */
#ifndef _SIM_TAP_H
#define _SIM_TAP_H

#include "sim.h"

struct sim_world;

struct sim_test {
	const char *name;
	void (*run)(void);
};

extern const struct sim_test sim_random_tests[];
extern const struct sim_test sim_golden_tests[];
extern const struct sim_test sim_control_tests[];
extern const struct sim_test sim_hostile_tests[];

extern bool sim_failed;
/* The seed that was asked for with SEED=, or 0; steps that were asked for with --steps, or 0. */
extern u64 sim_seed;
extern u64 sim_steps;

/* A check has failed: @check is its name. @w says when, and how to replay it. */
__attribute__((format(printf, 3, 4)))
void sim_fail(const struct sim_world *w, const char *check, const char *format, ...);

/* A line of information. */
__attribute__((format(printf, 1, 2)))
void sim_note(const char *format, ...);

#endif
