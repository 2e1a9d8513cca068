/* SPDX-License-Identifier: GPL-2.0 */
/*
 * request: carries out the typed messages of a dynmem_balloon guest, which are defined in
 * include/uapi/virtio_dynmem.h.
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
 * struct dynmem_channel - the conversation with a dynmem_balloon driver
 * @vm: the VM. Only its vhost task uses this struct. While the task runs a job on @workers, they
 *	also use the buffers
 * @ops: operations of higher layers; called on new sessions, reports and moved memory
 * @config: the config space, which has the targets for the answers
 * @workers: threads that help to release memory
 * @epoch: epoch of the session; 0: there is no session
 * @instance: id of the driver instance that began the session
 * @leaving: the driver is leaving: it deflates the balloon, and sends nothing else
 * @resumed: a session has begun or has been resumed since the last device reset
 * @announcing: the driver has sent no report since HELLO, so it may still announce pages
 * @named_end: the guest page after the memory that the driver named in HELLO
 * @range: buffer for the ranges of a request
 * @answer: the answer to the last request
 * @answer_len: length of @answer with its header, bytes
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
	bool announcing;
	u64 named_end;
	struct virtio_dynmem_range *range;
	void *answer;
	size_t answer_len;
};

/* Allocates the buffers of @chan. Return: 0 or -ENOMEM. */
int dynmem_channel_init(struct dynmem_channel *chan);
void dynmem_channel_free(struct dynmem_channel *chan);

/**
 * dynmem_request_serve() - carry out one request
 * @chan: the conversation
 * @ring: the ring that the request came from
 * @elem: the request
 *
 * Leaves the answer in @chan. A malformed request is answered, counted, and has no effect.
 *
 * Context: the VM's vhost task; no lock is held. May take ten seconds, or longer if the driver is
 * leaving. If the VMM leaves a page fault unanswered, the call waits until the VMM answers.
 * Return: 0; -EFAULT: the request is not in guest memory, so the ring is broken
 */
int dynmem_request_serve(struct dynmem_channel *chan, struct dynmem_vring *ring,
			 const struct dynmem_elem *elem);

#endif
