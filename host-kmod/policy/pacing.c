// SPDX-License-Identifier: GPL-2.0
/* Computes targets from shares, in steps; see pacing.h. */
#include "policy/pacing.h"

static u64 percent(u64 bytes, unsigned int n)
{
	return bytes / 100 * n;
}

static u64 whole_blocks(u64 bytes)
{
	return bytes - bytes % DYNMEM_BLOCK;
}

static void pacing_moved(struct dynmem_pacing *pacing, u64 exposed)
{
	pacing->mark = exposed;
	pacing->idle_ms = 0;
	pacing->unable_ms = 0;
	pacing->reaction = DYNMEM_REACTION_OK;
}

/*
 * Samples how fast the guest gives memory. There are samples only while the guest's target is below
 * its exposed memory (@ordered). @passed is the time since the last call of dynmem_pacing_watch(),
 * in milliseconds.
 */
static void pacing_sample(struct dynmem_pacing *pacing, u64 exposed, bool ordered, u64 passed)
{
	u64 seen = max(pacing->seen, exposed), rate;

	pacing->seen = exposed;
	if (!ordered) {
		pacing->samples = 0;
		pacing->sample_ms = 0;
		return;
	}
	if (!pacing->samples && !pacing->sample_ms)
		pacing->sample = seen;
	pacing->sample_ms += passed;
	if (pacing->sample_ms < DYNMEM_PACING_SAMPLE_MS)
		return;
	rate = dynmem_above(pacing->sample, exposed) * 1000 / pacing->sample_ms;
	pacing->rate = pacing->samples ? (pacing->rate + rate) / 2 : rate;
	pacing->samples++;
	pacing->sample = exposed;
	pacing->sample_ms = 0;
}

void dynmem_pacing_watch(struct dynmem_pacing *pacing, const struct dynmem_pacing_input *m)
{
	u64 excess = dynmem_above(m->exposed, m->sent);
	bool ordered = excess > dynmem_pacing_slack(m->sent);
	u64 passed = pacing->last_ms ? dynmem_above(m->now_ms, pacing->last_ms) : 0;
	bool first = !pacing->mark;

	pacing->last_ms = m->now_ms;
	if (m->hold)
		return;
	pacing_sample(pacing, m->exposed, ordered && !first, passed);
	if (first || m->exposed + DYNMEM_BLOCK <= pacing->mark ||
	    (!ordered && m->exposed >= pacing->mark + DYNMEM_BLOCK)) {
		pacing_moved(pacing, m->exposed);
		return;
	}
	if (!ordered) {
		pacing->idle_ms = 0;
		pacing->unable_ms = 0;
		/* A guest stays uncooperative until its balloon grows or shrinks by a block. */
		if (pacing->reaction == DYNMEM_REACTION_INACTIVE)
			pacing->reaction = DYNMEM_REACTION_OK;
		return;
	}
	if (m->unavailable + dynmem_pacing_slack(m->sent) >= excess) {
		pacing->unable_ms += passed;
		return;
	}
	pacing->unable_ms = 0;
	pacing->idle_ms += passed;
	pacing->reaction = max(pacing->reaction, dynmem_pacing_reaction(pacing->idle_ms));
}

bool dynmem_pacing_stuck(const struct dynmem_pacing *pacing)
{
	return pacing->reaction == DYNMEM_REACTION_UNCOOPERATIVE ||
	       pacing->unable_ms >= DYNMEM_PACING_UNABLE_MS;
}

u64 dynmem_pacing_soon(const struct dynmem_pacing *pacing)
{
	if (dynmem_pacing_stuck(pacing))
		return 0;
	return pacing->samples < DYNMEM_PACING_SAMPLES ? ~0ULL : DYNMEM_PACING_SOON * pacing->rate;
}

void dynmem_pacing_granted(struct dynmem_pacing *pacing, u64 now_ms)
{
	pacing->granted_ms = now_ms;
}

/* The share in whole blocks, at least the minimum; or all RAM, if the share is that large. */
static u64 share_of(const struct dynmem_pacing_input *m)
{
	return m->share < m->ram ? max(whole_blocks(m->share), m->minimum) : m->ram;
}

u64 dynmem_pacing_gain(struct dynmem_pacing *pacing, const struct dynmem_pacing_input *m, u64 *need,
		       bool *urgent)
{
	u64 all = m->hold ? 0 : dynmem_above(share_of(m), m->granted);
	u64 gain = min(all, dynmem_above(m->share - m->lent, m->granted));
	u64 loan = all - gain > dynmem_pacing_slack(m->share) ? all : 0;
	bool below = m->granted < m->minimum, worth;

	*need = 0;
	*urgent = below || m->granted + dynmem_pacing_slack(m->demand) < m->demand;
	/* A rise ends only when the grant reaches the share: many small rises would cost more. */
	if (!gain || (gain < DYNMEM_BLOCK && !below)) {
		pacing->growing = false;
		pacing->claiming = false;
		return loan;
	}
	/*
	 * Compares bytes, since the VM's status is also computed from bytes. If this compared whole
	 * blocks, a VM might be shown as Low and still get nothing.
	 */
	worth = below || dynmem_above(m->share - m->lent, m->granted) >
			 dynmem_pacing_slack(m->share);
	pacing->growing |= worth;
	pacing->claiming |= (worth && *urgent) ||
			  gain > dynmem_pacing_worth(m->share);
	if (pacing->claiming)
		*need = gain;
	return max(loan, pacing->growing ? gain : 0);
}

bool dynmem_pacing_dwells(const struct dynmem_pacing *pacing, u64 now_ms)
{
	return pacing->granted_ms && now_ms < pacing->granted_ms + DYNMEM_PACING_DWELL_MS;
}

/* Remembers the grant before a step of a lazy take, in case the step has to be undone. */
static void pacing_remember(struct dynmem_pacing *pacing, const struct dynmem_pacing_input *m)
{
	unsigned int i;

	for (i = DYNMEM_PACING_UNDO - 1; i; i--)
		pacing->before[i] = pacing->before[i - 1] ?: m->granted;
	pacing->before[0] = m->granted;
	pacing->lazy_ms = m->now_ms;
}

static void pacing_forget(struct dynmem_pacing *pacing)
{
	unsigned int i;

	for (i = 0; i < DYNMEM_PACING_UNDO; i++)
		pacing->before[i] = 0;
}

static u64 pacing_lazy_target(struct dynmem_pacing *pacing, const struct dynmem_pacing_input *m,
			      u64 target)
{
	u64 down_to = max(percent(m->desired, DYNMEM_PACING_LAZY_DOWN), m->minimum);
	bool taking = m->pressed ||
		      (pacing->above_ms &&
		       m->now_ms >= pacing->above_ms + DYNMEM_PACING_LAZY_MS &&
		       !dynmem_pacing_dwells(pacing, m->now_ms));
	u64 excess = dynmem_above(m->granted, down_to), step;

	if (excess < DYNMEM_BLOCK || !m->lazy || m->backoff || m->hurts ||
	    (!taking && m->granted <= percent(m->desired, DYNMEM_PACING_LAZY_ABOVE))) {
		pacing->above_ms = 0;
		return m->granted;
	}
	if (!pacing->above_ms)
		pacing->above_ms = m->now_ms;
	if (!taking)
		return m->granted;
	if (!m->tick)
		return min(target, m->granted);
	step = m->pressed ? min(m->granted / DYNMEM_PACING_PRESSED_STEP, excess) :
	       min(m->granted / DYNMEM_PACING_LAZY_STEP, excess / DYNMEM_PACING_LAZY_EXCESS);
	pacing_remember(pacing, m);
	return m->granted - max(whole_blocks(step), DYNMEM_BLOCK);
}

u64 dynmem_pacing_target(struct dynmem_pacing *pacing, const struct dynmem_pacing_input *m,
			 u64 gain, u64 take, u64 target)
{
	u64 least = min(share_of(m), m->granted), before = dynmem_pacing_before(pacing);

	if (m->hold)
		return min(target, m->granted);
	if (!m->backoff && m->now_ms > pacing->lazy_ms + DYNMEM_PACING_WATCH_MS)
		pacing_forget(pacing);
	if (take) {
		/*
		 * The memory that is taken now is needed elsewhere, so a backoff must not give it
		 * back. Without remembered steps a backoff undoes nothing.
		 */
		pacing_forget(pacing);
		pacing->above_ms = 0;
		return max(least, whole_blocks(dynmem_above(m->granted, take)));
	}
	if (gain)
		return m->granted + gain;
	if (m->backoff && before > m->granted)
		return min(before, m->ram);
	return pacing_lazy_target(pacing, m, target);
}

bool dynmem_thrash_look(struct dynmem_thrash *thrash, u64 report_ms, u64 refault, u64 stalled)
{
	u64 passed = dynmem_above(report_ms, thrash->report_ms);
	u64 rate = dynmem_above(refault, thrash->refault), waited;
	bool watching, bad;

	/*
	 * A guest reports early when its figures jump. A report that comes less than 900 ms after
	 * the last one is skipped.
	 */
	if (thrash->report_ms && passed < 900)
		return false;
	waited = dynmem_above(stalled, thrash->stalled);
	thrash->refault = refault;
	thrash->stalled = stalled;
	thrash->report_ms = report_ms;
	if (passed == report_ms)
		return false;
	rate = min(rate, DYNMEM_PIB) * 1000 / passed;
	watching = thrash->take_ms && report_ms <= thrash->take_ms + DYNMEM_PACING_WATCH_MS;
	if (!watching) {
		/* The last take did not hurt, so the next backoff is short again. */
		if (thrash->take_ms)
			thrash->backoff_ms = 0;
		thrash->take_ms = 0;
		thrash->bad_ms = 0;
		thrash->calm = (thrash->calm * 3 + rate) / 4;
		return false;
	}
	bad = rate > max(DYNMEM_PACING_THRASH, 2 * thrash->calm) ||
	      min(waited, DYNMEM_PIB) * DYNMEM_PACING_STALL > passed * 1000;
	if (!bad) {
		thrash->bad_ms = 0;
		return false;
	}
	if (!thrash->bad_ms)
		thrash->bad_ms = report_ms - passed;
	if (report_ms < thrash->bad_ms + DYNMEM_PACING_THRASH_MS)
		return false;
	thrash->backoff_ms = dynmem_backoff(thrash->backoff_ms, DYNMEM_PACING_BACKOFF_MS,
					    DYNMEM_PACING_BACKOFF_MAX_MS);
	thrash->until_ms = report_ms + thrash->backoff_ms;
	thrash->take_ms = 0;
	thrash->bad_ms = 0;
	return true;
}
