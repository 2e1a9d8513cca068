/* SPDX-License-Identifier: GPL-2.0 */
/* explain: says in a sentence, and in amounts, why a VM has what it has. */
#ifndef _DYNMEM_EXPLAIN_H
#define _DYNMEM_EXPLAIN_H

#include <linux/types.h>

#include "uapi/dynmem.h"

struct dynmem_vm;

/* Longer than any sentence that is written there. */
#define DYNMEM_EXPLANATION_TEXT 224

/**
 * struct dynmem_explanation - why a VM's target is what it is; bytes
 * @buffer, @demand: what policy cut of either, since there is not enough
 * @held: what it is short of desired for another reason: it moves in steps, or not at all now
 * @kept: what it has above that: desired - target is buffer + demand + held - kept
 * @nodes: nodes that have no more, as "0,1", or "0/2M", a pool; empty: none
 * @first: name of a VM that comes first, or shares; empty: nobody does
 * @weight: of that VM
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
 * dynmem_why() - explain what the last decision has made of a VM
 * @vm: the VM; the set's lock and its own are held
 * @now_ms: monotonic
 * @why: the result
 */
void dynmem_explain(const struct dynmem_vm *vm, u64 now_ms, struct dynmem_explanation *why);

#endif
