// SPDX-License-Identifier: GPL-2.0
/* resize: whether a static VM that runs can have another size; see resize.h. */
#include <linux/minmax.h>
#include <linux/netlink.h>

#include "control/resize.h"
#include "memory/pool.h"
#include "policy/nodesets.h"
#include "sharing/admit.h"
#include "sharing/limit.h"
#include "sharing/plan.h"
#include "sharing/types.h"
#include "sharing/want.h"
#include "vm/vm.h"

/*
 * Bytes of @size that the VM cannot have. If there are any, sets @node to a host node that lacks
 * memory, or to NUMA_NO_NODE if a floating vnode lacks memory.
 */
static u64 size_lacks(struct dynmem_plan *plan, const struct dynmem_vm *vm, u64 size, int *node)
{
	struct dynmem_nodesets *kept = dynmem_admit_kept(plan, vm, vm->set.weight);
	u64 lacking = 0, binding;
	unsigned int i;

	for (i = 0; i < vm->nr_vnodes; i++) {
		u64 nodes = dynmem_plan_nodes(plan, &vm->vnode[i]);
		u64 room = dynmem_nodesets_room(kept, nodes, &binding);
		u64 part = dynmem_want_part(vm, i, size);

		dynmem_nodesets_use(kept, nodes, min(part, room));
		if (part <= room)
			continue;
		lacking += part - room;
		*node = dynmem_pool_host(vm->vnode[i].node);
	}
	return lacking;
}

/*
 * After dynmem_plan_keep_late(): the want on the nodes of mask @nodes that has most of the memory
 * which @vm could have if guests gave it sooner; NULL: there is none.
 */
static const struct dynmem_want *latest_giver(const struct dynmem_plan *plan,
					      const struct dynmem_vm *vm, u64 nodes)
{
	const struct dynmem_want *latest = NULL;
	u64 most = 0, late;
	unsigned int i;

	for (i = 0; i < plan->nr_wants; i++) {
		const struct dynmem_want *want = &plan->want[i];

		late = want->late;
		if (want->vm->set.weight >= vm->set.weight)
			late = min(late, dynmem_above(want->minimum, want->demand));
		if (want->vm == vm || late <= most ||
		    !(dynmem_plan_nodes(plan, want->vnode) & nodes))
			continue;
		latest = want;
		most = late;
	}
	return latest;
}

int dynmem_resize_check(struct dynmem_plan *plan, const struct dynmem_vm *vm, u64 more,
			struct netlink_ext_ack *extack)
{
	u64 failover = dynmem_admit_failover(), lacking, left;
	u64 size = dynmem_vm_size(vm) + more, ordinary = 0;
	const struct dynmem_want *giver = NULL;
	int node = NUMA_NO_NODE;
	unsigned int i;

	/* Neither memory cgroups nor failover count memory of hugetlb pools. */
	for (i = 0; i < vm->nr_vnodes; i++)
		ordinary += vm->vnode[i].pool ? 0 : dynmem_want_part(vm, i, size);
	if (dynmem_limit_of(&vm->limit, ordinary) < ordinary) {
		NL_SET_ERR_MSG_FMT(extack,
				   "its memory cgroup leaves it %lluM: raise memory.max there first",
				   vm->limit.bytes >> 20);
		return -ENOMEM;
	}
	left = dynmem_above(dynmem_admit_failover_room(plan, vm), ordinary);
	if (ordinary && left < failover) {
		NL_SET_ERR_MSG_FMT(extack,
				   "failover keeps %lluM, with it %lluM would be left: lower failover",
				   failover >> 20, left >> 20);
		return -ENOMEM;
	}
	lacking = size_lacks(plan, vm, size, &node);
	if (!lacking) {
		dynmem_plan_keep_late(plan);
		lacking = size_lacks(plan, vm, size, &node);
		if (!lacking)
			return 0;
		/* Memory that floats can bring the lack from one node to another. */
		giver = latest_giver(plan, vm, dynmem_want_nodes(plan, vm)) ?:
			latest_giver(plan, vm, ~0ULL);
	}
	if (giver)
		NL_SET_ERR_MSG_FMT(extack,
				   "lacks %lluM until %.24s gives it: stop it, or try later",
				   lacking >> 20, giver->vm->name);
	else if (node == NUMA_NO_NODE)
		NL_SET_ERR_MSG_FMT(extack,
				   "the host lacks %lluM: raise its weight, or stop or shrink another VM",
				   lacking >> 20);
	else
		NL_SET_ERR_MSG_FMT(extack,
				   "node %d lacks %lluM: raise its weight, or stop or shrink another VM",
				   node, lacking >> 20);
	return -ENOMEM;
}
