// SPDX-License-Identifier: GPL-2.0
/* Computes the memory beyond demand that a guest gets for files it reads again; see cache.h. */
#include "policy/cache.h"

/*
 * Reports that come sooner than this after the last one are skipped. When demand jumps, several
 * reports come within a second, but a rate has to be measured over about a second.
 */
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
	 * Bytes that are read back count against the growth only when it can go no further. Before
	 * that, they may be due to a delay: memory that other VMs have to give first, or that has
	 * just been granted, takes some seconds to have an effect.
	 */
	if (c->won >= m->most || c->stalled > DYNMEM_CACHE_STALLED)
		c->beyond += min(bytes - more, DYNMEM_CACHE_PROOF);
}

/*
 * Whether the growth can be judged: the guest has read back enough since the growth could go no
 * further. By then a guest that reads in a circle has begun another round with all the added
 * memory.
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
	/*
	 * If growth ended because the host had no more memory, growth may help when the host has
	 * more. So @too_little keeps the amount that did not help, for cache_has_room().
	 */
	c->too_little = c->won < m->most ? max(dynmem_sum(m->has, m->spare), 1ULL) : 0;
	cache_undo(c);
}

/*
 * Whether the host had too little memory for the last growth, and has clearly more now: enough for
 * the guest to have a quarter more, and at least DYNMEM_CACHE_STEP more.
 */
static bool cache_has_room(const struct dynmem_cache *c, const struct dynmem_cache_input *m)
{
	return c->too_little && dynmem_sum(m->has, m->spare) >=
				c->too_little + max(c->too_little / 4, DYNMEM_CACHE_STEP);
}

static void cache_busy(struct dynmem_cache *c, u64 bytes, const struct dynmem_cache_input *m)
{
	c->calm_ms = 0;
	/*
	 * The guest reads back soon after a decay, so the decay took memory that was in use. That
	 * memory is given back at once. Before the decay the guest had enough memory, so there is
	 * no growth while the guest reads back the pages that it dropped because of the decay.
	 */
	if (c->decayed_ms && c->report_ms < c->decayed_ms + DYNMEM_CACHE_AGAIN_MS) {
		c->won = max(c->won, c->undecayed);
		c->proved = c->won;
		c->decay_ms = min(2 * c->decay_ms, (u64)DYNMEM_CACHE_DECAY_MAX_MS);
		c->until_ms = c->report_ms + DYNMEM_CACHE_AGAIN_MS;
	}
	c->decayed_ms = 0;
	c->doubtful = false;
	/*
	 * During a pause of growth, new growth begins only if the host has clearly more memory than
	 * at the last growth. Growth that has begun goes on until it is judged, even if the host
	 * has less memory again.
	 */
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
	/*
	 * Only a cut of memory that the guest really has shows whether that memory is in use. So
	 * @won, which may be above @most, is first lowered to @most.
	 */
	c->won = min(c->won, c->most);
	c->won -= c->won / DYNMEM_CACHE_DECAY_PART;
	if (c->won < DYNMEM_CACHE_LEAST)
		c->won = 0;
	c->proved = c->won;
	c->decayed_ms = c->report_ms;
	/*
	 * The guest has read nothing back, although all added memory was taken away. When it reads
	 * other files later, the wait for the first decay is short again.
	 */
	if (!c->won)
		c->decay_ms = DYNMEM_CACHE_DECAY_MS;
}

/*
 * The guest can have no more memory, and has stopped reading back. Either its files fit now, or it
 * does not read them any more. A test finds out which is true. After DYNMEM_CACHE_DOUBT_MS a part
 * of the growth is taken away. If the guest reads back within another DYNMEM_CACHE_DOUBT_MS, its
 * files are in use: cache_busy() gives that part back and keeps the growth. If not, all of the
 * growth is undone.
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
	 * The present growth ends, since the guest does not read back any more. If the guest could
	 * have more memory, its files fit now, and the growth is kept. If not, it is doubtful
	 * whether the growth has helped; see cache_doubt().
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
	/* It is not known whether the guest read back while it was paused or silent. */
	if (passed > DYNMEM_CACHE_GAP_MS)
		c->calm_ms = 0;
	if (c->rate >= DYNMEM_CACHE_READS)
		cache_busy(c, bytes, m);
	else
		cache_calm(c);
	c->proved = min(c->proved, c->won);
}
