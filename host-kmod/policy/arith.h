/* SPDX-License-Identifier: GPL-2.0 */
/*
 * arith: fixed-width types and the arithmetic that the files of policy/ share. These files build in
 * the kernel, and also in user space for unit tests and the simulator.
 */
#ifndef _DYNMEM_ARITH_H
#define _DYNMEM_ARITH_H

#ifdef __KERNEL__

#include <linux/math64.h>
#include <linux/minmax.h>
#include <linux/types.h>

#else

#include <stdbool.h>
#include <stddef.h>

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

static inline u64 min(u64 a, u64 b)
{
	return a < b ? a : b;
}

static inline u64 max(u64 a, u64 b)
{
	return a > b ? a : b;
}

static inline u64 mul_u64_u32_shr(u64 a, u32 b, unsigned int shift)
{
	return (u64)((__uint128_t)a * b >> shift);
}

#endif

#define DYNMEM_MIB	1048576ULL
#define DYNMEM_PIB	(DYNMEM_MIB << 30)
#define DYNMEM_BLOCK	(2 * DYNMEM_MIB)	/* memory moves in blocks of 2 MiB */

/* @a - @b, or 0 if that is negative. */
static inline u64 dynmem_above(u64 a, u64 b)
{
	return a > b ? a - b : 0;
}

/* @a + @b, or the largest u64 on overflow. */
static inline u64 dynmem_sum(u64 a, u64 b)
{
	return a + b < a ? ~0ULL : a + b;
}

/* @bytes, rounded up to whole blocks, since a guest takes back only whole blocks. */
static inline u64 dynmem_whole_blocks(u64 bytes)
{
	bytes += DYNMEM_BLOCK - 1;
	return bytes - bytes % DYNMEM_BLOCK;
}

/*
 * The length of the next pause: twice the length of the last pause (@last), but at most @most. If
 * @last is 0, the length is @first.
 */
static inline u64 dynmem_backoff(u64 last, u64 first, u64 most)
{
	return last ? min(2 * last, most) : first;
}

/*
 * Returns @total * @end / @all, rounded down to a multiple of @unit, or @total if @end reaches
 * @all. If the weights @end and @all have more than 25 bits, the result is an approximation.
 */
static inline u64 dynmem_part_edge(u64 total, u64 end, u64 all, u64 unit)
{
	if (end >= all)
		return total;
	/* With 25 bits for @end and 38 bits for @total / @unit, the product fits into a u64. */
	while (all >> 25) {
		all >>= 1;
		end >>= 1;
	}
	return total / unit * end / all * unit;
}

/**
 * dynmem_part() - one part of a total that is divided in proportion to weights
 * @total: amount to divide, at most 2^38 units
 * @before: weight of the parts before this one
 * @own: weight of this part
 * @all: weight of all parts
 * @unit: every part is a multiple of @unit, except that the last part gets the remainder
 *
 * Return: the part; 0 if @all is 0. If @all is not 0, all parts add up to @total
 */
static inline u64 dynmem_part(u64 total, u64 before, u64 own, u64 all, u64 unit)
{
	return dynmem_part_edge(total, before + own, all, unit) -
	       dynmem_part_edge(total, before, all, unit);
}

/**
 * dynmem_next_part() - the next part of an amount that is divided between places
 * @left: amount that is still to be divided, at most @own + @rest
 * @own: the most that this place can take
 * @rest: the most that all places after this one can take together
 * @unit: as in dynmem_part()
 *
 * The part is in proportion to @own, in whole units. If the places after this one could not take
 * all that would remain, the part is larger.
 *
 * Return: the part, at most @own; the parts of all places add up to the amount
 */
static inline u64 dynmem_next_part(u64 left, u64 own, u64 rest, u64 unit)
{
	return max(dynmem_part(left, 0, own, own + rest, unit), dynmem_above(left, rest));
}

#endif
