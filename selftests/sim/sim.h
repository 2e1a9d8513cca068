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

#define SIM_NODES	8	/* most nodes of a host, with pools */
#define SIM_VNODES	4	/* most vnodes of a guest */
#define SIM_BLOCK	MIB(2)

#endif
