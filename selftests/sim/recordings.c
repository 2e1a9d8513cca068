// SPDX-License-Identifier: GPL-2.0
/* placeholder */
#include "trace.h"
static const u16 one[] = { 100, 500, 1000, 300 };
const struct sim_recording sim_recordings[] = { { "one", 5000, 4, one } };
const unsigned int sim_nr_recordings = 1;
