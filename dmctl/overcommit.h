/* SPDX-License-Identifier: GPL-2.0 */
/*
 * overcommit: warns when Linux would refuse a VMM the address space for a VM.
 */
#ifndef DMCTL_OVERCOMMIT_H
#define DMCTL_OVERCOMMIT_H

#include <stdint.h>

/* Warns when anonymous memory of @bytes would be refused to a VMM, and says what to set. */
void overcommit_warn(uint64_t bytes);

#endif
