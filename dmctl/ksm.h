/* SPDX-License-Identifier: GPL-2.0 */
/* ksm: checks the host's settings of KSM, which merges the memory of VMs with "share on". */
#ifndef DMCTL_KSM_H
#define DMCTL_KSM_H

#include "setting.h"

/* Calls @warn for each setting of KSM that is harmful to VMs with "share on". */
void ksm_check(setting_warn_fn warn, void *arg);

#endif
