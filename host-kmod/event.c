// SPDX-License-Identifier: GPL-2.0
/*
 * The queue of events; see event.h. Most events also go to the kernel log, so that the operator
 * learns why a VM was refused even if no program listens. An event may be raised under locks that
 * other tasks need, and on a host without free memory. So dynmem_event() neither sleeps nor
 * allocates, and a work item delivers the event.
 */
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/numa.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/sched.h>
#include <linux/spinlock.h>
#include <linux/string.h>
#include <linux/workqueue.h>

#include "event.h"

static BLOCKING_NOTIFIER_HEAD(dynmem_events);

#define QUEUED_MAX 128

/* Size of a sentence in bytes. All sentences of the module fit; a longer one would be cut. */
#define DYNMEM_EVENT_TEXT 320

struct queued {
	enum dynmem_event_kind kind;
	int node;
	u64 bytes;
	u64 time_ns;
	u64 sequence;
	char vm[DYNMEM_NAME_MAX + 1];	/* empty: the event is about the host */
	char text[DYNMEM_EVENT_TEXT];
};

static DEFINE_SPINLOCK(lock);		/* guards the variables down to @refused */
static struct queued queue[QUEUED_MAX];
static unsigned int first, queued;
static unsigned int lost;		/* events lost while the queue was full, not reported yet */
static u64 sequence;			/* of the last event; also read without the lock */
static u64 refused;			/* events of kind REFUSED; also read without the lock */

static void tell_events(struct work_struct *work);
static DECLARE_WORK(tell_work, tell_events);

static void tell_event(const struct queued *q)
{
	const struct dynmem_event event = {
		.kind = q->kind, .vm = q->vm[0] ? q->vm : NULL, .node = q->node,
		.bytes = q->bytes, .text = q->text, .time_ns = q->time_ns,
		.sequence = q->sequence,
	};

	/*
	 * The log shows every refusal. Events about targets and status go to listeners only. A
	 * guest can cause most other events as often as it likes, so their log lines are
	 * rate-limited.
	 */
	if (event.kind == DYNMEM_EVENT_REFUSED)
		pr_info("%s%s%s\n", q->vm, event.vm ? ": " : "", q->text);
	else if (event.kind != DYNMEM_EVENT_TARGET && event.kind != DYNMEM_EVENT_STATUS)
		pr_info_ratelimited("%s%s%s\n", q->vm, event.vm ? ": " : "", q->text);
	blocking_notifier_call_chain(&dynmem_events, event.kind, (void *)&event);
}

/*
 * Takes the oldest event out of the queue, if there is one. Sets @missing to the number of events
 * lost since the last call. Return: whether there was an event.
 */
static bool take_event(struct queued *q, unsigned int *missing)
{
	bool any;

	spin_lock(&lock);
	any = queued;
	if (any) {
		*q = queue[first];
		first = (first + 1) % QUEUED_MAX;
		queued--;
	}
	*missing = lost;
	lost = 0;
	spin_unlock(&lock);
	return any;
}

static void tell_lost_events(unsigned int missing)
{
	char text[64];
	const struct dynmem_event event = {
		.kind = DYNMEM_EVENT_LOST, .node = NUMA_NO_NODE, .text = text,
		.time_ns = ktime_get_real_ns(),
	};

	scnprintf(text, sizeof(text), "%u events were lost: too many came at a time", missing);
	pr_warn_ratelimited("%s\n", text);
	blocking_notifier_call_chain(&dynmem_events, event.kind, (void *)&event);
}

static void tell_events(struct work_struct *work)
{
	/* @q is too large for the stack. It can be static, as runs of this work never overlap. */
	static struct queued q;
	unsigned int missing;

	while (take_event(&q, &missing)) {
		tell_event(&q);
		if (missing)
			tell_lost_events(missing);
		cond_resched();
	}
}

void dynmem_event(enum dynmem_event_kind kind, const char *vm, int node, u64 bytes,
		  const char *fmt, ...)
{
	struct queued *q;
	va_list args;

	spin_lock(&lock);
	WRITE_ONCE(sequence, sequence + 1);
	if (kind == DYNMEM_EVENT_REFUSED)
		WRITE_ONCE(refused, refused + 1);
	if (queued < QUEUED_MAX) {
		q = &queue[(first + queued++) % QUEUED_MAX];
		q->kind = kind;
		q->node = node;
		q->bytes = bytes;
		q->time_ns = ktime_get_real_ns();
		q->sequence = sequence;
		strscpy(q->vm, vm ?: "", sizeof(q->vm));
		va_start(args, fmt);
		vscnprintf(q->text, sizeof(q->text), fmt, args);
		va_end(args);
	} else {
		lost++;
	}
	spin_unlock(&lock);
	schedule_work(&tell_work);
}

u64 dynmem_event_sequence(void)
{
	return READ_ONCE(sequence);
}

u64 dynmem_event_refused(void)
{
	return READ_ONCE(refused);
}

void dynmem_event_exit(void)
{
	flush_work(&tell_work);
}

int dynmem_event_listen(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&dynmem_events, nb);
}

void dynmem_event_unlisten(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&dynmem_events, nb);
}
