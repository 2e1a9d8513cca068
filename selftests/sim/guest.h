/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A guest and the VMM around it: what its programs need, what it touches, gives and takes back, and
 * what it reports. All it knows of its controller is sim_vnode.target. A new kind of guest is a
 * line in sim_kinds in guest.c, and a function if it does something that no other kind does.
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
 * @speed: bytes a second it gives or takes back; 0: all at once
 * @gives: percent it gives of what it is asked for; it reports the rest as unavailable
 * @driver: enum dynmem_driver; NONE: no driver ever comes
 * @mute: its driver has no statistics
 * @mishap_ms: mean time from one mishap to the next
 * @mishap: what happens then
 * @lie: changes the figures it reports
 * @every_ms: period in which it gives a single block; 0: it gives with @speed
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
	SIM_DETACHED,		/* the device was reset; the guest lives, its driver comes back */
	SIM_PAUSED,		/* its CPUs stand still */
	SIM_STUCK_UP,		/* up, reports, but neither gives nor takes back */
	SIM_DEAD,		/* the VMM was killed; its device is not closed yet */
	SIM_PHASES
};

/**
 * struct sim_vnode - a guest NUMA node; bytes
 * @ram, @node: constant; the host node, or pool, it is bound to, or -1
 * @pool: constant; it is in pools, even if it is bound to none
 * @share: per thousand of the guest's need that is here
 * @ballooned: in the balloon, and released by the host
 * @again: of that, what has been touched again, and is resident
 * @target: what the guest was told it may hold; the controller writes it
 * @used: by kernel and programs, in memory; what finds no place is swapped
 * @cache: file cache, which takes what is left, up to sim_guest.cache in all
 * @on: what the host holds for it, by host node
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
	/* what it is: set before sim_guest_start() */
	const struct sim_kind *kind;
	struct sim_trace trace;
	u64 startup, minimum, maximum;	/* bytes */
	u32 buffer, weight;
	bool dynamic;
	u64 boot_ms;			/* from admission to the driver */
	u64 report_delay_ms;		/* how old the figures it reports are */
	u64 kernel;			/* bytes of its kernel, in use from the start */
	u64 cache;			/* bytes of files that it reads all the time */
	bool exact;			/* programs have touched all they have asked for */
	u64 resident_at_start;		/* bytes that are allocated before admission */
	struct sim_vnode vnode[SIM_VNODES];
	unsigned int nr_vnodes;

	/* how it is */
	unsigned int id;
	enum sim_phase phase;
	u64 until_ms;			/* when the phase ends by itself; 0: it doesn't */
	bool killed_waiting;		/* before it was admitted or refused */
	bool fresh;			/* the driver that comes next is a new one */
	u64 need;			/* bytes its programs need now */
	u64 unmet;			/* bytes of need, kernel and programs, without a place */
	u64 report_ms;			/* when it reports next */
	u64 next_need_ms;		/* when it may ask for memory again */
	u64 give_ms;			/* when it gives its next block, if its kind crawls */
	u64 reported_need;		/* need in the last report */
	u64 reported_unmet;		/* unmet in the last report */
	struct sim_past { u64 ms, need, unmet; } past[16];	/* for late reports */
	unsigned int past_at;

	void *controlled;		/* the controller's own */
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

/* Its VMM is started: asks the controller for admission. */
void sim_guest_start(struct sim_world *w, struct sim_guest *g);
/* The controller's answer: 0 or -errno. */
void sim_guest_started(struct sim_world *w, struct sim_guest *g, int error);
/* Its VMM lets go or is killed. */
void sim_guest_stop(struct sim_world *w, struct sim_guest *g);
/* Its VMM is killed; the controller is told only after some time. */
void sim_guest_kill(struct sim_world *w, struct sim_guest *g);

/* @v uses @bytes of what it has given again, as far as the host has memory. */
void sim_vnode_touch_again(struct sim_world *w, struct sim_vnode *v, u64 bytes);

/* Lives the last @ms: needs, touches, gives, takes back, reports. */
void sim_guest_live(struct sim_world *w, struct sim_guest *g, u64 ms);

/* What the guest would report now (or @report_delay_ms ago). */
void sim_guest_figures(struct sim_world *w, struct sim_guest *g, struct dynmem_figures *f);

#endif
