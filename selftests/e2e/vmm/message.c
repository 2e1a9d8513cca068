// SPDX-License-Identifier: GPL-2.0
/*
 * message: sends requests of a dynmem_balloon driver (include/uapi/virtio_dynmem.h) and of a
 * standard driver, correct or not. The commands that send requests of dynmem_balloon take these
 * options, which change the request or the way it is sent. `pfns` takes the last four of them, and
 * `flood` takes split, indirect and direct:
 *
 *	type=N version=N epoch=N count=N flags=N	fields of the header
 *	out=BYTES in=BYTES				bytes that the device may read, may write
 *	split=N						N descriptors for the bytes it may read
 *	indirect					puts the descriptors into an indirect table
 *	direct=N					leaves the first N out of the indirect table
 *	nowait						does not wait for the answer
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/virtio_ring.h>
#include <stdlib.h>
#include <string.h>

#include "../../../include/uapi/virtio_dynmem.h"
#include "vmm.h"

#define RANGES	(VIRTIO_DYNMEM_MAX_RANGES + 16)

static uint32_t epoch;
static uint16_t vnodes = 1;

/*
 * Writes a chain that begins at descriptor 0. The chain has @out bytes that the device may read,
 * and @in bytes that the device may write.
 */
static void put_chain(const struct words *w, const struct queue *q, uint64_t out, uint64_t in)
{
	uint64_t own = rings_base + AT_QUEUE(q - queues) + AT_TABLE;
	uint64_t indirect = option(w, "indirect") ? own : 0;
	uint64_t table = indirect ?: q->desc, at = rings_base + AT_REQUEST;
	uint64_t direct = indirect ? option_number(w, "direct", 0) : 0;
	uint64_t split = option_number(w, "split", 1), i, nr = 0;

	for (i = 0; i < split && out; i++) {
		uint64_t len = i + 1 < split ? out / split : out - i * (out / split);

		if (i < direct) {
			put_desc(q->desc, i, at, len, VRING_DESC_F_NEXT, i + 1);
		} else {
			put_desc(table, nr, at, len, VRING_DESC_F_NEXT, nr + 1);
			nr++;
		}
		at += len;
	}
	if (in || !nr)
		put_desc(table, nr++, rings_base + AT_ANSWER, in, VRING_DESC_F_WRITE, 0);
	else
		put_desc(table, nr - 1, at - (out - (split - 1) * (out / split)),
			 out - (split - 1) * (out / split), 0, 0);
	if (indirect)
		put_desc(q->desc, direct, indirect, nr * sizeof(struct vring_desc),
			 VRING_DESC_F_INDIRECT, 0);
}

static void say_results(const struct virtio_dynmem_result *result, uint32_t count)
{
	static const char * const reasons[] = {
		"none", "range", "twice", "backing", "pinned", "align", "failed", "grant",
	};
	unsigned long long accepted = 0;
	uint32_t i;

	for (i = 0; i < count; i++)
		accepted += result[i].pages;
	say(" accepted=%llu", accepted);
	for (i = 0; i < count && i < 16; i++)
		say(" %u/%s", result[i].pages, reasons[result[i].reason & 7]);
}

static void say_targets(const struct virtio_dynmem_targets *targets)
{
	uint32_t i;

	say(" balloon=");
	for (i = 0; i < targets->vnodes && i < VIRTIO_DYNMEM_MAX_VNODES; i++)
		say("%s%llu", i ? "," : "", targets->balloon[i]);
}

static int say_answer(uint32_t written)
{
	static const char * const statuses[] = {
		"ok", "malformed", "version", "epoch", "type", "busy", "?", "?",
	};
	const struct virtio_dynmem_answer *answer = at(rings_base + AT_ANSWER, sizeof(*answer));
	uint64_t room = written - sizeof(*answer);

	if (written < sizeof(*answer)) {
		say(" written=%u", written);
		return 0;
	}
	say(" %s", statuses[answer->status & 7]);
	if (answer->status || !answer->count)
		return 0;
	if (answer->type >= VIRTIO_DYNMEM_INFLATE) {
		if (answer->count * sizeof(struct virtio_dynmem_result) <= room)
			say_results((const void *)(answer + 1), answer->count);
	} else if (sizeof(struct virtio_dynmem_targets) <= room) {
		if (answer->type == VIRTIO_DYNMEM_HELLO) {
			epoch = answer->epoch;
			say(" epoch=%u", epoch);
		}
		say_targets((const void *)(answer + 1));
	}
	return 0;
}

/*
 * Sends a header and @len bytes of @payload. The device has space for the header of an answer and
 * for @in bytes behind it. Options in @w replace these values. Waits for the answer and shows it,
 * except with the option "nowait".
 */
static int message(const struct words *w, uint16_t type, uint32_t count, uint32_t flags,
		   const void *payload, uint64_t len, uint64_t in)
{
	struct queue *q = &queues[VIRTIO_DYNMEM_VQ_REQUEST];
	struct virtio_dynmem_request head = {
		.type = option_number(w, "type", type),
		.version = option_number(w, "version", VIRTIO_DYNMEM_VERSION),
		.epoch = option_number(w, "epoch", epoch),
		.count = option_number(w, "count", count),
		.flags = option_number(w, "flags", flags),
	};
	uint8_t *request = at(rings_base + AT_REQUEST, sizeof(head) + len);
	uint32_t written;
	int ret;

	memcpy(request, &head, sizeof(head));
	memcpy(request + sizeof(head), payload, len);
	memset(at(rings_base + AT_ANSWER, PAGE), 0xff, PAGE);
	put_chain(w, q, option_number(w, "out", sizeof(head) + len),
		  option_number(w, "in", sizeof(struct virtio_dynmem_answer) + in));
	queue_offer(q, 0);
	queue_kick(q);
	if (option(w, "nowait"))
		return 0;
	ret = queue_await(q, &written);
	return ret ?: say_answer(written);
}

/*
 * Parses FIRST+PAGES[*COUNT/STEP][@VNODE], and adds COUNT ranges of PAGES pages to @range. The
 * first one begins at page FIRST, and each other one STEP pages behind the beginning of the
 * previous one.
 */
static void add_ranges(const char *text, struct virtio_dynmem_range *range, uint32_t *nr)
{
	uint64_t first, pages, vnode = 0, count = 1, step = 0;
	char *end;

	first = strtoull(text, &end, 0);
	if (*end != '+')
		give_up(EDOM);
	pages = strtoull(end + 1, &end, 0);
	if (*end == '*')
		count = strtoull(end + 1, &end, 0);
	if (*end == '/')
		step = strtoull(end + 1, &end, 0);
	if (*end == '@')
		vnode = strtoull(end + 1, &end, 0);
	if (*end)
		give_up(EDOM);
	for (; count; count--, first += step) {
		if (*nr == RANGES)
			give_up(E2BIG);
		range[(*nr)++] = (struct virtio_dynmem_range) {
			.first = first, .pages = pages, .vnode = vnode,
		};
	}
}

/* Parses all words from index @from on that name ranges. Return: the number of ranges. */
static uint32_t read_ranges(const struct words *w, int from, struct virtio_dynmem_range *range)
{
	uint32_t nr = 0;
	int i;

	for (i = from; i < w->nr; i++)
		if (w->word[i][0] >= '0' && w->word[i][0] <= '9')
			add_ranges(w->word[i], range, &nr);
	return nr;
}

int cmd_hello(const struct words *w)
{
	static struct {
		struct virtio_dynmem_hello hello;
		struct virtio_dynmem_range range[RANGES];
	} payload;
	uint64_t instance = option_number(w, "instance", 1);
	uint32_t nr = read_ranges(w, 1, payload.range);

	vnodes = option_number(w, "vnodes", 1);
	payload.hello = (struct virtio_dynmem_hello) {
		.vnodes = vnodes, .block_order = VIRTIO_DYNMEM_BLOCK_ORDER,
	};
	memcpy(payload.hello.instance, &instance, sizeof(instance));
	return message(w, VIRTIO_DYNMEM_HELLO, nr, option(w, "plug") ? VIRTIO_DYNMEM_F_PLUG : 0,
		       &payload,
		       sizeof(payload.hello) + nr * sizeof(*payload.range),
		       sizeof(struct virtio_dynmem_targets));
}

int cmd_report(const struct words *w)
{
	static struct {
		struct virtio_dynmem_report report;
		struct virtio_dynmem_vnode vnode[2 * VIRTIO_DYNMEM_MAX_VNODES];
	} payload;
	uint32_t nr = option_number(w, "vnodes", vnodes), i;

	if (nr > 2 * VIRTIO_DYNMEM_MAX_VNODES)
		return -EDOM;
	payload.report = (struct virtio_dynmem_report) {
		.total = option_number(w, "total", 64 << 20),
		.commit = option_number(w, "commit", 0),
		.commit_limit = option_number(w, "total", 64 << 20),
		.anon = option_number(w, "anon", 0),
		.kernel = option_number(w, "kernel", 0),
	};
	for (i = 0; i < nr; i++)
		payload.vnode[i] = (struct virtio_dynmem_vnode) {
			.total = payload.report.total / nr,
		};
	return message(w, VIRTIO_DYNMEM_REPORT, nr, 0, &payload,
		       sizeof(payload.report) + nr * sizeof(*payload.vnode),
		       sizeof(struct virtio_dynmem_targets));
}

int cmd_need(const struct words *w)
{
	struct virtio_dynmem_need need = { .bytes = number(word(w, 1)) };

	return message(w, VIRTIO_DYNMEM_NEED, 0, 0, &need, sizeof(need),
		       sizeof(struct virtio_dynmem_targets));
}

/* The commands inflate, deflate and move. Options "held" and "leaving" set flags of the request. */
int cmd_move(const struct words *w)
{
	static struct virtio_dynmem_range range[RANGES];
	uint16_t type = *w->word[0] == 'i' ? VIRTIO_DYNMEM_INFLATE :
			*w->word[0] == 'd' ? VIRTIO_DYNMEM_DEFLATE : VIRTIO_DYNMEM_MOVE;
	uint32_t nr = read_ranges(w, 1, range), flags = 0;

	if (option(w, "held"))
		flags |= VIRTIO_DYNMEM_F_HELD;
	if (option(w, "leaving"))
		flags |= VIRTIO_DYNMEM_F_LEAVING;
	return message(w, type, nr, flags, range, nr * sizeof(*range),
		       nr * sizeof(struct virtio_dynmem_result));
}

int cmd_pfns(const struct words *w)
{
	static struct virtio_dynmem_range range[RANGES];
	struct queue *q = which_queue(word(w, 1));
	uint32_t *pfn = at(rings_base + AT_REQUEST, AT_ANSWER - AT_REQUEST), written;
	uint32_t nr = read_ranges(w, 2, range), n = 0, i, page;

	for (i = 0; i < nr; i++) {
		for (page = 0; page < range[i].pages; page++) {
			if (n == (AT_ANSWER - AT_REQUEST) / sizeof(*pfn))
				return -E2BIG;
			pfn[n++] = range[i].first + page;
		}
	}
	put_chain(w, q, option_number(w, "len", n * sizeof(*pfn)), 0);
	queue_offer(q, 0);
	queue_kick(q);
	return option(w, "nowait") ? 0 : queue_await(q, &written);
}

/* Sends COUNT times the same request: fills the ring with it, waits for the answers, repeats. */
int cmd_flood(const struct words *w)
{
	struct queue *q = &queues[VIRTIO_DYNMEM_VQ_REQUEST];
	uint64_t left = number(word(w, 1)), n;
	uint32_t written;
	int ret = 0;

	memset(at(rings_base + AT_REQUEST, PAGE), 0, PAGE);
	put_chain(w, q, sizeof(struct virtio_dynmem_request), sizeof(struct virtio_dynmem_answer));
	while (left && !ret) {
		for (n = 0; n < q->num && left; n++, left--) {
			queue_offer(q, 0);
			queue_kick(q);
		}
		ret = queue_await(q, &written);
	}
	return ret;
}
