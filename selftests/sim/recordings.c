// SPDX-License-Identifier: GPL-2.0
/*
 * Recorded need: how much memory programs on real machines held, in MiB, every five seconds. The
 * script traces/record made the files. The second line of each file names the arguments of the
 * script and the machine.
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
