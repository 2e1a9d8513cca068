// SPDX-License-Identifier: GPL-2.0
/* placeholder */
#include "tap.h"
const struct sim_test sim_golden_tests[] = { { NULL, NULL } };
