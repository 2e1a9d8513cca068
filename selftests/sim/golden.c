// SPDX-License-Identifier: GPL-2.0
/*
 * Examples of Documentation/sharing.rst, end to end: guests report figures that yield the demands
 * of the example, the host module decides, and memory moves. unit/test_share.c checks only the
 * arithmetic of such examples.
 */
#include "module.h"

#include "invariants.h"
#include "tap.h"

#define VMS 3

/* One VM of an example; memory is in GiB, buffer in percent. If @ram is 0, @maximum is its RAM. */
struct golden_vm {
	double minimum, maximum, ram, demand;
	u32 buffer, weight;
	double expected;
	u32 status;
	u32 pressure;		/* percent; 0: not checked */
};

struct golden {
	const char *name;
	double capacity;	/* GiB, without the reserve */
	bool relative;
	struct golden_vm vm[VMS];
};

/*
 * The smallest buffer that can be set is 5 %. In the examples with 5 % there is no memory left for
 * buffers.
 */
static const struct golden goldens[] = {
	{ "strict: the heavy one's demand, the others at what is left", 10, false, {
		{ 1, 16, 0, 6, 5, 8000, 6, DYNMEM_STATUS_LOW },
		{ 1, 16, 0, 4, 5, 5000, 2, DYNMEM_STATUS_WARNING },
		{ 1, 16, 0, 4, 5, 5000, 2, DYNMEM_STATUS_WARNING } } },
	{ "relative: above minimum in proportion to weight", 10, true, {
		{ 1, 16, 0, 6, 5, 8000, 4.11, DYNMEM_STATUS_WARNING },
		{ 1, 16, 0, 4, 5, 5000, 2.94, DYNMEM_STATUS_WARNING },
		{ 1, 16, 0, 4, 5, 5000, 2.94, DYNMEM_STATUS_WARNING } } },
	{ "demand above maximum", 10, false, {
		{ 1, 4, 16, 6, 20, 5000, 4, DYNMEM_STATUS_WARNING, 150 } } },
	{ "demand below minimum", 10, false, {
		{ 1, 4, 0, 0.2, 20, 5000, 1, DYNMEM_STATUS_OK } } },
	{ "RAM below maximum: the rest goes to others", 8, false, {
		{ 1, 4, 2, 3, 20, 5000, 2, DYNMEM_STATUS_WARNING },
		{ 1, 16, 0, 9, 20, 5000, 6, DYNMEM_STATUS_WARNING } } },
	{ "equal weights share", 5, false, {
		{ 1, 64, 0, 2, 5, 5000, 2, DYNMEM_STATUS_LOW },
		{ 1, 64, 0, 9, 5, 5000, 3, DYNMEM_STATUS_WARNING } } },
	{ "claiming more does not pay", 5, false, {
		{ 1, 64, 0, 2, 5, 5000, 2, DYNMEM_STATUS_LOW },
		{ 1, 64, 0, 33, 5, 5000, 3, DYNMEM_STATUS_WARNING } } },
	{ "relative: equal weights share as well", 5, true, {
		{ 1, 64, 0, 2, 5, 5000, 2, DYNMEM_STATUS_LOW },
		{ 1, 64, 0, 9, 5, 5000, 3, DYNMEM_STATUS_WARNING } } },
	{ "enough: every VM has what it desires, the rest stays with the host", 10, false, {
		{ 1, 16, 0, 4, 20, 8000, 4.8, DYNMEM_STATUS_OK },
		{ 1, 16, 0, 2, 20, 5000, 2.4, DYNMEM_STATUS_OK } } },
	{ "a light one's demand comes before a heavy one's buffer", 6.5, false, {
		{ 1, 16, 0, 4, 20, 8000, 4.5, DYNMEM_STATUS_LOW },
		{ 1, 16, 0, 2, 20, 5000, 2, DYNMEM_STATUS_LOW } } },
};

/* Boots a host with @capacity GiB for VMs. */
static void begin(struct sim_world *w, double capacity, bool relative, unsigned int guests)
{
	*w = (struct sim_world){
		.controller = &sim_dynmem, .seed = 1, .step_ms = 100, .nodes = 1,
		.node[0] = { .present = GIB(64), .wants = GIB(64) - GIB(1) - GIB(capacity) },
		.reserve = GIB(1), .relative = relative,
	};
	sim_world_begin(w, guests);
	sim_invariants_begin(w);
	w->watch = sim_invariants_step;
}

/* Defines a guest with the demand of @vm: the floor for its kernel, and the rest for programs. */
static struct sim_guest *guest(struct sim_world *w, unsigned int i, const struct golden_vm *vm)
{
	struct sim_guest *g = sim_world_guest(w, i, SIM_IDEAL, vm->minimum, vm->minimum,
					      vm->ram ? vm->ram : vm->maximum, 0);

	g->maximum = GIB(vm->maximum);
	g->buffer = vm->buffer;
	g->weight = vm->weight;
	g->boot_ms = 1000;
	g->exact = true;
	g->kernel = 0;
	g->trace.low = dynmem_above(GIB(vm->demand), dynmem_demand_floor(g->startup));
	return g;
}

/*
 * Whether @bytes differ from @gib GiB by at most 1 % or two blocks, whichever is more. Decisions
 * may leave such a difference.
 */
static bool is_about(u64 bytes, double gib)
{
	u64 near = max(2 * SIM_BLOCK, GIB(gib) / 100);

	return bytes + near >= GIB(gib) && bytes <= GIB(gib) + near;
}

static void play(const struct golden *golden)
{
	struct sim_world w;
	unsigned int i, n;

	for (n = 0; n < VMS && golden->vm[n].maximum; n++)
		;
	begin(&w, golden->capacity, golden->relative, n);
	for (i = 0; i < n; i++)
		sim_guest_start(&w, guest(&w, i, &golden->vm[i]));
	sim_world_pass(&w, 180000);
	for (i = 0; i < n && !sim_failed; i++) {
		const struct golden_vm *vm = &golden->vm[i];
		const struct sim_guest *g = &w.guest[i];
		u64 assigned = sim_own(g), demand = sim_vm(g)->demand.shown;

		if (!is_about(assigned, vm->expected))
			sim_fail(&w, golden->name, "VM %u has %.3f GiB instead of %.3f", i,
				 assigned / (double)GIB(1), vm->expected);
		if (!is_about(sim_guest_exposed(g) - sim_lent(g), vm->expected))
			sim_fail(&w, golden->name, "VM %u could touch %.3f GiB", i,
				 sim_guest_exposed(g) / (double)GIB(1));
		if (sim_vm(g)->status != vm->status)
			sim_fail(&w, golden->name, "VM %u has status %u", i, sim_vm(g)->status);
		if (vm->pressure && demand * 100 / assigned != vm->pressure)
			sim_fail(&w, golden->name, "VM %u has pressure %llu", i,
				 demand * 100 / assigned);
	}
	sim_invariants_end(&w);
}

static void play_all(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(goldens) && !sim_failed; i++)
		play(&goldens[i]);
	sim_note("%u examples", i);
}

/* Bytes that a start needs for the VMM itself. @ram is the RAM of the VM in GiB. */
static u64 overhead(double ram)
{
	return MIB(64) + GIB(ram) / 128;
}

static char refusal[256];

static void (*next_event)(const struct dynmem_event *event);

static void note_refusal(const struct dynmem_event *event)
{
	next_event(event);
	if (event->kind == DYNMEM_EVENT_REFUSED)
		snprintf(refusal, sizeof(refusal), "%s, lacks %lluM", event->text,
			 event->bytes >> 20);
}

/*
 * VMs can have 8 GiB, of which A has 4.8 and B has 2.4. Then C, at @weight, tries to start with 2.5
 * GiB.
 */
static void start_third(struct sim_world *w, u32 weight)
{
	static const struct golden_vm a = { 1, 16, 0, 4, 20, 8000 }, b = { 1, 16, 0, 2, 20, 5000 },
				      c = { 2.5, 4, 0, 2.5, 20, 0 };
	struct sim_guest *g;

	begin(w, 8 + overhead(4) / (double)GIB(1), false, VMS);
	sim_guest_start(w, guest(w, 0, &a));
	sim_guest_start(w, guest(w, 1, &b));
	sim_world_pass(w, 180000);
	if (!is_about(sim_own(&w->guest[0]), 4.8) || !is_about(sim_own(&w->guest[1]), 2.4))
		sim_fail(w, "start", "A has %llu MiB, B %llu", sim_own(&w->guest[0]) >> 20,
			 sim_own(&w->guest[1]) >> 20);
	g = guest(w, 2, &c);
	g->weight = weight;
	refusal[0] = '\0';
	next_event = sim_host_event;
	sim_host_event = note_refusal;
	sim_guest_start(w, g);
	sim_world_pass(w, 5000);
	/* Once C is admitted, the memory of its VMM counts as the host's own use. */
	if (g->phase != SIM_OFF && g->phase != SIM_WAITING)
		w->node[0].wants += overhead(4);
	sim_world_pass(w, 15000);
	sim_host_event = next_event;
}

static void light_start(void)
{
	struct sim_world w;
	unsigned long long lacks = 0;
	const char *at;

	start_third(&w, 1);
	at = strstr(refusal, ", lacks ");
	if (at)
		lacks = strtoull(at + 8, NULL, 10);
	if (w.guest[2].phase != SIM_OFF)
		sim_fail(&w, "start", "C was let in at weight 1");
	else if (lacks < 507 || lacks > 517)
		sim_fail(&w, "start", "0.5 GiB are missing, and it says: %s", refusal);
	sim_invariants_end(&w);
}

static void heavy_start(void)
{
	struct sim_world w;

	start_third(&w, 6000);
	if (w.guest[2].phase == SIM_OFF)
		sim_fail(&w, "start", "C was refused at weight 6000: %s", refusal);
	else if (!is_about(sim_own(&w.guest[0]), 4) || !is_about(sim_own(&w.guest[1]), 1.5) ||
		 sim_own(&w.guest[2]) != GIB(2.5))
		sim_fail(&w, "start", "A has %llu MiB, B %llu, C %llu",
			 sim_own(&w.guest[0]) >> 20, sim_own(&w.guest[1]) >> 20,
			 sim_own(&w.guest[2]) >> 20);
	else if (sim_vm(&w.guest[1])->status != DYNMEM_STATUS_WARNING)
		sim_fail(&w, "start", "B has status %u", sim_vm(&w.guest[1])->status);
	sim_invariants_end(&w);
}

/* A demand of 1000 MiB and a buffer of 20 % make 1200 MiB. */
static void buffer_is_added(void)
{
	static const struct golden_vm vm = { 0.25, 4, 0, 1000.0 / 1024, 20, 5000 };
	struct sim_world w;

	begin(&w, 8, false, 1);
	sim_guest_start(&w, guest(&w, 0, &vm));
	sim_world_pass(&w, 60000);
	if (!is_about(sim_own(&w.guest[0]), 1200.0 / 1024))
		sim_fail(&w, "buffer", "%llu MiB", sim_own(&w.guest[0]) >> 20);
	sim_invariants_end(&w);
}

const struct sim_test sim_golden_tests[] = {
	{ "golden: examples of sharing, end to end", play_all },
	{ "golden: 1000 MiB and a buffer of 20 % give 1200 MiB", buffer_is_added },
	{ "golden: a start at weight 1 is refused, and 0.5 GiB are missing", light_start },
	{ "golden: the same at weight 6000 takes a lower weight's demand", heavy_start },
	{ NULL, NULL },
};
