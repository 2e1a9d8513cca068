/* SPDX-License-Identifier: GPL-2.0 */
/* counters: numbers of requests, pages and errors of a VM since its VMM attached. */
#ifndef _DYNMEM_COUNTERS_H
#define _DYNMEM_COUNTERS_H

#include <linux/atomic.h>
#include <linux/types.h>

#include "uapi/dynmem.h"

/**
 * struct dynmem_counters - the counters of a VM
 * @value: values, indexed by netlink attribute (DYNMEM_A_COUNTER_KICKS and so on); atomic, so no
 *	lock guards them
 */
struct dynmem_counters {
	atomic64_t value[DYNMEM_A_COUNTER_MAX + 1];
};

/* Adds @n to a counter. Context: any. */
static inline void dynmem_count(struct dynmem_counters *counters, int counter, u64 n)
{
	atomic64_add(n, &counters->value[counter]);
}

/* The value of a counter. Context: any. */
static inline u64 dynmem_counters_read(const struct dynmem_counters *counters, int counter)
{
	return atomic64_read(&counters->value[counter]);
}

/* Sets all counters to zero. An addition by another thread at the same time may get lost. */
static inline void dynmem_counters_reset(struct dynmem_counters *counters)
{
	int i;

	for (i = 0; i <= DYNMEM_A_COUNTER_MAX; i++)
		atomic64_set(&counters->value[i], 0);
}

#endif
