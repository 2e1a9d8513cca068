// SPDX-License-Identifier: GPL-2.0
/* How tests report failures; see tap.h. */
#include <stdarg.h>

#include "tap.h"
#include "world.h"

bool sim_failed;
u64 sim_seed;
u64 sim_steps;

char sim_failure[1024];

void sim_fail(const struct sim_world *w, const char *check, const char *format, ...)
{
	va_list args;
	int len;

	if (sim_failed)
		return;
	sim_failed = true;
	len = snprintf(sim_failure, sizeof(sim_failure),
		       "# failed check: %s\n# SEED=%llu step %llu, second %.2f: ", check,
		       w->first_seed, w->steps, (w->now_ms - w->begin_ms) / 1000.0);
	va_start(args, format);
	vsnprintf(sim_failure + len, sizeof(sim_failure) - len, format, args);
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
