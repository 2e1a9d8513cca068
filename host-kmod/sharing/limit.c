// SPDX-License-Identifier: GPL-2.0
/* limit: divides the memory that memory cgroups allow among the VMs in these cgroups. */
#include <linux/list_sort.h>
#include <linux/minmax.h>
#include <linux/numa.h>
#include <linux/string.h>

#include "policy/startq.h"
#include "sharing/limit.h"
#include "sharing/node.h"
#include "sharing/types.h"
#include "vm/vm.h"

#define PUT_BACK_MS	60000	/* so long after paging, memory.high is not expected to change */

enum stage { TO_MINIMUM, TO_DEMAND, TO_DESIRED, TO_MOST, STAGES };

static u64 part_up_to(const struct dynmem_limit_part *part, enum stage stage)
{
	const u64 bytes[STAGES] = {
		[TO_MINIMUM] = part->minimum, [TO_DEMAND] = part->demand,
		[TO_DESIRED] = part->desired, [TO_MOST] = part->most,
	};

	return min(bytes[stage], part->most);
}

static u64 part_lacks(const struct dynmem_limit_part *part, enum stage stage)
{
	return dynmem_above(part_up_to(part, stage), part->due);
}

/*
 * Raises @due of the parts of one weight, or of all parts if @weight is 0, by equal amounts until
 * they reach @stage or @room is used up. Return: the bytes of @room that are not used.
 */
static u64 parts_raise(struct dynmem_limit_part *first, enum stage stage, u32 weight, u64 room)
{
	struct dynmem_limit_part *part;
	u64 step, got;
	unsigned int nr;

	do {
		nr = 0;
		for (part = first; part; part = part->next)
			nr += (!weight || part->weight == weight) && part_lacks(part, stage);
		step = nr ? room / nr : 0;
		for (part = first; part && step; part = part->next) {
			if (weight && part->weight != weight)
				continue;
			got = min(part_lacks(part, stage), step);
			part->due += got;
			room -= got;
		}
	} while (step);
	return room;
}

/* Return: the highest weight below @than that a VM has; 0: no VM has a weight below @than. */
static u32 next_weight(const struct dynmem_limit_part *first, u32 than)
{
	u32 weight = 0;

	for (; first; first = first->next)
		if (first->weight < than)
			weight = max(weight, first->weight);
	return weight;
}

/* Computes @due, the memory that each VM may have once the other VMs have given memory. */
static void parts_find_due(struct dynmem_limit_part *first, u64 room)
{
	struct dynmem_limit_part *part;
	enum stage stage;
	u32 weight;

	for (part = first; part; part = part->next)
		part->due = 0;
	room = parts_raise(first, TO_MINIMUM, 0, room);
	for (stage = TO_DEMAND; stage <= TO_DESIRED; stage++)
		for (weight = next_weight(first, U32_MAX); weight;
		     weight = next_weight(first, weight))
			room = parts_raise(first, stage, weight, room);
	parts_raise(first, TO_MOST, 0, room);
}

void dynmem_limit_divide(struct dynmem_limit_part *first, u64 room)
{
	struct dynmem_limit_part *part;
	enum stage stage;
	u64 got;

	parts_find_due(first, room);
	for (part = first; part; part = part->next) {
		room = dynmem_above(room, part->held);
		part->ceiling = min(part->due, part->held);
	}
	/* Room that no VM holds goes to VMs that may have more than they hold. */
	for (stage = TO_MINIMUM; stage < STAGES; stage++)
		for (part = first; part; part = part->next) {
			u64 most = min(part->due, part_up_to(part, stage));

			got = min(dynmem_above(most, part->ceiling), room);
			part->ceiling += got;
			room -= got;
		}
}

u64 dynmem_limit_ram(const struct dynmem_vm *vm)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		if (!vm->vnode[i].pool)
			bytes += vm->vnode[i].ram;
	return bytes;
}

static u64 ordinary_resident(const struct dynmem_vm *vm)
{
	u64 bytes = 0;
	int nid;

	for_each_dynmem_node_of(nid, 0)
		bytes += vm->books.holding[nid].resident;
	return bytes;
}

static u64 ordinary_granted(const struct dynmem_vm *vm)
{
	u64 bytes = 0;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++)
		if (!vm->vnode[i].pool)
			bytes += vm->vnode[i].granted;
	return bytes;
}

/*
 * Fills in the input of @part. The startup memory of a VM that starts counts as demand, not as
 * minimum, so that other VMs keep their minimums.
 */
static void begin_part(const struct dynmem_vm *vm, struct dynmem_limit_part *part)
{
	u64 ram = dynmem_limit_ram(vm), startup = min(vm->set.startup, ram);
	u64 size = min(dynmem_vm_size(vm), ram);

	*part = (struct dynmem_limit_part) {
		.weight = vm->set.weight,
		.held = ordinary_resident(vm),
		.most = min(vm->set.maximum, ram),
		.demand = startup,
		.desired = startup,
	};
	if (!vm->set.dynamic) {
		part->demand = size;
		part->desired = size;
		part->most = size;
	}
	if (!dynmem_vm_admitted(vm))
		return;
	part->held = max(part->held, ordinary_granted(vm));
	part->minimum = vm->set.dynamic ? min(vm->set.minimum, ram) : size;
	if (!vm->set.dynamic || !vm->demand.reported_ms)
		return;
	part->demand = dynmem_desired(vm->demand.firm, 0, part->minimum, part->most);
	part->desired = dynmem_desired_cached(vm->demand.believed_demand, vm->set.buffer,
					      dynmem_cache_pays(&vm->demand.cache), part->demand,
					      part->most);
}

/* memory.high of a cgroup as it counts for the VM: if the VM is paged, the value before that. */
static u64 level_high(const struct dynmem_limit *limit, const struct dynmem_memcg_level *level)
{
	unsigned int i;

	if (!limit->paged)
		return level->high;
	for (i = 0; i < limit->before.nr; i++)
		if (limit->before.level[i].id == level->id)
			return limit->before.level[i].high;
	return U64_MAX;
}

void dynmem_limit_paging_begins(struct dynmem_vm *vm)
{
	/* If @paged is set, the VM was paged a moment ago, and @before has the older values. */
	if (!vm->limit.paged)
		vm->limit.before = vm->limit.memcg;
	vm->limit.paged = true;
}

bool dynmem_limit_is_for_paging(const struct dynmem_vm *vm)
{
	unsigned int i;

	for (i = 0; i < vm->limit.memcg.nr; i++)
		if (vm->limit.memcg.level[i].high !=
		    level_high(&vm->limit, &vm->limit.memcg.level[i]))
			return true;
	return false;
}

/* When paging has ended, user space puts memory.high back. From then on, memory.high counts. */
static void look_at_paging(const struct dynmem_plan *plan, struct dynmem_vm *vm)
{
	if (vm->books.page_to)
		vm->limit.paged_ms = plan->now_ms;
	else if (!dynmem_limit_is_for_paging(vm) ||
		 plan->now_ms >= vm->limit.paged_ms + PUT_BACK_MS)
		vm->limit.paged = false;
}

static void begin_vm(const struct dynmem_plan *plan, struct dynmem_vm *vm,
		     struct list_head *entries)
{
	struct dynmem_limit *limit = &vm->limit;
	unsigned int i;

	if (limit->paged)
		look_at_paging(plan, vm);

	limit->limited = false;
	if (!(dynmem_vm_admitted(vm) || vm->books.start) || !limit->memcg.nr ||
	    !dynmem_limit_ram(vm))
		return;
	begin_part(vm, &limit->part);
	limit->bytes = limit->part.most;
	limit->due = limit->part.most;
	for (i = 0; i < limit->memcg.nr; i++) {
		struct dynmem_memcg_level *level = &limit->memcg.level[i];

		level->limit = min(level->max, level_high(limit, level));
		limit->entry[i].vm = vm;
		limit->entry[i].level = level;
		list_add_tail(&limit->entry[i].link, entries);
	}
}

/*
 * Orders by depth of the cgroup, deepest first, then by id of the cgroup, then by the VMM's own
 * cgroup.
 */
static int entry_compare(void *arg, const struct list_head *a, const struct list_head *b)
{
	const struct dynmem_limit_entry *x = list_entry(a, struct dynmem_limit_entry, link);
	const struct dynmem_limit_entry *y = list_entry(b, struct dynmem_limit_entry, link);

	if (x->level->depth != y->level->depth)
		return x->level->depth < y->level->depth ? 1 : -1;
	if (x->level->id != y->level->id)
		return x->level->id < y->level->id ? -1 : 1;
	if (x->vm->limit.memcg.own != y->vm->limit.memcg.own)
		return x->vm->limit.memcg.own < y->vm->limit.memcg.own ? -1 : 1;
	return 0;
}

/*
 * Bytes that a cgroup has for guests. The entries of the cgroup begin at @first and end before
 * @end.
 *
 * The cgroup's figures were read once for each VM, shortly before the VM's memory was counted. So
 * memory that one VM has gained since the first reading may be missing there, although it was
 * counted. The highest use and the lowest limit count, so that such memory makes no room.
 */
static u64 cgroup_room(const struct dynmem_limit_entry *first, const struct dynmem_limit_entry *end)
{
	u64 guests = 0, cache = 0, overhead = 0, own = 0, used = 0, limit = U64_MAX, others;
	const struct dynmem_limit_entry *entry;
	bool counted = true;

	for (entry = first; entry != end; entry = list_next_entry(entry, link)) {
		const struct dynmem_vm *vm = entry->vm;

		guests += ordinary_resident(vm);
		overhead += dynmem_startq_overhead(vm->ram);
		counted &= vm->limit.counted;
		if (vm->limit.memcg.own != own)
			cache += vm->limit.memcg.cache;
		own = vm->limit.memcg.own;
		used = max(used, entry->level->used);
		limit = min(limit, entry->level->limit);
	}
	others = counted ? dynmem_above(used, guests + cache) : 0;
	return dynmem_above(limit, max(others, overhead));
}

static void limit_group(struct dynmem_limit_entry *first, const struct dynmem_limit_entry *end)
{
	struct dynmem_limit_part *parts = NULL;
	struct dynmem_limit_entry *entry;

	for (entry = first; entry != end; entry = list_next_entry(entry, link)) {
		entry->vm->limit.part.next = parts;
		parts = &entry->vm->limit.part;
	}
	dynmem_limit_divide(parts, cgroup_room(first, end));
	for (entry = first; entry != end; entry = list_next_entry(entry, link)) {
		struct dynmem_limit *limit = &entry->vm->limit;
		struct dynmem_limit_part *part = &limit->part;

		limit->due = min(limit->due, part->due);
		if (part->ceiling < limit->bytes) {
			limit->limited = true;
			limit->bytes = part->ceiling;
			limit->allows = entry->level->limit;
			strscpy(limit->name, entry->level->name, sizeof(limit->name));
		}
		/* The VM can use no more than this, so the cgroups above need not allow more. */
		part->most = limit->bytes;
	}
}

void dynmem_limit_set(struct dynmem_plan *plan)
{
	struct dynmem_limit_entry *first, *end;
	LIST_HEAD(entries);
	unsigned int i;

	for (i = 0; i < plan->nr_vms; i++)
		begin_vm(plan, plan->vm[i], &entries);
	list_sort(NULL, &entries, entry_compare);
	first = list_first_entry(&entries, struct dynmem_limit_entry, link);
	while (!list_entry_is_head(first, &entries, link)) {
		end = list_next_entry(first, link);
		while (!list_entry_is_head(end, &entries, link) &&
		       end->level->id == first->level->id)
			end = list_next_entry(end, link);
		limit_group(first, end);
		first = end;
	}
}
