/* SPDX-License-Identifier: GPL-2.0 */
/*
 * lend: whether spare memory is lent to a VM. This file needs no kernel types and also builds in
 * user space. Context: the locks of a decision are held: dynmem_set_lock and the VM's lock.
 *
 * Lent memory is granted to a VM beyond its desired memory. When demand jumps, the guest can use
 * the lent memory at once, before the host has granted more. Until demand jumps, the guest should
 * not use the lent memory, since memory in use does not help at a jump. If the guest
 * fills the loan and demand has not jumped, the loan ends, and the guest has to give the memory
 * back:
 *  - If page cache has filled the loan, no loan begins for some time, the back-off. Each back-off
 *    is twice as long as the last one.
 *  - If programs have used the memory and freed it, the next loan may begin as soon as the guest
 *    has given the memory back.
 */
#ifndef _DYNMEM_LEND_H
#define _DYNMEM_LEND_H

#include "policy/arith.h"

/* A loan is filled while resident memory is above this percentage of desired. */
#define DYNMEM_LEND_FILLED	110
/*
 * A loan ends when it has been filled for this long. A jump of demand does not end a loan: the
 * guest reports the jump within this time, desired rises, and the loan does not count as filled any
 * more.
 */
#define DYNMEM_LEND_FILLED_MS	3000
/* A loan begins only if resident memory is at most this percentage of desired. */
#define DYNMEM_LEND_COLD	104
#define DYNMEM_LEND_BACKOFF_MS	60000	/* the first back-off; later ones double */
#define DYNMEM_LEND_BACKOFF_MAX_MS 3600000	/* the longest back-off */

/**
 * struct dynmem_lend - the loan of a VM; all members are 0 before the guest's first report
 * @lending: memory is lent now
 * @highest: the highest value of desired since the loan began, bytes
 * @since_ms: when the loan began
 * @filled_ms: since when the loan has been filled; 0: the loan is not filled
 * @until_ms: no loan begins before this time
 * @backoff_ms: length of the last back-off; 0: the next back-off is as short as the first one
 *
 * Times are monotonic. This is a part of struct dynmem_books, and dynmem_set_lock guards it.
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
 * @lend: state of the VM
 * @now_ms: monotonic
 * @resident: resident memory of the VM, bytes
 * @desired: desired memory of the VM, without lent memory, bytes
 * @tight: the guest has less available memory than its driver must leave available, so the guest
 *	would keep a part of a loan. Therefore no loan begins. A loan that has begun goes on, since
 *	a jump of demand uses up available memory, too
 *
 * Return: whether memory is lent to the VM
 */
bool dynmem_lend_look(struct dynmem_lend *lend, u64 now_ms, u64 resident, u64 desired,
		      bool tight);

/*
 * Ends the loan, if there is one, and begins a back-off. To be called if the guest does not give
 * the lent memory back.
 */
void dynmem_lend_fail(struct dynmem_lend *lend, u64 now_ms);

#endif
