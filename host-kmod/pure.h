/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the pure files (demand, policy, ledger) need of the kernel's types when they are built in
 * user space, for the unit tests and the simulator. Never included by the kernel build.
 */
#ifndef _DYNMEM_PURE_H
#define _DYNMEM_PURE_H

#include <stdbool.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int64_t s64;

#endif
