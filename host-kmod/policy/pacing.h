/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pacing: how fast memory moves between what a vnode has and what policy gives it, and whether its
 * guest does its part. Pure: fixed-width integers only, builds in user space too. plan.c calls it
 * in every decision, with the set's mutex and the VM's lock held.
 *
 * Two speeds. What is needed (somebody is short, a VM starts, a node is in debt) is taken at once.
 * Otherwise only what is far above desired for a while is taken, a little each tick.
 */
#ifndef _DYNMEM_PACING_H
#define _DYNMEM_PACING_H

#include "policy/arith.h"
#include "uapi/dynmem.h"

/* Every constant of the two speeds; Documentation/sharing.rst has an example of each. */
#define DYNMEM_PACING_REPORT_OLD_MS 3000	/* a guest silent for longer is left alone */
#define DYNMEM_PACING_SETTLE_MS	30000	/* startup is kept for so long after the first report */
#define DYNMEM_PACING_SLACK_PART	100	/* 1 %, at least a block: not worth giving */
#define DYNMEM_PACING_LAZY_MS	10000	/* so long above LAZY_ABOVE before anything is taken */
#define DYNMEM_PACING_LAZY_ABOVE	110	/* percent of desired */
#define DYNMEM_PACING_LAZY_DOWN	102	/* percent of desired */
#define DYNMEM_PACING_LAZY_STEP	20	/* at most 1/20 of what is granted in a tick */
#define DYNMEM_PACING_LAZY_EXCESS	4	/* at most 1/4 of what is too much, but a block */
#define DYNMEM_PACING_DWELL_MS	30000	/* after it was given some, before a lazy take */
#define DYNMEM_PACING_GAIN	(32 * DYNMEM_MIB)	/* between satisfied VMs; or 1 % */
#define DYNMEM_PACING_INACTIVE_MS	5000	/* ordered to give and nothing moves */
#define DYNMEM_PACING_UNCOOPERATIVE_MS 20000
#define DYNMEM_PACING_UNABLE_MS	2000	/* the same, and the guest says that it can't */
#define DYNMEM_PACING_UNABLE_TOLD_MS 60000	/* and that is told */
#define DYNMEM_PACING_SAMPLE_MS	1000	/* how often it is seen how fast a guest gives */
#define DYNMEM_PACING_SAMPLES	2	/* it is known after this number of them */
#define DYNMEM_PACING_SOON	3	/* seconds: what it gives until then counts, the rest not */
#define DYNMEM_PACING_WATCH_MS	30000	/* how long a lazy take may turn out to have hurt */
#define DYNMEM_PACING_THRASH_MS	5000	/* so long it must hurt */
#define DYNMEM_PACING_THRASH	(8 * DYNMEM_MIB)	/* refaults and swap-ins, bytes a second */
#define DYNMEM_PACING_STALL	100	/* stalled for more than 1/100 of the time */
#define DYNMEM_PACING_BACKOFF_MS	60000	/* no lazy take then; doubles each time, up to */
#define DYNMEM_PACING_BACKOFF_MAX_MS 600000
#define DYNMEM_PACING_STEP	(256 * DYNMEM_MIB)	/* growth that is believed; or */
#define DYNMEM_PACING_STEP_PART	4	/* 1/4 of what is resident, if that is more */

/**
 * struct dynmem_pacing - what is remembered of a vnode from one decision to the next
 * @last_ms: of the last decision in which the guest could move; 0: none yet
 * @granted_ms: when it was last granted more; 0: never
 * @above_ms: since when it has been far above desired; 0: it is not
 * @idle_ms: how long an order has been outstanding without progress, while the guest could move
 * @unable_ms: the same, with the guest saying that it can't give
 * @mark: bytes exposed when the guest last moved; 0: it could not move yet
 * @seen: bytes exposed at the last look
 * @sample: bytes exposed at the beginning of the sample under way
 * @sample_ms: how long that has lasted, while the guest could move
 * @samples: how many have been taken since it was ordered to give
 * @rate: bytes a second that it has given of late, when it was ordered to
 * @before: bytes granted before the lazy take that may yet be undone; 0: none
 * @lazy_ms: the last step of that take
 * @growing: it is being brought to its share; else small differences are left alone
 * @claiming: others are made to give for that
 * @reaction: what the guest makes of what it is told
 */
struct dynmem_pacing {
	u64 last_ms;
	u64 granted_ms;
	u64 above_ms;
	u64 idle_ms;
	u64 unable_ms;
	u64 mark;
	u64 seen;
	u64 sample;
	u64 sample_ms;
	unsigned int samples;
	u64 rate;
	u64 before;
	u64 lazy_ms;
	bool growing;
	bool claiming;
	enum dynmem_reaction reaction;
};

/**
 * struct dynmem_pacing_input - what a decision knows of a vnode; bytes
 * @now_ms: monotonic
 * @ram, @granted, @exposed: as in struct dynmem_vnode
 * @told: what the guest is told it may hold
 * @unavailable: what the guest says it could not find to give, as far as it is believed
 * @minimum, @demand, @desired: as in struct dynmem_share
 * @share: what policy gives it
 * @tick: a second has passed
 * @hold: nothing is known of the guest now: nothing is given or taken
 * @lazy: what it has above desired may be taken without need
 * @backoff: but not now, the last time hurt
 */
struct dynmem_pacing_input {
	u64 now_ms;
	u64 ram;
	u64 granted;
	u64 exposed;
	u64 told;
	u64 unavailable;
	u64 minimum;
	u64 demand;
	u64 desired;
	u64 share;
	bool tick;
	bool hold;
	bool lazy;
	bool backoff;
};

/* A difference from @bytes that is not worth a movement of memory: 2 MiB or 1 %. Bytes. */
static inline u64 dynmem_pacing_slack(u64 bytes)
{
	return max(DYNMEM_BLOCK, bytes / DYNMEM_PACING_SLACK_PART);
}

/* A difference from @bytes that is worth a movement between satisfied vnodes. Bytes. */
static inline u64 dynmem_pacing_worth(u64 bytes)
{
	return max(DYNMEM_PACING_GAIN, bytes / DYNMEM_PACING_SLACK_PART);
}

/* How much more than is resident a guest is believed to be using soon. Bytes. */
static inline u64 dynmem_pacing_step(u64 resident)
{
	return max(DYNMEM_PACING_STEP, resident / DYNMEM_PACING_STEP_PART);
}

/**
 * dynmem_pacing_watch() - see whether the guest does what it was told
 * @pacing: of the vnode
 * @m: @now_ms, @exposed, @told, @unavailable and @hold; the rest is not looked at
 *
 * Progress is a block given. While the guest can't move (@hold) the clock stands still. How fast a
 * guest gives is the mean of the last sample and of what it was before, so that one that gives in
 * bursts is not taken for one that does not.
 */
void dynmem_pacing_watch(struct dynmem_pacing *pacing, const struct dynmem_pacing_input *m);

/* What it holds above its target is not to be had, whosever fault that is: plan around it. */
bool dynmem_pacing_stuck(const struct dynmem_pacing *pacing);

/*
 * How much of what it was ordered to give will be there within DYNMEM_PACING_SOON seconds, as it
 * gives now; the largest number while nothing says that it is slow. Bytes.
 */
u64 dynmem_pacing_soon(const struct dynmem_pacing *pacing);

/* What is made of a guest that has not done its part for so long. */
static inline enum dynmem_reaction dynmem_pacing_reaction(u64 ms)
{
	if (ms >= DYNMEM_PACING_UNCOOPERATIVE_MS)
		return DYNMEM_REACTION_UNCOOPERATIVE;
	return ms >= DYNMEM_PACING_INACTIVE_MS ? DYNMEM_REACTION_INACTIVE : DYNMEM_REACTION_OK;
}

/* The vnode has been granted more. */
void dynmem_pacing_granted(struct dynmem_pacing *pacing, u64 now_ms);

/**
 * dynmem_pacing_gain() - how much more it should get now
 * @pacing: of the vnode
 * @m: without @backoff, @lazy, @tick
 * @need: set to how much of that others are made to give, if it is not spare
 * @urgent: set if that is for its demand; else it is for its buffer
 *
 * Return: bytes; 0 where it has its share, or nearly
 */
u64 dynmem_pacing_gain(struct dynmem_pacing *pacing, const struct dynmem_pacing_input *m, u64 *need,
		       bool *urgent);

/* Whether a satisfied vnode may be taken from for another one's buffer. */
bool dynmem_pacing_dwells(const struct dynmem_pacing *pacing, u64 now_ms);

/**
 * dynmem_pacing_target() - where the vnode goes
 * @pacing: of the vnode
 * @m: all of it
 * @gain: from dynmem_pacing_gain()
 * @take: bytes that are needed elsewhere, at most what it has above @m->share
 * @target: of the last decision
 *
 * Whole blocks, unless that is all of the vnode's RAM. Above @m->share only to undo a lazy take.
 * Return: bytes; what is granted now if nothing is to change
 */
u64 dynmem_pacing_target(struct dynmem_pacing *pacing, const struct dynmem_pacing_input *m,
			 u64 gain, u64 take, u64 target);

/**
 * struct dynmem_thrash - whether taking memory from a VM without need has hurt it
 * @report_ms: of the report that was looked at last; 0: none yet
 * @refault, @stalled: as of then; see dynmem_thrash_look()
 * @calm: bytes a second that it reads back when nothing was taken
 * @take_ms: the last lazy step on any vnode; 0: none that is not digested
 * @bad_ms: since when it hurts; 0: it does not
 * @until_ms: no lazy take until then
 * @backoff_ms: how long that was
 */
struct dynmem_thrash {
	u64 report_ms;
	u64 refault;
	u64 stalled;
	u64 calm;
	u64 take_ms;
	u64 bad_ms;
	u64 until_ms;
	u64 backoff_ms;
};

/**
 * dynmem_thrash_look() - look at a guest's last report
 * @thrash: of the VM
 * @report_ms: when it came
 * @refault: bytes that the guest has read back (refaults, swap-ins), ever
 * @stalled: microseconds that tasks have waited for memory, ever
 *
 * Return: true if a lazy take has turned out to hurt: it is undone, and none follows for a while
 */
bool dynmem_thrash_look(struct dynmem_thrash *thrash, u64 report_ms, u64 refault, u64 stalled);

/* Bytes have been taken lazily. */
static inline void dynmem_thrash_took(struct dynmem_thrash *thrash, u64 now_ms)
{
	thrash->take_ms = now_ms;
}

static inline bool dynmem_thrash_backs_off(const struct dynmem_thrash *thrash, u64 now_ms)
{
	return now_ms < thrash->until_ms;
}

#endif
