// SPDX-License-Identifier: GPL-2.0
/*
 * Measures direct reclaim by programs, like the line "some" of /proc/pressure/memory; see stalls.h.
 * Modules can neither call PSI nor read that file, so this file uses the tracepoints around
 * direct reclaim. In a kernel without these tracepoints the time stays 0.
 */
#include <linux/ktime.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/tracepoint.h>

#include "stalls.h"

static struct {
	raw_spinlock_t lock;	/* guards the rest; raw, as probes must not sleep on PREEMPT_RT */
	unsigned int tasks;	/* tasks in direct reclaim now */
	ktime_t since;		/* when @tasks last rose from 0 */
	u64 total;		/* nanoseconds in direct reclaim, until @tasks last fell to 0 */
} stalls = { .lock = __RAW_SPIN_LOCK_UNLOCKED(stalls.lock) };

static struct tracepoint *begin_point, *end_point;

/* Kernel threads do not count: they reclaim for other tasks, or to inflate the balloon. */
static bool task_counts(void)
{
	return !(current->flags & PF_KTHREAD);
}

/* The probes ignore the arguments of the tracepoints, which differ between kernels. */
static void probe_begin(void *data)
{
	unsigned long flags;

	if (!task_counts())
		return;
	raw_spin_lock_irqsave(&stalls.lock, flags);
	if (!stalls.tasks++)
		stalls.since = ktime_get();
	raw_spin_unlock_irqrestore(&stalls.lock, flags);
}

/*
 * A task that began to reclaim before the probes were registered was not counted. So @tasks may be
 * 0 here, and this function does not let it fall below 0.
 */
static void probe_end(void *data)
{
	unsigned long flags;

	if (!task_counts())
		return;
	raw_spin_lock_irqsave(&stalls.lock, flags);
	if (stalls.tasks == 1)
		stalls.total += ktime_to_ns(ktime_sub(ktime_get(), stalls.since));
	if (stalls.tasks)
		stalls.tasks--;
	raw_spin_unlock_irqrestore(&stalls.lock, flags);
}

static void find_points(struct tracepoint *point, void *data)
{
	if (!strcmp(point->name, "mm_vmscan_direct_reclaim_begin"))
		begin_point = point;
	else if (!strcmp(point->name, "mm_vmscan_direct_reclaim_end"))
		end_point = point;
}

void dynmem_balloon_stalls_init(void)
{
	for_each_kernel_tracepoint(find_points, NULL);
	if (!begin_point || !end_point)
		return;
	if (tracepoint_probe_register(end_point, probe_end, NULL)) {
		end_point = NULL;
		return;
	}
	if (tracepoint_probe_register(begin_point, probe_begin, NULL))
		begin_point = NULL;
}

void dynmem_balloon_stalls_exit(void)
{
	if (!end_point)
		return;
	if (begin_point)
		tracepoint_probe_unregister(begin_point, probe_begin, NULL);
	tracepoint_probe_unregister(end_point, probe_end, NULL);
	tracepoint_synchronize_unregister();
}

u64 dynmem_balloon_stalls(void)
{
	unsigned long flags;
	u64 total;

	raw_spin_lock_irqsave(&stalls.lock, flags);
	total = stalls.total;
	if (stalls.tasks)
		total += ktime_to_ns(ktime_sub(ktime_get(), stalls.since));
	raw_spin_unlock_irqrestore(&stalls.lock, flags);
	return total / NSEC_PER_USEC;
}
