/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a test says of itself; main.c runs tests and prints their results. A test is a function that
 * plays worlds. A check that fails calls sim_fail(), which keeps the first failure of a test; the
 * test ends when it next looks at sim_failed.
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
extern char sim_failure[1024];	/* lines of comment that say why */
/* The values of SEED= and of --steps, or 0. */
extern u64 sim_seed;
extern u64 sim_steps;

/* A check has failed: @check is its name. @w says when, and how to replay it. */
__attribute__((format(printf, 3, 4)))
void sim_fail(const struct sim_world *w, const char *check, const char *format, ...);

/* A line of information. */
__attribute__((format(printf, 1, 2)))
void sim_note(const char *format, ...);

#endif
