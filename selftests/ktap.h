/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Prints the results of a test program in KTAP, as the kernel's own tests do
 * (Documentation/dev-tools/ktap.rst in the kernel's sources). ktap.sh does the same for shell.
 * Programs that use cmocka do not need this header, since unit/run-tap converts their output. The
 * counters are static, so only one source file of a program may include this header.
 */
#ifndef _SELFTESTS_KTAP_H
#define _SELFTESTS_KTAP_H

#include <stdbool.h>
#include <stdio.h>

static unsigned int ktap_tests, ktap_failures, ktap_skipped;

static inline void ktap_begin(void)
{
	printf("KTAP version 1\n");
}

static inline void ktap_result(bool passed, const char *description)
{
	ktap_tests++;
	ktap_failures += !passed;
	printf("%s %u - %s\n", passed ? "ok" : "not ok", ktap_tests, description);
}

static inline void ktap_skip(const char *description, const char *why)
{
	ktap_tests++;
	ktap_skipped++;
	printf("ok %u - %s # SKIP %s\n", ktap_tests, description, why);
}

/* Ends the output. Returns the exit status: 1 if a test failed, 4 if all were skipped, else 0. */
static inline int ktap_end(void)
{
	printf("1..%u\n", ktap_tests);
	if (ktap_failures)
		return 1;
	return ktap_skipped == ktap_tests ? 4 : 0;
}

#endif
