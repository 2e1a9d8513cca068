/* SPDX-License-Identifier: GPL-2.0 */
/* Demand over time: what a guest's programs need. */
#ifndef _SIM_TRACE_H
#define _SIM_TRACE_H

#include "sim.h"

enum sim_shape {
	SIM_CONSTANT,		/* @low */
	SIM_SQUARE,		/* @low and @high in turn, @period_ms each */
	SIM_WALK,		/* up or down by a small step every @period_ms */
	SIM_BURST,		/* @low, and at random for a tenth of the time @high */
	SIM_NOISE,		/* @low, within 5 %; a new value every @period_ms */
	SIM_FEEDBACK,		/* @low + @slope percent of what is assigned */
	SIM_RECORDED,		/* a recording, its least value as @low and its largest as @high */
	SIM_SHAPES
};

/* A recording: MiB, one value every @period_ms. */
struct sim_recording {
	const char *name;
	u32 period_ms;
	u32 n;
	const u16 *value;
};

extern const struct sim_recording sim_recordings[];
extern const unsigned int sim_nr_recordings;

/**
 * struct sim_trace - how one guest's need moves; bytes
 * @shape, @low, @high, @period_ms, @slope: see enum sim_shape
 * @offset_ms: how far into its period it begins
 * @recording: index
 * @now, @next_ms: where it stands, and when it moves next
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

/* Need at @now_ms of a guest that has @assigned, bytes; @seed is moved on. */
u64 sim_trace_need(struct sim_trace *trace, u64 now_ms, u64 assigned, u64 *seed);

#endif
