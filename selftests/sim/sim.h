/* SPDX-License-Identifier: GPL-2.0 */
/* Every file of the simulator includes this. */
#ifndef _SIM_H
#define _SIM_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "policy/arith.h"
#include "selftests/rng.h"
#include "selftests/sizes.h"

#define SIM_NODES	8	/* the most nodes of a host, pools included */
#define SIM_VNODES	4	/* the most vnodes of a guest */
#define SIM_BLOCK	MIB(2)
#define SIM_REFAULT	MIB(20)	/* the most file bytes that a guest reads back in a second */

#endif
