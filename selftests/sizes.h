/* SPDX-License-Identifier: GPL-2.0 */
/* Converts sizes such as MIB(2) or GIB(0.5) to bytes. */
#ifndef _SELFTESTS_SIZES_H
#define _SELFTESTS_SIZES_H

#include "policy/arith.h"

#define MIB(x) ((u64)((x) * 1048576.0))
#define GIB(x) ((u64)((x) * 1073741824.0))
#define TIB(x) ((u64)(x) << 40)
#define PIB(x) ((u64)(x) << 50)

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

#endif
