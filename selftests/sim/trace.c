// SPDX-License-Identifier: GPL-2.0
/* The need of a guest over time; see trace.h. */
#include "trace.h"

static u64 next_level(struct sim_trace *t, u64 *seed)
{
	u64 span = t->high - t->low;

	switch (t->shape) {
	case SIM_WALK: {
		u64 step = rng_below(seed, span / 8 + 1);

		if (rng_once_in(seed, 2))
			return min(t->now + step, t->high);
		return max(dynmem_above(t->now, step), t->low);
	}
	case SIM_BURST:
		return rng_once_in(seed, 10) ? t->high : t->low;
	case SIM_NOISE:
		return t->low / 100 * 95 + rng_below(seed, t->low / 10 + 1);
	default:
		return t->low;
	}
}

/* The lowest and the highest value of a recording. */
static const u16 *range_of(u32 recording)
{
	static u16 ranges[8][2];
	const struct sim_recording *r = &sim_recordings[recording];
	u16 *range = ranges[recording];
	u32 i;

	if (range[1])
		return range;
	range[0] = r->value[0];
	for (i = 0; i < r->n; i++) {
		range[0] = min(range[0], r->value[i]);
		range[1] = max(range[1], r->value[i]);
	}
	return range;
}

static u64 recorded(const struct sim_trace *t, u64 now_ms)
{
	const struct sim_recording *r = &sim_recordings[t->recording];
	const u16 *range = range_of(t->recording);
	u64 at = now_ms + t->offset_ms, i = at / r->period_ms, part = at % r->period_ms;
	u64 from = r->value[i % r->n] - range[0], to = r->value[(i + 1) % r->n] - range[0];

	/* Interpolate between two values. */
	from = (from * (r->period_ms - part) + to * part) / r->period_ms;
	return t->low + (t->high - t->low) / (range[1] - range[0] + 1) * from;
}

u64 sim_trace_need(struct sim_trace *t, u64 now_ms, u64 assigned, u64 *seed)
{
	switch (t->shape) {
	case SIM_CONSTANT:
		return t->low;
	case SIM_SQUARE:
		return (now_ms + t->offset_ms) / t->period_ms % 2 ? t->high : t->low;
	case SIM_FEEDBACK:
		return t->low + assigned / 100 * t->slope;
	case SIM_RECORDED:
		return recorded(t, now_ms);
	default:
		break;
	}
	if (now_ms >= t->next_ms) {
		if (!t->next_ms)
			t->now = t->low;
		t->next_ms = now_ms + t->period_ms;
		t->now = next_level(t, seed);
	}
	return t->now;
}
