// SPDX-License-Identifier: GPL-2.0
/*
 * The demand of builds and batch jobs. This benchmark uses it instead of the simulator's own
 * recordings. A job loads its data, works on it, writes the result, frees everything and waits;
 * then a smaller job runs. All of this takes 400 s, and repeats.
 */
#include "../../sim/trace.h"

static const u16 job[] = {
	100, 180, 260, 340, 420, 500, 580, 660, 740, 820, 900, 1000,	/* load */
	1000, 1000, 980, 1000, 1000, 960, 1000, 1000, 1000, 940,	/* work */
	700, 120,							/* write, free */
	100, 100, 100, 100, 110, 100, 100,				/* wait */
	250, 400, 400, 380, 400, 400, 390, 120, 100,			/* a smaller job */
};

const struct sim_recording sim_recordings[] = { { "job", 10000, ARRAY_SIZE(job), job } };
const unsigned int sim_nr_recordings = ARRAY_SIZE(sim_recordings);
