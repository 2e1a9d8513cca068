// SPDX-License-Identifier: GPL-2.0
/*
 * sim [--steps N] [NAME...]: runs all tests, or those whose names begin with a NAME, and prints
 * KTAP. N is the number of steps of all small random worlds together. If the environment variable
 * SEED is set, the tests of random worlds simulate only the world of that seed.
 */
#include "selftests/ktap.h"
#include "tap.h"

static bool wanted(const char *name, char **names)
{
	if (!*names)
		return true;
	for (; *names; names++)
		if (!strncmp(name, *names, strlen(*names)))
			return true;
	return false;
}

static void run_tests(const struct sim_test *test, char **names)
{
	for (; test->name; test++) {
		if (!wanted(test->name, names))
			continue;
		sim_failed = false;
		test->run();
		ktap_result(!sim_failed, test->name);
		if (sim_failed)
			printf("%s\n", sim_failure);
		fflush(stdout);
	}
}

int main(int argc, char **argv)
{
	const char *seed = getenv("SEED");

	sim_seed = seed ? strtoull(seed, NULL, 0) : 0;
	argv++;
	if (argc > 2 && !strcmp(argv[0], "--steps")) {
		sim_steps = strtoull(argv[1], NULL, 0);
		argv += 2;
	}
	ktap_begin();
	run_tests(sim_golden_tests, argv);
	run_tests(sim_control_tests, argv);
	run_tests(sim_cache_tests, argv);
	run_tests(sim_hostile_tests, argv);
	run_tests(sim_resize_tests, argv);
	run_tests(sim_random_tests, argv);
	return ktap_end();
}
