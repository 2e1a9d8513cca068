// SPDX-License-Identifier: GPL-2.0
/*
 * Events: the notifier chain between those who raise them (vm, vdpa, balancer) and the one who
 * listens (netlink). The sentence also goes to the kernel log, so that a host whose
 * listener is not running still says why a VM was refused.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/numa.h>
#include <linux/printk.h>
#include <linux/ratelimit.h>
#include <linux/slab.h>

#include "event.h"

static BLOCKING_NOTIFIER_HEAD(dynmem_events);

/* Longer than any sentence that is written here; a longer one is cut. */
#define DYNMEM_EVENT_TEXT 320

void dynmem_event_raise(const struct dynmem_event *event)
{
	/*
	 * What happens all the time, and is well, is for those who listen only. A guest can raise
	 * others as often as it likes; they must not hide why a VM was refused, which it can't.
	 */
	if (event->kind == DYNMEM_EVENT_REFUSED)
		pr_info("%s%s%s\n", event->vm ?: "", event->vm ? ": " : "", event->text);
	else if (event->kind != DYNMEM_EVENT_TARGET && event->kind != DYNMEM_EVENT_STATUS)
		pr_info_ratelimited("%s%s%s\n", event->vm ?: "", event->vm ? ": " : "",
				    event->text);
	blocking_notifier_call_chain(&dynmem_events, event->kind, (void *)event);
}

void dynmem_event(enum dynmem_event_kind kind, const char *vm, int node, u64 bytes,
		  const char *fmt, ...)
{
	char text[DYNMEM_EVENT_TEXT];
	struct dynmem_event event = {
		.kind = kind, .vm = vm, .node = node, .bytes = bytes, .text = text,
	};
	va_list args;

	va_start(args, fmt);
	vscnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	dynmem_event_raise(&event);
}

int dynmem_event_listen(struct notifier_block *nb)
{
	return blocking_notifier_chain_register(&dynmem_events, nb);
}

void dynmem_event_unlisten(struct notifier_block *nb)
{
	blocking_notifier_chain_unregister(&dynmem_events, nb);
}
