// SPDX-License-Identifier: GPL-2.0
/* reporting: releases the pages that a guest reports as free. */
#include <linux/bits.h>
#include <linux/jiffies.h>
#include <linux/sched/signal.h>

#include "device/reporting.h"
#include "device/vring.h"
#include "vm/balloon.h"
#include "vm/vm.h"

/* A request may name 256 GiB. After this time, the other pages of the request are ignored. */
#define REPORT_TIME (2UL * HZ)
#define PAGE_BYTES BIT_ULL(VIRTIO_DYNMEM_PAGE_SHIFT)

void dynmem_reporting_serve(struct dynmem_vm *vm, const struct dynmem_elem *elem)
{
	const struct dynmem_seg *seg = elem->seg + elem->nr_out;
	unsigned long began = jiffies;
	unsigned int i;

	dynmem_count(&vm->counters, DYNMEM_A_COUNTER_REQUESTS, 1);
	if (elem->nr_out)
		dynmem_count(&vm->counters, DYNMEM_A_COUNTER_MALFORMED, 1);
	for (i = 0; i < elem->nr_in; i++, seg++) {
		if (seg->gpa % PAGE_BYTES || seg->len % PAGE_BYTES)
			dynmem_count(&vm->counters, DYNMEM_A_COUNTER_MALFORMED, 1);
		else
			dynmem_vm_report(vm, seg->gpa / PAGE_BYTES, seg->len / PAGE_BYTES);
		cond_resched();
		/* Ignoring the other segments does no harm: their memory is just not released. */
		if (signal_pending(current) || time_after(jiffies, began + REPORT_TIME))
			break;
	}
}
