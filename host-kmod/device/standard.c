// SPDX-License-Identifier: GPL-2.0
/* standard: carries out the requests of a standard virtio balloon driver. */
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/sort.h>
#include <linux/virtio_balloon.h>
#include <linux/virtio_byteorder.h>

#include "device/standard.h"
#include "device/vring.h"
#include "vm/balloon.h"
#include "vm/vm.h"

static int compare_pfns(const void *a, const void *b)
{
	u32 x = *(const u32 *)a, y = *(const u32 *)b;

	return x < y ? -1 : x > y;
}

int dynmem_standard_init(struct dynmem_standard *standard)
{
	standard->pfns = kvmalloc_array(DYNMEM_STANDARD_PFNS, sizeof(*standard->pfns), GFP_KERNEL);
	return standard->pfns ? 0 : -ENOMEM;
}

void dynmem_standard_free(struct dynmem_standard *standard)
{
	kvfree(standard->pfns);
	standard->pfns = NULL;
}

/* Moves a run of pages, and skips refused pages. */
static void standard_move_run(struct dynmem_vm *vm, u64 first, u64 pages, bool inflate)
{
	u64 done;

	for (done = 0; done < pages;) {
		struct dynmem_moved moved;

		if (inflate)
			dynmem_vm_inflate(vm, first + done, pages - done, &moved);
		else
			dynmem_vm_deflate(vm, first + done, pages - done, true, &moved);
		dynmem_count_refused(&vm->counters, &moved);
		done += moved.pages + moved.refused;
	}
}

int dynmem_standard_move(struct dynmem_standard *standard, struct dynmem_vring *ring,
			 const struct dynmem_elem *elem, bool inflate)
{
	struct dynmem_vm *vm = standard->vm;
	u32 *pfns = standard->pfns;
	u64 len = min_t(u64, elem->out_len, DYNMEM_STANDARD_PFNS * sizeof(*pfns));
	u32 nr = len / sizeof(*pfns), i, n;
	int ret;

	dynmem_count(&vm->counters, DYNMEM_A_COUNTER_REQUESTS, 1);
	if (elem->out_len != nr * sizeof(*pfns))
		dynmem_count(&vm->counters, DYNMEM_A_COUNTER_MALFORMED, 1);
	ret = dynmem_elem_read(ring, elem, 0, pfns, nr * sizeof(*pfns));
	if (ret)
		return ret;
	for (i = 0; i < nr; i++)
		pfns[i] = le32_to_cpu((__force __le32)pfns[i]);
	standard->held = inflate ? standard->held + nr : dynmem_above(standard->held, nr);
	sort(pfns, nr, sizeof(*pfns), compare_pfns, NULL);

	for (i = 0; i < nr; i += n) {
		for (n = 1; i + n < nr && pfns[i + n] == pfns[i] + n; n++)
			;
		standard_move_run(vm, pfns[i], n, inflate);
		cond_resched();
	}
	return 0;
}

/* The rise of a counter of the guest; 0 if the counter has fallen, as after a boot. */
static u64 counter_rise(u64 *last, u64 now)
{
	u64 rise = now > *last ? now - *last : 0;

	*last = now;
	return rise;
}

int dynmem_standard_statistics(struct dynmem_standard *standard, struct dynmem_vring *ring,
			       const struct dynmem_elem *elem)
{
	struct dynmem_figures f = { .standard = true };
	struct dynmem_vm *vm = standard->vm;
	struct virtio_balloon_stat stat;
	unsigned int i;
	u64 offset, pages;

	/* Read at most PAGE_SIZE bytes. Unknown tags are skipped; repeated tags do no harm. */
	for (offset = 0; offset + sizeof(stat) <= min_t(u64, elem->out_len, PAGE_SIZE);
	     offset += sizeof(stat)) {
		int ret = dynmem_elem_read(ring, elem, offset, &stat, sizeof(stat));
		u64 value;

		if (ret)
			return ret;
		value = min_t(u64, __virtio64_to_cpu(true, stat.val), DYNMEM_MEMORY_MAX);
		switch (__virtio16_to_cpu(true, stat.tag)) {
		case VIRTIO_BALLOON_S_SWAP_IN:
			f.swap_in = value;
			break;
		case VIRTIO_BALLOON_S_SWAP_OUT:
			f.swap_out = value;
			break;
		case VIRTIO_BALLOON_S_MAJFLT:
			f.major_faults = value;
			break;
		case VIRTIO_BALLOON_S_MEMFREE:
			f.free = value;
			break;
		case VIRTIO_BALLOON_S_MEMTOT:
			f.total = value;
			break;
		case VIRTIO_BALLOON_S_AVAIL:
			f.available = value;
			break;
		case VIRTIO_BALLOON_S_CACHES:
			f.file = value;
			break;
		}
	}
	/* The first buffer of a driver may contain no statistics. */
	if (!f.total)
		return 0;

	f.swap_in = counter_rise(&standard->swap_in, f.swap_in);
	f.swap_out = counter_rise(&standard->swap_out, f.swap_out);
	f.major_faults = counter_rise(&standard->major_faults, f.major_faults);
	pages = min_t(u64, f.major_faults, DYNMEM_MEMORY_MAX >> PAGE_SHIFT);

	mutex_lock(&vm->lock);
	for (i = 0; i < vm->nr_vnodes; i++)
		f.ballooned += vm->vnode[i].ballooned;
	f.held = min_t(u64, standard->held, DYNMEM_MEMORY_MAX >> PAGE_SHIFT) << PAGE_SHIFT;
	vm->demand.figures = f;
	vm->demand.refault += f.swap_in;
	/*
	 * The statistics lack refaults. But a mapped file that is read back causes major faults. So
	 * count the major faults that swap-ins do not explain.
	 */
	vm->demand.reread += dynmem_above(pages << PAGE_SHIFT, f.swap_in);
	vm->demand.reported_ms = ktime_get_ns() / NSEC_PER_MSEC;
	mutex_unlock(&vm->lock);
	dynmem_count(&vm->counters, DYNMEM_A_COUNTER_REPORTS, 1);
	return 1;
}
