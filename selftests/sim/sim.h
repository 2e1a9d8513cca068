/* SPDX-License-Identifier: GPL-2.0 */
/* What every file of the simulator includes. */
#ifndef _SIM_H
#define _SIM_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/arith.h"
#include "selftests/rng.h"
#include "selftests/sizes.h"

#define SIM_NODES	8	/* host nodes at most */
#define SIM_VNODES	4	/* of a guest at most */
#define SIM_BLOCK	MIB(2)

#endif
