/* SPDX-License-Identifier: GPL-2.0 */
/*
 * overcommit: warns if Linux would refuse a VMM the address space for its VM.
 */
#ifndef DMCTL_OVERCOMMIT_H
#define DMCTL_OVERCOMMIT_H

#include <stdint.h>

/* Warns if Linux would refuse a VMM @bytes of anonymous memory, and says which setting helps. */
void overcommit_warn(uint64_t bytes);

#endif
