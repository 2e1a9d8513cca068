// SPDX-License-Identifier: GPL-2.0
/* cache: memory beyond demand for a guest that reads back what it dropped. Pure. */
#include "policy/cache.h"

/* Several reports that follow a jump come within a second; a rate needs about a second. */
#define INTERVAL_MS	900

static void cache_grow(struct dynmem_cache *c, u64 bytes, const struct dynmem_cache_input *m)
{
	u64 limit = min(m->most, dynmem_sum(m->has, max(DYNMEM_CACHE_STEP, m->step)));
	u64 more = min(bytes, dynmem_above(limit, c->won));

	if (!c->before) {
		c->before = c->rate;
		c->beyond = 0;
		c->stalled = 0;
	}
	c->won += more;
	c->stalled = more ? 0 : c->stalled + 1;
	/*
	 * What is read back counts against the growth only if there is no more to come: memory that
	 * others have to give, or that has just been granted, takes some seconds to have an effect.
	 */
	if (c->won >= m->most || c->stalled > DYNMEM_CACHE_STALLED)
		c->beyond += min(bytes - more, DYNMEM_CACHE_PROOF);
}

/*
 * Whether the guest has read back enough since it could have no more. A guest that reads in a
 * circle has then begun another round with all the memory that was added, and still reads back.
 */
static bool cache_growth_is_over(const struct dynmem_cache *c)
{
	return c->beyond > max(DYNMEM_CACHE_PROOF, dynmem_above(c->won, c->proved) / 8);
}

static void cache_keep(struct dynmem_cache *c)
{
	c->proved = c->won;
	c->backoff_ms = 0;
	c->too_little = 0;
}

/* Undoes growth that has not helped. */
static void cache_undo(struct dynmem_cache *c)
{
	c->won = min(c->won, c->proved);
	c->backoff_ms = dynmem_backoff(c->backoff_ms, DYNMEM_CACHE_BACKOFF_MS,
				       DYNMEM_CACHE_BACKOFF_MAX_MS);
	c->until_ms = c->report_ms + c->backoff_ms;
}

static void cache_judge(struct dynmem_cache *c, const struct dynmem_cache_input *m)
{
	bool helped = c->rate < c->before / 100 * DYNMEM_CACHE_LOWERED;

	c->before = 0;
	if (helped) {
		cache_keep(c);
		return;
	}
	/* If the host had no more, growth may help as soon as the host has. */
	c->too_little = c->won < m->most ? max(dynmem_sum(m->has, m->spare), 1ULL) : 0;
	cache_undo(c);
}

/* Whether there is clearly more to be had now than the last growth could get. */
static bool cache_has_room(const struct dynmem_cache *c, const struct dynmem_cache_input *m)
{
	return c->too_little && dynmem_sum(m->has, m->spare) >=
				c->too_little + max(c->too_little / 4, DYNMEM_CACHE_STEP);
}

static void cache_busy(struct dynmem_cache *c, u64 bytes, const struct dynmem_cache_input *m)
{
	c->calm_ms = 0;
	/*
	 * The memory that was let go was in use: it comes back at once. It was enough before, so
	 * nothing grows while the guest reads back what was dropped.
	 */
	if (c->decayed_ms && c->report_ms < c->decayed_ms + DYNMEM_CACHE_AGAIN_MS) {
		c->won = max(c->won, c->undecayed);
		c->proved = c->won;
		c->decay_ms = min(2 * c->decay_ms, (u64)DYNMEM_CACHE_DECAY_MAX_MS);
		c->until_ms = c->report_ms + DYNMEM_CACHE_AGAIN_MS;
	}
	c->decayed_ms = 0;
	c->doubtful = false;
	/* Growth that has begun is judged, even if the room that it began for is gone. */
	if (c->report_ms < c->until_ms && !c->before && !cache_has_room(c, m))
		return;
	cache_grow(c, bytes, m);
	if (cache_growth_is_over(c))
		cache_judge(c, m);
}

static void cache_decay(struct dynmem_cache *c)
{
	u64 last_ms = max(c->calm_ms, c->decayed_ms);
	u64 wait_ms = c->decayed_ms ? (u64)DYNMEM_CACHE_AGAIN_MS : c->decay_ms;

	if (!c->won || c->report_ms < last_ms + wait_ms)
		return;
	c->undecayed = c->won;
	/* Only a cut of what the guest really has shows whether that is in use. */
	c->won = min(c->won, c->most);
	c->won -= c->won / DYNMEM_CACHE_DECAY_PART;
	if (c->won < DYNMEM_CACHE_LEAST)
		c->won = 0;
	c->proved = c->won;
	c->decayed_ms = c->report_ms;
	/* Decays that go on show that the memory is cold: the next set of files begins afresh. */
	if (!c->won)
		c->decay_ms = DYNMEM_CACHE_DECAY_MS;
}

/*
 * The guest has all that it can have, and has just ceased to read back. Either its files fit now,
 * or it reads them no more. So a part of the growth is let go: if the guest reads that back it
 * comes back at once, for good, else all of the growth is undone.
 */
static void cache_doubt(struct dynmem_cache *c)
{
	if (c->report_ms < max(c->calm_ms, c->decayed_ms) + DYNMEM_CACHE_DOUBT_MS)
		return;
	if (c->decayed_ms) {
		cache_undo(c);
		c->doubtful = false;
		c->decayed_ms = 0;
		return;
	}
	c->won = min(c->won, c->most);
	c->undecayed = c->won;
	c->won -= dynmem_above(c->won, c->proved) / DYNMEM_CACHE_DECAY_PART;
	c->decayed_ms = c->report_ms;
}

static void cache_calm(struct dynmem_cache *c)
{
	if (!c->calm_ms) {
		c->calm_ms = c->report_ms;
		return;
	}
	/*
	 * If the guest could have more and reads nothing back, all that was added keeps files that
	 * it reads.
	 */
	if (c->before) {
		c->before = 0;
		c->doubtful = c->won >= c->most;
		c->too_little = 0;
		if (!c->doubtful)
			cache_keep(c);
	}
	if (c->doubtful)
		cache_doubt(c);
	else
		cache_decay(c);
}

void dynmem_cache_keep(struct dynmem_cache *c, u64 bytes)
{
	c->won = max(c->won, bytes);
	c->proved = c->won;
	c->before = 0;
	c->calm_ms = 0;
	c->decayed_ms = 0;
	c->doubtful = false;
}

void dynmem_cache_look(struct dynmem_cache *c, const struct dynmem_cache_input *m)
{
	u64 passed = dynmem_above(m->report_ms, c->report_ms);
	u64 bytes = min(dynmem_above(m->reread, c->reread), DYNMEM_PIB);
	bool first = !c->report_ms;

	if (!first && passed < INTERVAL_MS)
		return;
	c->report_ms = m->report_ms;
	c->reread = m->reread;
	c->most = m->most;
	if (first) {
		c->decay_ms = DYNMEM_CACHE_DECAY_MS;
		return;
	}
	c->rate = bytes * 1000 / passed;
	/* Nothing is known of the time in which a guest was paused or silent. */
	if (passed > DYNMEM_CACHE_GAP_MS)
		c->calm_ms = 0;
	if (c->rate >= DYNMEM_CACHE_READS)
		cache_busy(c, bytes, m);
	else
		cache_calm(c);
	c->proved = min(c->proved, c->won);
}
