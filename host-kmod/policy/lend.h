/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lend: whether spare memory is lent to a VM. Pure: fixed-width integers only, builds in user space
 * too. Context: the locks of a decision are held: dynmem_set_lock and the VM's lock.
 *
 * Lent memory is exposed to a guest beyond what it desires, so that a jump of its demand finds
 * memory without asking the host. It is useful only while the guest does not touch it. A guest that
 * fills it with page cache gives it back, and borrows again after a back-off, which doubles each
 * time. A guest whose programs used the memory and freed it gives it back, too, but borrows again
 * as soon as that is done.
 */
#ifndef _DYNMEM_LEND_H
#define _DYNMEM_LEND_H

#include "policy/arith.h"

#define DYNMEM_LEND_FILLED	110	/* percent of desired; more resident memory: it is filled */
#define DYNMEM_LEND_FILLED_MS	3000	/* for this long: a jump is counted before it is reported */
#define DYNMEM_LEND_COLD	104	/* percent of desired; up to this, all else is untouched */
#define DYNMEM_LEND_BACKOFF_MS	60000	/* no loan after one that was filled; doubles up to */
#define DYNMEM_LEND_BACKOFF_MAX_MS 3600000

/**
 * struct dynmem_lend - the loan of a VM; zeroed when a guest begins
 * @lending: memory is lent now
 * @highest: the most bytes desired since the loan began
 * @since_ms: when the loan began, monotonic
 * @filled_ms: since when the loan has been filled, monotonic; 0: it is not
 * @until_ms: no loan before that time
 * @backoff_ms: length of the last back-off; 0: the last loan was of use
 */
struct dynmem_lend {
	bool lending;
	u64 highest;
	u64 since_ms;
	u64 filled_ms;
	u64 until_ms;
	u64 backoff_ms;
};

/**
 * dynmem_lend_look() - decide whether memory is lent to a VM
 * @lend: of the VM
 * @now_ms: monotonic
 * @resident: resident memory of the VM, bytes
 * @desired: bytes desired, without what is lent
 * @tight: the guest has so little memory available that it would keep a part of a loan. Once it
 *	has a loan this does not matter: a jump uses the loan before it is reported
 *
 * Return: whether memory is lent to it
 */
bool dynmem_lend_look(struct dynmem_lend *lend, u64 now_ms, u64 resident, u64 desired,
		      bool tight);

/* Ends a loan whose memory the guest fails to give: the next loan waits for the back-off. */
void dynmem_lend_fail(struct dynmem_lend *lend, u64 now_ms);

#endif
