/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to the host and their answers over the device's request queue. The host answers in
 * order, but need not have answered one before the next is sent: there is an exchange for each use
 * of the queue, and one request at a time on each. Context: the session's work or, once that is
 * stopped, who stopped it: never two at once; moves of pages and free page reporting have an
 * exchange of their own.
 */
#ifndef _DYNMEM_BALLOON_CHANNEL_H
#define _DYNMEM_BALLOON_CHANNEL_H

#include <linux/completion.h>
#include <linux/sizes.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>

#include "../include/uapi/virtio_dynmem.h"

struct scatterlist;
struct virtio_device;
struct virtqueue;

/* Ranges in one request: as many as 32 KiB have room for. */
#define DYNMEM_BALLOON_RANGES	((u32)((SZ_32K - sizeof(struct virtio_dynmem_request) - \
					sizeof(struct virtio_dynmem_hello)) / \
				       sizeof(struct virtio_dynmem_range)))

struct dynmem_balloon_channel;

/**
 * struct dynmem_balloon_exchange - a request and its answer
 * @channel: by which they go
 * @answered: completed by the interrupt when the host has answered
 * @request: header and, behind it, payload of the request; the host may read it
 * @answer: header and payload of the answer; the host may write it
 * @written: bytes of the answer; guarded by @answered
 * @type: of the request
 * @count: entries of the request
 */
struct dynmem_balloon_exchange {
	struct dynmem_balloon_channel *channel;
	struct completion answered;
	struct virtio_dynmem_request *request;
	struct virtio_dynmem_answer *answer;
	u32 written;
	u16 type;
	u32 count;
};

/**
 * struct dynmem_balloon_channel - the way to the host
 * @vdev: the device
 * @vq: its request queue
 * @lock: guards @vq against the interrupt
 * @reporting: its queue for free page reporting, NULL if that was not negotiated
 * @reported: woken by the interrupt of that queue
 * @talk: for all that is waited for at once
 * @inflation: for the INFLATE that the host carries out while the next is gathered
 * @migration: for pages that the kernel moves; of migrate.c, under its lock
 * @epoch: from the answer to HELLO, 0 before
 * @hurried: set by who waits for the device or the module to end; waits are bounded then
 * @lost: nothing can be sent any more, and nothing is answered
 * @reset: the device has been reset: nothing that it was asked has an effect from now on
 */
struct dynmem_balloon_channel {
	struct virtio_device *vdev;
	struct virtqueue *vq;
	spinlock_t lock;	/* of @vq */
	struct virtqueue *reporting;
	wait_queue_head_t reported;
	struct dynmem_balloon_exchange talk;
	struct dynmem_balloon_exchange inflation;
	struct dynmem_balloon_exchange migration;
	u32 epoch;
	bool hurried;
	bool lost;
	bool reset;
};

int dynmem_balloon_channel_init(struct dynmem_balloon_channel *channel, struct virtio_device *vdev);
void dynmem_balloon_channel_exit(struct dynmem_balloon_channel *channel);
int dynmem_balloon_channel_open(struct dynmem_balloon_channel *channel);
void dynmem_balloon_channel_reset(struct dynmem_balloon_channel *channel);
void dynmem_balloon_channel_close(struct dynmem_balloon_channel *channel);
void dynmem_balloon_channel_hurry(struct dynmem_balloon_channel *channel, bool hurried);
int dynmem_balloon_channel_send(struct dynmem_balloon_exchange *exchange, u16 type, u32 flags,
				u32 count, size_t payload);
int dynmem_balloon_channel_wait(struct dynmem_balloon_exchange *exchange);
int dynmem_balloon_channel_wait_for(struct dynmem_balloon_exchange *exchange,
				    unsigned long patience);
int dynmem_balloon_channel_request(struct dynmem_balloon_exchange *exchange, u16 type, u32 flags,
				   u32 count, size_t payload);
bool dynmem_balloon_channel_no_effect(int err);
int dynmem_balloon_channel_report(struct dynmem_balloon_channel *channel, struct scatterlist *pages,
				  unsigned int count);

/**
 * dynmem_balloon_channel_payload - where the payload of a request goes
 * @exchange: that of the request; it stays as it was sent until the next one
 *
 * Return: room for any payload with up to DYNMEM_BALLOON_RANGES entries.
 */
static inline void *
dynmem_balloon_channel_payload(const struct dynmem_balloon_exchange *exchange)
{
	return exchange->request + 1;
}

/**
 * dynmem_balloon_channel_results - what the host said of each range
 * @exchange: that of an INFLATE, DEFLATE or MOVE that has just succeeded
 *
 * Return: as many as there were ranges.
 */
static inline const struct virtio_dynmem_result *
dynmem_balloon_channel_results(const struct dynmem_balloon_exchange *exchange)
{
	return (const struct virtio_dynmem_result *)(exchange->answer + 1);
}

/**
 * dynmem_balloon_channel_targets - the targets that came with an answer
 * @exchange: that of a HELLO, REPORT or NEED that has just succeeded
 *
 * Return: NULL if it told none.
 */
static inline const struct virtio_dynmem_targets *
dynmem_balloon_channel_targets(const struct dynmem_balloon_exchange *exchange)
{
	if (!exchange->answer->count)
		return NULL;
	return (const struct virtio_dynmem_targets *)(exchange->answer + 1);
}

#endif
