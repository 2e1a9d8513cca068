/* SPDX-License-Identifier: GPL-2.0 */
/*
 * overcommit: warns if Linux would refuse the address space for a VM to a VMM.
 */
#ifndef DMCTL_OVERCOMMIT_H
#define DMCTL_OVERCOMMIT_H

#include <stdint.h>

/* Warns if Linux would refuse @bytes of anonymous memory to a VMM, and says which setting helps. */
void overcommit_warn(uint64_t bytes);

#endif
