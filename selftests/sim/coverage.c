// SPDX-License-Identifier: GPL-2.0
/* Counts states and transitions between them; see coverage.h. */
#include "module.h"

#include "coverage.h"
#include "tap.h"

#define BIT_OF(state) (1U << (state))

/* The aspects of a VM, then those of a node's ledger. */
enum { LIFE, DRIVER, STATUS, GRANT, REACTION, VM_ASPECTS, LEDGER = VM_ASPECTS, PROMISES, ASPECTS };

enum { SETTLED, TAKING, WAITING, NO_GRANT };
enum { SPARE, FULL, DEBT, OVERDRAWN };

static struct sim_aspect aspects[ASPECTS] = {
	[LIFE] = {
		"life of a VM", 6,
		{ "defined", "starting", "running", "restarting", "paused", "away" },
		.never = {
			[DYNMEM_VM_STATE_DEFINED] = BIT_OF(DYNMEM_VM_STATE_RUNNING) |
						    BIT_OF(DYNMEM_VM_STATE_RESTARTING) |
						    BIT_OF(DYNMEM_VM_STATE_PAUSED) |
						    BIT_OF(DYNMEM_VM_STATE_AWAY),
			[DYNMEM_VM_STATE_STARTING] = BIT_OF(DYNMEM_VM_STATE_RESTARTING) |
						     BIT_OF(DYNMEM_VM_STATE_PAUSED) |
						     BIT_OF(DYNMEM_VM_STATE_AWAY),
			[DYNMEM_VM_STATE_RUNNING] = BIT_OF(DYNMEM_VM_STATE_STARTING) |
						    BIT_OF(DYNMEM_VM_STATE_PAUSED),
			/* The simulator unplugs no device while the guest restarts. */
			[DYNMEM_VM_STATE_RESTARTING] = BIT_OF(DYNMEM_VM_STATE_STARTING) |
						       BIT_OF(DYNMEM_VM_STATE_PAUSED) |
						       BIT_OF(DYNMEM_VM_STATE_AWAY),
			/* PAUSED is only shown in place of the VM's state, so no VM has it. */
			[DYNMEM_VM_STATE_PAUSED] = ~0U,
			[DYNMEM_VM_STATE_AWAY] = BIT_OF(DYNMEM_VM_STATE_STARTING) |
						 BIT_OF(DYNMEM_VM_STATE_RESTARTING) |
						 BIT_OF(DYNMEM_VM_STATE_PAUSED),
		},
	},
	[DRIVER] = {
		"driver of a VM", 4, { "none", "standard", "dynmem", "detached" },
		.never = {
			[DYNMEM_DRIVER_NONE] = BIT_OF(DYNMEM_DRIVER_DETACHED),
			/*
			 * A VMM resets the device before closing it, so DETACHED comes before NONE.
			 */
			[DYNMEM_DRIVER_STANDARD] = BIT_OF(DYNMEM_DRIVER_DYNMEM) |
						BIT_OF(DYNMEM_DRIVER_NONE),
			[DYNMEM_DRIVER_DYNMEM] = BIT_OF(DYNMEM_DRIVER_STANDARD) |
						 BIT_OF(DYNMEM_DRIVER_NONE),
		},
	},
	[STATUS] = { "status of a VM", 4, { "unknown", "OK", "Low", "Warning" } },
	[GRANT] = {
		"grant of a vnode", 4, { "at target", "taking", "waiting", "none" },
		.never = { [NO_GRANT] = BIT_OF(TAKING) | BIT_OF(WAITING) },
	},
	[REACTION] = {
		"orders to a vnode", 3, { "OK", "inactive", "uncoop." },
		.never = {
			[DYNMEM_REACTION_OK] = BIT_OF(DYNMEM_REACTION_UNCOOPERATIVE),
			[DYNMEM_REACTION_UNCOOPERATIVE] = BIT_OF(DYNMEM_REACTION_INACTIVE),
		},
	},
	[LEDGER] = {
		"ledger of a node", 4, { "spare", "full", "debt", "overdrawn" },
	},
	[PROMISES] = {
		"promises on a node", 2, { "none", "collecting" },
	},
};

enum { AT_ONCE, LATER, REFUSED_AT_ONCE, REFUSED_LATER, KILLED, OUTCOMES };

static struct { const char *name; u64 count; } outcomes[OUTCOMES] = {
	[AT_ONCE] = { "admitted at once" },
	[LATER] = { "admitted after a wait" },
	[REFUSED_AT_ONCE] = { "refused at once" },
	[REFUSED_LATER] = { "refused when its time was up" },
	[KILLED] = { "killed while it waited" },
};

struct track {
	u8 at[VM_ASPECTS];
	u64 since_ms;		/* when the VM began to wait for admission; 0: it does not wait */
};

static void (*next_decision)(const struct dynmem_plan *plan, bool ends);
static void (*next_event)(const struct dynmem_event *event);
static struct sim_world *world;
static struct track *vms;
static u8 nodes[SIM_NODES][2];
static u64 phases[SIM_KINDS][SIM_PHASES];

static void become(unsigned int aspect, u8 *at, u8 state)
{
	aspects[aspect].count[*at][state]++;
	*at = state;
}

static u8 grant_of(const struct dynmem_vm *vm)
{
	const struct dynmem_vnode *v = &vm->vnode[0];

	if (!vm->books.admitted_ms)
		return NO_GRANT;
	return v->target < v->granted ? TAKING : v->target > v->granted ? WAITING : SETTLED;
}

static void look_at_vm(const struct sim_guest *g)
{
	const struct dynmem_vm *vm = sim_vm(g);
	struct track *t = &vms[g->id];

	become(LIFE, &t->at[LIFE], vm ? vm->state : DYNMEM_VM_STATE_DEFINED);
	become(DRIVER, &t->at[DRIVER], vm ? vm->driver : DYNMEM_DRIVER_NONE);
	become(STATUS, &t->at[STATUS], vm ? vm->status : DYNMEM_STATUS_UNKNOWN);
	become(GRANT, &t->at[GRANT], vm ? grant_of(vm) : NO_GRANT);
	become(REACTION, &t->at[REACTION], vm ? vm->vnode[0].pacing.reaction : DYNMEM_REACTION_OK);
}

static void look_at_node(unsigned int n)
{
	const struct dynmem_ledger *l = &dynmem_nodes[n].ledger;
	u8 state = SPARE;

	if (l->minimums + l->overhead > l->capacity)
		state = OVERDRAWN;
	else if (l->charge + l->overhead > l->capacity)
		state = DEBT;
	else if (l->charge + l->promised + l->overhead + SIM_BLOCK > l->capacity)
		state = FULL;
	become(LEDGER, &nodes[n][0], state);
	become(PROMISES, &nodes[n][1], l->promised != 0);
}

static void decision(const struct dynmem_plan *plan)
{
	unsigned int i;

	for (i = 0; i < plan->nr_vms; i++) {
		const struct sim_guest *g = sim_vm_guest(plan->vm[i]);
		struct track *t = &vms[g->id];

		look_at_vm(g);
		if (plan->vm[i]->books.start && !t->since_ms)
			t->since_ms = world->now_ms;
	}
	for (i = 0; i < world->nodes; i++)
		look_at_node(i);
}

static void each_decision(const struct dynmem_plan *plan, bool ends)
{
	if (next_decision)
		next_decision(plan, ends);
	decision(plan);
}

/* Counts states of VMs that change between two decisions. Each such change raises an event. */
static void each_event(const struct dynmem_event *event)
{
	unsigned int id;

	if (next_event)
		next_event(event);

	if (event->kind == DYNMEM_EVENT_STATE && event->vm &&
	    sscanf(event->vm, "vm%u", &id) == 1 && sim_vm(&world->guest[id]))
		look_at_vm(&world->guest[id]);
}

/* Counts how a VM's wait for admission ended. */
static void look_at_start(const struct sim_guest *g)
{
	struct track *t = &vms[g->id];
	bool at_once = world->now_ms - t->since_ms < 1000;

	if (!t->since_ms || g->phase == SIM_WAITING)
		return;
	if (g->phase != SIM_OFF)
		outcomes[at_once ? AT_ONCE : LATER].count++;
	else if (g->killed_waiting)
		outcomes[KILLED].count++;
	else
		outcomes[at_once ? REFUSED_AT_ONCE : REFUSED_LATER].count++;
	t->since_ms = 0;
}

void sim_coverage_step(struct sim_world *w)
{
	unsigned int i;

	for (i = 0; i < w->nr_guests; i++) {
		const struct sim_guest *g = &w->guest[i];

		look_at_vm(g);
		look_at_start(g);
		if (g->kind)
			phases[g->kind - sim_kinds][g->phase]++;
	}
}

void sim_coverage_begin(struct sim_world *w)
{
	unsigned int i;

	world = w;
	vms = calloc(w->nr_guests, sizeof(*vms));
	if (!vms)
		abort();
	for (i = 0; i < w->nr_guests; i++)
		vms[i].at[GRANT] = NO_GRANT;
	memset(nodes, 0, sizeof(nodes));
	next_decision = sim_host_decision;
	sim_host_decision = each_decision;
	next_event = sim_host_event;
	sim_host_event = each_event;
}

void sim_coverage_end(void)
{
	sim_host_decision = next_decision;
	sim_host_event = next_event;
	free(vms);
	vms = NULL;
}

static void report_aspect(const struct sim_world *w, const struct sim_aspect *a, u64 least)
{
	char line[128];
	unsigned int from, to;
	int len;

	len = snprintf(line, sizeof(line), "%-18s", a->name);
	for (to = 0; to < a->states; to++)
		len += snprintf(line + len, sizeof(line) - len, "%12s", a->state[to]);
	sim_note("%s", line);
	for (from = 0; from < a->states; from++) {
		len = snprintf(line, sizeof(line), "  from %-11s", a->state[from]);
		for (to = 0; to < a->states; to++) {
			bool never = a->never[from] & BIT_OF(to);
			u64 n = a->count[from][to];

			if (never && !n)
				len += snprintf(line + len, sizeof(line) - len, "%12s", "-");
			else
				len += snprintf(line + len, sizeof(line) - len, "%12llu", n);
			if (never ? n > 0 : n < least)
				sim_fail(w, "coverage", "%s: from %s to %s %llu times", a->name,
					 a->state[from], a->state[to], n);
		}
		sim_note("%s", line);
	}
}

static void report_kinds(const struct sim_world *w, u64 least)
{
	static const char * const names[SIM_PHASES] = {
		"off", "waiting", "booting", "up", "detached", "paused", "stuck", "away", "dead",
	};
	unsigned int kind, phase;
	char line[128];
	int len;

	len = snprintf(line, sizeof(line), "%-12s", "guests: steps");
	for (phase = 0; phase < SIM_PHASES; phase++)
		len += snprintf(line + len, sizeof(line) - len, "%10s", names[phase]);
	sim_note("%s", line);
	for (kind = 0; kind < SIM_KINDS; kind++) {
		u64 all = 0;

		len = snprintf(line, sizeof(line), "  %-11s", sim_kinds[kind].name);
		for (phase = 0; phase < SIM_PHASES; phase++) {
			len += snprintf(line + len, sizeof(line) - len, "%10llu",
					phases[kind][phase]);
			all += phases[kind][phase];
		}
		sim_note("%s", line);
		if (all < least)
			sim_fail(w, "coverage", "%s guests: %llu steps", sim_kinds[kind].name, all);
	}
}

void sim_coverage_report(const struct sim_world *w, u64 least)
{
	unsigned int i;

	for (i = 0; i < ASPECTS; i++)
		report_aspect(w, &aspects[i], least);
	sim_note("starts");
	for (i = 0; i < OUTCOMES; i++) {
		sim_note("  %-30s%10llu", outcomes[i].name, outcomes[i].count);
		if (outcomes[i].count < least)
			sim_fail(w, "coverage", "starts: %s %llu times", outcomes[i].name,
				 outcomes[i].count);
	}
	report_kinds(w, least);
}
