// SPDX-License-Identifier: GPL-2.0
/*
 * Measures how long a whole decision takes on a full host of one node, where 1000 VMs run and 1000
 * others wait to start. The module's own code decides; see selftests/unit/world.h. Prints one JSON
 * row in the format of policy.c's rows, with no comma before or after the row. The time is CPU
 * time, the median of many decisions.
 */
#define GUESTS 2000
#include "../../unit/world.h"

#include "sample.h"

#define RUN 1000
#define ROUNDS 51
#define GOAL_US 5000
#define SIZE 0.0625	/* RAM of each VM, GiB */

static double decide(struct dynmem_plan_arrays *memory)
{
	static struct dynmem_vm *vms[GUESTS];
	struct dynmem_plan plan = { .arrays = memory, .vm = vms, .tick = true };
	double began;
	unsigned int i;

	unit_now_ms += STEP_MS;
	plan.now_ms = unit_now_ms;
	for (i = 0; i < GUESTS; i++) {
		u64 figures[NODES_MAX] = { 0 };

		if (!guest[i].attached)
			continue;
		dynmem_node_measured(&guest[i].vm, figures, 0, 0);
		vms[plan.nr_vms++] = &guest[i].vm;
	}
	began = sample_now();
	dynmem_plan_begin(&plan);
	dynmem_admit_consider(&plan);
	dynmem_plan_decide(&plan, balance);
	return sample_now() - began;
}

static void measure(void)
{
	struct dynmem_plan_arrays *memory = dynmem_plan_arrays_alloc(GUESTS);
	double seconds[ROUNDS], middle;
	unsigned int i, waiting = 0;

	for (i = 0; i < ROUNDS; i++)
		seconds[i] = decide(memory);
	middle = sample_median(seconds, ROUNDS);
	for (i = 0; i < GUESTS; i++)
		waiting += !!guest[i].vm.books.start;
	if (waiting != GUESTS - RUN)
		exit(1);
	printf("{\"name\": \"a decision, %u VMs that wait to start beside %u\", \"ours\": %.7f, ",
	       waiting, RUN, middle);
	printf("\"unit\": \"s\", \"ns_per_vm\": %.1f, \"ns_per_share\": %.1f, ",
	       middle * 1e9 / GUESTS, middle * 1e9 / GUESTS);
	printf("\"peer\": null, \"ratio\": null, \"goal\": %.4f, \"met\": %s}\n", GOAL_US / 1e6,
	       middle < GOAL_US / 1e6 ? "true" : "false");
	exit(0);
}

/*
 * Starts the next VM. start() waits until its VM is admitted, and calls this function while it
 * waits. When all VMs wait, the next call measures and ends the program.
 */
static void start_next(void)
{
	static unsigned int next = RUN;
	unsigned int i = next++;

	if (i == GUESTS)
		measure();
	define(i, SIZE, SIZE / 2, SIZE, 1 + i * 7 % 10000);
	start(i);
}

int main(void)
{
	unsigned int i;

	begin(1);
	host_use = 0;
	present = RUN * GIB(SIZE) + GIB(4);
	for (i = 0; i < RUN; i++) {
		struct dynmem_vm *vm = &guest[i].vm;

		define(i, SIZE, SIZE / 2, SIZE, 1 + i * 7 % 10000);
		guest[i].attached = true;
		vm->books.admitted_ms = unit_now_ms;
		vm->books.settled_ms = 1;
		vm->demand.reported_ms = unit_now_ms + (u64)ROUNDS * STEP_MS;
		vm->state = DYNMEM_VM_STATE_RUNNING;
		vm->driver = DYNMEM_DRIVER_DYNMEM;
		vm->vnode[0].granted = GIB(SIZE);
		vm->vnode[0].target = GIB(SIZE);
		vm->demand.figures = (struct dynmem_figures){
			.vnodes = 1, .total = GIB(SIZE), .anon = MIB(8),
		};
	}
	/*
	 * If all running VMs shrink to their minimums, there is enough capacity for any single
	 * start, but not for all starts together.
	 */
	dynmem_nodes[0].host.capacity = RUN * GIB(SIZE);
	dynmem_nodes[0].host.measured = present;
	dynmem_nodes[0].ledger.capacity = RUN * GIB(SIZE);
	meanwhile = start_next;
	start_next();
	return 0;
}
