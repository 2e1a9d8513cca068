// SPDX-License-Identifier: GPL-2.0
/* events_node: the events about nodes in debt. */
#include <linux/kernel.h>

#include "control/events_node.h"
#include "event.h"
#include "sharing/holders.h"
#include "sharing/node.h"
#include "sharing/plan.h"
#include "vm/vm.h"

/* The least number of ticks between two events about a debt that does not fall. */
#define STUCK_TICKS	10
/*
 * The host's own use varies a little all the time. So a debt of at most dynmem_pacing_slack()
 * raises an event only after this many ticks. If minimums and overhead exceed capacity by at most
 * dynmem_pacing_slack(), the node is shown as overdrawn, but there is no event.
 */
#define SMALL_TICKS	5

static const char * const cause_words[] = {
	[DYNMEM_DEBT_HOST] = "the host's own growth",
	[DYNMEM_DEBT_RESIDENT] = "guests above their grants",
	[DYNMEM_DEBT_OVERHEAD] = "VMMs",
	[DYNMEM_DEBT_RESERVE] = "capacity set lower",
	[DYNMEM_DEBT_PLACED] = "floating memory",
};

static void tell_causes(int nid, const struct dynmem_ledger *ledger)
{
	char text[160] = "";
	int i, len = 0;

	for (i = 0; i < DYNMEM_DEBT_CAUSES; i++)
		if (ledger->debt[i])
			len += scnprintf(text + len, sizeof(text) - len, "%s%s %lluM",
					 len ? ", " : "", cause_words[i], ledger->debt[i] >> 20);
	dynmem_event(DYNMEM_EVENT_DEBT, NULL, nid, dynmem_ledger_debt(ledger),
		     "node %s: in debt, charged %lluM of a capacity of %lluM: %s",
		     dynmem_nodes[nid].name, ledger->charge >> 20, ledger->capacity >> 20, text);
}

/*
 * If floating memory has put a node in debt, raises an event. The event names the VM with the most
 * floating memory on the node, and a command that moves that VM.
 */
static void tell_floating(const struct dynmem_plan *plan, int nid,
			  const struct dynmem_ledger *ledger)
{
	int to = dynmem_node_roomiest(dynmem_pool_of(nid));
	const struct dynmem_vm *most = NULL;
	unsigned int i;
	u64 bytes = 0;

	if (ledger->debt[DYNMEM_DEBT_PLACED] <= dynmem_pacing_slack(ledger->capacity) || to == nid)
		return;
	for (i = 0; i < plan->nr_vms; i++) {
		u64 floats = dynmem_node_floats(plan->vm[i], nid);

		if (floats > bytes) {
			bytes = floats;
			most = plan->vm[i];
		}
	}
	if (most)
		dynmem_event(DYNMEM_EVENT_DEBT, NULL, nid, ledger->debt[DYNMEM_DEBT_PLACED],
			     "node %s: %lluM of %s are bound to no node, node %s has %lluM spare: `dmctl vm place %s node %d` moves them and keeps them there",
			     dynmem_nodes[nid].name, bytes >> 20, most->name, dynmem_nodes[to].name,
			     dynmem_ledger_spare(&dynmem_nodes[to].ledger) >> 20, most->name,
			     dynmem_pool_host(to));
}

/* Bytes that a VM holds above its minimum on node @nid. */
static u64 vm_above_minimum(const struct dynmem_vm *vm, const void *nid)
{
	const struct dynmem_holding *h = &vm->books.holding[*(const int *)nid];

	return dynmem_above(dynmem_holding_charge(h), h->minimum);
}

static void tell_holders(const struct dynmem_plan *plan, int nid,
			 const struct dynmem_ledger *ledger)
{
	char text[256];

	if (!dynmem_holders_name(plan, NULL, vm_above_minimum, &nid, text, sizeof(text)))
		scnprintf(text, sizeof(text), " nobody");
	dynmem_event(DYNMEM_EVENT_DEBT, NULL, nid, dynmem_ledger_debt(ledger),
		     "node %s: a debt of %lluM does not fall; above minimum:%s",
		     dynmem_nodes[nid].name, dynmem_ledger_debt(ledger) >> 20, text);
}

static void tell_overdrawn(int nid, const struct dynmem_ledger *ledger,
			   struct dynmem_node_last_reported *last)
{
	bool overdrawn = dynmem_ledger_overdrawn(ledger);
	u64 over = dynmem_above(ledger->minimums + ledger->overhead, ledger->capacity);

	if (overdrawn == last->overdrawn ||
	    (overdrawn && over <= dynmem_pacing_slack(ledger->capacity)))
		return;
	last->overdrawn = overdrawn;
	dynmem_event(DYNMEM_EVENT_DEBT, NULL, nid, dynmem_ledger_debt(ledger),
		     "node %s: %s, minimums of %lluM and a capacity of %lluM",
		     dynmem_nodes[nid].name,
		     overdrawn ? "overdrawn: no VM can start" : "not overdrawn any more",
		     ledger->minimums >> 20, ledger->capacity >> 20);
}

static void tell_debt(const struct dynmem_plan *plan, int nid,
		      const struct dynmem_ledger *ledger, struct dynmem_node_last_reported *last)
{
	u64 debt = dynmem_ledger_debt(ledger);

	if (plan->tick)
		last->ticks = debt ? last->ticks + 1 : 0;
	if (!last->indebted && debt &&
	    (debt > dynmem_pacing_slack(ledger->capacity) || last->ticks >= SMALL_TICKS)) {
		last->indebted = true;
		tell_causes(nid, ledger);
		tell_floating(plan, nid, ledger);
	} else if (last->indebted && !debt && plan->tick) {
		/* Checked only at ticks, since debt may end and return between two ticks. */
		last->indebted = false;
		dynmem_event(DYNMEM_EVENT_DEBT, NULL, nid, 0,
			     "node %s: debt is paid, charged %lluM of a capacity of %lluM",
			     dynmem_nodes[nid].name, ledger->charge >> 20, ledger->capacity >> 20);
	}
}

/*
 * Called once a tick. If debt does not fall, raises an event that names the VMs that hold the most
 * memory above their minimums.
 */
static void tell_stuck_debt(const struct dynmem_plan *plan, int nid, struct dynmem_ledger *ledger,
			    struct dynmem_node_last_reported *last)
{
	bool stuck = dynmem_ledger_tick(ledger);

	if (!last->indebted) {
		last->quiet = 0;
	} else if (last->quiet) {
		last->quiet--;
	} else if (stuck) {
		last->quiet = STUCK_TICKS - 1;
		tell_holders(plan, nid, ledger);
		tell_floating(plan, nid, ledger);
	}
}

void dynmem_debt_tell(const struct dynmem_plan *plan)
{
	int nid;

	for_each_dynmem_node(nid) {
		struct dynmem_ledger *ledger = &dynmem_nodes[nid].ledger;
		struct dynmem_node_last_reported *last = &dynmem_nodes[nid].last_reported;

		tell_debt(plan, nid, ledger, last);
		tell_overdrawn(nid, ledger, last);
		if (plan->tick)
			tell_stuck_debt(plan, nid, ledger, last);
	}
}
