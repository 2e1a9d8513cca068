// SPDX-License-Identifier: GPL-2.0
/*
 * ring: the driver's side of the split virtqueues (virtio 1.2, section 2.7).
 */
#include <errno.h>
#include <linux/virtio_ring.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "vmm.h"

#define NUM 256

struct queue queues[QUEUES];
uint64_t rings_base;
static bool event_idx;

struct queue *which_queue(const char *text)
{
	uint64_t i = number(text);

	if (i >= QUEUES)
		give_up(EDOM);
	return &queues[i];
}

/* This program's pointer to the available ring. Ends the command if no guest RAM is there. */
static struct vring_avail *avail(const struct queue *q)
{
	return at(q->avail, sizeof(struct vring_avail) + 2ULL * q->num + 2);
}

static struct vring_used *used(const struct queue *q)
{
	return at(q->used, sizeof(struct vring_used) + 8ULL * q->num + 2);
}

static uint16_t used_idx(const struct queue *q)
{
	return __atomic_load_n(&used(q)->idx, __ATOMIC_ACQUIRE);
}

static void place(unsigned int i)
{
	uint64_t base = rings_base + AT_QUEUE(i);

	queues[i].desc = base + AT_DESC;
	queues[i].avail = base + AT_AVAIL;
	queues[i].used = base + AT_USED;
	queues[i].num = NUM;
}

__attribute__((constructor))
static void place_all(void)
{
	unsigned int i;

	for (i = 0; i < QUEUES; i++)
		place(i);
}

int cmd_rings(const struct words *w)
{
	rings_base = number(word(w, 1));
	at(rings_base, RINGS_SIZE);
	place_all();
	return 0;
}

int cmd_ring(const struct words *w)
{
	struct queue *q = which_queue(word(w, 1));

	place(q - queues);
	q->desc = option_number(w, "desc", q->desc);
	q->avail = option_number(w, "avail", q->avail);
	q->used = option_number(w, "used", q->used);
	q->num = option_number(w, "num", q->num);
	return 0;
}

void queues_begin(bool with_event_idx, bool fresh)
{
	unsigned int i;

	event_idx = with_event_idx;
	for (i = 0; i < QUEUES; i++) {
		struct queue *q = &queues[i];

		if (!q->kick) {
			q->kick = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
			q->call = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		}
		if (!fresh)
			continue;
		q->avail_idx = 0;
		/* Clear the usual places, even if the command `ring` put the rings elsewhere. */
		memset(at(rings_base + AT_QUEUE(i), AT_TABLE), 0, AT_TABLE);
	}
}

void put_desc(uint64_t table, uint32_t i, uint64_t addr, uint32_t len, uint16_t flags,
	      uint16_t next)
{
	struct vring_desc *desc = at(table + i * sizeof(*desc), sizeof(*desc));

	*desc = (struct vring_desc) { .addr = addr, .len = len, .flags = flags, .next = next };
}

int cmd_desc(const struct words *w)
{
	uint64_t table = number(word(w, 1));
	uint16_t flags = 0;
	const char *f;

	if (table < QUEUES)
		table = queues[table].desc;
	for (f = word(w, 5); *f; f++)
		flags |= *f == 'n' ? VRING_DESC_F_NEXT : *f == 'w' ? VRING_DESC_F_WRITE :
			 *f == 'i' ? VRING_DESC_F_INDIRECT : 0;
	put_desc(table, number(word(w, 2)), number(word(w, 3)), number(word(w, 4)), flags,
		 number(word(w, 6)));
	return 0;
}

static void publish(struct queue *q, uint16_t count)
{
	q->avail_idx += count;
	if (event_idx)
		avail(q)->ring[q->num] = q->avail_idx - 1;
	__atomic_store_n(&avail(q)->idx, q->avail_idx, __ATOMIC_RELEASE);
}

void queue_offer(struct queue *q, uint16_t head)
{
	avail(q)->ring[q->avail_idx % q->num] = head;
	publish(q, 1);
}

void queue_kick(struct queue *q)
{
	uint64_t one = 1;

	if (write(q->kick, &one, sizeof(one)) < 0)
		give_up(errno);
}

bool queue_done(const struct queue *q, uint32_t *len)
{
	uint16_t last = q->avail_idx - 1;

	if (used_idx(q) != q->avail_idx)
		return false;
	*len = used(q)->ring[last % q->num].len;
	return true;
}

int cmd_offer(const struct words *w)
{
	struct queue *q = which_queue(word(w, 1));

	queue_offer(q, number(word(w, 2)));
	queue_kick(q);
	return 0;
}

int cmd_advance(const struct words *w)
{
	publish(which_queue(word(w, 1)), number(word(w, 2)));
	return 0;
}

int cmd_kick(const struct words *w)
{
	queue_kick(which_queue(word(w, 1)));
	return 0;
}
