/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest and its VMM: the memory that its programs need, that it touches, gives and takes back,
 * and its reports. All that it sees of its controller is sim_vnode.target. A new kind of guest is a
 * line in sim_kinds in guest.c, with a function if it does something that no other kind does.
 */
#ifndef _SIM_GUEST_H
#define _SIM_GUEST_H

#include "policy/demand.h"
#include "sim.h"
#include "trace.h"

struct sim_guest;
struct sim_world;

enum sim_kind_id {
	SIM_IDEAL, SIM_SLOW, SIM_STUCK, SIM_LYING, SIM_PARTIAL, SIM_CRASHING, SIM_RESTARTING,
	SIM_RESETTING, SIM_DRIVERLESS, SIM_PAUSING, SIM_STANDARD, SIM_MUTE, SIM_CRAWLING,
	SIM_RETOUCHING, SIM_KINDS
};

/**
 * struct sim_kind - what guests of a kind have in common
 * @name: for tables
 * @speed: bytes a second that it gives or takes back; 0: all at once
 * @gives: percentage that it gives of what it is asked for; it reports the rest as unavailable
 * @driver: enum dynmem_driver; DYNMEM_DRIVER_NONE: it never has a driver
 * @mute: its driver sends no statistics
 * @mishap_ms: mean time between calls of @mishap; 0: never
 * @mishap: something that happens to the guest or its VMM, such as a crash
 * @lie: falsifies the figures that it reports, or NULL
 * @every_ms: it gives a single block in each such period; 0: it gives with @speed
 */
struct sim_kind {
	const char *name;
	u64 speed;
	u32 gives;
	int driver;
	bool mute;
	u64 mishap_ms;
	void (*mishap)(struct sim_world *w, struct sim_guest *g);
	void (*lie)(struct sim_world *w, struct dynmem_figures *f);
	u64 every_ms;
};

extern const struct sim_kind sim_kinds[SIM_KINDS];

enum sim_phase {
	SIM_OFF,		/* no VMM */
	SIM_WAITING,		/* its VMM waits for admission */
	SIM_BOOTING,		/* no driver yet */
	SIM_UP,
	SIM_DETACHED,		/* the device was reset; the guest runs, its driver will be back */
	SIM_PAUSED,		/* its CPUs stand still */
	SIM_STUCK_UP,		/* up: reports, but neither gives nor takes back memory */
	SIM_DEAD,		/* the VMM was killed; its device is not closed yet */
	SIM_PHASES
};

/**
 * struct sim_vnode - a guest NUMA node; bytes
 * @ram: its RAM; constant
 * @node: the host node or pool that it is bound to; -1: none, it floats. Constant
 * @pool: its memory is in pools, also if it floats. Constant
 * @share: the part of the guest's need that is on this vnode, per thousand
 * @ballooned: memory in the balloon, which the host has released
 * @again: ballooned memory that was touched again and is resident
 * @target: memory that the guest may hold on the vnode; written by the controller
 * @used: memory used by the kernel and programs. What does not fit is swapped out
 * @cache: file cache in the memory left by @used; sim_guest.cache limits the sum over the vnodes
 * @on: resident memory by node of the host
 */
struct sim_vnode {
	u64 ram;
	int node;
	bool pool;
	u32 share;
	u64 ballooned;
	u64 again;
	u64 target;
	u64 used;
	u64 cache;
	u64 on[SIM_NODES];
};

struct sim_guest {
	/* Its definition, set before sim_guest_start(). */
	const struct sim_kind *kind;
	struct sim_trace trace;
	u64 startup, minimum, maximum;	/* bytes */
	u32 buffer, weight;
	bool dynamic;
	u64 boot_ms;			/* time from admission until the driver is up */
	u64 report_delay_ms;		/* age of the need and swap that it reports */
	u64 kernel;			/* bytes that its kernel uses from the start */
	u64 cache;			/* bytes of files that it reads all the time */
	bool exact;			/* it commits no more than it touches, and hides no RAM */
	u64 resident_at_start;		/* bytes that its VMM has allocated before admission */
	struct sim_vnode vnode[SIM_VNODES];
	unsigned int nr_vnodes;

	/* Its state. */
	unsigned int id;
	enum sim_phase phase;
	u64 until_ms;			/* when the phase ends by itself; 0: never */
	bool killed_waiting;		/* its VMM let go before it was admitted or refused */
	bool fresh;			/* its next driver is a new one, with an empty balloon */
	u64 need;			/* bytes that its programs need now */
	u64 unmet;			/* bytes that kernel and programs need, but do not have */
	u64 report_ms;			/* time of its next report */
	u64 next_need_ms;		/* when it may send NEED again */
	u64 give_ms;			/* when it gives its next block, if it gives single ones */
	u64 reported_need;		/* @need as of the last report */
	u64 reported_unmet;		/* @unmet as of the last report */
	struct sim_past { u64 ms, need, unmet; } past[16];	/* for delayed reports; a ring */
	unsigned int past_at;

	void *controlled;		/* private data of the controller */
};

static inline u64 sim_vnode_exposed(const struct sim_vnode *v)
{
	return v->ram - v->ballooned;
}

static inline u64 sim_vnode_resident(const struct sim_vnode *v)
{
	u64 sum = 0;
	unsigned int i;

	for (i = 0; i < SIM_NODES; i++)
		sum += v->on[i];
	return sum;
}

u64 sim_guest_ram(const struct sim_guest *g);
u64 sim_guest_exposed(const struct sim_guest *g);
u64 sim_guest_resident(const struct sim_guest *g);
u64 sim_guest_target(const struct sim_guest *g);

/* Starts the VMM, which asks the controller for admission. */
void sim_guest_start(struct sim_world *w, struct sim_guest *g);
/* The controller's answer to sim_guest_start(): 0 or -errno. */
void sim_guest_started(struct sim_world *w, struct sim_guest *g, int error);
/* The VMM lets go of the device; the controller is told at once. */
void sim_guest_stop(struct sim_world *w, struct sim_guest *g);
/* Kills the VMM; the controller is told up to 5 s later, when the device is closed. */
void sim_guest_kill(struct sim_world *w, struct sim_guest *g);

/* @bytes of the ballooned memory of @v are in use again, as far as the host has free memory. */
void sim_vnode_touch_again(struct sim_world *w, struct sim_vnode *v, u64 bytes);

/* Plays the last @ms of a guest: it needs, touches, gives and takes back memory, and reports. */
void sim_guest_live(struct sim_world *w, struct sim_guest *g, u64 ms);

/* The figures that the guest would report now; its need and swap are report_delay_ms old. */
void sim_guest_figures(struct sim_world *w, struct sim_guest *g, struct dynmem_figures *f);

#endif
