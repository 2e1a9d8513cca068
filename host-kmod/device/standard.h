/* SPDX-License-Identifier: GPL-2.0 */
/*
 * standard: the queues of a standard virtio balloon driver: 4 KiB PFN arrays to inflate and
 * deflate, and statistics. The server takes the requests from the rings and completes them.
 */
#ifndef _DYNMEM_STANDARD_H
#define _DYNMEM_STANDARD_H

#include <linux/types.h>

struct dynmem_elem;
struct dynmem_vm;
struct dynmem_vring;

/* PFNs in one request that are accepted; Linux sends 256. */
#define DYNMEM_STOCK_PFNS 4096

/**
 * struct dynmem_standard - a stock driver's side of a device; touched by the vhost task only
 * @vm: whose
 * @pfns: space for DYNMEM_STOCK_PFNS
 * @held: pages the driver has in its balloon, whether they were accepted or not
 * @swap_in, @swap_out, @major_faults: as of the last statistics; the driver counts from its boot
 */
struct dynmem_standard {
	struct dynmem_vm *vm;
	u32 *pfns;
	u64 held;
	u64 swap_in;
	u64 swap_out;
	u64 major_faults;
};

int dynmem_standard_init(struct dynmem_standard *stock);
void dynmem_standard_free(struct dynmem_standard *stock);

/**
 * dynmem_standard_move() - inflate or deflate an array of PFNs
 * @stock: the driver's state
 * @ring: where the request came from
 * @elem: the request
 * @inflate: or deflate
 *
 * A stock driver can't be told of refusals: they are counted, and refused pages are not counted as
 * given. Context: the VM's vhost task, no lock held.
 * Return: 0; -EFAULT: the request is not in guest memory
 */
int dynmem_standard_move(struct dynmem_standard *stock, struct dynmem_vring *ring,
			 const struct dynmem_elem *elem, bool inflate);

/**
 * dynmem_standard_statistics() - read a statistics buffer into the VM's figures
 * @stock: the driver's state
 * @ring: where the request came from
 * @elem: the request
 *
 * Context: as above.
 * Return: 1: the figures are new; 0: there were none; -EFAULT: not in guest memory
 */
int dynmem_standard_statistics(struct dynmem_standard *stock, struct dynmem_vring *ring,
			       const struct dynmem_elem *elem);

#endif
