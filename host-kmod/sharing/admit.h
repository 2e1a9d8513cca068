/* SPDX-License-Identifier: GPL-2.0 */
/*
 * admit: decides whether VMs may start. In each decision the waiting VMs are considered by weight,
 * then by arrival. A VM gets all that it needs to start, or nothing.
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
 * struct dynmem_admission - a VMM that waits for admission; guarded by dynmem_set_lock
 * @start: its place in the queue
 * @vm: the VM
 * @lacks: missing bytes by node, dynmem_nr_nodes() entries
 * @anywhere: a bit for each pool where memory is missing on several nodes together, so that only
 *	the sum of their @lacks counts
 * @lacking: missing bytes in all
 * @nid: the node where all of them are missing; NUMA_NO_NODE: no single node
 * @text: the reason for a refusal
 * @done: the decision is made, and @error, @lacking, @nid and @text are valid. Also read without
 *	the lock
 * @error: 0, -ENOMEM, or -EINTR if the VMM gave up
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
 * dynmem_admit_kept() - compute the memory that other VMs keep if a VM starts
 * @plan: begun
 * @vm: the VM
 * @weight: VMs with at least this weight keep their demand, others only their minimum; 0: all keep
 *	their demand
 *
 * Return: the nodes with that memory in use; @vm could have the remaining room. There is only one
 * such object: it is valid until this or dynmem_admit_consider() is called again
 */
struct dynmem_nodesets *dynmem_admit_kept(struct dynmem_plan *plan, const struct dynmem_vm *vm,
					  u32 weight);

/* Room on all host nodes together for VMs of any weight, if @vm does not start. Bytes. */
u64 dynmem_admit_failover_room(struct dynmem_plan *plan, const struct dynmem_vm *vm);

/**
 * dynmem_admit_consider() - admit the VMs for which there is room
 * @plan: begun, but not decided
 *
 * Sets spare memory aside for the first VM that fits once others have given. Refuses VMs for which
 * there will never be room, or whose time is up. Also notes the startup memory that restarting
 * guests lack, and reports it with an event.
 *
 * Return: whether some VMs have been left for another decision, which should follow soon
 */
bool dynmem_admit_consider(struct dynmem_plan *plan);

/* Queues @a, which is complete except for the results. dynmem_set_lock is held. */
void dynmem_admit_enqueue(struct dynmem_admission *a);
/* Removes @a, whose @done is false, from the queue: -EINTR. dynmem_set_lock is held. */
void dynmem_admit_leave(struct dynmem_admission *a);

/* Bytes, on all nodes together, that are kept for VMs of another host that fails; 0: none. */
void dynmem_admit_set_failover(u64 bytes);
u64 dynmem_admit_failover(void);

#endif
