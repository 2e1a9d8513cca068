/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every unit test includes this header. It includes cmocka with the headers that cmocka needs,
 * sizes.h, and rng.h for random numbers.
 */
#ifndef _UNIT_H
#define _UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "policy/arith.h"
#include "selftests/rng.h"
#include "selftests/sizes.h"

#endif
