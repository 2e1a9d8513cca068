// SPDX-License-Identifier: GPL-2.0
/* place: the command "vm place", which puts the memory of a VM on one host node; see place.h. */
#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cgroup.h"
#include "clock.h"
#include "command.h"
#include "output.h"
#include "place.h"
#include "process.h"
#include "states.h"

#define LOOKS		5	/* number of looks at where the VM's CPUs run */
#define LOOK_MS		100
#define NODES_MAX	1024	/* as in the kernel: CONFIG_NODES_SHIFT is 10 at most */
#define LONG_BITS	(8 * sizeof(long))

/* ---- nodes */

/**
 * struct nodes - the host's nodes and pools
 * @list: the nodes
 * @nr: number of entries in @list
 */
struct nodes {
	struct node_facts *list;
	size_t nr;
};

static const struct node_facts *node_find(const struct nodes *nodes, uint32_t node, uint64_t page)
{
	size_t i;

	for (i = 0; i < nodes->nr; i++)
		if (nodes->list[i].node == node && nodes->list[i].page == page)
			return &nodes->list[i];
	return NULL;
}

/* Memory that a VM has in pages of size @page on other nodes than @node, in bytes. */
static uint64_t bytes_elsewhere(const struct vm_facts *vm, uint32_t node, uint64_t page)
{
	uint64_t bytes = 0;
	size_t i;

	for (i = 0; i < vm->nr_parts; i++)
		if (vm->part[i].node != node && vm->part[i].page == page)
			bytes += vm->part[i].charge;
	return bytes;
}

/*
 * Whether all memory of a VM fits on a node. The memory never fits on a node in debt, even if it is
 * all there already: the VM may be the cause of the debt.
 */
static bool fits(const struct vm_facts *vm, const struct nodes *nodes, uint32_t node, char *why)
{
	size_t i;

	for (i = 0; i < vm->nr_parts; i++) {
		uint64_t page = vm->part[i].page, moves = bytes_elsewhere(vm, node, page);
		const struct node_facts *to = node_find(nodes, node, page);
		uint64_t spare = to ? to->spare : 0;

		if (moves > spare)
			return refuse(why,
				      "%s does not fit on node %u: %lluM of it are elsewhere, and %lluM are spare there",
				      vm->name, node, (unsigned long long)moves >> 20,
				      (unsigned long long)spare >> 20);
		if (to && to->debt)
			return refuse(why, "%s does not fit on node %u, which has a debt of %lluM",
				      vm->name, node, (unsigned long long)to->debt >> 20);
	}
	return true;
}

/* ---- where the VM's CPUs run */

/* Return: the node of a CPU; -1: unknown. */
static int cpu_node(int cpu)
{
	struct dirent *entry;
	char path[64];
	int node = -1;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%d", cpu);
	dir = opendir(path);
	while (dir && node < 0 && (entry = readdir(dir)))
		if (sscanf(entry->d_name, "node%d", &node) != 1)
			node = -1;
	if (dir)
		closedir(dir);
	return node < NODES_MAX ? node : -1;
}

/* With debug-threads=on, as set by libvirt, QEMU names threads of virtual CPUs "CPU 0/KVM". */
static bool is_vcpu(const char *comm)
{
	int n, end = 0;

	return sscanf(comm, "CPU %d/KVM%n", &n, &end) == 1 && end && !comm[end];
}

/**
 * struct times - CPU time of a VMM's threads in clock ticks, by the node on which they last ran
 * @vcpus: CPU time of the threads of virtual CPUs
 * @all: CPU time of all threads
 */
struct times {
	uint64_t vcpus[NODES_MAX];
	uint64_t all[NODES_MAX];
};

/* Adds the time that each thread has used so far, which tells busy threads from idle ones. */
static void times_add(struct times *times, pid_t pid)
{
	struct process_stat stat;
	struct dirent *entry;
	char path[64];
	DIR *dir;
	int node;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	dir = opendir(path);
	while (dir && (entry = readdir(dir))) {
		if (!process_stat(pid, atoi(entry->d_name), &stat))
			continue;
		node = cpu_node(stat.cpu);
		if (node < 0)
			continue;
		times->all[node] += stat.used + 1;
		if (is_vcpu(stat.comm))
			times->vcpus[node] += stat.used + 1;
	}
	if (dir)
		closedir(dir);
}

static int most_of(const uint64_t *times)
{
	int node, most = -1;

	for (node = 0; node < NODES_MAX; node++)
		if (times[node] && (most < 0 || times[node] > times[most]))
			most = node;
	return most;
}

/* Return: the node on which the virtual CPUs of a VMM run most; -1: unknown. */
static int vcpus_node(pid_t pid)
{
	struct times *times = calloc(1, sizeof(*times));
	int i, node;

	if (!times)
		die_no_memory();
	for (i = 0; i < LOOKS; i++) {
		if (i)
			clock_sleep(LOOK_MS);
		times_add(times, pid);
	}
	/* If no thread has the name of a virtual CPU, count all: virtual CPUs use most time. */
	node = most_of(times->vcpus);
	if (node < 0)
		node = most_of(times->all);
	free(times);
	return node;
}

/* ---- the choice */

/* Return: the node with most spare memory among those that the VM fits on; -1: there is none. */
static int roomiest(const struct vm_facts *vm, const struct nodes *nodes, char *why)
{
	const struct node_facts *best = NULL;
	size_t i;

	for (i = 0; i < nodes->nr; i++) {
		const struct node_facts *node = &nodes->list[i];

		if (node->page == ordinary_page() && (!best || node->spare > best->spare) &&
		    fits(vm, nodes, node->node, why))
			best = node;
	}
	return best ? (int)best->node : -1;
}

static bool choose(const struct vm_facts *vm, const struct nodes *nodes, struct placed *placed,
		   char *why)
{
	int cpus = vcpus_node(vm->pid);

	placed->node = cpus;
	if (cpus >= 0 && node_find(nodes, cpus, ordinary_page()) && fits(vm, nodes, cpus, why)) {
		snprintf(placed->reason, WHY_SIZE, "its CPUs run there");
		return true;
	}
	placed->node = roomiest(vm, nodes, why);
	if (placed->node < 0)
		return refuse(why, "%s fits on no node: none has so much spare memory", vm->name);
	snprintf(placed->reason, WHY_SIZE, "most memory is spare there");
	if (cpus >= 0)
		snprintf(placed->reason, WHY_SIZE,
			 "its CPUs run on node %d, where it does not fit; most memory is spare here",
			 cpus);
	return true;
}

/* ---- the move */

/*
 * Binds the VMM to a node by cpuset.mems of its cgroup. The kernel moves pages from other nodes
 * before the write returns. If a cgroup above does not allow the node, this function writes the
 * nodes that were effective before. It cannot write an empty list, which the kernel does not accept
 * for a cgroup with processes.
 */
static bool bind_cgroup(pid_t pid, int node, char *why)
{
	char before[CGROUP_VALUE_SIZE], now[CGROUP_VALUE_SIZE], value[16], ignored[WHY_SIZE];
	struct cgroup cgroup;

	snprintf(value, sizeof(value), "%d", node);
	if (!cgroup_own(&cgroup, pid, "cpuset.mems", why) ||
	    !cgroup_read(&cgroup, "cpuset.mems.effective", before, why) ||
	    !cgroup_write(&cgroup, "cpuset.mems", value, why) ||
	    !cgroup_read(&cgroup, "cpuset.mems.effective", now, why))
		return false;
	if (!strcmp(now, value))
		return true;
	cgroup_write(&cgroup, "cpuset.mems", before, ignored);
	return refuse(why, "the cgroups above %s allow nodes %s only", cgroup.path, now);
}

/* Moves all pages of a process from other nodes to @placed->node. */
static bool move_pages_to(const struct vm_facts *vm, const struct nodes *nodes,
			  struct placed *placed, char *why)
{
	unsigned long from[NODES_MAX / LONG_BITS] = { }, to[NODES_MAX / LONG_BITS] = { };
	size_t i;

	for (i = 0; i < nodes->nr; i++) {
		uint32_t node = nodes->list[i].node;
		unsigned long *mask = (int)node == placed->node ? to : from;

		if (node < NODES_MAX)
			mask[node / LONG_BITS] |= 1UL << node % LONG_BITS;
	}
	/* The second argument is the number of bits in the masks plus one. */
	placed->left = syscall(SYS_migrate_pages, vm->pid, NODES_MAX + 1UL, from, to);
	if (placed->left < 0)
		return refuse(why, "cannot move the memory of %s (pid %d): %s", vm->name, vm->pid,
			      strerror(errno));
	return true;
}

/* Whether the cgroup of a VMM binds it to one node. dmctl may change such a binding. */
static bool bound_by_cpuset(pid_t pid)
{
	char mems[CGROUP_VALUE_SIZE], effective[CGROUP_VALUE_SIZE], ignored[WHY_SIZE];
	struct cgroup cgroup;

	return cgroup_own(&cgroup, pid, "cpuset.mems", ignored) &&
	       cgroup_read(&cgroup, "cpuset.mems", mems, ignored) && *mems &&
	       cgroup_read(&cgroup, "cpuset.mems.effective", effective, ignored) &&
	       !strpbrk(effective, "-,");
}

/* A VM that is not floating (lookup.h) is bound by its cpuset or by its memory policy. */
static bool bound_by_policy(const struct vm_facts *vm)
{
	return !vm->floating && !bound_by_cpuset(vm->pid);
}

static bool place_on(const struct vm_facts *vm, const struct nodes *nodes, int node,
		     struct placed *placed, char *why)
{
	*placed = (struct placed){ .node = node };
	if (node == PLACE_AUTO ? !choose(vm, nodes, placed, why) : !fits(vm, nodes, node, why))
		return false;
	return bind_cgroup(vm->pid, placed->node, placed->unbound) ||
	       move_pages_to(vm, nodes, placed, why);
}

bool place_vm(const struct vm_facts *vm, int node, struct placed *placed, char *why)
{
	struct nodes nodes = { };
	bool done;

	if (!vm_is_attached(vm))
		return refuse(why, "%s does not run: it is %s", vm->name,
			      vm_state_words[vm->state]);
	if (bound_by_policy(vm))
		return refuse(why,
			      "%s is bound by its memory policy: QEMU was started with policy=bind, or the host has one node",
			      vm->name);
	if (!lookup_nodes(&nodes.list, &nodes.nr, why))
		return false;
	done = place_on(vm, &nodes, node, placed, why);
	free(nodes.list);
	return done;
}

/* ---- the command */

/* Complains if the host has no such node. Return: the exit status. */
static int need_node(uint32_t node)
{
	struct nodes nodes = { };
	char why[WHY_SIZE];
	bool there;

	if (!lookup_nodes(&nodes.list, &nodes.nr, why)) {
		complain("%s", why);
		return EXIT_REFUSED;
	}
	there = node < NODES_MAX && node_find(&nodes, node, ordinary_page());
	free(nodes.list);
	if (there)
		return EXIT_OK;
	complain("there is no node %u with memory", node);
	return EXIT_NOT_FOUND;
}

static void print_placed(const char *name, const struct placed *placed)
{
	struct json_object *json;

	if (options.json) {
		json = json_object_new_object();
		json_object_object_add(json, "name", json_object_new_string(name));
		json_object_object_add(json, "node", json_object_new_int(placed->node));
		json_object_object_add(json, "bound", json_object_new_boolean(!*placed->unbound));
		print_json(json);
	} else {
		printf("%s is on node %d%s%s\n", name, placed->node,
		       *placed->reason ? ": " : "", placed->reason);
	}
	if (*placed->unbound)
		complain("warning: it is not bound there: new memory can come from any node: %s",
			 placed->unbound);
	if (placed->left)
		complain("warning: %ld pages could not be moved", placed->left);
}

int vm_place(char **argv)
{
	static const char *const words[] = { "node", "auto", NULL };
	const char *name = argv[0];
	struct placed placed = { };
	char why[WHY_SIZE];
	uint32_t number = 0;
	struct vm_facts vm;
	bool automatic;
	int ret;

	if (!name)
		die_usage("vm place: the VM's name is missing");
	if (!argv[1])
		die_usage("vm place %s: say where: node N, or auto", name);
	argv += 2;
	automatic = find_word("place", argv[-1], words);
	if (!automatic)
		number = need_number("node", *argv++);
	if (*argv)
		die_usage("vm place %s: unexpected argument '%s'", name, *argv);
	ret = lookup_need(name, &vm);
	if (ret == EXIT_OK && !automatic)
		ret = need_node(number);
	if (ret != EXIT_OK)
		return ret;
	if (place_vm(&vm, automatic ? PLACE_AUTO : (int)number, &placed, why)) {
		print_placed(name, &placed);
		return EXIT_OK;
	}
	complain("%s", why);
	return EXIT_REFUSED;
}
