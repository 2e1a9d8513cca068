/* SPDX-License-Identifier: GPL-2.0 */
/* How much memory the programs of a guest need, as a function of time. */
#ifndef _SIM_TRACE_H
#define _SIM_TRACE_H

#include "sim.h"

/* Shapes of a need over time. low, high, period_ms and slope are members of struct sim_trace. */
enum sim_shape {
	SIM_CONSTANT,		/* always low */
	SIM_SQUARE,		/* low and high in turn, for period_ms each */
	SIM_WALK,		/* a random step every period_ms; stays between low and high */
	SIM_BURST,		/* high with a chance of 1 in 10, else low; drawn every period_ms */
	SIM_NOISE,		/* a random value within 5 % of low; drawn every period_ms */
	SIM_FEEDBACK,		/* low plus slope percent of assigned memory */
	SIM_RECORDED,		/* a recording, scaled so that it ranges from low to high */
	SIM_SHAPES
};

/* A recording of @n values in MiB, one every @period_ms. */
struct sim_recording {
	const char *name;
	u32 period_ms;
	u32 n;
	const u16 *value;
};

extern const struct sim_recording sim_recordings[];
extern const unsigned int sim_nr_recordings;

/**
 * struct sim_trace - the need of one guest as a function of time; amounts are bytes
 * @shape: see enum sim_shape
 * @low: see enum sim_shape
 * @high: see enum sim_shape
 * @period_ms: see enum sim_shape
 * @offset_ms: added to the time, in a square wave or a recording
 * @slope: see enum sim_shape
 * @recording: index in sim_recordings, for SIM_RECORDED
 * @now: present value of a shape that draws random values
 * @next_ms: when to draw the next value
 */
struct sim_trace {
	enum sim_shape shape;
	u64 low, high;
	u64 period_ms;
	u64 offset_ms;
	u32 slope;
	u32 recording;
	u64 now;
	u64 next_ms;
};

/*
 * Returns the need at time @now_ms, in bytes. @assigned is the assigned memory of the guest, in
 * bytes. Shapes that draw random values advance @seed.
 */
u64 sim_trace_need(struct sim_trace *trace, u64 now_ms, u64 assigned, u64 *seed);

#endif
