// SPDX-License-Identifier: GPL-2.0
/* placement: when the agent places a VM with "place auto"; see placement.h. */
#include <stdio.h>
#include <stdlib.h>

#include "clock.h"
#include "json.h"
#include "output.h"
#include "place.h"
#include "placement.h"
#include "process.h"
#include "runfile.h"

#define RUNS_SECONDS	10	/* least age of a VMM, so that its CPUs have run for a while */
#define DEBT_MS		10000LL	/* time that debt has to last before a VM is moved again */
#define AGAIN_MS	600000LL	/* least time between two moves */
#define RETRY_MS	60000LL	/* least time from a try that moved nothing to the next try */

bool placement_look(struct placement *placement, char *why)
{
	struct node_facts *nodes;
	size_t nr, i;

	if (!lookup_nodes(&nodes, &nr, why))
		return false;
	for (i = 0; i < nr; i++) {
		int64_t *since = &placement->since[nodes[i].node % ARRAY_SIZE(placement->since)];

		/* Only debt of ordinary memory makes the agent move VMs, not debt of pools. */
		if (nodes[i].page != ordinary_page())
			continue;
		if (!nodes[i].debt)
			*since = 0;
		else if (!*since)
			*since = clock_ms();
	}
	free(nodes);
	return true;
}

/* Whether a node that has memory of the VM has been in debt for DEBT_MS. */
static bool debt_lasts(const struct placement *placement, const struct vm_facts *vm)
{
	int64_t since;
	size_t i;

	for (i = 0; i < vm->nr_parts; i++) {
		since = placement->since[vm->part[i].node % ARRAY_SIZE(placement->since)];
		if (vm->part[i].charge && since && clock_ms() - since >= DEBT_MS)
			return true;
	}
	return false;
}

bool placement_is_due(const struct placement *placement, const struct vm_facts *vm)
{
	uint64_t start = process_start(vm->pid);
	struct json_object *json;
	bool same, moved;
	int64_t ago;

	if (vm->place != DYNMEM_PLACE_AUTO ||
	    (vm->state != DYNMEM_VM_STATE_RUNNING && vm->state != DYNMEM_VM_STATE_RESTARTING))
		return false;
	if (process_age(start) < RUNS_SECONDS)
		return false;
	json = runfile_read(vm->name, "place");
	same = json && json_number(json, "pid") == vm->pid &&
	       json_number(json, "start") == (int64_t)start;
	moved = json_number(json, "moved");
	ago = clock_ms() - json_number(json, "time");
	json_object_put(json);
	/*
	 * A VM that is not floating is bound to nodes. If no agent has bound it, the operator has.
	 * The agent does not move such a VM.
	 */
	if (!vm->floating && !(same && moved))
		return false;
	if (!same)
		return true;
	return moved ? ago >= AGAIN_MS && debt_lasts(placement, vm) : ago >= RETRY_MS;
}

static bool placement_note(const struct vm_facts *vm, bool moved, char *why)
{
	struct json_object *json = json_object_new_object();

	json_add_number(json, "pid", vm->pid);
	json_add_number(json, "start", process_start(vm->pid));
	json_add_number(json, "time", clock_ms());
	json_add_number(json, "moved", moved);
	return runfile_write(vm->name, "place", json, why);
}

void placement_do(const struct vm_facts *vm, char *why)
{
	char ignored[WHY_SIZE];
	struct placed placed;

	/* If the agent is killed before the second note, the next agent places the VM once more. */
	if (!placement_note(vm, false, why) || !place_vm(vm, PLACE_AUTO, &placed, why))
		return;
	placement_note(vm, true, ignored);
	printf("%s is on node %d: %s\n", vm->name, placed.node, placed.reason);
	if (*placed.unbound)
		why_set(why, "it was moved to node %d, but is not bound there: %s", placed.node,
			placed.unbound);
}
