/* SPDX-License-Identifier: GPL-2.0 */
/*
 * standard: carries out the requests of a standard virtio balloon driver: arrays of 4 KiB PFNs to
 * inflate and deflate, and statistics.
 */
#ifndef _DYNMEM_STANDARD_H
#define _DYNMEM_STANDARD_H

#include <linux/types.h>

struct dynmem_elem;
struct dynmem_vm;
struct dynmem_vring;

/* The most PFNs that are accepted in one request; Linux sends 256. */
#define DYNMEM_STANDARD_PFNS 4096

/**
 * struct dynmem_standard - the state of a standard driver; used by the vhost task only
 * @vm: the VM
 * @pfns: buffer for the PFNs of a request, DYNMEM_STANDARD_PFNS entries
 * @held: number of pages in the driver's balloon, including pages that the host has refused
 * @swap_in: bytes that the guest has swapped in since its boot, as of its last statistics
 * @swap_out: bytes that the guest has swapped out, likewise
 * @major_faults: number of major page faults of the guest, likewise
 */
struct dynmem_standard {
	struct dynmem_vm *vm;
	u32 *pfns;
	u64 held;
	u64 swap_in;
	u64 swap_out;
	u64 major_faults;
};

/* Allocates the buffer of @standard. Return: 0 or -ENOMEM. */
int dynmem_standard_init(struct dynmem_standard *standard);
void dynmem_standard_free(struct dynmem_standard *standard);

/**
 * dynmem_standard_move() - inflate or deflate an array of PFNs
 * @standard: the driver's state
 * @ring: the ring that the request came from
 * @elem: the request
 * @inflate: true: inflate; false: deflate
 *
 * The protocol has no answer that reports a refusal to the driver. If the host refuses to inflate
 * pages, they do not become ballooned, although the driver has put them into its balloon. All
 * refused pages are counted.
 *
 * Context: the VM's vhost task; no lock is held.
 * Return: 0; -EFAULT: the request is not in guest memory
 */
int dynmem_standard_move(struct dynmem_standard *standard, struct dynmem_vring *ring,
			 const struct dynmem_elem *elem, bool inflate);

/**
 * dynmem_standard_statistics() - read a statistics buffer into the VM's figures
 * @standard: the driver's state
 * @ring: the ring that the request came from
 * @elem: the request
 *
 * Context: the VM's vhost task; no lock is held.
 * Return: 1: there are new figures; 0: the buffer had none; -EFAULT: the request is not in guest
 * memory
 */
int dynmem_standard_statistics(struct dynmem_standard *standard, struct dynmem_vring *ring,
			       const struct dynmem_elem *elem);

#endif
