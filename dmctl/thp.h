/* SPDX-License-Identifier: GPL-2.0 */
/*
 * thp: checks the host's settings of transparent huge pages, which decide how long the release of
 * guest memory takes, and whether released memory stays released.
 */
#ifndef DMCTL_THP_H
#define DMCTL_THP_H

#include "setting.h"

/* Calls @warn for each harmful setting. */
void thp_check(setting_warn_fn warn, void *arg);

#endif
