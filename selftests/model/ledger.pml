/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The protocol around a node's ledger (host-kmod/policy/ledger.h) in a small world (world.h). There
 * is one node and there are SLOTS VMs, of which the first RUNNING are up and the others start. A VM
 * has a VMM, which may be killed at any point, and a driver, which gives and takes at any time. It
 * has a guest, which touches all its exposed memory, may be reset, and whose demand changes. The
 * capacity of the node changes, too.
 *
 * Each change of the books is one of ledger.h's functions, written here a second time. The verifier
 * that spin generates from this file is compiled together with ledger.c and startq.c. At every step
 * of every trace, replay.h makes the same call of the code on the same books and compares the
 * results.
 *
 * The script `check` runs this and says what is proven. It defines these macros:
 * SLOTS, RUNNING, FAULTS: see world.h
 * HOST: the host's own use changes
 * MOVES: how often demand and the host's use may change, while policy keeps targets within
 *	capacity. If undefined they change any number of times, and targets are arbitrary, so that
 *	the proof does not depend on policy
 * PATIENT: a start waits without a time limit
 * SEED: plants an error that must be found, and turns replay off. 1: a grant ignores the capacity.
 *	2: memory counts as given before the guest gives it. 3: no VM is asked to give
 */
#include "world.h"

/* The books. */
byte capacity = CAPACITY;
byte granted[SLOTS], resident[SLOTS], promised[SLOTS], overhead[SLOTS];

/* The world. @exposed is the memory that a guest could touch, @target the target of its grant. */
byte exposed[SLOTS], target[SLOTS];
byte phase[SLOTS];
bool late[SLOTS];		/* the time that a start may wait is over */
bool naked[SLOTS];		/* at risk since a boot or reset; the driver has to give memory */
byte faults = FAULTS;		/* the number of kills and resets that may still happen */
#ifdef MOVES
byte moves = MOVES;
bool indebted;			/* the node was in debt after the last decision */
#define MAY_MOVE	&& moves > 0
#define MOVE		moves--;
#else
#define MAY_MOVE
#define MOVE
#endif

/* Operands of the present step: a VM, the argument and the result. They are 0 between two steps. */
byte who, amount, got;

#define ABOVE(a, b)	((a) > (b) -> (a) - (b) : 0)
#define MIN(a, b)	((a) < (b) -> (a) : (b))
#define MAX(a, b)	((a) > (b) -> (a) : (b))
#if SLOTS == 4
#define ALL(f)		(f(0) + f(1) + f(2) + f(3))
#else
#define ALL(f)		(f(0) + f(1) + f(2))
#endif
#define CHARGE(i)	MAX(granted[i], resident[i])
#define PROMISED(i)	promised[i]
#define VMMS(i)		overhead[i]
#define BOUND		(ALL(CHARGE) + ALL(PROMISED) + ALL(VMMS))
#define SPARE		ABOVE(capacity, BOUND)
#define DEBT		ABOVE(ALL(CHARGE) + ALL(VMMS), capacity)

#define NEED		(STARTUP + OVERHEAD)
#define MINIMUMS(i)	(phase[i] == UP || phase[i] == ADMITTED -> MINIMUM : 0)
#define COULD_FIT	(ALL(MINIMUMS) + ALL(VMMS) + NEED <= capacity)
#define IS_UP(i)	(phase[i] == UP)
#define TARGET(i)	(phase[i] == UP || phase[i] == ADMITTED -> target[i] : 0)
#define VISIBLE(i)	MIN(target[i], granted[i])
#define EXPOSED(i)	exposed[i]
#define AT_RISK(i)	ABOVE(exposed[i], granted[i])
#define WAITS(i)	(phase[i] == WAITING)

#define STRIPPED(i)	(AT_RISK(i) > 0 && !naked[i] -> 1 : 0)

/*
 * Invariant I2: all exposed memory fits into the node, unless capacity has fallen or a guest is at
 * risk. A guest may be at risk only from a boot or reset until its driver has given memory.
 */
#define FITS		(capacity < CAPACITY || ALL(AT_RISK) > 0 || ALL(EXPOSED) <= capacity)
#define SAFE		(FITS && ALL(STRIPPED) == 0)
#define DRESS(i)	naked[i] = naked[i] && AT_RISK(i) > 0

c_code {
	\#include "replay.h"
};

/*
 * The functions of ledger.h: `who` is the holding, `amount` the argument, `got` the result. LOAD at
 * the start of a function and SAME at its end let replay.h repeat the call and compare its effect.
 */

#ifdef SEED
#define LOAD		skip
#define LOAD_QUEUE	skip
#define SAME(call)	skip
#else
#define LOAD		c_code { replay_load(); }
#define LOAD_QUEUE	c_code { replay_load_queue(); }
#define SAME(call)	c_code { replay_##call(); }; assert(c_expr { replay_agrees })
#endif

inline ledger_grant()
{
	LOAD;
	if
	:: BOUND > capacity -> got = 0;
	:: else ->
#if SEED == 1
		got = amount;
#else
		got = MIN(amount, ABOVE(resident[who], granted[who]) + promised[who] + SPARE);
#endif
	fi;
	promised[who] = ABOVE(promised[who], ABOVE(got, ABOVE(resident[who], granted[who])));
	granted[who] = granted[who] + got;
	SAME(grant);
	assert(got == 0 || BOUND <= capacity);
}

/* Grants startup and overhead to a VM that holds nothing yet, either both or nothing. */
inline ledger_admit()
{
	LOAD;
	if
	:: BOUND - promised[who] + STARTUP + OVERHEAD > capacity -> got = 0;
	:: else ->
		got = 1;
		promised[who] = 0;
		granted[who] = STARTUP;
		overhead[who] = OVERHEAD;
	fi;
	SAME(admit);
	assert(got == 0 || BOUND <= capacity);
}

inline ledger_promise()
{
	LOAD;
	got = MIN(amount, SPARE);
	promised[who] = promised[who] + got;
	SAME(promise);
	assert(got == 0 || BOUND <= capacity);
}

inline ledger_release()
{
	LOAD;
	promised[who] = 0;
	SAME(release);
}

inline ledger_place()
{
	LOAD;
	granted[who] = amount;
	SAME(place);
}

inline ledger_measured()
{
	LOAD;
	resident[who] = amount;
	SAME(measured);
}

inline ledger_overhead()
{
	LOAD;
	overhead[who] = amount;
	SAME(overhead);
}

inline ledger_forget()
{
	LOAD;
	granted[who] = 0;
	resident[who] = 0;
	promised[who] = 0;
	overhead[who] = 0;
	SAME(forget);
}

#define EACH		who = 0; do :: who < SLOTS ->
#define DONE		who++; :: else -> break; od; who = 0; amount = 0; got = 0;

/* Lowers grants by the memory that guests have given *and* the host has released. */
inline follow()
{
	EACH
		if
		:: IS_UP(who) && target[who] < granted[who] ->
#if SEED == 2
			amount = target[who];
#else
			amount = MAX(target[who], MIN(granted[who], exposed[who]));
#endif
			ledger_place();
		:: else
		fi;
	DONE
}

/*
 * Serves the queue of starts as startq.h says; a lower slot has a higher weight. All promises are
 * taken back first. Each start that would fit with all other VMs at their minimums is promised
 * memory, as far as earlier starts leave some. A start gets all that it needs, or nothing.
 */
inline consider_starts()
{
	LOAD_QUEUE;
	EACH
		if
		:: WAITS(who) -> ledger_release();
		:: else
		fi;
	DONE
	EACH
		if
		:: WAITS(who) ->
			if
			:: COULD_FIT -> ledger_admit();
			:: else -> got = 0;
			fi;
			if
			:: got > 0 ->
				phase[who] = ADMITTED;
				late[who] = false;
				target[who] = STARTUP;
			:: got == 0 && late[who] ->
				phase[who] = REFUSED;
				late[who] = false;
			:: got == 0 && !late[who] && COULD_FIT ->
				amount = NEED;
				ledger_promise();
			:: else
			fi;
		:: else
		fi;
	DONE
	SAME(queue);
}

/* If MOVES is defined, lowers targets until they fit, as policy does. */
inline share()
{
#ifdef MOVES
	byte need = 0;

	EACH
		if
		:: WAITS(who) -> need = NEED;
		:: else
		fi;
	DONE
	who = SLOTS;
	do
	:: who > 0 && ALL(TARGET) + ALL(VMMS) + need > capacity ->
		who--;
		if
#if SEED != 3
		:: IS_UP(who) -> target[who] = MINIMUM;
#endif
		:: else
		fi;
	:: else -> break;
	od;
	who = 0;
	need = 0;
#else
	skip;
#endif
}

inline give()
{
	EACH
		if
		:: IS_UP(who) && target[who] > granted[who] ->
			amount = target[who] - granted[who];
			ledger_grant();
			DRESS(who);
		:: else
		fi;
	DONE
}

active proctype balancer()
{
	do
	:: d_step {
		assert(SAFE);
		follow();
		consider_starts();
		share();
		give();
#ifdef MOVES
		indebted = DEBT > 0;
#endif
	}
	od
}

/* The VMM of VM i starts, waits for admission, and may be killed at any point. */
proctype vmm(byte i)
{
	if
	:: i < RUNNING -> goto up;
	:: else
	fi;
start:
	atomic { phase[i] = WAITING; late[i] = false; }
	if
	:: phase[i] != WAITING
	:: d_step { faults > 0 -> faults--; }
		/* The waiting VMM is killed. Its start may be decided before that is known. */
		goto gone;
	fi;
	if
	:: phase[i] == REFUSED -> goto end;
	:: else
	fi;
	atomic { phase[i] = UP; exposed[i] = RAM; naked[i] = true; }
up:
	atomic { faults > 0 -> faults--; phase[i] = KILLED; exposed[i] = 0;
		naked[i] = false; }
gone:
	atomic { who = i; ledger_forget(); who = 0; phase[i] = OFF; target[i] = 0; late[i] = false }
	goto start;
end:
	skip
}

/* The driver in the guest gives memory above the visible target, or takes memory back up to it. */
proctype driver(byte i)
{
end:	do
	:: d_step { IS_UP(i) && exposed[i] > VISIBLE(i) -> exposed[i]--; DRESS(i); }
	:: d_step { IS_UP(i) && exposed[i] < VISIBLE(i) -> exposed[i]++; }
	od
}

/*
 * Measures the memory that VMs hold, which is all that they could have touched. Decisions use the
 * last measurement.
 */
proctype account()
{
end:	do
	:: d_step {
		EACH
			if
			:: IS_UP(who) -> amount = exposed[who]; ledger_measured();
			:: else
			fi;
		DONE
	}
	od
}

/*
 * Two events of VM i: the time that its start may wait is over; or it is up, and its VMM's memory
 * is measured in the host's own use and no longer needs overhead in the ledger.
 */
proctype clock(byte i)
{
end:	do
#ifndef PATIENT
	:: d_step { WAITS(i) && !late[i] -> late[i] = true; }
#endif
	:: d_step { IS_UP(i) && overhead[i] > 0 -> who = i; ledger_overhead(); who = 0; }
	od
}

/* Demand changes the target; or the guest is reset, and its next driver has an empty balloon. */
proctype guest(byte i)
{
end:	do
	:: d_step { IS_UP(i) && target[i] < RAM MAY_MOVE -> MOVE target[i]++; }
	:: d_step { IS_UP(i) && target[i] > MINIMUM MAY_MOVE -> MOVE target[i]--; }
	:: d_step { IS_UP(i) && exposed[i] < RAM && faults > 0 -> faults--;
		exposed[i] = RAM; naked[i] = AT_RISK(i) > 0; }
	od
}

/* The host's own use rises, and falls again. */
proctype host()
{
end:	do
	:: d_step { capacity == CAPACITY MAY_MOVE -> MOVE capacity--; }
	:: d_step { capacity < CAPACITY MAY_MOVE -> MOVE capacity++; }
	od
}

init
{
	byte i;

	atomic {
		for (i : 0 .. SLOTS - 1) {
			if
			:: i < RUNNING ->
				phase[i] = UP;
				granted[i] = STARTUP;
				resident[i] = STARTUP;
				exposed[i] = STARTUP;
				target[i] = STARTUP;
			:: else
			fi;
			run vmm(i);
			run driver(i);
			run clock(i);
			run guest(i);
		}
#ifdef HOST
		run host();
#endif
		run account();
		i = 0;
	}
}

/* starts_end: from some point on no start waits. debt_ends: each debt is paid in the end. */
ltl starts_end { <> [] !(WAITS(0) || WAITS(1) || WAITS(2) || WAITS(SLOTS - 1)) }
#ifdef MOVES
ltl debt_ends { [] <> !indebted }
#endif
