/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cache: how much memory beyond its demand pays for a guest that reads back what it dropped. Pure:
 * fixed-width integers only, builds in user space too.
 *
 * Nothing that a guest reports says how large its working set of files is. What it reads back says
 * that something is missing. So a guest is given what it reads back until it reads nothing back.
 * A guest that reads in a circle through more than it can ever have reads back everything for all
 * that is added: when it can have no more and still reads back as much, the growth is undone.
 */
#ifndef _DYNMEM_CACHE_H
#define _DYNMEM_CACHE_H

#include "policy/arith.h"

#define DYNMEM_CACHE_READS	DYNMEM_MIB	/* bytes a second; less is left alone */
#define DYNMEM_CACHE_STEP	(256 * DYNMEM_MIB)	/* won is at most a step above the grant */
#define DYNMEM_CACHE_LOWERED	75	/* percent of the rate before: growth has helped */
#define DYNMEM_CACHE_PROOF	(32 * DYNMEM_MIB)	/* read back until judged; or 1/8 */
#define DYNMEM_CACHE_STALLED	5	/* reports without more memory: growth has ended */
#define DYNMEM_CACHE_GAP_MS	10000	/* no report for this long: it was paused or silent */
#define DYNMEM_CACHE_BACKOFF_MS	60000	/* pause after growth without effect; doubles */
#define DYNMEM_CACHE_BACKOFF_MAX_MS 3840000
#define DYNMEM_CACHE_DECAY_MS	600000	/* without reading back, before the first decay; doubles */
#define DYNMEM_CACHE_DECAY_MAX_MS 9600000
#define DYNMEM_CACHE_AGAIN_MS	120000	/* from one decay to the next if nothing is read back */
#define DYNMEM_CACHE_DECAY_PART	4	/* a decay takes 1/4 */
#define DYNMEM_CACHE_DOUBT_MS	15000	/* without reading back, before and after the test */
#define DYNMEM_CACHE_LEAST	(16 * DYNMEM_MIB)	/* less is not worth keeping */

/**
 * struct dynmem_cache - what a guest reads back, and what it has been given for that
 * @report_ms: when the last report came that was looked at; 0: none yet
 * @reread: bytes read back, ever, as of then
 * @rate: bytes a second read back before then
 * @won: bytes beyond its demand that pay, or that may pay
 * @most: bytes beyond its demand that it can have at most now
 * @proved: of @won, what has lowered what is read back; growth that does not is undone to this
 * @before: @rate when the growth under way began; 0: none is under way
 * @beyond: bytes read back since then for which nothing could be added
 * @stalled: reports in a row for which nothing could be added
 * @until_ms: no growth until then, because the last one did not help
 * @backoff_ms: length of the last pause of growth; 0: the last growth helped
 * @too_little: bytes beyond its demand that the guest had or could have had when growth ended
 *	because the host had no more; 0: the guest has had all that it may have, or the last growth
 *	helped
 * @calm_ms: since when nothing is read back; 0: something is
 * @decayed_ms: when @won last decayed; 0: not since it last grew
 * @undecayed: @won before it last decayed
 * @doubtful: the guest may have ceased to read, so that nothing shows whether growth has helped
 * @decay_ms: how long nothing must be read back before @won decays
 */
struct dynmem_cache {
	u64 report_ms;
	u64 reread;
	u64 rate;
	u64 won;
	u64 most;
	u64 proved;
	u64 before;
	u64 beyond;
	unsigned int stalled;
	u64 until_ms;
	u64 backoff_ms;
	u64 too_little;
	u64 calm_ms;
	u64 decayed_ms;
	u64 undecayed;
	bool doubtful;
	u64 decay_ms;
};

/* Bytes that the guest should have beyond its demand now. */
static inline u64 dynmem_cache_pays(const struct dynmem_cache *cache)
{
	return min(cache->won, cache->most);
}

/* Notes that @bytes beyond demand pay for the guest, as it read back when it had less. */
void dynmem_cache_keep(struct dynmem_cache *cache, u64 bytes);

/**
 * struct dynmem_cache_input - a guest's last report, and what the host has for it; bytes
 * @report_ms: when the report came, monotonic
 * @reread: bytes of files that the guest has read back, ever
 * @has: what it has been granted beyond its demand
 * @most: what it can have at most beyond its demand
 * @spare: spare bytes on the nodes where its memory may lie
 * @step: how far growth may go beyond @has, if that is more than DYNMEM_CACHE_STEP
 */
struct dynmem_cache_input {
	u64 report_ms;
	u64 reread;
	u64 has;
	u64 most;
	u64 spare;
	u64 step;
};

/**
 * dynmem_cache_look() - look at a guest's last report
 * @cache: of the VM
 * @m: the report
 *
 * @won rises by what is read back, but not further than a step above what the guest has: what it
 * has not been given has no effect that could be measured.
 */
void dynmem_cache_look(struct dynmem_cache *cache, const struct dynmem_cache_input *m);

#endif
