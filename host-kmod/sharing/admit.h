/* SPDX-License-Identifier: GPL-2.0 */
/*
 * admit: decides whether VMs may start. In each decision the waiting VMs are considered by weight,
 * then by arrival. A VM whose weight changes while it waits becomes the last of the VMs of its new
 * weight. A VM is granted all of the memory that it needs to start, or none. But if its guest runs
 * already, since the device was hot-plugged, the VM is always admitted.
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
 * @anywhere: bit mask of pools (see pool.h). If the bit of a pool is set, the VM could use memory
 *	on any of several nodes of the pool, and only the sum of @lacks over the pool's nodes counts
 * @lacking: missing bytes on all nodes together
 * @nid: the node on which all of @lacking is missing; NUMA_NO_NODE: there is no such node
 * @text: the reason for a refusal
 * @done: the VM is admitted or refused, and @error, @lacking, @nid and @text are valid. Also read
 *	without the lock
 * @error: 0; -ENOMEM: the VM was refused; -EINTR: a signal ended the wait of the VMM
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
 * @plan: the plan, after dynmem_plan_begin()
 * @vm: the VM
 * @weight: VMs with at least this weight keep their demand, others only their minimum; 0: all keep
 *	their demand
 *
 * Return: settled node sets (see nodesets.h) in which the memory that other VMs keep is entered.
 * @vm could get all other memory. There is only one such object, which the next call of this
 * function or of dynmem_admit_consider() overwrites
 */
struct dynmem_nodesets *dynmem_admit_kept(struct dynmem_plan *plan, const struct dynmem_vm *vm,
					  u32 weight);

/*
 * Bytes of ordinary memory, on all host nodes together, that further VMs of any weight could get if
 * @vm does not start.
 */
u64 dynmem_admit_failover_room(struct dynmem_plan *plan, const struct dynmem_vm *vm);

/*
 * The result of dynmem_admit_failover_room() for all VMs of the last plan that
 * dynmem_admit_note_startable() was called with, after it was decided. dynmem_set_lock is held.
 */
void dynmem_admit_note_startable(struct dynmem_plan *plan);
u64 dynmem_admit_startable(void);

/**
 * dynmem_admit_consider() - admit the waiting VMs that fit now
 * @plan: the plan, after dynmem_plan_begin() and before dynmem_plan_decide()
 *
 * Sets spare memory aside for each waiting VM that will fit when other VMs have given memory.
 * Refuses VMs that will never fit, or whose time is up. Also notes how much startup memory each
 * restarting guest lacks, and raises an event if the lack lasts.
 *
 * Return: true if as many VMs were refused as one decision may refuse. There may be more VMs to
 * refuse, so another decision should follow soon
 */
bool dynmem_admit_consider(struct dynmem_plan *plan);

/*
 * Queues @a. The caller has filled in all members except the results and those that each decision
 * fills in. dynmem_set_lock is held.
 */
void dynmem_admit_enqueue(struct dynmem_admission *a);
/* Removes @a, which is not @done, from the queue with error -EINTR. dynmem_set_lock is held. */
void dynmem_admit_leave(struct dynmem_admission *a);

/*
 * Set and get the bytes of ordinary memory, on all host nodes together, that starts must leave
 * available, so that VMs of another host can start here if that host fails; 0: none.
 */
void dynmem_admit_set_failover(u64 bytes);
u64 dynmem_admit_failover(void);

#endif
