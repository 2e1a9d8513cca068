/* SPDX-License-Identifier: GPL-2.0 */
/* explain: explains, in a sentence and in amounts, why a VM has its target. */
#ifndef _DYNMEM_EXPLAIN_H
#define _DYNMEM_EXPLAIN_H

#include <linux/types.h>

#include "uapi/dynmem.h"

struct dynmem_vm;

/* Size of a buffer for the longest sentence, in bytes. */
#define DYNMEM_EXPLANATION_TEXT 288

/**
 * struct dynmem_explanation - the reasons for a VM's target; amounts in bytes
 * @buffer: how much of the buffer policy has cut because memory is short
 * @demand: how much of demand policy has cut because memory is short
 * @held: memory up to desired that the VM does not get, although policy has not cut it: memory
 *	moves in steps, or cannot move now
 * @kept: memory above desired that is not taken yet; desired - target is @buffer + @demand + @held
 *	- @kept
 * @nodes: the nodes that are used up, as "0,1" or, for a pool, "0/2M"; empty: none
 * @first: the name of a VM that is served first or shares the nodes; empty: none
 * @weight: the weight of that VM
 * @text: the sentence, without a full stop; empty: there is nothing to explain
 */
struct dynmem_explanation {
	u64 buffer;
	u64 demand;
	u64 held;
	u64 kept;
	char nodes[24];
	char first[DYNMEM_NAME_MAX + 1];
	u32 weight;
	char text[DYNMEM_EXPLANATION_TEXT];
};

/**
 * dynmem_explain() - explain the result of the last decision for a VM
 * @vm: the VM; dynmem_set_lock and its own lock are held
 * @now_ms: monotonic time
 * @why: the result
 */
void dynmem_explain(const struct dynmem_vm *vm, u64 now_ms, struct dynmem_explanation *why);

#endif
