/* SPDX-License-Identifier: GPL-2.0 */
/* The host as guests see it: its memory, the time and the controller. */
#ifndef _SIM_HOST_H
#define _SIM_HOST_H

#include "policy/demand.h"
#include "sim.h"

struct sim_guest;
struct sim_world;

/**
 * struct sim_controller - decides how much memory guests may hold
 *
 * sim_dynmem (module.c) is the host module's own code; other controllers can take its place. A
 * controller writes sim_vnode.target and calls sim_guest_started(). It may read the settings of a
 * guest (members startup to dynamic of struct sim_guest, and ram and node of struct sim_vnode), the
 * guest's reports and sim_vnode.ballooned. It may call sim_guest_resident() and sim_node_free(), as
 * a host can measure these. It may not read anything else of a guest.
 *
 * @name: for tables
 * @begin: the host boots; the world has its nodes, and no guest has started
 * @end: the host shuts down; no guest is left
 * @run: a step of time has passed; the controller does all that is due at sim_world.now_ms
 * @start: a VMM attaches; the controller answers with sim_guest_started(), at once or in a later
 *	@run
 * @stop: a VMM closes the device, in any state, also while it waits for the answer to @start
 * @session: a driver (enum dynmem_driver) is up. If @fresh is true, its session is new, and its
 *	balloon counts as empty until @moved is called
 * @reset: the device was reset, and has no driver until the next @session
 * @restarted: after @reset: the VMM has reset the guest, so no driver goes on with its balloon; may
 *	be NULL
 * @away: the VMM closes the device, and the guest runs on; may be NULL
 * @back: the VMM attaches again after @away, and a @session follows
 * @report: the guest reports new figures
 * @moved: sim_vnode.ballooned has changed
 * @need: the guest lacks memory on a vnode and is about to kill or to swap; may be NULL
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
	void (*restarted)(struct sim_world *w, struct sim_guest *g);
	void (*away)(struct sim_world *w, struct sim_guest *g);
	void (*back)(struct sim_world *w, struct sim_guest *g);
	void (*report)(struct sim_world *w, struct sim_guest *g, const struct dynmem_figures *f);
	void (*moved)(struct sim_world *w, struct sim_guest *g);
	void (*need)(struct sim_world *w, struct sim_guest *g, unsigned int vnode, u64 bytes);
};

/**
 * struct sim_node - a host node or a pool; amounts are bytes
 * @present: memory of the node
 * @wants: memory that the host would use itself if enough were free
 * @use: memory that the host uses itself and cannot drop: @wants, or less if guests leave less
 */
struct sim_node {
	u64 present;
	u64 wants;
	u64 use;
};

/**
 * struct sim_world - the host
 * @controller: decides how much memory guests may hold
 * @seed: state of the random numbers
 * @first_seed: @seed as it was at the beginning
 * @step_ms: length of a step
 * @nodes: number of nodes, with pools
 * @pools: the second half of the nodes are hugetlb pools on the nodes of the first half
 * @node: the nodes; the test may change sim_node.wants at any time
 * @relative: DYNMEM_BALANCE_RELATIVE applies
 * @reserve: reserve of each host node, bytes; 0: the default
 * @now_ms: monotonic; goes on from one world to the next
 * @begin_ms: @now_ms when the world began
 * @guest: allocated by sim_world_begin(), filled in by the test
 * @nr_guests: number of guests
 * @steps: number of steps so far
 * @held: resident memory of guests on each node, the sum of sim_vnode.on; guest.c updates it
 * @watch: called after each step, or NULL
 *
 * The test sets @controller, @seed, @step_ms, @nodes, @pools, @node, @relative and @reserve before
 * sim_world_begin().
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

/* Bytes of a node that neither guests nor the host use. */
static inline u64 sim_node_free(const struct sim_world *w, unsigned int node)
{
	return dynmem_above(w->node[node].present, w->node[node].use + w->held[node]);
}

#endif
