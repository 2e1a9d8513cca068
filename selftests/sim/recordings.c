// SPDX-License-Identifier: GPL-2.0
/*
 * Recorded demand: how much memory programs on real machines held, MiB every five seconds. It was
 * recorded with traces/record; the first lines of the files say how.
 */
#include "trace.h"

static const u16 machine[] = {
#include "traces/machine.rec"
};

static const u16 compilers[] = {
#include "traces/compilers.rec"
};

const struct sim_recording sim_recordings[] = {
	{ "machine", 5000, ARRAY_SIZE(machine), machine },
	{ "compilers", 5000, ARRAY_SIZE(compilers), compilers },
};

const unsigned int sim_nr_recordings = ARRAY_SIZE(sim_recordings);
