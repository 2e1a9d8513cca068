// SPDX-License-Identifier: GPL-2.0
/* pacing: from what policy gives to what is done about it now. Pure. */
#include "policy/pacing.h"

static u64 percent(u64 bytes, unsigned int n)
{
	return bytes / 100 * n;
}

static u64 whole_blocks(u64 bytes)
{
	return bytes - bytes % DYNMEM_BLOCK;
}

static void moved(struct dynmem_pacing *pace, u64 exposed)
{
	pace->mark = exposed;
	pace->idle_ms = 0;
	pace->unable_ms = 0;
	pace->reaction = DYNMEM_REACTION_OK;
}

/* How fast it gives. */
static void sample(struct dynmem_pacing *pace, u64 exposed, bool ordered, u64 passed)
{
	u64 seen = max(pace->seen, exposed), rate;

	pace->seen = exposed;
	if (!ordered) {
		pace->samples = 0;
		pace->sample_ms = 0;
		return;
	}
	if (!pace->samples && !pace->sample_ms)
		pace->sample = seen;
	pace->sample_ms += passed;
	if (pace->sample_ms < DYNMEM_PACING_SAMPLE_MS)
		return;
	rate = dynmem_above(pace->sample, exposed) * 1000 / pace->sample_ms;
	pace->rate = pace->samples ? (pace->rate + rate) / 2 : rate;
	pace->samples++;
	pace->sample = exposed;
	pace->sample_ms = 0;
}

void dynmem_pacing_watch(struct dynmem_pacing *pace, const struct dynmem_pacing_input *m)
{
	u64 excess = dynmem_above(m->exposed, m->told);
	bool ordered = excess > dynmem_pacing_slack(m->told);
	u64 passed = pace->last_ms ? dynmem_above(m->now_ms, pace->last_ms) : 0;
	bool first = !pace->mark;

	pace->last_ms = m->now_ms;
	if (m->hold)
		return;
	sample(pace, m->exposed, ordered && !first, passed);
	if (first || m->exposed + DYNMEM_BLOCK <= pace->mark ||
	    (!ordered && m->exposed >= pace->mark + DYNMEM_BLOCK)) {
		moved(pace, m->exposed);
		return;
	}
	if (!ordered) {
		pace->idle_ms = 0;
		pace->unable_ms = 0;
		/* One that has not given for long has to show that it is back. */
		if (pace->reaction == DYNMEM_REACTION_INACTIVE)
			pace->reaction = DYNMEM_REACTION_OK;
		return;
	}
	if (m->unavailable + dynmem_pacing_slack(m->told) >= excess) {
		pace->unable_ms += passed;
		return;
	}
	pace->unable_ms = 0;
	pace->idle_ms += passed;
	pace->reaction = max(pace->reaction, dynmem_pacing_reaction(pace->idle_ms));
}

bool dynmem_pacing_stuck(const struct dynmem_pacing *pace)
{
	return pace->reaction == DYNMEM_REACTION_UNCOOPERATIVE ||
	       pace->unable_ms >= DYNMEM_PACING_UNABLE_MS;
}

u64 dynmem_pacing_soon(const struct dynmem_pacing *pace)
{
	if (dynmem_pacing_stuck(pace))
		return 0;
	return pace->samples < DYNMEM_PACING_SAMPLES ? ~0ULL : DYNMEM_PACING_SOON * pace->rate;
}

void dynmem_pacing_granted(struct dynmem_pacing *pace, u64 now_ms)
{
	pace->granted_ms = now_ms;
}

/* Its part, in whole blocks where it is not all of the RAM. */
static u64 share_of(const struct dynmem_pacing_input *m)
{
	return m->share < m->ram ? max(whole_blocks(m->share), m->minimum) : m->ram;
}

u64 dynmem_pacing_gain(struct dynmem_pacing *pace, const struct dynmem_pacing_input *m, u64 *need,
		       bool *urgent)
{
	u64 gain = m->hold ? 0 : dynmem_above(share_of(m), m->granted);
	bool below = m->granted < m->minimum, worth;

	*need = 0;
	*urgent = below || m->granted + dynmem_pacing_slack(m->demand) < m->demand;
	/* What has begun is brought to its end, so that it does not begin again each tick. */
	if (!gain || (gain < DYNMEM_BLOCK && !below)) {
		pace->growing = false;
		pace->claiming = false;
		return 0;
	}
	/* In bytes, not in blocks: what is told of as lacking is given as far as it can be. */
	worth = below || dynmem_above(m->share, m->granted) > dynmem_pacing_slack(m->share);
	pace->growing |= worth;
	pace->claiming |= (worth && *urgent) ||
			  gain > dynmem_pacing_worth(m->share);
	if (pace->claiming)
		*need = gain;
	return pace->growing ? gain : 0;
}

bool dynmem_pacing_dwells(const struct dynmem_pacing *pace, u64 now_ms)
{
	return pace->granted_ms && now_ms < pace->granted_ms + DYNMEM_PACING_DWELL_MS;
}

/* What was taken without need and may have to be given back. */
static void remember(struct dynmem_pacing *pace, const struct dynmem_pacing_input *m)
{
	if (!pace->before)
		pace->before = m->granted;
	pace->lazy_ms = m->now_ms;
}

static u64 lazy(struct dynmem_pacing *pace, const struct dynmem_pacing_input *m, u64 target)
{
	u64 down_to = max(percent(m->desired, DYNMEM_PACING_LAZY_DOWN), m->minimum);
	bool taking = pace->above_ms && m->now_ms >= pace->above_ms + DYNMEM_PACING_LAZY_MS &&
		      !dynmem_pacing_dwells(pace, m->now_ms);
	u64 excess = dynmem_above(m->granted, down_to), step;

	if (excess < DYNMEM_BLOCK || !m->lazy || m->backoff ||
	    (!taking && m->granted <= percent(m->desired, DYNMEM_PACING_LAZY_ABOVE))) {
		pace->above_ms = 0;
		return m->granted;
	}
	if (!pace->above_ms)
		pace->above_ms = m->now_ms;
	if (!taking)
		return m->granted;
	if (!m->tick)
		return min(target, m->granted);
	step = min(m->granted / DYNMEM_PACING_LAZY_STEP, excess / DYNMEM_PACING_LAZY_EXCESS);
	remember(pace, m);
	return m->granted - max(whole_blocks(step), DYNMEM_BLOCK);
}

u64 dynmem_pacing_target(struct dynmem_pacing *pace, const struct dynmem_pacing_input *m,
			 u64 gain, u64 take, u64 target)
{
	u64 least = min(share_of(m), m->granted);

	if (m->hold)
		return min(target, m->granted);
	if (!m->backoff && m->now_ms > pace->lazy_ms + DYNMEM_PACING_WATCH_MS)
		pace->before = 0;
	if (take) {
		/* A need is never undone. */
		pace->before = 0;
		pace->above_ms = 0;
		return max(least, whole_blocks(dynmem_above(m->granted, take)));
	}
	if (gain)
		return m->granted + gain;
	if (m->backoff && pace->before > m->granted)
		return min(pace->before, m->ram);
	return lazy(pace, m, target);
}

bool dynmem_thrash_look(struct dynmem_thrash *guard, u64 report_ms, u64 refault, u64 stalled)
{
	u64 passed = dynmem_above(report_ms, guard->report_ms);
	u64 rate = dynmem_above(refault, guard->refault), waited;
	bool watching, bad;

	/* Reports that follow a jump come sooner than each second. */
	if (guard->report_ms && passed < 900)
		return false;
	waited = dynmem_above(stalled, guard->stalled);
	guard->refault = refault;
	guard->stalled = stalled;
	guard->report_ms = report_ms;
	if (passed == report_ms)
		return false;
	rate = min(rate, DYNMEM_PIB) * 1000 / passed;
	watching = guard->take_ms && report_ms <= guard->take_ms + DYNMEM_PACING_WATCH_MS;
	if (!watching) {
		/* Nothing came of the last take: the next may be tried as if it were the first. */
		if (guard->take_ms)
			guard->backoff_ms = 0;
		guard->take_ms = 0;
		guard->bad_ms = 0;
		guard->calm = (guard->calm * 3 + rate) / 4;
		return false;
	}
	bad = rate > max(DYNMEM_PACING_THRASH, 2 * guard->calm) ||
	      min(waited, DYNMEM_PIB) * DYNMEM_PACING_STALL > passed * 1000;
	if (!bad) {
		guard->bad_ms = 0;
		return false;
	}
	if (!guard->bad_ms)
		guard->bad_ms = report_ms - passed;
	if (report_ms < guard->bad_ms + DYNMEM_PACING_THRASH_MS)
		return false;
	guard->backoff_ms = guard->backoff_ms ?
		min(2 * guard->backoff_ms, (u64)DYNMEM_PACING_BACKOFF_MAX_MS) :
		(u64)DYNMEM_PACING_BACKOFF_MS;
	guard->until_ms = report_ms + guard->backoff_ms;
	guard->take_ms = 0;
	guard->bad_ms = 0;
	return true;
}
