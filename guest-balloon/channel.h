/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to the host and their answers over the device's request queue. The host answers in
 * order, but several requests can be under way: one on each exchange.
 *
 * Context: the session's work or, once that is stopped, the task that stopped it; never two tasks
 * at once. Other tasks use the exchange for moves of pages (under the lock of migrate.c), the queue
 * for free page reporting, and functions that say so.
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

/* The most ranges in one request: HELLO with that many fits into 32 KiB. */
#define DYNMEM_BALLOON_RANGES	((u32)((SZ_32K - sizeof(struct virtio_dynmem_request) - \
					sizeof(struct virtio_dynmem_hello)) / \
				       sizeof(struct virtio_dynmem_range)))

struct dynmem_balloon_channel;

/**
 * struct dynmem_balloon_exchange - a request and its answer
 * @channel: the way to the host
 * @answered: completed by the interrupt when the host has answered
 * @request: header of the request, followed by its payload; read by the host
 * @answer: header of the answer, followed by its payload; written by the host
 * @written: length of the answer in bytes; valid once @answered is completed
 * @type: type of the request, enum virtio_dynmem_type
 * @count: number of entries in the request
 *
 * No lock: one task at a time uses an exchange.
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
 * @lock: guards @vq
 * @reporting: its queue for free page reporting, NULL if that was not negotiated; one task at a
 *	time uses it
 * @reported: woken by the interrupt of @reporting
 * @talk: for requests whose answer is waited for at once
 * @inflation: for the INFLATE that the host carries out while the next batch is gathered
 * @migration: for MOVE; guarded by the lock of migrate.c
 * @epoch: from the answer to HELLO, 0 before
 * @hurried: waits for answers are bounded, as a task waits for the session to end; atomic
 * @lost: nothing can be sent and nothing will be answered; atomic, only set while the device is
 *	open
 * @reset: the device has been reset, so no earlier request has an effect from now on; atomic
 */
struct dynmem_balloon_channel {
	struct virtio_device *vdev;
	struct virtqueue *vq;
	spinlock_t lock;	/* guards @vq */
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
 * dynmem_balloon_channel_init - allocate the exchanges
 * @channel: zeroed
 * @vdev: the device; its @priv is set to the channel
 *
 * Return: 0 or -ENOMEM.
 */
int dynmem_balloon_channel_init(struct dynmem_balloon_channel *channel, struct virtio_device *vdev);

/**
 * dynmem_balloon_channel_exit - free the exchanges
 * @channel: closed, or never opened
 */
void dynmem_balloon_channel_exit(struct dynmem_balloon_channel *channel);

/**
 * dynmem_balloon_channel_open - find the queues and set DRIVER_OK
 * @channel: the way to the host
 *
 * Context: probe or restore.
 *
 * Return: 0 or an error of the transport.
 */
int dynmem_balloon_channel_open(struct dynmem_balloon_channel *channel);

/**
 * dynmem_balloon_channel_reset - reset the device, so that no request has an effect from now on
 * @channel: the way to the host; may be in use; nothing can be sent afterwards
 *
 * Context: any task; sleeps.
 */
void dynmem_balloon_channel_reset(struct dynmem_balloon_channel *channel);

/**
 * dynmem_balloon_channel_close - free the queues
 * @channel: the way to the host; reset and not in use
 */
void dynmem_balloon_channel_close(struct dynmem_balloon_channel *channel);

/**
 * dynmem_balloon_channel_hurry - bound the waits for answers, or stop bounding them
 * @channel: the way to the host; may be in use
 * @hurried: wait no longer than 30 seconds; otherwise as long as it takes
 *
 * Context: any.
 */
void dynmem_balloon_channel_hurry(struct dynmem_balloon_channel *channel, bool hurried);

/**
 * dynmem_balloon_channel_send - send a request
 * @exchange: has the payload; if this succeeds dynmem_balloon_channel_wait() must follow
 * @type: enum virtio_dynmem_type
 * @flags: VIRTIO_DYNMEM_F_*
 * @count: number of entries behind the fixed part of the payload
 * @payload: length of the payload in bytes
 *
 * Return: 0, or -EIO if nothing can be sent to the host any more.
 */
int dynmem_balloon_channel_send(struct dynmem_balloon_exchange *exchange, u16 type, u32 flags,
				u32 count, size_t payload);

/**
 * dynmem_balloon_channel_wait - wait for the host's answer
 * @exchange: its request has been sent
 *
 * Context: sleeps.
 *
 * Return: 0 if there is an answer, which can be read until the next request. Errors of a request
 * that had no effect: -ESTALE if HELLO must be sent first, -EAGAIN if the host is busy,
 * -EPROTONOSUPPORT if it speaks another version, -EINVAL if it refused. Errors of a request that
 * may have had an effect: -EPROTO if the answer makes no sense, -EIO or -ETIMEDOUT if no request
 * will be answered any more.
 */
int dynmem_balloon_channel_wait(struct dynmem_balloon_exchange *exchange);

/**
 * dynmem_balloon_channel_wait_for - wait for the host's answer for a limited time
 * @exchange: its request has been sent
 * @patience: how long, in jiffies; with 0 this does not sleep; MAX_SCHEDULE_TIMEOUT is no limit
 *
 * Context: sleeps.
 *
 * Return: as dynmem_balloon_channel_wait(), or -EINPROGRESS if there is no answer yet. In that case
 * one of these two functions must be called again.
 */
int dynmem_balloon_channel_wait_for(struct dynmem_balloon_exchange *exchange,
				    unsigned long patience);

/**
 * dynmem_balloon_channel_request - send a request and wait for its answer
 * @exchange: has the payload
 * @type: enum virtio_dynmem_type
 * @flags: VIRTIO_DYNMEM_F_*
 * @count: number of entries behind the fixed part of the payload
 * @payload: length of the payload in bytes
 *
 * Context: sleeps.
 *
 * Return: as dynmem_balloon_channel_wait().
 */
int dynmem_balloon_channel_request(struct dynmem_balloon_exchange *exchange, u16 type, u32 flags,
				   u32 count, size_t payload);

/**
 * dynmem_balloon_channel_no_effect - whether a request certainly had no effect
 * @err: error of dynmem_balloon_channel_wait()
 *
 * Return: false if it may have had an effect.
 */
bool dynmem_balloon_channel_no_effect(int err);

/**
 * dynmem_balloon_channel_report - tell the host of free pages and wait until it has released them
 * @channel: the way to the host; free page reporting was negotiated
 * @pages: free pages that nobody allocates meanwhile
 * @count: number of entries in @pages
 *
 * The guest may use the pages when this returns. So the wait ends only with an answer or with
 * a reset of the device, which this function does if the device is dead.
 *
 * Context: one caller at a time; sleeps.
 *
 * Return: 0, or an error if not all pages were released.
 */
int dynmem_balloon_channel_report(struct dynmem_balloon_channel *channel, struct scatterlist *pages,
				  unsigned int count);

/**
 * dynmem_balloon_channel_payload - the payload of a request
 * @exchange: exchange of the request
 *
 * Return: a buffer for any payload with up to DYNMEM_BALLOON_RANGES entries; it keeps its content
 * until the next request.
 */
static inline void *
dynmem_balloon_channel_payload(const struct dynmem_balloon_exchange *exchange)
{
	return exchange->request + 1;
}

/**
 * dynmem_balloon_channel_results - the results in an answer
 * @exchange: exchange of an INFLATE, DEFLATE or MOVE that has just succeeded
 *
 * Return: one result for each range of the request.
 */
static inline const struct virtio_dynmem_result *
dynmem_balloon_channel_results(const struct dynmem_balloon_exchange *exchange)
{
	return (const struct virtio_dynmem_result *)(exchange->answer + 1);
}

/**
 * dynmem_balloon_channel_targets - the targets in an answer
 * @exchange: exchange of a HELLO, REPORT or NEED that has just succeeded
 *
 * Return: NULL if there are none.
 */
static inline const struct virtio_dynmem_targets *
dynmem_balloon_channel_targets(const struct dynmem_balloon_exchange *exchange)
{
	if (!exchange->answer->count)
		return NULL;
	return (const struct virtio_dynmem_targets *)(exchange->answer + 1);
}

#endif
