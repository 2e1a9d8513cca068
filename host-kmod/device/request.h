/* SPDX-License-Identifier: GPL-2.0 */
/*
 * request: the typed messages of a dynmem_balloon guest (include/uapi/virtio_dynmem.h). vdpa.c
 * takes a request from the ring, has it carried out here, and sends the answer.
 */
#ifndef _DYNMEM_REQUEST_H
#define _DYNMEM_REQUEST_H

#include <linux/types.h>

#include "uapi/virtio_dynmem.h"

struct dynmem_config;
struct dynmem_elem;
struct dynmem_workers;
struct dynmem_vm;
struct dynmem_vm_ops;
struct dynmem_vring;

/**
 * struct dynmem_channel - the state of the conversation; touched by the vhost task only
 * @vm: whose
 * @ops: told of sessions, reports and moved memory
 * @config: where the targets for the answers come from
 * @workers: who helps to release memory
 * @epoch: of the session, 0 if there is none
 * @instance: of the driver that began it
 * @leaving: the driver has begun to leave: it takes back what it has given, and does nothing else
 * @resumed: a message has come since the last device reset
 * @range: space for the ranges of a request
 * @answer, @answer_len: the answer to the last request, header included
 */
struct dynmem_channel {
	struct dynmem_vm *vm;
	const struct dynmem_vm_ops *ops;
	struct dynmem_config *config;
	struct dynmem_workers *workers;
	u32 epoch;
	u8 instance[16];
	bool leaving;
	bool resumed;
	struct virtio_dynmem_range *range;
	void *answer;
	size_t answer_len;
};

int dynmem_channel_init(struct dynmem_channel *chan);
void dynmem_channel_free(struct dynmem_channel *chan);

/**
 * dynmem_request_serve() - carry out one request
 * @chan: the conversation
 * @ring: where it came from
 * @elem: the request
 *
 * Leaves the answer in @chan. A request that makes no sense is answered, counted, and has no
 * effect. Context: the VM's vhost task, no lock held; may take ten seconds, or as long as the VMM
 * leaves a page fault unanswered.
 * Return: 0; -EFAULT: the request is not in guest memory, which breaks the ring
 */
int dynmem_request_serve(struct dynmem_channel *chan, struct dynmem_vring *ring,
			 const struct dynmem_elem *elem);

#endif
