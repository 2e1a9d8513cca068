// SPDX-License-Identifier: GPL-2.0
/* Static VMs whose startup memory is changed while they run. */
#include "module.h"

#include "control/define.h"
#include "invariants.h"
#include "tap.h"

#define SECOND	1000ULL

static struct sim_world w;

/*
 * Boots a host with 3 GiB for VMs. Starts a static guest of 1 GiB, and a dynamic guest of @weight
 * whose programs need @needs_gib GiB.
 */
static void begin(enum sim_kind_id kind, double needs_gib, u32 weight)
{
	unsigned int i;

	w = (struct sim_world){
		.controller = &sim_dynmem, .seed = 11, .step_ms = 100, .nodes = 1,
		.node[0] = { .present = GIB(8), .wants = GIB(4) }, .reserve = GIB(1),
	};
	sim_world_begin(&w, 2);
	sim_invariants_begin(&w);
	w.watch = sim_invariants_step;
	sim_world_guest(&w, 0, kind, 1, 1, 1, 0)->dynamic = false;
	sim_world_guest(&w, 1, SIM_IDEAL, 0.5, 0.25, 3, 0)->trace.low = GIB(needs_gib);
	w.guest[1].weight = weight;
	for (i = 0; i < 2; i++)
		sim_guest_start(&w, &w.guest[i]);
	sim_world_pass(&w, 90 * SECOND);
}

/*
 * Changes the startup memory of the static guest to @gib GiB, and lets @seconds pass. Fails unless
 * the change returned @wanted, and @has GiB are granted and exposed.
 */
static void resize(const char *when, double gib, unsigned int seconds, int wanted, double has)
{
	struct dynmem_settings set = { .startup = GIB(gib) };
	u64 exposed, granted;
	int ret;

	ret = dynmem_vm_set(sim_vm(&w.guest[0])->name, &set, BIT(DYNMEM_A_VM_STARTUP), NULL);
	sim_world_pass(&w, seconds * SECOND);
	exposed = sim_guest_exposed(&w.guest[0]);
	granted = sim_granted(&w.guest[0]);
	if (ret != wanted || exposed != GIB(has) || granted != GIB(has))
		sim_fail(&w, "resize", "%s: %d, granted %llu MiB, exposed %llu", when, ret,
			 granted >> 20, exposed >> 20);
}

static void spare_memory(void)
{
	begin(SIM_IDEAL, 0.5, 5000);
	resize("smaller", 0.5, 5, 0, 0.5);
	resize("smaller than a guest can be", 0.03125, 0, -ERANGE, 0.5);
	resize("more than RAM", 1.25, 0, -EBUSY, 0.5);
	resize("as before", 1, 1, 0, 1);
	sim_invariants_end(&w);
}

/*
 * When the static guest gets smaller, the dynamic guest gets the memory. The static guest can have
 * the memory back from a VM of lower weight, but not from the demand of a VM of higher weight.
 */
static void memory_of_others(void)
{
	begin(SIM_IDEAL, 2, 1000);
	resize("smaller", 0.5, 60, 0, 0.5);
	resize("from the buffer of a lower weight", 1, 3, 0, 1);
	sim_invariants_end(&w);

	begin(SIM_IDEAL, 2.25, 8000);
	resize("smaller", 0.5, 60, 0, 0.5);
	resize("not from the demand of a higher weight", 1, 3, -ENOMEM, 0.5);
	sim_invariants_end(&w);
}

static void drivers(void)
{
	begin(SIM_STANDARD, 0.5, 5000);
	resize("a standard driver", 0.5, 20, 0, 0.5);
	sim_invariants_end(&w);

	begin(SIM_DRIVERLESS, 0.5, 5000);
	resize("no driver", 0.5, 0, -EBUSY, 1);
	sim_invariants_end(&w);
}

const struct sim_test sim_resize_tests[] = {
	{ "resize: a static VM gets smaller, and larger from spare memory", spare_memory },
	{ "resize: all of it from others by weight, or nothing", memory_of_others },
	{ "resize: with a driver only", drivers },
	{ NULL, NULL },
};
