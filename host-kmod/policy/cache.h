/* SPDX-License-Identifier: GPL-2.0 */
/*
 * cache: how much memory beyond its demand a guest gets for files that it reads again. This file
 * needs no kernel types and also builds in user space.
 *
 * A guest *reads back* when it reads pages of files that it has read before and has dropped since.
 * No figure in a report says how large the guest's working set of files is. But a guest that reads
 * back has too little memory for its files. So the host adds as much memory as the guest reads
 * back, until the guest reads nothing back. This is called growth.
 *
 * A guest may read in a circle through files that are larger than all the memory that it can have.
 * Such a guest reads back as much as before, however much memory is added. Growth can go no further
 * when the guest can have no more memory, or when several reports in a row could add nothing,
 * because the host had no more memory. If the guest still reads back nearly as much at that point
 * as before growth began, growth is undone.
 *
 * When a guest has read nothing back for a long time, the added memory is reduced step by step.
 * Each step is called a decay.
 */
#ifndef _DYNMEM_CACHE_H
#define _DYNMEM_CACHE_H

#include "policy/arith.h"

/* A guest that reads back fewer bytes a second than this counts as reading nothing back. */
#define DYNMEM_CACHE_READS	DYNMEM_MIB
/*
 * The most bytes by which growth brings @won of struct dynmem_cache above @has of struct
 * dynmem_cache_input. If @step of the input is larger, @step is the limit instead.
 */
#define DYNMEM_CACHE_STEP	(256 * DYNMEM_MIB)
/* Growth has helped if @rate is below this percentage of @before, the rate when growth began. */
#define DYNMEM_CACHE_LOWERED	75
/*
 * Growth that can go no further is judged after this many bytes have been read back, or 1/8 of the
 * growth if that is more.
 */
#define DYNMEM_CACHE_PROOF	(32 * DYNMEM_MIB)
/* Growth can go no further if it added nothing in more than this number of reports in a row. */
#define DYNMEM_CACHE_STALLED	5
/* A guest was paused or silent if no report came for this long. */
#define DYNMEM_CACHE_GAP_MS	10000
/* First and longest pause after growth that has not helped. Each pause is twice the last one. */
#define DYNMEM_CACHE_BACKOFF_MS	60000
#define DYNMEM_CACHE_BACKOFF_MAX_MS 3840000
/* Least and largest value of @decay_ms, which doubles when a decay took memory that was in use. */
#define DYNMEM_CACHE_DECAY_MS	600000
#define DYNMEM_CACHE_DECAY_MAX_MS 9600000
/*
 * Time from one decay to the next. If the guest reads back within this time after a decay, that
 * decay is undone.
 */
#define DYNMEM_CACHE_AGAIN_MS	120000
#define DYNMEM_CACHE_DECAY_PART	4	/* a decay takes 1/4 of @won */
#define DYNMEM_CACHE_DOUBT_MS	15000	/* see cache_doubt() */
#define DYNMEM_CACHE_LEAST	(16 * DYNMEM_MIB)	/* a lower @won becomes 0 */

/**
 * struct dynmem_cache - the memory beyond demand that a guest gets for its files
 * @report_ms: time of the last report that was looked at; 0: none yet
 * @reread: bytes that the guest had read back until that report, the sum over all reports
 * @rate: bytes a second that the guest read back between the last two such reports
 * @won: bytes beyond demand that the guest should have; may be more than @most
 * @most: the most bytes beyond demand that the guest can have now
 * @proved: the part of @won that has helped the guest; growth that does not help is undone down to
 *	this
 * @before: @rate when the present growth began; 0: there is no growth now
 * @beyond: bytes that the guest has read back since the present growth could go no further
 * @stalled: number of reports in a row that added nothing to the present growth
 * @until_ms: end of the last pause of growth
 * @backoff_ms: length of the last pause after growth that did not help; 0: the last growth helped
 * @too_little: bytes beyond demand that the guest could have had when the last growth was judged,
 *	if that growth did not help and the host had too little memory for more growth; otherwise 0
 * @calm_ms: since when the guest reads nothing back; 0: the guest reads back, or this is unknown
 * @decayed_ms: time of the last decay; 0: the guest has read back since, or there was no decay
 * @undecayed: @won before the last decay
 * @doubtful: the guest stopped reading back when it could have no more memory, so it is not known
 *	whether the last growth has helped; see cache_doubt()
 * @decay_ms: how long the guest must read nothing back before the first decay
 *
 * Times are monotonic. This is a part of struct dynmem_vm_demand, and the VM's lock guards it.
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

/*
 * Raises @won to at least @bytes, and sets @proved to @won. To be called when the guest was hurt
 * because it had less than @bytes beyond its demand.
 */
void dynmem_cache_keep(struct dynmem_cache *cache, u64 bytes);

/**
 * struct dynmem_cache_input - a guest's last report, and the memory that the guest can have; bytes
 * @report_ms: time of the report, monotonic
 * @reread: bytes of files that the guest has read back, the sum over all reports
 * @has: memory that the guest has been granted beyond its demand
 * @most: the most memory that the guest can have beyond its demand
 * @spare: spare memory on the nodes where the guest's memory may be
 * @step: growth may bring @won above @has by @step or by DYNMEM_CACHE_STEP, whichever is larger
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
 * @cache: state of the VM
 * @m: the report
 *
 * Raises @won by the bytes that the guest has read back since the last report, but to at most one
 * step above the memory that the guest has. Whether more memory helps can be measured only after
 * the guest has got it. Also judges growth, and lowers @won when the guest reads nothing back.
 */
void dynmem_cache_look(struct dynmem_cache *cache, const struct dynmem_cache_input *m);

#endif
