/* SPDX-License-Identifier: GPL-2.0 */
/*
 * pacing: how fast a vnode's grant moves towards its share, and whether its guest gives the memory
 * that it is asked for. Pure: fixed-width integers only, builds in user space too. Context: the
 * locks of a decision are held: dynmem_set_lock and the VM's lock.
 *
 * There are two speeds. Memory that is needed is taken at once: a vnode is short, a VM starts, or a
 * node is in debt. Without need, memory is only taken from a vnode that has been far above desired
 * for a while, a little in each tick: a lazy take.
 */
#ifndef _DYNMEM_PACING_H
#define _DYNMEM_PACING_H

#include "policy/arith.h"
#include "uapi/dynmem.h"

/* All constants of the two speeds; Documentation/sharing.rst has an example of each. */
#define DYNMEM_PACING_REPORT_OLD_MS 3000	/* a guest silent for longer is left alone */
#define DYNMEM_PACING_SETTLE_MS	30000	/* startup is kept this long after the first report */
#define DYNMEM_PACING_SLACK_PART	100	/* negligible: 1 %, at least a block */
#define DYNMEM_PACING_LAZY_MS	10000	/* a lazy take begins after this time above LAZY_ABOVE */
#define DYNMEM_PACING_LAZY_ABOVE	110	/* percent of desired */
#define DYNMEM_PACING_LAZY_DOWN	102	/* percent of desired */
#define DYNMEM_PACING_LAZY_STEP	20	/* lazy take in a tick: at most 1/20 of the grant */
#define DYNMEM_PACING_LAZY_EXCESS	4	/* at most 1/4 of the excess, or one block */
#define DYNMEM_PACING_DWELL_MS	30000	/* no lazy take this long after a grant */
#define DYNMEM_PACING_GAIN	(32 * DYNMEM_MIB)	/* or 1 % if more: dynmem_pacing_worth() */
#define DYNMEM_PACING_INACTIVE_MS	5000	/* no progress for this long: inactive */
#define DYNMEM_PACING_UNCOOPERATIVE_MS 20000
#define DYNMEM_PACING_UNABLE_MS	2000	/* stuck after saying for this long that it can't give */
#define DYNMEM_PACING_UNABLE_EVENT_MS 60000	/* an event after saying so for this long */
#define DYNMEM_PACING_SAMPLE_MS	1000	/* length of a sample of how fast a guest gives */
#define DYNMEM_PACING_SAMPLES	2	/* the rate is known after this many samples */
#define DYNMEM_PACING_SOON	3	/* seconds: plans use memory that a guest gives by then */
#define DYNMEM_PACING_WATCH_MS	30000	/* time in which a lazy take may turn out to hurt */
#define DYNMEM_PACING_THRASH_MS	5000	/* a take that hurts for this long is undone */
#define DYNMEM_PACING_THRASH	(8 * DYNMEM_MIB)	/* refaults a second that hurt, bytes */
#define DYNMEM_PACING_STALL	100	/* stalls for more than 1/100 of the time hurt, too */
#define DYNMEM_PACING_BACKOFF_MS	60000	/* pause of lazy takes; doubles up to: */
#define DYNMEM_PACING_BACKOFF_MAX_MS 600000
#define DYNMEM_PACING_STEP	(256 * DYNMEM_MIB)	/* growth that is believed: this much */
#define DYNMEM_PACING_STEP_PART	4	/* or 1/4 of resident memory if more */

/**
 * struct dynmem_pacing - state of a vnode from one decision to the next
 * @last_ms: time of the last decision; 0: none yet
 * @granted_ms: when the vnode was last granted more; 0: never
 * @above_ms: since when the grant has been far above desired; 0: it is not
 * @idle_ms: how long the guest has made no progress to a lower target, without time in which its
 *	state was unknown or it said that it can't give
 * @unable_ms: how long the guest has now said that it can't give
 * @mark: bytes exposed when the guest last made progress; 0: the guest has not been watched yet
 * @seen: bytes exposed at the last decision
 * @sample: bytes exposed at the start of the present sample
 * @sample_ms: length of the present sample so far, without time in which the state of the guest was
 *	unknown
 * @samples: number of samples taken since the guest was sent a lower target
 * @rate: bytes a second that the guest gives while its target is lower; a moving mean over samples
 * @before: bytes granted before the lazy take that may still be undone; 0: there is none
 * @lazy_ms: time of the last step of a lazy take
 * @growing: the grant is being raised to the share; if not, a small difference is left alone
 * @claiming: other vnodes have to give for that rise
 * @reaction: how the guest reacts to its targets
 *
 * Times are monotonic. A part of struct dynmem_vnode, guarded by the VM's lock.
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
 * struct dynmem_pacing_input - the figures of a vnode in one decision; bytes
 * @now_ms: monotonic
 * @ram: as in struct dynmem_vnode
 * @granted: as in struct dynmem_vnode
 * @exposed: memory that the guest could touch
 * @sent: target that was sent to the guest
 * @unavailable: memory that the guest says it could not find to give, as far as it is believed
 * @minimum: as in struct dynmem_share
 * @demand: as in struct dynmem_share
 * @desired: as in struct dynmem_share
 * @share: the result of policy
 * @tick: a second has passed since the last decision with @tick
 * @hold: the state of the guest is not known, so nothing is given or taken
 * @lazy: lazy takes are allowed
 * @backoff: no lazy take now, as the last one hurt
 *
 * On the stack of one decision.
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
	bool tick;
	bool hold;
	bool lazy;
	bool backoff;
};

/* The largest difference from @bytes that is left alone: 2 MiB, or 1 % if that is more. Bytes. */
static inline u64 dynmem_pacing_slack(u64 bytes)
{
	return max(DYNMEM_BLOCK, bytes / DYNMEM_PACING_SLACK_PART);
}

/* The largest difference from @bytes for which satisfied vnodes need not give. Bytes. */
static inline u64 dynmem_pacing_worth(u64 bytes)
{
	return max(DYNMEM_PACING_GAIN, bytes / DYNMEM_PACING_SLACK_PART);
}

/* How far the use of a guest is believed to exceed its resident memory soon. Bytes. */
static inline u64 dynmem_pacing_step(u64 resident)
{
	return max(DYNMEM_PACING_STEP, resident / DYNMEM_PACING_STEP_PART);
}

/**
 * dynmem_pacing_watch() - see whether the guest follows its target
 * @pacing: of the vnode
 * @m: only @now_ms, @exposed, @sent, @unavailable and @hold are used
 *
 * The guest makes progress when it gives a block. Time with @m->hold does not count. The new rate
 * of a guest is the mean of the last sample and of the rate before, so that a guest that gives in
 * bursts does not look like one that has stopped.
 */
void dynmem_pacing_watch(struct dynmem_pacing *pacing, const struct dynmem_pacing_input *m);

/* Whether plans must not rely on memory that the guest has above its target. */
bool dynmem_pacing_stuck(const struct dynmem_pacing *pacing);

/*
 * How much the guest will give within DYNMEM_PACING_SOON seconds at its present rate; the largest
 * number while its rate is not known. Bytes.
 */
u64 dynmem_pacing_soon(const struct dynmem_pacing *pacing);

/* The reaction of a guest that has not followed its target for @ms. */
static inline enum dynmem_reaction dynmem_pacing_reaction(u64 ms)
{
	if (ms >= DYNMEM_PACING_UNCOOPERATIVE_MS)
		return DYNMEM_REACTION_UNCOOPERATIVE;
	return ms >= DYNMEM_PACING_INACTIVE_MS ? DYNMEM_REACTION_INACTIVE : DYNMEM_REACTION_OK;
}

/* Notes that the vnode has been granted more. */
void dynmem_pacing_granted(struct dynmem_pacing *pacing, u64 now_ms);

/**
 * dynmem_pacing_gain() - how much more memory the vnode should get now
 * @pacing: of the vnode
 * @m: @backoff, @lazy and @tick are not used
 * @need: set to the part of the result that other vnodes have to give if it is not spare, bytes
 * @urgent: set to whether the grant is below minimum or demand; if not, only buffer is missing
 *
 * Return: bytes; 0 when the vnode has its share, or nearly all of it
 */
u64 dynmem_pacing_gain(struct dynmem_pacing *pacing, const struct dynmem_pacing_input *m, u64 *need,
		       bool *urgent);

/* Whether the last grant is so recent that memory is taken only for demand, starts and debt. */
bool dynmem_pacing_dwells(const struct dynmem_pacing *pacing, u64 now_ms);

/**
 * dynmem_pacing_target() - the target of the vnode
 * @pacing: of the vnode
 * @m: all members are used
 * @gain: from dynmem_pacing_gain()
 * @take: bytes that are needed elsewhere, at most what is granted above @m->share
 * @target: target of the last decision
 *
 * The target is a number of whole blocks, or all of the vnode's RAM. It is raised above @m->share
 * only to undo a lazy take.
 *
 * Return: bytes; @m->granted if nothing is to change
 */
u64 dynmem_pacing_target(struct dynmem_pacing *pacing, const struct dynmem_pacing_input *m,
			 u64 gain, u64 take, u64 target);

/**
 * struct dynmem_thrash - whether lazy takes from a VM hurt it
 * @report_ms: time of the last report that was looked at; 0: none yet
 * @refault: as of that report, see dynmem_thrash_look()
 * @stalled: as of that report, see dynmem_thrash_look()
 * @calm: bytes a second that the guest reads back when nothing was taken; a moving mean
 * @take_ms: time of the last lazy take from any vnode; 0: no take is being watched
 * @bad_ms: since when the take hurts; 0: it does not
 * @until_ms: no lazy take before that time
 * @backoff_ms: length of the last backoff
 *
 * Times are monotonic. A part of struct dynmem_vm_demand, guarded by the VM's lock.
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
 * @report_ms: time of the report, monotonic
 * @refault: bytes that the guest has read back (refaults, swap-ins), the sum over all reports
 * @stalled: microseconds that tasks have waited for memory, the sum over all reports
 *
 * Return: true if a lazy take has turned out to hurt: it is to be undone, and the backoff begins
 */
bool dynmem_thrash_look(struct dynmem_thrash *thrash, u64 report_ms, u64 refault, u64 stalled);

/* Notes a lazy take. */
static inline void dynmem_thrash_took(struct dynmem_thrash *thrash, u64 now_ms)
{
	thrash->take_ms = now_ms;
}

/* Whether there is a backoff now. */
static inline bool dynmem_thrash_backs_off(const struct dynmem_thrash *thrash, u64 now_ms)
{
	return now_ms < thrash->until_ms;
}

#endif
