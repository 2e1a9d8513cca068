/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pacing: how fast a vnode's grant moves towards its share, and whether the guest gives the memory
 * that the host asks for. This file needs no kernel types and also builds in user space. Context:
 * the locks of a decision are held: dynmem_set_lock and the VM's lock.
 *
 * There are two speeds. If a vnode lacks memory, a VM starts or a node is in debt, memory is needed
 * and is taken at once. Otherwise there are only lazy takes: memory is taken only from a vnode that
 * has been far above desired for a while, and only a little in each tick. While the host is pressed
 * (see struct dynmem_pacing_input), a lazy take needs no such wait, and takes more in each tick.
 */
#ifndef _DYNMEM_PACING_H
#define _DYNMEM_PACING_H

#include "policy/arith.h"
#include "uapi/dynmem.h"

/* All constants of the two speeds; Documentation/sharing.rst has an example of each. */
#define DYNMEM_PACING_REPORT_OLD_MS 3000	/* after this time without a report nothing moves */
#define DYNMEM_PACING_SETTLE_MS	30000	/* a VM keeps startup this long after its first report */
#define DYNMEM_PACING_SLACK_PART	100	/* see dynmem_pacing_slack() */
#define DYNMEM_PACING_LAZY_MS	10000	/* lazy takes begin after this time above LAZY_ABOVE */
#define DYNMEM_PACING_LAZY_ABOVE	110	/* percent of desired where lazy takes begin */
#define DYNMEM_PACING_LAZY_DOWN	102	/* percent of desired where lazy takes end */
/*
 * A lazy take in a tick is at most 1/LAZY_STEP of the grant, and at most 1/LAZY_EXCESS of the
 * memory above LAZY_DOWN. If the host is pressed (see struct dynmem_pacing_input), a take is at
 * most 1/PRESSED_STEP of the grant. In both cases a take is at least a block.
 */
#define DYNMEM_PACING_LAZY_STEP	20
#define DYNMEM_PACING_PRESSED_STEP 4
#define DYNMEM_PACING_LAZY_EXCESS	4
#define DYNMEM_PACING_DWELL_MS	30000	/* no lazy take for this long after a grant */
#define DYNMEM_PACING_GAIN	(32 * DYNMEM_MIB)	/* see dynmem_pacing_worth() */
#define DYNMEM_PACING_INACTIVE_MS	5000	/* inactive: no progress for this long */
#define DYNMEM_PACING_UNCOOPERATIVE_MS 20000	/* uncooperative: no progress for this long */
/* A guest that has reported for this long that it can't give memory counts as stuck. */
#define DYNMEM_PACING_UNABLE_MS	2000
#define DYNMEM_PACING_UNABLE_EVENT_MS 60000	/* when an event reports that a guest can't give */
#define DYNMEM_PACING_SAMPLE_MS	1000	/* length of a sample of a guest's rate of giving */
#define DYNMEM_PACING_SAMPLES	2	/* the rate is known after this many samples */
#define DYNMEM_PACING_SOON	3	/* plans look this many seconds ahead */
#define DYNMEM_PACING_WATCH_MS	30000	/* after a lazy take the guest is watched for this long */
#define DYNMEM_PACING_UNDO	4	/* if a lazy take hurts, this many last steps are undone */
#define DYNMEM_PACING_THRASH_MS	5000	/* a take that hurts for this long is undone */
/*
 * A lazy take hurts if the guest reads back more bytes a second than DYNMEM_PACING_THRASH, and also
 * more than twice @calm of struct dynmem_thrash. A lazy take also hurts if tasks of the guest wait
 * for memory during more than 1/DYNMEM_PACING_STALL of the time.
 */
#define DYNMEM_PACING_THRASH	(8 * DYNMEM_MIB)
#define DYNMEM_PACING_STALL	100	/* 1/100 of the time, see above */
#define DYNMEM_PACING_BACKOFF_MS	60000	/* first pause of lazy takes; later ones double */
#define DYNMEM_PACING_BACKOFF_MAX_MS 600000	/* the longest pause */
#define DYNMEM_PACING_STEP	(256 * DYNMEM_MIB)	/* see dynmem_pacing_step() */
#define DYNMEM_PACING_STEP_PART	4	/* a step is 1/4 of resident memory if that is more */

/**
 * struct dynmem_pacing - state of a vnode from one decision to the next
 * @last_ms: time of the last decision; 0: none yet
 * @granted_ms: when the vnode was last granted more; 0: never
 * @above_ms: since when the grant has been far above desired; 0: the grant is not far above desired
 * @idle_ms: time for which the guest has made no progress towards a lower target. Time in which the
 *	guest's state was unknown, or in which it reported that it can't give, does not count
 * @unable_ms: for how long the guest has been reporting that it can't give
 * @mark: bytes exposed when the guest last made progress; 0: the guest has not been watched yet
 * @seen: bytes exposed at the last decision
 * @sample: bytes exposed at the start of the present sample
 * @sample_ms: length of the present sample so far, without time in which the state of the guest was
 *	unknown
 * @samples: number of samples taken since the guest was sent a lower target
 * @rate: bytes a second that the guest gives while it has a lower target; a moving mean of samples
 * @before: bytes granted before each of the last steps of a lazy take, beginning with the last
 *	step; 0: no step can be undone
 * @lazy_ms: time of the last step of a lazy take
 * @growing: the grant is being raised to the share; if not, a small difference is left alone
 * @claiming: other vnodes have to give memory so that the grant can rise to the share
 * @reaction: how the guest reacts to its targets
 *
 * Times are monotonic. This is a part of struct dynmem_vnode, and the VM's lock guards it.
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
	u64 before[DYNMEM_PACING_UNDO];
	u64 lazy_ms;
	bool growing;
	bool claiming;
	enum dynmem_reaction reaction;
};

/**
 * struct dynmem_pacing_input - the figures of a vnode in one decision; bytes
 * @now_ms: monotonic
 * @ram: as in struct dynmem_vnode
 * @granted: as in struct dynmem_vnode
 * @exposed: memory that the guest could touch
 * @sent: target that was sent to the guest
 * @unavailable: memory that the host wants and the guest reports that it can't find, limited to a
 *	credible amount
 * @minimum: as in struct dynmem_share
 * @demand: as in struct dynmem_share
 * @desired: as in struct dynmem_share, plus the memory that is lent
 * @share: the vnode's share, that is, the memory that policy gives the vnode
 * @lent: the part of @share that is lent; no other vnode has to give memory for this part
 * @tick: a second has passed since the last decision in which @tick was true
 * @hold: the state of the guest is not known, so nothing is given or taken
 * @pressed: the host lacks memory on the vnode's node, so lazy takes are prompt
 * @lazy: lazy takes are allowed
 * @hurts: the last lazy take seems to hurt. Until it is certain whether the take hurts, there is no
 *	other lazy take
 * @backoff: lazy takes pause, because the last one has hurt
 *
 * An object lives on the stack of one decision, so no lock guards it.
 */
struct dynmem_pacing_input {
	u64 now_ms;
	u64 ram;
	u64 granted;
	u64 exposed;
	u64 sent;
	u64 unavailable;
	u64 minimum;
	u64 demand;
	u64 desired;
	u64 share;
	u64 lent;
	bool tick;
	bool hold;
	bool pressed;
	bool lazy;
	bool hurts;
	bool backoff;
};

/* The largest difference from @bytes that is left alone: 2 MiB, or 1 % if that is more. Bytes. */
static inline u64 dynmem_pacing_slack(u64 bytes)
{
	return max(DYNMEM_BLOCK, bytes / DYNMEM_PACING_SLACK_PART);
}

/*
 * If two vnodes both have their demand, moving a small amount from one to the other is not worth
 * the effort. Returns the largest such amount for a vnode whose share is @bytes: 32 MiB, or 1 % of
 * the share if that is more. Bytes.
 */
static inline u64 dynmem_pacing_worth(u64 bytes)
{
	return max(DYNMEM_PACING_GAIN, bytes / DYNMEM_PACING_SLACK_PART);
}

/*
 * One step of growth. A guest with @resident bytes of resident memory is believed to be using at
 * most one step more than that. Bytes.
 */
static inline u64 dynmem_pacing_step(u64 resident)
{
	return max(DYNMEM_PACING_STEP, resident / DYNMEM_PACING_STEP_PART);
}

/**
 * dynmem_pacing_watch() - see whether the guest follows its target
 * @pacing: state of the vnode
 * @m: only @now_ms, @exposed, @sent, @unavailable and @hold are used
 *
 * The guest makes progress when it gives a block. Time in which @m->hold is true is left out. The
 * new rate of a guest is the mean of the last sample and of the previous rate. So a guest that
 * gives in bursts does not look like a guest that has stopped giving.
 */
void dynmem_pacing_watch(struct dynmem_pacing *pacing, const struct dynmem_pacing_input *m);

/*
 * Whether the guest is uncooperative, or has reported for DYNMEM_PACING_UNABLE_MS that it can't
 * give. Plans must not count on the memory that such a guest has above its target.
 */
bool dynmem_pacing_stuck(const struct dynmem_pacing *pacing);

/*
 * Bytes that the guest will give within DYNMEM_PACING_SOON seconds at its present rate. 0 if the
 * guest is stuck; the largest u64 while the rate is not known.
 */
u64 dynmem_pacing_soon(const struct dynmem_pacing *pacing);

/* The reaction of a guest that has not followed its target for @ms. */
static inline enum dynmem_reaction dynmem_pacing_reaction(u64 ms)
{
	if (ms >= DYNMEM_PACING_UNCOOPERATIVE_MS)
		return DYNMEM_REACTION_UNCOOPERATIVE;
	return ms >= DYNMEM_PACING_INACTIVE_MS ? DYNMEM_REACTION_INACTIVE : DYNMEM_REACTION_OK;
}

/* Notes that the vnode was granted more memory at @now_ms. */
void dynmem_pacing_granted(struct dynmem_pacing *pacing, u64 now_ms);

/**
 * dynmem_pacing_gain() - how much more memory the vnode should get now
 * @pacing: state of the vnode
 * @m: only @ram, @granted, @minimum, @demand, @share, @lent and @hold are used
 * @need: set to the part of the result for which other vnodes must give memory if there is too
 *	little spare memory. Lent memory is not a part of @need. For a small rise that is not
 *	urgent, @need is 0
 * @urgent: set to true if the grant is below minimum, or below demand by more than
 *	dynmem_pacing_slack(); otherwise set to false
 *
 * Return: bytes; 0 if the vnode has its share, or nearly all of its share
 */
u64 dynmem_pacing_gain(struct dynmem_pacing *pacing, const struct dynmem_pacing_input *m, u64 *need,
		       bool *urgent);

/* Bytes granted before the last steps of a lazy take that can be undone; 0: there are none. */
static inline u64 dynmem_pacing_before(const struct dynmem_pacing *pacing)
{
	return pacing->before[DYNMEM_PACING_UNDO - 1];
}

/*
 * Whether the vnode was granted memory so recently that it gives no memory for the buffers of other
 * vnodes, and no lazy take begins. If the host is pressed, lazy takes begin all the same.
 */
bool dynmem_pacing_dwells(const struct dynmem_pacing *pacing, u64 now_ms);

/**
 * dynmem_pacing_target() - the target of the vnode
 * @pacing: state of the vnode
 * @m: all members are used except @exposed, @sent, @unavailable, @demand and @lent
 * @gain: from dynmem_pacing_gain()
 * @take: bytes that are needed elsewhere, at most the bytes granted above @m->share
 * @target: target of the last decision
 *
 * @m->share is first rounded down to whole blocks, but not below @m->minimum; a share of all RAM is
 * not rounded. The target rises above the share only to undo a lazy take.
 *
 * Return: bytes; @m->granted if nothing is to change
 */
u64 dynmem_pacing_target(struct dynmem_pacing *pacing, const struct dynmem_pacing_input *m,
			 u64 gain, u64 take, u64 target);

/**
 * struct dynmem_thrash - whether lazy takes from a VM hurt it
 * @report_ms: time of the last report that was looked at; 0: none yet
 * @refault: value of that report, see dynmem_thrash_look()
 * @stalled: value of that report, see dynmem_thrash_look()
 * @calm: bytes a second that the guest reads back while no take is watched; a moving mean
 * @take_ms: time of the last lazy take from any vnode; 0: no take is being watched
 * @bad_ms: since when the take hurts; 0: the take does not hurt
 * @until_ms: no lazy take before that time
 * @backoff_ms: length of the last backoff
 *
 * Times are monotonic. This is a part of struct dynmem_vm_demand, and the VM's lock guards it.
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
 * @thrash: state of the VM
 * @report_ms: time of the report, monotonic
 * @refault: bytes that the guest has read back (refaults, swap-ins), the sum over all reports
 * @stalled: microseconds that tasks have waited for memory, the sum over all reports
 *
 * Return: true if a lazy take has turned out to hurt. If so, this call has begun a backoff, in
 * which dynmem_pacing_target() undoes the last steps of that take
 */
bool dynmem_thrash_look(struct dynmem_thrash *thrash, u64 report_ms, u64 refault, u64 stalled);

/* Notes a lazy take at @now_ms. */
static inline void dynmem_thrash_took(struct dynmem_thrash *thrash, u64 now_ms)
{
	thrash->take_ms = now_ms;
}

/* Whether lazy takes pause at @now_ms, because a lazy take has hurt. */
static inline bool dynmem_thrash_backs_off(const struct dynmem_thrash *thrash, u64 now_ms)
{
	return now_ms < thrash->until_ms;
}

#endif
