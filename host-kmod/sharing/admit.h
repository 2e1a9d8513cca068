/* SPDX-License-Identifier: GPL-2.0 */
/*
 * admit: VMs that start. Each decision looks whether those that wait can be let in: by weight, then
 * arrival, all or nothing.
 */
#ifndef _DYNMEM_ADMIT_H
#define _DYNMEM_ADMIT_H

#include <linux/types.h>
#include <linux/wait.h>

#include "policy/startq.h"

struct dynmem_plan;
struct dynmem_nodesets;
struct dynmem_vm;

/**
 * struct dynmem_admission - a VMM that waits for admission. Guarded by dynmem_set_lock.
 * @start: its place in the queue
 * @vm: which
 * @lacks: bytes missing by node, dynmem_nr_nodes() entries
 * @anywhere: a bit for each pool of which they are missing on several nodes together, so that only
 *	their sum counts
 * @lacking, @nid: bytes missing in all, and where; NUMA_NO_NODE: on no single node
 * @text: why it was refused
 * @done: decided; @error, @lacking, @nid and @text are valid
 * @error: 0 or -ENOMEM
 * @wait: woken when @done is set
 */
struct dynmem_admission {
	struct dynmem_start start;
	struct dynmem_vm *vm;
	u64 *lacks;
	u64 anywhere;
	u64 lacking;
	int nid;
	char text[240];
	bool done;
	int error;
	wait_queue_head_t wait;
};

/**
 * dynmem_admit_kept() - what others keep if a VM starts
 * @plan: begun
 * @vm: the VM
 * @weight: of whom nobody with as much gives demand; 0: nobody at all does
 *
 * Return: the nodes with that entered; what there is room for besides, @vm could have. There is
 * only one: it is valid until this is called again, or admission has its turn
 */
struct dynmem_nodesets *dynmem_admit_kept(struct dynmem_plan *plan, const struct dynmem_vm *vm,
					  u32 weight);

/* What all host nodes together have for VMs of any weight, if @vm did not start. Bytes. */
u64 dynmem_admit_failover_room(struct dynmem_plan *plan, const struct dynmem_vm *vm);

/**
 * dynmem_admit_consider() - let in whom there is room for
 * @plan: begun, not decided
 *
 * Sets aside what is spare for the first of those who fit and have to wait; refuses those for whom
 * there will never be room or whose time is up. Says what guests that restart have to go without.
 * Return: whether some have been left for another decision, which should be soon
 */
bool dynmem_admit_consider(struct dynmem_plan *plan);

/* A VMM begins to wait; @a is filled in but for the results. dynmem_set_lock held. */
void dynmem_admit_enqueue(struct dynmem_admission *a);
/* It gives up: -EINTR. dynmem_set_lock held, @done not set. */
void dynmem_admit_leave(struct dynmem_admission *a);

/* What stays startable in case another host fails, on all nodes together; bytes, 0: nothing. */
void dynmem_admit_set_failover(u64 bytes);
u64 dynmem_admit_failover(void);

#endif
