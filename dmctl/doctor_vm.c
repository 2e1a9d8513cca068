// SPDX-License-Identifier: GPL-2.0
/* doctor_vm: the checks of the memory of VMs; see doctor.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "agent.h"
#include "cgroup.h"
#include "doctor.h"
#include "mapping.h"
#include "swapfile.h"
#include "units.h"

#define SIZE	16		/* bytes of a size as text */
#define LOOK_MS	1000		/* time for looks at mappings, which VMMs can delay */
#define MIB	(1ULL << 20)
/* What a VM may come to need beyond its cgroup's present use: pages that move meanwhile. */
#define SLACK	(64 * MIB)

static size_t attached(const struct doctor *d)
{
	size_t nr = 0, i;

	for (i = 0; i < d->nr_vms; i++)
		nr += vm_is_attached(&d->vms[i]);
	return nr;
}

/* Like doctor_knows_vms(), but some VM must also run. */
static bool knows_running_vms(struct doctor *d)
{
	if (!doctor_knows_vms(d))
		return false;
	if (!attached(d))
		doctor_skip(d, "no VM runs");
	return attached(d);
}

/* ---- memory that is a file on disk */

void doctor_memory(struct doctor *d)
{
	struct mapping_look *looks;
	size_t i, unknown = 0;
	char size[SIZE];

	if (!knows_running_vms(d))
		return;
	looks = calloc(d->nr_vms, sizeof(*looks));
	if (!looks)
		die_no_memory();
	for (i = 0; i < d->nr_vms; i++)
		looks[i].pid = vm_is_attached(&d->vms[i]) ? d->vms[i].pid : 0;
	mapping_look(looks, d->nr_vms, LOOK_MS);
	for (i = 0; i < d->nr_vms; i++) {
		unknown += looks[i].pid && !looks[i].known;
		if (!looks[i].known || !looks[i].files.bytes)
			continue;
		format_size(size, sizeof(size), looks[i].files.bytes);
		doctor_bad(d, "start QEMU with memory-backend-ram, or with mem-path=/dev/shm",
			   "%s: %s are in a file on %s: no RAM for dynmem, and never given back",
			   d->vms[i].name, size, looks[i].files.type);
	}
	free(looks);
	if (unknown)
		doctor_skip(d, "the memory of %zu of %zu VMs cannot be looked at", unknown,
			    attached(d));
	else
		doctor_ok(d, "no VM has memory in a file on disk");
}

/* ---- swap */

static bool forbids_swap(const struct cgroup *cgroup, const void *arg)
{
	char value[CGROUP_VALUE_SIZE], ignored[WHY_SIZE];

	(void)arg;
	return cgroup_read(cgroup, "memory.swap.max", value, ignored) && !strcmp(value, "0");
}

/* Whether the kernel may swap out a VM that is not to be paged. */
static bool is_swappable(const struct vm_facts *vm)
{
	struct cgroup cgroup;

	return vm_is_attached(vm) && !vm->page_to &&
	       !cgroup_first(&cgroup, vm->pid, forbids_swap, NULL);
}

static void report_swappable(struct doctor *d, const struct vm_facts *vm)
{
	struct cgroup cgroup;
	char why[WHY_SIZE];

	if (!cgroup_own(&cgroup, vm->pid, "memory.swap.max", why))
		doctor_bad(d, "systemd-run --scope qemu-system-x86_64 ...",
			   "%s: the host may swap it out: %s", vm->name, why);
	else if (doctor_may_quote(cgroup.path))
		doctor_bad(d, doctor_line(d, "echo 0 >'%s/memory.swap.max'", cgroup.path),
			   "%s: the host may swap it out", vm->name);
	else
		doctor_bad(d, "write 0 to memory.swap.max of its QEMU's cgroup",
			   "%s: the host may swap it out", vm->name);
}

void doctor_swap(struct doctor *d)
{
	bool runs = agent_runs();
	size_t swappable = 0, i;

	if (!swapfile_host_has_own()) {
		doctor_ok(d, "the host has no swap space");
		return;
	}
	if (!doctor_knows_vms(d))
		return;
	for (i = 0; i < d->nr_vms; i++) {
		if (!is_swappable(&d->vms[i]))
			continue;
		swappable++;
		if (runs)
			report_swappable(d, &d->vms[i]);
	}
	if (!runs && (swappable || !attached(d)))
		doctor_bad(d, "systemctl enable --now dynmem-agent",
			   "the host has swap space, and no agent keeps VMs out of it");
	doctor_ok(d, "the host has swap space, and swaps no VM out");
}

/* ---- a second balloon */

void doctor_balloon(struct doctor *d)
{
	char size[SIZE];
	size_t i;

	if (!knows_running_vms(d))
		return;
	for (i = 0; i < d->nr_vms; i++) {
		if (!d->vms[i].foreign)
			continue;
		format_size(size, sizeof(size), d->vms[i].foreign);
		doctor_bad(d,
			   "start QEMU without virtio-balloon (libvirt: <memballoon model='none'/>); in the guest, bring memory online",
			   "%s: a second balloon, or memory that is offline, takes %s from the guest",
			   d->vms[i].name, size);
	}
	doctor_ok(d, "no VM has a second balloon");
}

/* ---- cgroups */

static bool has_name(const struct cgroup *cgroup, const void *name)
{
	const char *slash = strrchr(cgroup->path, '/');

	return slash && !strcmp(slash + 1, name);
}

static uint64_t limit_in(const struct cgroup *cgroup, const char *file)
{
	char value[CGROUP_VALUE_SIZE], ignored[WHY_SIZE];

	/* "max" means no limit. */
	if (!cgroup_read(cgroup, file, value, ignored) || !strcmp(value, "max"))
		return UINT64_MAX;
	return strtoull(value, NULL, 10);
}

/* Return: the line that raises the limit of a VM to @most. */
static const char *raise_limit(struct doctor *d, const struct vm_facts *vm, uint64_t most)
{
	const char *file = "memory.max";
	struct cgroup cgroup;
	uint64_t limit;

	if (!cgroup_first(&cgroup, vm->pid, has_name, vm->limit_by) ||
	    !doctor_may_quote(cgroup.path))
		return "raise memory.max or memory.high of that cgroup";
	limit = limit_in(&cgroup, file);
	if (limit_in(&cgroup, "memory.high") < limit) {
		file = "memory.high";
		limit = limit_in(&cgroup, file);
	}
	return doctor_line(d, "echo %lluM >'%s/%s'",
			   (limit + most - vm->limit + SLACK) / MIB + 1, cgroup.path, file);
}

void doctor_cgroup(struct doctor *d)
{
	char limit[SIZE], want[SIZE];
	size_t i;

	if (!knows_running_vms(d))
		return;
	for (i = 0; i < d->nr_vms; i++) {
		const struct vm_facts *vm = &d->vms[i];
		uint64_t most = vm->maximum < vm->ram ? vm->maximum : vm->ram;

		if (!*vm->limit_by || vm->limit >= most)
			continue;
		format_size(limit, sizeof(limit), vm->limit);
		format_size(want, sizeof(want), most);
		doctor_bad(d, raise_limit(d, vm, most),
			   "%s: its memory cgroup %s allows it %s, and it may have %s", vm->name,
			   vm->limit_by, limit, want);
	}
	doctor_ok(d, "no memory cgroup limits a VM");
}

/* ---- nodes */

static bool is_ordinary(const struct node_facts *node)
{
	return node->page == ordinary_page();
}

/* Whether memory of the VM is on the node. */
static bool lies_on(const struct vm_facts *vm, const struct node_facts *node)
{
	size_t i;

	for (i = 0; i < vm->nr_parts; i++)
		if (vm->part[i].node == node->node && vm->part[i].page == node->page)
			return vm->part[i].charge;
	return false;
}

static bool is_in_pools(const struct vm_facts *vm)
{
	size_t i;

	for (i = 0; i < vm->nr_parts; i++)
		if (vm->part[i].page != ordinary_page() && vm->part[i].charge)
			return true;
	return false;
}

/*
 * The memory that a VM can have without a vnode more. A VM that is bound has that of its nodes, and
 * one that floats is taken to have one vnode, and so to belong on one node.
 */
static uint64_t room_for(const struct doctor *d, const struct vm_facts *vm)
{
	uint64_t most = 0, sum = 0;
	size_t i;

	for (i = 0; i < d->nr_nodes; i++) {
		const struct node_facts *node = &d->nodes[i];

		if (!is_ordinary(node))
			continue;
		if (node->capacity > most)
			most = node->capacity;
		if (lies_on(vm, node))
			sum += node->capacity;
	}
	return vm->floating ? most : sum;
}

void doctor_node(struct doctor *d)
{
	char size[SIZE], room[SIZE];
	size_t ordinary = 0, i;

	if (!knows_running_vms(d))
		return;
	for (i = 0; i < d->nr_nodes; i++)
		ordinary += is_ordinary(&d->nodes[i]);
	if (ordinary < 2) {
		doctor_ok(d, "the host has one node");
		return;
	}
	for (i = 0; i < d->nr_vms; i++) {
		const struct vm_facts *vm = &d->vms[i];
		uint64_t most = vm->maximum < vm->ram ? vm->maximum : vm->ram;

		/* A VM that starts has nothing on any node yet. */
		if (!vm_is_attached(vm) || vm->state == DYNMEM_VM_STATE_STARTING ||
		    is_in_pools(vm) || most <= room_for(d, vm))
			continue;
		format_size(size, sizeof(size), most);
		format_size(room, sizeof(room), room_for(d, vm));
		doctor_bad(d,
			   "give QEMU a memory-backend with host-nodes=N,policy=bind and a -numa node for each node",
			   "%s: it may have %s, and %s %s for VMs", vm->name, size,
			   vm->floating ? "floats, while no node has more than" :
					  "is bound to nodes that have", room);
	}
	doctor_ok(d, "no VM is larger than its nodes");
}
