/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to the host and their answers, one at a time, over the device's request queue. Called
 * by session.c and adjust.c, from the session's work or, once that is stopped, from whoever
 * stopped it: never from two at once.
 */
#ifndef DYNMEM_BALLOON_CHANNEL_H
#define DYNMEM_BALLOON_CHANNEL_H

#include <linux/completion.h>
#include <linux/spinlock.h>
#include <linux/types.h>

#include "../include/uapi/virtio_dynmem.h"

struct virtio_device;
struct virtqueue;

/* Ranges in one request: of 2 MiB blocks that lie apart, 1 GiB. */
#define DYNMEM_BALLOON_RANGES	512

/**
 * struct dynmem_balloon_channel - the way to the host
 * @vdev: the device
 * @vq: its request queue
 * @lock: guards @vq against the interrupt
 * @answered: completed by the interrupt when the host has answered
 * @request: header and, behind it, payload of the request; the host may read it
 * @answer: header and payload of the answer; the host may write it
 * @written: bytes of the answer; guarded by @answered
 * @epoch: from the answer to HELLO, 0 before
 * @hurried: set by who waits for the device or the module to end; waits are bounded then
 * @lost: the host owns @request and @answer for good: nothing can be sent any more
 */
struct dynmem_balloon_channel {
	struct virtio_device *vdev;
	struct virtqueue *vq;
	spinlock_t lock;	/* of @vq */
	struct completion answered;
	struct virtio_dynmem_request *request;
	struct virtio_dynmem_answer *answer;
	u32 written;
	u32 epoch;
	bool hurried;
	bool lost;
};

int dynmem_balloon_channel_init(struct dynmem_balloon_channel *channel, struct virtio_device *vdev);
void dynmem_balloon_channel_exit(struct dynmem_balloon_channel *channel);
int dynmem_balloon_channel_open(struct dynmem_balloon_channel *channel);
void dynmem_balloon_channel_close(struct dynmem_balloon_channel *channel);
void dynmem_balloon_channel_hurry(struct dynmem_balloon_channel *channel);
int dynmem_balloon_channel_request(struct dynmem_balloon_channel *channel, u16 type, u32 flags,
				   u32 count, size_t payload);
bool dynmem_balloon_channel_no_effect(int err);

/**
 * dynmem_balloon_channel_payload - where the payload of the next request goes
 * @channel: the way to the host
 *
 * Return: room for any payload with up to DYNMEM_BALLOON_RANGES entries.
 */
static inline void *dynmem_balloon_channel_payload(struct dynmem_balloon_channel *channel)
{
	return channel->request + 1;
}

/**
 * dynmem_balloon_channel_results - what the host said of each range
 * @channel: the way to the host; INFLATE or DEFLATE has just succeeded
 *
 * Return: as many as there were ranges.
 */
static inline const struct virtio_dynmem_result *
dynmem_balloon_channel_results(const struct dynmem_balloon_channel *channel)
{
	return (const struct virtio_dynmem_result *)(channel->answer + 1);
}

/**
 * dynmem_balloon_channel_targets - the targets that came with an answer
 * @channel: the way to the host; HELLO, REPORT or NEED has just succeeded
 *
 * Return: NULL if it told none.
 */
static inline const struct virtio_dynmem_targets *
dynmem_balloon_channel_targets(const struct dynmem_balloon_channel *channel)
{
	if (!channel->answer->count)
		return NULL;
	return (const struct virtio_dynmem_targets *)(channel->answer + 1);
}

#endif
