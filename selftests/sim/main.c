// SPDX-License-Identifier: GPL-2.0
/*
 * sim [--steps N] [NAME...]: runs the tests whose names begin with one of NAMEs, or all, and prints
 * TAP. SEED= replays one random world.
 */
#include <stdarg.h>

#include "tap.h"
#include "world.h"

bool sim_failed;
u64 sim_seed;
u64 sim_steps;

static char failure[1024];
static unsigned int tests_run, tests_failed;

void sim_fail(const struct sim_world *w, const char *check, const char *format, ...)
{
	va_list args;
	int len;

	if (sim_failed)
		return;
	sim_failed = true;
	len = snprintf(failure, sizeof(failure),
		       "# failed check: %s\n# SEED=%llu step %llu, second %.2f: ", check,
		       w->first_seed, w->steps, (w->now_ms - w->begin_ms) / 1000.0);
	va_start(args, format);
	vsnprintf(failure + len, sizeof(failure) - len, format, args);
	va_end(args);
}

void sim_note(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	printf("# ");
	vprintf(format, args);
	printf("\n");
	va_end(args);
}

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
		tests_run++;
		tests_failed += sim_failed;
		printf("%s %u - %s\n", sim_failed ? "not ok" : "ok", tests_run, test->name);
		if (sim_failed)
			printf("%s\n", failure);
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
	run_tests(sim_golden_tests, argv);
	run_tests(sim_control_tests, argv);
	run_tests(sim_hostile_tests, argv);
	run_tests(sim_random_tests, argv);
	printf("1..%u\n", tests_run);
	return tests_failed || !tests_run;
}
