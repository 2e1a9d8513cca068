/* SPDX-License-Identifier: GPL-2.0 */
/*
 * window: the least, the greatest and the average of recent values. This file needs no kernel types
 * and also builds in user space.
 *
 * The structs here have no lock of their own. The lock that guards the struct around them guards
 * them, too.
 */
#ifndef _DYNMEM_WINDOW_H
#define _DYNMEM_WINDOW_H

#include "policy/arith.h"

#define DYNMEM_WINDOW_VALUES 60

/**
 * struct dynmem_window_part - a run of values
 * @values: number of values, at most DYNMEM_WINDOW_VALUES; 0: @least and @most are not valid
 * @least: the least value
 * @most: the greatest value
 * @sum: the sum of all values
 */
struct dynmem_window_part {
	u32 values;
	u32 least;
	u32 most;
	u64 sum;
};

/**
 * struct dynmem_window - the last DYNMEM_WINDOW_VALUES values, or up to twice as many. All bytes 0:
 * there are no values
 * @now: the part that new values are added to
 * @before: the full part before it, or an empty one
 */
struct dynmem_window {
	struct dynmem_window_part now;
	struct dynmem_window_part before;
};

/* Adds a value. */
void dynmem_window_add(struct dynmem_window *window, u32 value);

/**
 * dynmem_window_read() - read what is known of the values in a window
 * @window: the window
 * @least: set to the least value
 * @most: set to the greatest value
 * @average: set to the average of all values, rounded down
 *
 * Return: false if there are no values; then nothing is set
 */
bool dynmem_window_read(const struct dynmem_window *window, u32 *least, u32 *most, u32 *average);

#endif
