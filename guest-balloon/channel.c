// SPDX-License-Identifier: GPL-2.0
/*
 * Sends requests, waits for the answers and checks them; see channel.h.
 *
 * Usually a wait for an answer has no time limit. If the device is dead, the wait ends without an
 * answer. While another task waits for the end of the session, each wait for an answer is limited
 * to HURRY_SLICES. Until the device is reset, a request without an answer may still have an effect.
 */
#include <linux/scatterlist.h>
#include <linux/slab.h>
#include <linux/virtio.h>
#include <linux/virtio_balloon.h>
#include <linux/virtio_config.h>

#include "channel.h"
#include "compat.h"

#define REQUEST_SIZE	(sizeof(struct virtio_dynmem_request) + \
			 sizeof(struct virtio_dynmem_hello) + \
			 DYNMEM_BALLOON_RANGES * sizeof(struct virtio_dynmem_range))
#define ANSWER_SIZE	(sizeof(struct virtio_dynmem_answer) + \
			 DYNMEM_BALLOON_RANGES * sizeof(struct virtio_dynmem_result))

static_assert(sizeof(struct virtio_dynmem_report) +
	      VIRTIO_DYNMEM_MAX_VNODES * sizeof(struct virtio_dynmem_vnode) <=
	      DYNMEM_BALLOON_RANGES * sizeof(struct virtio_dynmem_range));
static_assert(DYNMEM_BALLOON_RANGES <= VIRTIO_DYNMEM_MAX_RANGES);
static_assert(sizeof(struct virtio_dynmem_targets) <=
	      DYNMEM_BALLOON_RANGES * sizeof(struct virtio_dynmem_result));

/* A slice: the time after which a wait checks whether the device is dead, in jiffies. */
#define WAIT_SLICE	((unsigned long)HZ)
/* The number of slices after which a hurried wait gives up; see dynmem_balloon_channel_hurry(). */
#define HURRY_SLICES	30

static int init_exchange(struct dynmem_balloon_channel *channel,
			 struct dynmem_balloon_exchange *exchange)
{
	exchange->channel = channel;
	init_completion(&exchange->answered);
	exchange->request = kzalloc(REQUEST_SIZE, GFP_KERNEL);
	exchange->answer = kzalloc(ANSWER_SIZE, GFP_KERNEL);
	return exchange->request && exchange->answer ? 0 : -ENOMEM;
}

static void exit_exchange(struct dynmem_balloon_exchange *exchange)
{
	kfree(exchange->request);
	kfree(exchange->answer);
}

int dynmem_balloon_channel_init(struct dynmem_balloon_channel *channel, struct virtio_device *vdev)
{
	spin_lock_init(&channel->lock);
	init_waitqueue_head(&channel->reported);
	channel->vdev = vdev;
	vdev->priv = channel;
	if (init_exchange(channel, &channel->talk) ||
	    init_exchange(channel, &channel->inflation) ||
	    init_exchange(channel, &channel->migration)) {
		dynmem_balloon_channel_exit(channel);
		return -ENOMEM;
	}
	return 0;
}

void dynmem_balloon_channel_exit(struct dynmem_balloon_channel *channel)
{
	exit_exchange(&channel->talk);
	exit_exchange(&channel->inflation);
	exit_exchange(&channel->migration);
}

/* Context: interrupt of the request queue. */
static void channel_take_answer(struct virtqueue *vq)
{
	struct dynmem_balloon_channel *channel = vq->vdev->priv;
	struct dynmem_balloon_exchange *exchange;
	unsigned long flags;
	u32 written;

	spin_lock_irqsave(&channel->lock, flags);
	while ((exchange = virtqueue_get_buf(vq, &written))) {
		exchange->written = written;
		complete(&exchange->answered);
	}
	spin_unlock_irqrestore(&channel->lock, flags);
}

/* Context: interrupt of the reporting queue. */
static void channel_take_report(struct virtqueue *vq)
{
	struct dynmem_balloon_channel *channel = vq->vdev->priv;

	wake_up(&channel->reported);
}

int dynmem_balloon_channel_open(struct dynmem_balloon_channel *channel)
{
	static const char * const names[] = { "request", "reporting" };
	vq_callback_t *callbacks[] = { channel_take_answer, channel_take_report };
	bool reporting = virtio_has_feature(channel->vdev, VIRTIO_BALLOON_F_REPORTING);
	struct virtqueue *vqs[2] = {};
	int err;

	err = dynmem_balloon_find_vqs(channel->vdev, 1 + reporting, vqs, callbacks, names);
	if (err)
		return err;
	channel->vq = vqs[VIRTIO_DYNMEM_VQ_REQUEST];
	channel->reporting = vqs[VIRTIO_DYNMEM_VQ_REPORTING];
	channel->epoch = 0;
	channel->hurried = false;
	channel->lost = false;
	channel->reset = false;
	virtio_device_ready(channel->vdev);
	return 0;
}

/* A device that was unplugged by surprise reads as all ones. */
static bool device_is_pulled(struct virtio_device *vdev)
{
	return vdev->config->get_status(vdev) == 0xff;
}

/* Whether the device will not answer: it is gone, asks for a reset, or was reset by other code. */
static bool device_is_dead(struct dynmem_balloon_channel *channel)
{
	u8 status = channel->vdev->config->get_status(channel->vdev);

	return (status & VIRTIO_CONFIG_S_NEEDS_RESET) || !(status & VIRTIO_CONFIG_S_DRIVER_OK) ||
	       virtqueue_is_broken(channel->vq);
}

void dynmem_balloon_channel_reset(struct dynmem_balloon_channel *channel)
{
	WRITE_ONCE(channel->lost, true);
	/* A device that is gone does nothing more, and would never complete a reset. */
	if (!device_is_pulled(channel->vdev))
		virtio_reset_device(channel->vdev);
	/* Pairs with report_is_done(): if the flag is visible, the reset is complete. */
	smp_store_release(&channel->reset, true);
	wake_up_all(&channel->reported);
}

void dynmem_balloon_channel_close(struct dynmem_balloon_channel *channel)
{
	channel->vdev->config->del_vqs(channel->vdev);
	channel->vq = NULL;
	channel->reporting = NULL;
}

void dynmem_balloon_channel_hurry(struct dynmem_balloon_channel *channel, bool hurried)
{
	WRITE_ONCE(channel->hurried, hurried);
}

static int exchange_add(struct dynmem_balloon_exchange *exchange, size_t size)
{
	struct dynmem_balloon_channel *channel = exchange->channel;
	struct scatterlist request, answer;
	struct scatterlist *lists[] = { &request, &answer };
	unsigned long flags;
	bool notify = false;
	int err;

	sg_init_one(&request, exchange->request, size);
	sg_init_one(&answer, exchange->answer, ANSWER_SIZE);
	reinit_completion(&exchange->answered);
	spin_lock_irqsave(&channel->lock, flags);
	err = virtqueue_add_sgs(channel->vq, lists, 1, 1, exchange, GFP_ATOMIC);
	if (!err)
		notify = virtqueue_kick_prepare(channel->vq);
	spin_unlock_irqrestore(&channel->lock, flags);
	if (notify)
		virtqueue_notify(channel->vq);
	return err;
}

static int exchange_wait(struct dynmem_balloon_exchange *exchange, unsigned long patience)
{
	struct dynmem_balloon_channel *channel = exchange->channel;
	unsigned int hurried = 0;
	unsigned long slice;

	/*
	 * With no patience, this function may run once for each page that moves. To read the
	 * device's status would cost a VM exit each time, so the status is not read here.
	 */
	if (!patience && !completion_done(&exchange->answered))
		return READ_ONCE(channel->lost) ? -EIO : -EINPROGRESS;
	for (;;) {
		slice = READ_ONCE(channel->lost) ? 0 : min(patience, WAIT_SLICE);
		if (wait_for_completion_timeout(&exchange->answered, slice))
			return 0;
		if (READ_ONCE(channel->lost) || device_is_dead(channel))
			return -EIO;
		if (READ_ONCE(channel->hurried) && ++hurried > HURRY_SLICES)
			return -ETIMEDOUT;
		patience -= slice;
		if (!patience)
			return -EINPROGRESS;
	}
}

/* Whether the number of entries in the answer suits the request, and all entries were written. */
static bool answer_fits(const struct dynmem_balloon_exchange *exchange)
{
	u32 entries = le32_to_cpu(exchange->answer->count);
	size_t entry;

	switch (exchange->type) {
	case VIRTIO_DYNMEM_INFLATE:
	case VIRTIO_DYNMEM_DEFLATE:
	case VIRTIO_DYNMEM_MOVE:
		entry = sizeof(struct virtio_dynmem_result);
		if (entries != exchange->count)
			return false;
		break;
	default:
		entry = sizeof(struct virtio_dynmem_targets);
		if (entries > 1)
			return false;
	}
	return exchange->written >= sizeof(*exchange->answer) + entries * entry;
}

static int check_answer(struct dynmem_balloon_exchange *exchange)
{
	const struct virtio_dynmem_answer *answer = exchange->answer;
	u16 type = exchange->type;

	if (exchange->written < sizeof(*answer) || exchange->written > ANSWER_SIZE ||
	    le16_to_cpu(answer->type) != type) {
		pr_err_ratelimited("the host's answer to request %u is none\n", type);
		return -EPROTO;
	}
	switch (le16_to_cpu(answer->status)) {
	case VIRTIO_DYNMEM_S_OK:
		break;
	case VIRTIO_DYNMEM_S_EPOCH:
		return -ESTALE;
	case VIRTIO_DYNMEM_S_BUSY:
		return -EAGAIN;
	case VIRTIO_DYNMEM_S_VERSION:
		pr_err("the host speaks protocol version %u, this driver %u: update the older\n",
		       le16_to_cpu(answer->version), VIRTIO_DYNMEM_VERSION);
		return -EPROTONOSUPPORT;
	default:
		pr_err_ratelimited("the host refused request %u with status %u\n", type,
				   le16_to_cpu(answer->status));
		return -EINVAL;
	}
	if (!answer_fits(exchange)) {
		pr_err_ratelimited("the host's answer to request %u has %u entries in %u bytes\n",
				   type, le32_to_cpu(answer->count), exchange->written);
		return -EPROTO;
	}
	if (type == VIRTIO_DYNMEM_HELLO)
		exchange->channel->epoch = le32_to_cpu(answer->epoch);
	return 0;
}

static int channel_lose(struct dynmem_balloon_channel *channel, int err)
{
	if (!READ_ONCE(channel->lost))
		pr_err("the device does not answer (%d)\n", err);
	WRITE_ONCE(channel->lost, true);
	return err;
}

int dynmem_balloon_channel_send(struct dynmem_balloon_exchange *exchange, u16 type, u32 flags,
				u32 count, size_t payload)
{
	struct dynmem_balloon_channel *channel = exchange->channel;

	if (READ_ONCE(channel->lost))
		return -EIO;
	exchange->type = type;
	exchange->count = count;
	*exchange->request = (struct virtio_dynmem_request) {
		.type = cpu_to_le16(type),
		.version = cpu_to_le16(VIRTIO_DYNMEM_VERSION),
		.epoch = cpu_to_le32(channel->epoch),
		.count = cpu_to_le32(count),
		.flags = cpu_to_le32(flags),
	};
	if (exchange_add(exchange, sizeof(*exchange->request) + payload))
		return channel_lose(channel, -EIO);
	return 0;
}

int dynmem_balloon_channel_wait(struct dynmem_balloon_exchange *exchange)
{
	return dynmem_balloon_channel_wait_for(exchange, MAX_SCHEDULE_TIMEOUT);
}

int dynmem_balloon_channel_wait_for(struct dynmem_balloon_exchange *exchange,
				    unsigned long patience)
{
	int err = exchange_wait(exchange, patience);

	if (err == -EINPROGRESS)
		return err;
	return err ? channel_lose(exchange->channel, err) : check_answer(exchange);
}

int dynmem_balloon_channel_request(struct dynmem_balloon_exchange *exchange, u16 type, u32 flags,
				   u32 count, size_t payload)
{
	return dynmem_balloon_channel_send(exchange, type, flags, count, payload) ?:
	       dynmem_balloon_channel_wait(exchange);
}

bool dynmem_balloon_channel_no_effect(int err)
{
	return err == -ESTALE || err == -EAGAIN || err == -EPROTONOSUPPORT || err == -EINVAL;
}

/* Whether the wait for the host's answer is over: it has answered, or the device has been reset. */
static bool report_is_done(struct dynmem_balloon_channel *channel)
{
	unsigned int written;

	/* Pairs with dynmem_balloon_channel_reset(). */
	return smp_load_acquire(&channel->reset) || virtqueue_get_buf(channel->reporting, &written);
}

int dynmem_balloon_channel_report(struct dynmem_balloon_channel *channel, struct scatterlist *pages,
				  unsigned int count)
{
	int err;

	if (READ_ONCE(channel->lost))
		return -EIO;
	err = virtqueue_add_inbuf(channel->reporting, pages, count, channel, GFP_NOWAIT);
	if (err)
		return err;
	virtqueue_kick(channel->reporting);
	/* A dead device raises no interrupt, so look at the device after each slice. */
	while (!wait_event_timeout(channel->reported, report_is_done(channel), WAIT_SLICE)) {
		if (virtqueue_is_broken(channel->reporting) || device_is_dead(channel)) {
			channel_lose(channel, -EIO);
			dynmem_balloon_channel_reset(channel);
		}
	}
	return READ_ONCE(channel->reset) ? -EIO : 0;
}
