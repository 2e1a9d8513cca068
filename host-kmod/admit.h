/* SPDX-License-Identifier: GPL-2.0 */
/*
 * admit: VMs that start. A VMM waits in dynmem_balancer_admit() while each decision looks whether
 * its VM can be let in: by weight, then arrival, all or nothing.
 */
#ifndef _DYNMEM_ADMIT_H
#define _DYNMEM_ADMIT_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/wait.h>

struct dynmem_plan;
struct dynmem_vm;

/**
 * struct dynmem_start - a VM that waits for admission. Guarded by dynmem_set_lock.
 * @link: in the queue, the highest weight first
 * @vm: which
 * @deadline_ms: when the wait ends, monotonic
 * @overhead: bytes its VMM needs for itself, on top of startup
 * @fits: policy may count it in: what it needs can be taken from those who stand back for it
 * @done: decided; @error and @text are valid
 * @error: 0 or -ENOMEM
 * @lacking, @nid: bytes missing, and where; NUMA_NO_NODE: on the host as a whole
 * @text: why it was refused
 * @wait: woken when @done is set
 */
struct dynmem_start {
	struct list_head link;
	struct dynmem_vm *vm;
	u64 deadline_ms;
	u64 overhead;
	bool fits;
	bool done;
	int error;
	u64 lacking;
	int nid;
	char text[200];
	wait_queue_head_t wait;
};

/**
 * dynmem_admit_consider() - let in whom there is room for
 * @plan: begun, not decided
 *
 * Sets aside what is spare for those who fit and have to wait; refuses those for whom there will
 * never be room or whose time is up.
 */
void dynmem_admit_consider(struct dynmem_plan *plan);

#endif
