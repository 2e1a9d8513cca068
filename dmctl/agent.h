/* SPDX-License-Identifier: GPL-2.0 */
/* agent: whether `dmctl agent` runs. */
#ifndef DMCTL_AGENT_H
#define DMCTL_AGENT_H

#include <stdbool.h>

/* Whether an agent runs. Leaves its lock alone: to try it could keep an agent from starting. */
bool agent_runs(void);

#endif
