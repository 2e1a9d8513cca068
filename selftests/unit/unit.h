/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every unit test includes this header. It includes cmocka.h, after the headers that cmocka.h
 * needs. It also includes rng.h, which has random numbers, and sizes.h, which has MIB() and GIB().
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
