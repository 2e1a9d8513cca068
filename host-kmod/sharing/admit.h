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
 * @start: the VM's place in the queue
 * @vm: the VM
 * @lacks: missing bytes by node, dynmem_nr_nodes() entries
 * @anywhere: a bit for each pool where the missing memory may lie on several nodes, so that only
 *	the sum of @lacks over the nodes of the pool counts
 * @lacking: missing bytes on all nodes together
 * @nid: the node on which all of @lacking is missing; NUMA_NO_NODE: there is no such node
 * @text: the reason for a refusal
 * @done: the VM is admitted or refused, and @error, @lacking, @nid and @text are valid. Also read
 *	without the lock
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
 * such object, which the next call of this function or of dynmem_admit_consider() overwrites
 */
struct dynmem_nodesets *dynmem_admit_kept(struct dynmem_plan *plan, const struct dynmem_vm *vm,
					  u32 weight);

/* Room on all host nodes together for further VMs of any weight, if @vm does not start. Bytes. */
u64 dynmem_admit_failover_room(struct dynmem_plan *plan, const struct dynmem_vm *vm);

/**
 * dynmem_admit_consider() - admit the VMs for which there is room
 * @plan: begun, but not decided
 *
 * Sets spare memory aside for the first VM that will fit when others have given memory. Refuses VMs
 * for which there will never be room, or whose time is up. Also notes the startup memory that
 * restarting guests lack, and raises an event about it.
 *
 * Return: whether some VMs have been left for another decision, which should follow soon
 */
bool dynmem_admit_consider(struct dynmem_plan *plan);

/* Queues @a, in which all but the results is filled in. dynmem_set_lock is held. */
void dynmem_admit_enqueue(struct dynmem_admission *a);
/* Removes @a, which is not @done, from the queue with error -EINTR. dynmem_set_lock is held. */
void dynmem_admit_leave(struct dynmem_admission *a);

/* Bytes on all nodes together that are kept free to start VMs of a host that fails; 0: none. */
void dynmem_admit_set_failover(u64 bytes);
u64 dynmem_admit_failover(void);

#endif
