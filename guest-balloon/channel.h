/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Requests to the host and their answers over the device's request queue. The host answers in
 * order, but several requests can be under way: one on each exchange.
 *
 * Context: the session's work or, after that work is stopped, the task that stopped it; never two
 * tasks at the same time. There are three exceptions. Tasks that move a page use the exchange
 * @migration, under the lock of migrate.c. The kernel's free page reporting uses its own queue.
 * Some functions name another context.
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

/* The most ranges in one request. A HELLO with this number of ranges fits into 32 KiB. */
#define DYNMEM_BALLOON_RANGES	((u32)((SZ_32K - sizeof(struct virtio_dynmem_request) - \
					sizeof(struct virtio_dynmem_hello)) / \
				       sizeof(struct virtio_dynmem_range)))

struct dynmem_balloon_channel;

/**
 * struct dynmem_balloon_exchange - a request and its answer
 * @channel: the channel to the host
 * @answered: completed by the interrupt when the host has answered
 * @request: header of the request, followed by its payload; read by the host
 * @answer: header of the answer, followed by its payload; written by the host
 * @written: length of the answer in bytes; valid after @answered is completed
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
 * struct dynmem_balloon_channel - the queues of the device and the requests on them
 * @vdev: the device
 * @vq: request queue of the device
 * @lock: guards @vq
 * @reporting: free page reporting queue of the device, NULL if it was not negotiated; one task at a
 *	time uses it
 * @reported: tasks that wait for the answer to a free page report; woken by the interrupt of
 *	@reporting and by a reset of the device
 * @talk: exchange for a request whose sender waits for the answer at once
 * @inflation: exchange for INFLATE, which the host carries out while the driver gathers the next
 *	batch
 * @migration: exchange for MOVE; guarded by the lock of migrate.c
 * @epoch: epoch from the answer to HELLO; 0 before that answer
 * @hurried: waits for answers have a time limit, because a task waits for the session to end
 * @lost: the driver can send no request, and the host will answer none; stays set until the device
 *	is opened again
 * @reset: the device has been reset, so requests sent before have no effect any more
 *
 * Any task may read and write @hurried, @lost and @reset without a lock.
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
 * @channel: must be zeroed
 * @vdev: the device; its @priv is set to the channel
 *
 * Return: 0 or -ENOMEM.
 */
int dynmem_balloon_channel_init(struct dynmem_balloon_channel *channel, struct virtio_device *vdev);

/**
 * dynmem_balloon_channel_exit - free the exchanges
 * @channel: must be closed, or never opened
 */
void dynmem_balloon_channel_exit(struct dynmem_balloon_channel *channel);

/**
 * dynmem_balloon_channel_open - find the queues and set DRIVER_OK
 * @channel: the channel to the host
 *
 * Context: probe or restore.
 *
 * Return: 0 or an error of the transport.
 */
int dynmem_balloon_channel_open(struct dynmem_balloon_channel *channel);

/**
 * dynmem_balloon_channel_reset - reset the device, so that no request has an effect any more
 * @channel: the channel to the host; may be in use; no request can be sent afterwards
 *
 * Context: any task; sleeps.
 */
void dynmem_balloon_channel_reset(struct dynmem_balloon_channel *channel);

/**
 * dynmem_balloon_channel_close - free the queues
 * @channel: the channel to the host; must have been reset and must not be in use
 */
void dynmem_balloon_channel_close(struct dynmem_balloon_channel *channel);

/**
 * dynmem_balloon_channel_hurry - set or remove the time limit of waits for answers
 * @channel: the channel to the host; may be in use
 * @hurried: if true, waits end after 30 seconds, also those under way; if false, they have no limit
 *
 * Context: any.
 */
void dynmem_balloon_channel_hurry(struct dynmem_balloon_channel *channel, bool hurried);

/**
 * dynmem_balloon_channel_send - send a request
 * @exchange: must have the payload; if this function succeeds, dynmem_balloon_channel_wait() must
 *	follow
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
 * @exchange: its request must have been sent
 *
 * Context: sleeps.
 *
 * Return: 0 if there is an answer, which can be read until the next request. Errors of a request
 * that had no effect: -ESTALE if HELLO must be sent first, -EAGAIN if the host is busy,
 * -EPROTONOSUPPORT if the host speaks another version of the protocol, -EINVAL if the host refused
 * the request. Errors of a request that may have had an effect: -EPROTO if the answer is malformed,
 * -EIO or -ETIMEDOUT if the host will answer no request any more.
 */
int dynmem_balloon_channel_wait(struct dynmem_balloon_exchange *exchange);

/**
 * dynmem_balloon_channel_wait_for - wait for the host's answer for a limited time
 * @exchange: its request must have been sent
 * @patience: time limit in jiffies; 0: do not sleep; MAX_SCHEDULE_TIMEOUT: no limit
 *
 * Context: sleeps unless @patience is 0.
 *
 * Return: as dynmem_balloon_channel_wait(), or -EINPROGRESS if there is no answer yet. After
 * -EINPROGRESS this function or dynmem_balloon_channel_wait() must be called again.
 */
int dynmem_balloon_channel_wait_for(struct dynmem_balloon_exchange *exchange,
				    unsigned long patience);

/**
 * dynmem_balloon_channel_request - send a request and wait for its answer
 * @exchange: must have the payload
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
 * Return: false if the request may have had an effect.
 */
bool dynmem_balloon_channel_no_effect(int err);

/**
 * dynmem_balloon_channel_report - tell the host of free pages and wait until it has released them
 * @channel: the channel to the host; free page reporting must have been negotiated
 * @pages: free pages, which no task can allocate until this function returns
 * @count: number of entries in @pages
 *
 * The guest may use the pages when this function returns. So this function waits until the host has
 * answered or the device has been reset. If the device is dead, this function resets it.
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
 * Return: a buffer for any payload with up to DYNMEM_BALLOON_RANGES entries. The payload stays in
 * the buffer until the next request.
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
 * Return: the targets, or NULL if the answer has none.
 */
static inline const struct virtio_dynmem_targets *
dynmem_balloon_channel_targets(const struct dynmem_balloon_exchange *exchange)
{
	if (!exchange->answer->count)
		return NULL;
	return (const struct virtio_dynmem_targets *)(exchange->answer + 1);
}

#endif
