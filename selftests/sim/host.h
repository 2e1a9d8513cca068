/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The host as guests see it: its memory, the time, and the controller. guest.c uses this, and
 * world.c, in which time passes, uses both.
 */
#ifndef _SIM_HOST_H
#define _SIM_HOST_H

#include "policy/demand.h"
#include "sim.h"

struct sim_guest;
struct sim_world;

/**
 * struct sim_controller - who decides what guests may hold
 *
 * The real code is sim_dynmem (module.c); others can take its place. A controller writes
 * sim_vnode.target and calls sim_guest_started(); it reads settings (startup ... dynamic, ram,
 * node), figures that were reported, sim_vnode.ballooned, and what the host can see:
 * sim_guest_resident() and sim_node_free(). All else in a guest is the guest's own.
 *
 * @name: for tables
 * @begin: the host boots; the world has its nodes, no guest has started
 * @end: no guest is left
 * @run: time has passed (world.now_ms) and guests have lived; decide whatever is due
 * @start: a VMM attaches: answer with sim_guest_started(), at once or in a later run
 * @stop: a VMM lets go, in whatever state, also while it waits for an answer
 * @session: a driver (enum dynmem_driver) has come; @fresh: it is a new one and holds nothing
 * @reset: the device was reset; the driver is gone for now
 * @report: new figures
 * @moved: sim_vnode.ballooned has changed
 * @need: a vnode lacks so much that the guest is about to swap or kill; may be NULL
 */
struct sim_controller {
	const char *name;
	void (*begin)(struct sim_world *w);
	void (*end)(struct sim_world *w);
	void (*run)(struct sim_world *w);
	void (*start)(struct sim_world *w, struct sim_guest *g);
	void (*stop)(struct sim_world *w, struct sim_guest *g);
	void (*session)(struct sim_world *w, struct sim_guest *g, int driver, bool fresh);
	void (*reset)(struct sim_world *w, struct sim_guest *g);
	void (*report)(struct sim_world *w, struct sim_guest *g, const struct dynmem_figures *f);
	void (*moved)(struct sim_world *w, struct sim_guest *g);
	void (*need)(struct sim_world *w, struct sim_guest *g, unsigned int vnode, u64 bytes);
};

/*
 * A host node, bytes. @use: the host's own, which cannot be dropped; guests' memory is not in it.
 * @wants: what the host would use; it grows into what is free.
 */
struct sim_node {
	u64 present;
	u64 wants;
	u64 use;
};

/**
 * struct sim_world - the host
 * @controller, @seed, @step_ms, @nodes, @pools, @node, @relative, @reserve: set by the test before
 *	sim_world_begin(); @reserve 0: the default; @node[].wants may move at any time
 * @pools: the second half of @node are hugetlb pools on those of the first
 * @now_ms, @begin_ms: monotonic; goes on from one world to the next
 * @guest, @nr_guests: allocated by sim_world_begin(), filled by the test
 * @steps: done
 * @first_seed: @seed as it was at the beginning
 * @held: what guests hold, by node: the sum of sim_vnode.on; guest.c keeps it
 * @watch: called after each step, or NULL
 */
struct sim_world {
	const struct sim_controller *controller;
	u64 seed;
	u64 first_seed;
	u64 step_ms;
	unsigned int nodes;
	bool pools;
	struct sim_node node[SIM_NODES];
	bool relative;
	u64 reserve;
	u64 now_ms;
	u64 begin_ms;
	struct sim_guest *guest;
	unsigned int nr_guests;
	u64 steps;
	u64 held[SIM_NODES];
	void (*watch)(struct sim_world *w);
};

/* The number of host nodes, without pools. */
static inline unsigned int sim_world_hosts(const struct sim_world *w)
{
	return w->pools ? w->nodes / 2 : w->nodes;
}

/* Bytes that neither guests nor the host use. */
static inline u64 sim_node_free(const struct sim_world *w, unsigned int node)
{
	return dynmem_above(w->node[node].present, w->node[node].use + w->held[node]);
}

#endif
