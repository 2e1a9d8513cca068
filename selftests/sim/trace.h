/* SPDX-License-Identifier: GPL-2.0 */
/* How the memory that a guest's programs need changes over time. */
#ifndef _SIM_TRACE_H
#define _SIM_TRACE_H

#include "sim.h"

/* low, high, period_ms and slope are members of struct sim_trace. */
enum sim_shape {
	SIM_CONSTANT,		/* low */
	SIM_SQUARE,		/* low and high in turn, period_ms each */
	SIM_WALK,		/* a random step up or down every period_ms, between low and high */
	SIM_BURST,		/* drawn every period_ms: high with a chance of 1/10, else low */
	SIM_NOISE,		/* low, within 5 %; a new value every period_ms */
	SIM_FEEDBACK,		/* low, and slope percent of what is assigned */
	SIM_RECORDED,		/* a recording, scaled so that it goes from low to high */
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
 * struct sim_trace - how the need of one guest changes; bytes
 * @shape: see enum sim_shape
 * @low: likewise
 * @high: likewise
 * @period_ms: likewise
 * @offset_ms: added to the time, of a square wave or a recording
 * @slope: see enum sim_shape
 * @recording: index in sim_recordings
 * @now: the present value, of a shape with random values
 * @next_ms: when that changes next
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

/* The need at @now_ms of a guest that has @assigned bytes. Advances @seed. Bytes. */
u64 sim_trace_need(struct sim_trace *trace, u64 now_ms, u64 assigned, u64 *seed);

#endif
