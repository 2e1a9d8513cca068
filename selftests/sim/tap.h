/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How tests report failures. A test is a function that simulates one or more worlds; main.c calls
 * it and prints its result. A check that fails calls sim_fail(), which keeps the first failure of
 * the test. Tests poll sim_failed, and end soon after it is set.
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
extern const struct sim_test sim_cache_tests[];
extern const struct sim_test sim_hostile_tests[];
extern const struct sim_test sim_resize_tests[];

extern bool sim_failed;
extern char sim_failure[1024];	/* the reason, as comment lines of TAP */
/* The values of the environment variable SEED and of the option --steps; 0: not set. */
extern u64 sim_seed;
extern u64 sim_steps;

/* Notes that the check named @check has failed, with the seed of @w and the time in that world. */
__attribute__((format(printf, 3, 4)))
void sim_fail(const struct sim_world *w, const char *check, const char *format, ...);

/* Prints a comment line of KTAP. */
__attribute__((format(printf, 1, 2)))
void sim_note(const char *format, ...);

#endif
