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

/**
 * dynmem_balloon_channel_init - allocate what the channel needs
 * @channel: zeroed
 * @vdev: the device; its @priv is the channel's from here on
 *
 * Return: 0 or -ENOMEM.
 */
int dynmem_balloon_channel_init(struct dynmem_balloon_channel *channel, struct virtio_device *vdev);

/**
 * dynmem_balloon_channel_exit - free what the channel needed
 * @channel: closed, or never opened
 */
void dynmem_balloon_channel_exit(struct dynmem_balloon_channel *channel);

/**
 * dynmem_balloon_channel_open - find the queues and tell the device that we are there
 * @channel: the way to the host
 *
 * Context: probe or restore.
 *
 * Return: 0 or what the transport said.
 */
int dynmem_balloon_channel_open(struct dynmem_balloon_channel *channel);

/**
 * dynmem_balloon_channel_reset - reset the device: what it was asked has no effect from here on
 * @channel: the way to the host; it may be in use, and is lost
 *
 * Context: sleeps.
 */
void dynmem_balloon_channel_reset(struct dynmem_balloon_channel *channel);

/**
 * dynmem_balloon_channel_close - give the queues up
 * @channel: the way to the host; reset, and nobody uses it
 */
void dynmem_balloon_channel_close(struct dynmem_balloon_channel *channel);

/**
 * dynmem_balloon_channel_hurry - say how long to wait for an answer
 * @channel: the way to the host; it may be in use
 * @hurried: somebody waits for us: no longer than 30 seconds; else as long as it takes
 */
void dynmem_balloon_channel_hurry(struct dynmem_balloon_channel *channel, bool hurried);

/**
 * dynmem_balloon_channel_send - ask the host
 * @exchange: the payload is in place; owed to dynmem_balloon_channel_wait() if this succeeds
 * @type: enum virtio_dynmem_type
 * @flags: VIRTIO_DYNMEM_F_*
 * @count: entries behind the fixed part of the payload
 * @payload: bytes of payload
 *
 * Return: 0, or -EIO: nothing can be said to the host any more.
 */
int dynmem_balloon_channel_send(struct dynmem_balloon_exchange *exchange, u16 type, u32 flags,
				u32 count, size_t payload);

/**
 * dynmem_balloon_channel_wait - wait for the host's answer
 * @exchange: its request has been sent
 *
 * Context: sleeps.
 *
 * Return: 0: the answer can be read until the next request. -ESTALE: say HELLO first. -EAGAIN: try
 * later. -EPROTONOSUPPORT: the host speaks another version. -EINVAL: refused. Or, when nobody
 * knows whether the request had an effect: -EPROTO: the answer makes no sense; -EIO or -ETIMEDOUT:
 * none came and none will, to no request.
 */
int dynmem_balloon_channel_wait(struct dynmem_balloon_exchange *exchange);

/**
 * dynmem_balloon_channel_wait_for - wait for the host's answer, but not long
 * @exchange: its request has been sent
 * @patience: how long, in jiffies; 0: not at all; MAX_SCHEDULE_TIMEOUT: as long as it takes
 *
 * Context: sleeps.
 *
 * Return: as dynmem_balloon_channel_wait(); or -EINPROGRESS: not answered yet, and the exchange is
 * still owed to one of the two.
 */
int dynmem_balloon_channel_wait_for(struct dynmem_balloon_exchange *exchange,
				    unsigned long patience);

/**
 * dynmem_balloon_channel_request - ask the host and wait for its answer
 * @exchange: the payload is in place
 * @type: enum virtio_dynmem_type
 * @flags: VIRTIO_DYNMEM_F_*
 * @count: entries behind the fixed part of the payload
 * @payload: bytes of payload
 *
 * Context: sleeps.
 *
 * Return: as dynmem_balloon_channel_send() and dynmem_balloon_channel_wait().
 */
int dynmem_balloon_channel_request(struct dynmem_balloon_exchange *exchange, u16 type, u32 flags,
				   u32 count, size_t payload);

/**
 * dynmem_balloon_channel_no_effect - whether a failed request surely changed nothing
 * @err: what dynmem_balloon_channel_wait() returned
 *
 * Return: false if it may have.
 */
bool dynmem_balloon_channel_no_effect(int err);

/**
 * dynmem_balloon_channel_report - tell the host of free pages and wait until it has released them
 * @channel: the way to the host; free page reporting was negotiated
 * @pages: of the guest, free, and to stay so meanwhile
 * @count: how many pieces
 *
 * The pages are the guest's again when this returns. So the wait ends only with an answer or with a
 * reset of the device, which is done here when it is dead.
 *
 * Context: one caller at a time; sleeps.
 *
 * Return: 0, or an error: they have not all been released.
 */
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
