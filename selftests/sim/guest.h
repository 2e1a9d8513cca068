/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest and its VMM: the memory that programs in the guest need; the memory that the guest
 * touches, gives and takes back; and its reports. The only thing that a guest learns from the
 * controller is sim_vnode.target. To add a kind of guest, add a line to sim_kinds in guest.c, and a
 * function if the guest does something that no other kind does.
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
	SIM_RETOUCHING, SIM_UNPLUGGED, SIM_KINDS
};

/**
 * struct sim_kind - properties that all guests of a kind have
 * @name: for tables
 * @speed: bytes a second that the guest gives or takes back; 0: all at once
 * @gives: percentage; the guest gives only this part of the memory that it is asked for, and
 *	reports the rest as unavailable
 * @driver: enum dynmem_driver; DYNMEM_DRIVER_NONE: the guest never has a driver
 * @mute: the driver sends no statistics
 * @mishap_ms: mean time between calls of @mishap; 0: it is never called
 * @mishap: makes something happen to the guest or its VMM, such as a crash
 * @lie: falsifies the figures that the guest reports, or NULL
 * @every_ms: period in which the guest gives a single block; 0: the guest gives at @speed
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
	SIM_WAITING,		/* the VMM waits for admission */
	SIM_BOOTING,		/* the guest has no driver yet */
	SIM_UP,			/* the driver is up */
	SIM_DETACHED,		/* the device was reset; the guest runs, and a driver will come */
	SIM_PAUSED,		/* the guest's CPUs stand still */
	SIM_STUCK_UP,		/* the driver reports, but neither gives nor takes back memory */
	SIM_AWAY,		/* the device is unplugged, and will come back; the guest runs */
	SIM_DEAD,		/* the VMM was killed, but its device is still open */
	SIM_PHASES
};

/**
 * struct sim_vnode - a guest NUMA node; amounts are bytes
 * @ram: RAM of the vnode; constant
 * @node: host node or pool to which the vnode is bound; -1: the vnode floats; constant
 * @pool: the vnode's memory is in pools, even if it floats; constant
 * @share: part of the guest's need that is on this vnode, per thousand
 * @ballooned: memory in the balloon, which the host has released
 * @again: ballooned memory that was touched again and is resident
 * @target: memory that the guest may hold on the vnode; written by the controller
 * @used: memory that the kernel and programs use; need that does not fit is swapped out
 * @cache: file cache in the memory beside @used; sim_guest.cache limits the sum over the vnodes
 * @once: further file cache, of files that are not read again; sim_guest.once limits the sum
 * @on: resident memory on each node of the host
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
	u64 once;
	u64 on[SIM_NODES];
};

struct sim_guest {
	/* The definition of the guest, set before sim_guest_start(). */
	const struct sim_kind *kind;
	struct sim_trace trace;
	u64 startup, minimum, maximum;	/* bytes */
	u32 buffer, weight;
	bool dynamic;
	u64 boot_ms;			/* time from admission until the driver is up */
	u64 report_delay_ms;		/* age of the need and swap in a report */
	u64 kernel;			/* bytes that the guest's kernel uses from the start */
	u64 cache;			/* bytes of files that programs read all the time */
	u64 once;			/* bytes of files read once, which fill free memory */
	bool exact;			/* programs commit only touched memory; MemTotal is RAM */
	u64 resident_at_start;		/* bytes that the VMM has allocated before admission */
	struct sim_vnode vnode[SIM_VNODES];
	unsigned int nr_vnodes;

	/* The state of the guest. */
	unsigned int id;
	enum sim_phase phase;
	u64 until_ms;			/* when the phase ends by itself; 0: never */
	bool killed_waiting;		/* the VMM ended before it was admitted or refused */
	bool fresh;			/* the next session of the driver is a new one */
	u64 need;			/* bytes that programs need now */
	u64 unmet;			/* bytes that kernel and programs need, but do not have */
	u64 report_ms;			/* time of the next report */
	u64 next_need_ms;		/* when the guest may send NEED again */
	u64 give_ms;			/* when to give the next block; used with every_ms only */
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
/* Bytes of files that the guest drops and reads back in a second. */
u64 sim_guest_rereads(const struct sim_guest *g);

/* Starts the VMM, which asks the controller for admission. */
void sim_guest_start(struct sim_world *w, struct sim_guest *g);
/* The controller calls this to answer sim_guest_start(). @error is 0 or -errno. */
void sim_guest_started(struct sim_world *w, struct sim_guest *g, int error);
/* The VMM closes the device, and the controller learns it at once. */
void sim_guest_stop(struct sim_world *w, struct sim_guest *g);
/* Kills the VMM. The controller learns it up to 5 s later, when the device is closed. */
void sim_guest_kill(struct sim_world *w, struct sim_guest *g);

/*
 * Makes the guest touch ballooned memory of @v, or give such memory up again, so that @bytes of the
 * ballooned memory are resident; fewer if the host has too little free memory.
 */
void sim_vnode_touch_again(struct sim_world *w, struct sim_vnode *v, u64 bytes);

/* Simulates @ms of a guest: it needs, touches, gives and takes back memory, and reports. */
void sim_guest_live(struct sim_world *w, struct sim_guest *g, u64 ms);

/* Stores a guest's figures in @f: need and swap as of report_delay_ms ago, all else as of now. */
void sim_guest_figures(struct sim_world *w, struct sim_guest *g, struct dynmem_figures *f);

#endif
