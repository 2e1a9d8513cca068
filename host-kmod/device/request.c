// SPDX-License-Identifier: GPL-2.0
/*
 * request: carries out the messages of a dynmem_balloon guest.
 *
 * The guest is untrusted. A request is copied once and then checked. The functions of vm/balloon.h
 * check ranges. The figures in a request are only hints: they are limited to 1 PiB here, and policy
 * limits them further.
 */
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/overflow.h>
#include <linux/sched/signal.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "device/config.h"
#include "device/request.h"
#include "device/vring.h"
#include "device/workers.h"
#include "vm/balloon.h"
#include "vm/vm.h"
#include "vm/vnodes.h"

/*
 * A request may name all of a guest's memory, and moving all of it takes minutes. After this time,
 * or when the host or the VMM's cgroup is being frozen, the pages that are left do not move, and
 * the guest has to send another request for them.
 */
#define REQUEST_TIME	(10UL * HZ)
/*
 * A step is the most pages that move between two checks of the time. A kernel call releases at most
 * 64 MiB, and ends where a step ends. As a step is several calls long, only its last call may be
 * cut short by that.
 */
#define STEP_PAGES	((u64)SZ_256M >> VIRTIO_DYNMEM_PAGE_SHIFT)

#define ANSWER_MAX (sizeof(struct virtio_dynmem_answer) + \
		    VIRTIO_DYNMEM_MAX_RANGES * sizeof(struct virtio_dynmem_result))

int dynmem_channel_init(struct dynmem_channel *chan)
{
	chan->range = kvmalloc_array(VIRTIO_DYNMEM_MAX_RANGES, sizeof(*chan->range), GFP_KERNEL);
	chan->answer = kvmalloc(ANSWER_MAX, GFP_KERNEL);
	if (chan->range && chan->answer)
		return 0;
	dynmem_channel_free(chan);
	return -ENOMEM;
}

void dynmem_channel_free(struct dynmem_channel *chan)
{
	kvfree(chan->range);
	kvfree(chan->answer);
	chan->range = NULL;
	chan->answer = NULL;
}

/* A request: its header, and the ring and the element from which the payload is read. */
struct request {
	struct virtio_dynmem_request head;
	struct dynmem_vring *ring;
	const struct dynmem_elem *elem;
	u32 count;
	u32 flags;
};

static int request_read(const struct request *req, size_t offset, void *buf, size_t len)
{
	return dynmem_elem_read(req->ring, req->elem, sizeof(req->head) + offset, buf, len);
}

/*
 * Whether exactly @fixed bytes and @req->count entries of @size bytes follow the header, and the
 * count is at most @max.
 */
static bool request_fits(const struct request *req, size_t fixed, u32 max, size_t size)
{
	return req->count <= max &&
	       req->elem->out_len == sizeof(req->head) + fixed + (u64)req->count * size;
}

static void request_answer(struct dynmem_channel *chan, const struct request *req,
			   enum virtio_dynmem_status status, u32 count, size_t payload)
{
	struct virtio_dynmem_answer *a = chan->answer;

	*a = (struct virtio_dynmem_answer) {
		.type = req->head.type,
		.status = cpu_to_le16(status),
		.version = cpu_to_le16(VIRTIO_DYNMEM_VERSION),
		.epoch = cpu_to_le32(chan->epoch),
		.count = cpu_to_le32(count),
	};
	chan->answer_len = sizeof(*a) + payload;
}

static void request_refuse(struct dynmem_channel *chan, const struct request *req,
			   enum virtio_dynmem_status status)
{
	if (status == VIRTIO_DYNMEM_S_MALFORMED || status == VIRTIO_DYNMEM_S_TYPE)
		dynmem_count(&chan->vm->counters, DYNMEM_A_COUNTER_MALFORMED, 1);
	if (status == VIRTIO_DYNMEM_S_VERSION)
		dynmem_count(&chan->vm->counters, DYNMEM_A_COUNTER_MISMATCHED, 1);
	request_answer(chan, req, status, 0, 0);
}

static void request_answer_targets(struct dynmem_channel *chan, const struct request *req)
{
	struct virtio_dynmem_targets *targets = chan->answer + sizeof(struct virtio_dynmem_answer);

	dynmem_config_targets(chan->config, targets);
	request_answer(chan, req, VIRTIO_DYNMEM_S_OK, 1, sizeof(*targets));
}

/*
 * Return: the spans that the guest names; NULL if they do not ascend, a vnode does not exist, or
 * there is no memory.
 */
static struct dynmem_span *make_spans(const struct virtio_dynmem_range *range, u32 count,
				      u16 nr_vnodes)
{
	struct dynmem_span *span = kvcalloc(count, sizeof(*span), GFP_KERNEL_ACCOUNT);
	u64 end = 0;
	u32 i;

	for (i = 0; span && i < count; i++) {
		span[i].first = le64_to_cpu(range[i].first);
		span[i].vnode = le16_to_cpu(range[i].vnode);
		if (span[i].vnode >= nr_vnodes || span[i].first < end ||
		    check_add_overflow(span[i].first, (u64)le32_to_cpu(range[i].pages), &end)) {
			kvfree(span);
			return NULL;
		}
	}
	return span;
}

static int serve_hello(struct dynmem_channel *chan, struct request *req)
{
	struct dynmem_vm *vm = chan->vm;
	struct virtio_dynmem_hello hello;
	struct dynmem_span *span;
	u16 nr_vnodes;
	bool fresh;
	int ret;

	if (!req->count || !request_fits(req, sizeof(hello), VIRTIO_DYNMEM_MAX_RANGES,
					 sizeof(*chan->range))) {
		request_refuse(chan, req, VIRTIO_DYNMEM_S_MALFORMED);
		return 0;
	}
	ret = request_read(req, 0, &hello, sizeof(hello)) ?:
	      request_read(req, sizeof(hello), chan->range, req->count * sizeof(*chan->range));
	if (ret)
		return ret;
	nr_vnodes = le16_to_cpu(hello.vnodes);
	if (!nr_vnodes || nr_vnodes > VIRTIO_DYNMEM_MAX_VNODES) {
		request_refuse(chan, req, VIRTIO_DYNMEM_S_MALFORMED);
		return 0;
	}
	span = make_spans(chan->range, req->count, nr_vnodes);
	if (!span) {
		request_refuse(chan, req, VIRTIO_DYNMEM_S_MALFORMED);
		return 0;
	}

	/* After its first report only pages that the driver announces again are ballooned. */
	fresh = !chan->epoch || memcmp(chan->instance, hello.instance, sizeof(chan->instance));
	if (fresh)
		dynmem_vm_balloon_forget(vm);
	else
		dynmem_vm_balloon_await(vm);
	ret = dynmem_vnodes_by_guest(vm, span, req->count, nr_vnodes, vm->plugs);
	if (ret) {
		kvfree(span);
		request_refuse(chan, req, VIRTIO_DYNMEM_S_BUSY);
		return 0;
	}
	mutex_lock(&vm->lock);
	vm->plugs = req->flags & VIRTIO_DYNMEM_F_PLUG;
	dynmem_config_update(chan->config, vm);
	mutex_unlock(&vm->lock);
	chan->announcing = true;
	chan->named_end = le64_to_cpu(chan->range[req->count - 1].first) +
			  le32_to_cpu(chan->range[req->count - 1].pages);

	memcpy(chan->instance, hello.instance, sizeof(chan->instance));
	/* Epoch 0 means that there is no session. */
	if (!++chan->epoch)
		chan->epoch = 1;
	chan->leaving = false;
	chan->resumed = true;
	chan->ops->session(vm, DYNMEM_DRIVER_DYNMEM, fresh);
	request_answer_targets(chan, req);
	return 0;
}

static u64 hint_value(__le64 value)
{
	return min_t(u64, le64_to_cpu(value), DYNMEM_MEMORY_MAX);
}

/* The driver has announced all pages that it holds. The answer to its report has new targets. */
static void end_announcing(struct dynmem_channel *chan)
{
	struct dynmem_vm *vm = chan->vm;

	chan->announcing = false;
	dynmem_vm_balloon_announced(vm, chan->named_end);
	mutex_lock(&vm->lock);
	dynmem_config_update(chan->config, vm);
	mutex_unlock(&vm->lock);
}

static int serve_report(struct dynmem_channel *chan, struct request *req)
{
	struct virtio_dynmem_vnode *vnode = (void *)chan->range;
	struct dynmem_vm *vm = chan->vm;
	struct virtio_dynmem_report r;
	struct dynmem_figures *f = &vm->demand.figures;
	u32 i;
	int ret;

	BUILD_BUG_ON(VIRTIO_DYNMEM_MAX_VNODES * sizeof(*vnode) >
		     VIRTIO_DYNMEM_MAX_RANGES * sizeof(*chan->range));
	if (!request_fits(req, sizeof(r), VIRTIO_DYNMEM_MAX_VNODES, sizeof(*vnode)) ||
	    req->count != vm->nr_vnodes) {
		request_refuse(chan, req, VIRTIO_DYNMEM_S_MALFORMED);
		return 0;
	}
	ret = request_read(req, 0, &r, sizeof(r)) ?:
	      request_read(req, sizeof(r), vnode, req->count * sizeof(*vnode));
	if (ret)
		return ret;
	if (chan->announcing)
		end_announcing(chan);

	mutex_lock(&vm->lock);
	*f = (struct dynmem_figures) {
		.commit = hint_value(r.commit), .commit_limit = hint_value(r.commit_limit),
		.total = hint_value(r.total), .free = hint_value(r.free),
		.available = hint_value(r.available), .anon = hint_value(r.anon),
		.shmem = hint_value(r.shmem), .file = hint_value(r.file),
		.swapped = hint_value(r.swapped), .kernel = hint_value(r.kernel),
		.ballooned = hint_value(r.ballooned), .swap_in = hint_value(r.swap_in),
		.swap_out = hint_value(r.swap_out), .refault = hint_value(r.refault),
		.major_faults = hint_value(r.major_faults), .stalls = hint_value(r.stalls),
		.stalled = le32_to_cpu(r.stalled),
		.overcommit = le16_to_cpu(r.overcommit), .vnodes = req->count,
	};
	vm->demand.refault += f->refault + f->swap_in;
	vm->demand.reread += dynmem_above(f->refault, f->swap_in);
	vm->demand.stalled += f->stalled;
	for (i = 0; i < req->count; i++)
		f->vnode[i] = (struct dynmem_vnode_figures) {
			.total = hint_value(vnode[i].total), .free = hint_value(vnode[i].free),
			.reclaimable = hint_value(vnode[i].reclaimable),
			.ballooned = hint_value(vnode[i].ballooned),
			.unavailable = hint_value(vnode[i].unavailable),
		};
	vm->demand.reported_ms = ktime_get_ns() / NSEC_PER_MSEC;
	mutex_unlock(&vm->lock);

	dynmem_count(&vm->counters, DYNMEM_A_COUNTER_REPORTS, 1);
	chan->ops->report(vm);
	request_answer_targets(chan, req);
	return 0;
}

static int serve_need(struct dynmem_channel *chan, struct request *req)
{
	struct dynmem_vm *vm = chan->vm;
	struct virtio_dynmem_need need;
	u16 vnode;
	int ret;

	if (req->count || !request_fits(req, sizeof(need), 0, 0)) {
		request_refuse(chan, req, VIRTIO_DYNMEM_S_MALFORMED);
		return 0;
	}
	ret = request_read(req, 0, &need, sizeof(need));
	if (ret)
		return ret;
	vnode = le16_to_cpu(need.vnode);
	dynmem_count(&vm->counters, DYNMEM_A_COUNTER_NEEDS, 1);
	mutex_lock(&vm->lock);
	if (vnode < vm->nr_vnodes) {
		struct dynmem_vnode *v = &vm->vnode[vnode];

		v->need = dynmem_vnode_exposed(v) + hint_value(need.bytes);
		v->need_ms = ktime_get_ns() / NSEC_PER_MSEC;
	}
	mutex_unlock(&vm->lock);
	/*
	 * The answer has the targets of this moment, so that the guest's next request need not wait
	 * for a decision of the balancer. A config interrupt will announce the targets that result
	 * from the decision.
	 */
	chan->ops->report(vm);
	request_answer_targets(chan, req);
	return 0;
}

/* A range of a request in host byte order; replaces the guest's range in the same buffer. */
struct piece {
	u64 first;
	u32 pages;
	u32 index;	/* index of the range in the request */
};

static struct piece *read_pieces(struct virtio_dynmem_range *range, u32 count)
{
	struct piece *piece = (void *)range;
	u32 i;

	BUILD_BUG_ON(sizeof(*piece) != sizeof(*range));
	for (i = 0; i < count; i++)
		piece[i] = (struct piece) {
			.first = le64_to_cpu(range[i].first),
			.pages = le32_to_cpu(range[i].pages),
			.index = i,
		};
	return piece;
}

static int piece_compare(const void *left, const void *right)
{
	const struct piece *a = left, *b = right;

	if (a->first != b->first)
		return a->first < b->first ? -1 : 1;
	return a->index < b->index ? -1 : 1;
}

/*
 * Finds pieces that are adjacent and so can move as one run. Sets @pages to the length of the run.
 * Return: number of adjacent pieces from @piece on, at most @count.
 */
static u32 pieces_merge(const struct piece *piece, u32 count, u64 *pages)
{
	u32 n = 0;

	*pages = 0;
	do {
		*pages += piece[n].pages;
		n++;
	} while (n < count && *pages && piece[n].pages &&
		 piece[n].first == piece->first + *pages);
	return n;
}

/*
 * The caller has merged @n pieces with @pages pages in all, and has tried to move them as one run,
 * with the result @moved. Return: the number of pieces that can be answered now. If all pages have
 * moved, this is @n. Otherwise the last piece to be answered is the first one that has not moved
 * completely, and @moved->refused is limited to the pages of that piece that have not moved.
 */
static u32 pieces_answered(const struct piece *piece, u32 n, u64 pages, struct dynmem_moved *moved)
{
	u64 seen = 0;
	u32 i = 0;

	if (moved->pages == pages)
		return n;
	do {
		seen += piece[i++].pages;
	} while (seen <= moved->pages && i < n);
	moved->refused = min(moved->refused, seen - moved->pages);
	return i;
}

/* Divides the result of @n merged pieces among their ranges. */
static void pieces_split_result(const struct piece *piece, u32 n, const struct dynmem_moved *moved,
				struct virtio_dynmem_result *result)
{
	u64 left = moved->pages;
	u32 i;

	for (i = 0; i < n; i++) {
		u32 pages = piece[i].pages, done = min_t(u64, pages, left);

		left -= done;
		result[piece[i].index] = (struct virtio_dynmem_result) {
			.pages = cpu_to_le32(done),
			.reason = cpu_to_le16(done < pages || !pages ? moved->reason :
					      VIRTIO_DYNMEM_R_NONE),
		};
	}
}

/* Reads a request's ranges. Return: 1: done; 0: the request was refused; -errno: read error. */
static int read_ranges(struct dynmem_channel *chan, const struct request *req)
{
	u64 room = sizeof(struct virtio_dynmem_answer) +
		   (u64)req->count * sizeof(struct virtio_dynmem_result);

	if (!req->count || !request_fits(req, 0, VIRTIO_DYNMEM_MAX_RANGES, sizeof(*chan->range)) ||
	    req->elem->in_len < room) {
		request_refuse(chan, req, VIRTIO_DYNMEM_S_MALFORMED);
		return 0;
	}
	return request_read(req, 0, chan->range, req->count * sizeof(*chan->range)) ? : 1;
}

static void request_answer_ranges(struct dynmem_channel *chan, const struct request *req)
{
	request_answer(chan, req, VIRTIO_DYNMEM_S_OK, req->count,
		       req->count * sizeof(struct virtio_dynmem_result));
}

static int serve_move(struct dynmem_channel *chan, struct request *req)
{
	struct virtio_dynmem_result *result = chan->answer + sizeof(struct virtio_dynmem_answer);
	int ret = read_ranges(chan, req);
	u32 i;

	if (ret <= 0)
		return ret;
	if (req->count % 2) {
		request_refuse(chan, req, VIRTIO_DYNMEM_S_MALFORMED);
		return 0;
	}
	for (i = 0; i < req->count; i += 2) {
		const struct virtio_dynmem_range *to = &chan->range[i], *from = to + 1;
		u32 pages = to->pages == from->pages ? le32_to_cpu(to->pages) : 0;
		struct dynmem_moved moved;

		dynmem_vm_move(chan->vm, le64_to_cpu(to->first), le64_to_cpu(from->first),
			       pages, &moved);
		dynmem_count_refused(&chan->vm->counters, &moved);
		result[i] = (struct virtio_dynmem_result) {
			.pages = cpu_to_le32(moved.pages),
			.reason = cpu_to_le16(moved.reason),
		};
		result[i + 1] = result[i];
		cond_resched();
	}
	request_answer_ranges(chan, req);
	return 0;
}

#define MAX_PARTS (DYNMEM_WORKERS_MAX + 1)

/*
 * struct job - an INFLATE or DEFLATE request
 * @vm: the VM
 * @inflate: true: INFLATE; false: DEFLATE
 * @leaving: the driver is leaving, so the job is limited neither by grants nor by time
 * @began: when the job began, in jiffies
 * @piece: the pieces to move
 * @begin: for each part, the index of its first piece; one more element is the number of pieces
 * @result: the result of each range
 * @moved: for each part, whether any of its pages has moved
 */
struct job {
	struct dynmem_vm *vm;
	bool inflate;
	bool leaving;
	unsigned long began;
	const struct piece *piece;
	u32 begin[MAX_PARTS + 1];
	struct virtio_dynmem_result *result;
	bool moved[MAX_PARTS];
};

/*
 * Whether a job has to stop early. The job of a driver that is leaving never stops early, since
 * such a driver would not send another request for the pages that are left.
 */
static bool job_is_late(const struct job *job)
{
	return !job->leaving &&
	       (signal_pending(current) || time_after(jiffies, job->began + REQUEST_TIME));
}

/*
 * Moves a run of pages. Stops early when the time is up. In that case the pages that have not moved
 * do not count as refused.
 */
static void job_move_run(const struct job *job, u64 first, u64 pages,
			 struct dynmem_moved *moved)
{
	struct dynmem_moved step = {};
	u64 done = 0;

	*moved = (struct dynmem_moved) {};
	do {
		u64 next = min(pages - done, STEP_PAGES - (first + done) % STEP_PAGES);

		if (job_is_late(job))
			break;
		if (job->inflate)
			dynmem_vm_inflate(job->vm, first + done, next, &step);
		else
			dynmem_vm_deflate(job->vm, first + done, next, job->leaving, &step);
		done += step.pages;
		cond_resched();
	} while (step.reason == VIRTIO_DYNMEM_R_NONE && done < pages);
	moved->pages = done;
	moved->reason = step.reason;
	/* With reason TWICE only @step.refused pages are refused. Pages after them may move. */
	if (step.reason == VIRTIO_DYNMEM_R_TWICE)
		moved->refused = step.refused;
	else if (step.reason != VIRTIO_DYNMEM_R_NONE)
		moved->refused = pages - done;
}

static void job_do_part(void *arg, unsigned int part)
{
	struct job *job = arg;
	u32 i, n, end = job->begin[part + 1];

	for (i = job->begin[part]; i < end; i += n) {
		const struct piece *piece = &job->piece[i];
		struct dynmem_moved moved;
		u64 pages;

		n = pieces_merge(piece, end - i, &pages);
		job_move_run(job, piece->first, pages, &moved);
		/* A refusal ends the merged run: go on with the piece after the refused one. */
		n = pieces_answered(piece, n, pages, &moved);
		dynmem_count_refused(&job->vm->counters, &moved);
		pieces_split_result(piece, n, &moved, job->result);
		job->moved[part] |= moved.pages;
		cond_resched();
	}
}

/*
 * Cuts a job into parts. A new part begins at a piece whose memory is in another file than that of
 * the piece before. So threads can release memory of different files at the same time. If the guest
 * names a page twice, the job stays in one part, so that the second occurrence of the page is
 * refused.
 * Return: the number of parts.
 */
static unsigned int job_cut(struct job *job, u32 count)
{
	const struct piece *piece = job->piece;
	unsigned int parts = 1;
	const void *file;
	u64 end;
	u32 i;

	file = dynmem_guestmem_file(&job->vm->gm, piece->first, &end);
	for (i = 1; i < count; i++) {
		const void *before = file;

		if (piece[i].first - piece[i - 1].first < piece[i - 1].pages)
			return 1;
		if (piece[i].first < end)
			continue;
		file = dynmem_guestmem_file(&job->vm->gm, piece[i].first, &end);
		if (file != before && parts < MAX_PARTS)
			job->begin[parts++] = i;
	}
	return parts;
}

static int serve_ranges(struct dynmem_channel *chan, struct request *req, bool inflate)
{
	struct job job = {
		.vm = chan->vm, .inflate = inflate, .leaving = chan->leaving,
		.began = jiffies,
		.result = chan->answer + sizeof(struct virtio_dynmem_answer),
	};
	int ret = read_ranges(chan, req);
	unsigned int parts = 1;
	struct piece *piece;

	if (ret <= 0)
		return ret;
	piece = read_pieces(chan->range, req->count);
	job.piece = piece;
	/* Do not sort DEFLATE: if the grant is too small, the guest's last ranges are refused. */
	if (inflate) {
		sort(piece, req->count, sizeof(*piece), piece_compare, NULL);
		if (chan->workers->nr)
			parts = job_cut(&job, req->count);
	}
	job.begin[parts] = req->count;
	dynmem_workers_run(chan->workers, job_do_part, &job, parts);
	if (memchr_inv(job.moved, false, parts))
		chan->ops->moved(chan->vm);
	request_answer_ranges(chan, req);
	return 0;
}

int dynmem_request_serve(struct dynmem_channel *chan, struct dynmem_vring *ring,
			 const struct dynmem_elem *elem)
{
	struct request req = { .ring = ring, .elem = elem };
	bool leaving = false;
	u16 type;
	int ret;

	dynmem_count(&chan->vm->counters, DYNMEM_A_COUNTER_REQUESTS, 1);
	ret = elem->out_len < sizeof(req.head) ? -EINVAL :
	      dynmem_elem_read(ring, elem, 0, &req.head, sizeof(req.head));
	if (ret == -EFAULT)
		return ret;
	if (ret) {
		request_refuse(chan, &req, VIRTIO_DYNMEM_S_MALFORMED);
		return 0;
	}
	req.count = le32_to_cpu(req.head.count);
	req.flags = le32_to_cpu(req.head.flags);
	type = le16_to_cpu(req.head.type);

	if (le16_to_cpu(req.head.version) != VIRTIO_DYNMEM_VERSION) {
		request_refuse(chan, &req, VIRTIO_DYNMEM_S_VERSION);
		return 0;
	}
	if (type == VIRTIO_DYNMEM_HELLO)
		return serve_hello(chan, &req);
	/*
	 * A driver that is leaving sets the flag LEAVING in DEFLATE, and grants do not limit such a
	 * request. After the first such request the driver can only send more of them, or begin a
	 * new session.
	 */
	if (type == VIRTIO_DYNMEM_DEFLATE && (req.flags & VIRTIO_DYNMEM_F_LEAVING))
		leaving = true;
	if (!chan->epoch || le32_to_cpu(req.head.epoch) != chan->epoch ||
	    (chan->leaving && !leaving)) {
		request_refuse(chan, &req, VIRTIO_DYNMEM_S_EPOCH);
		return 0;
	}
	chan->leaving = leaving;
	if (!chan->resumed) {
		chan->resumed = true;
		chan->ops->session(chan->vm, DYNMEM_DRIVER_DYNMEM, false);
	}

	switch (type) {
	case VIRTIO_DYNMEM_REPORT:
		return serve_report(chan, &req);
	case VIRTIO_DYNMEM_NEED:
		return serve_need(chan, &req);
	case VIRTIO_DYNMEM_INFLATE:
		return serve_ranges(chan, &req, true);
	case VIRTIO_DYNMEM_DEFLATE:
		return serve_ranges(chan, &req, false);
	case VIRTIO_DYNMEM_MOVE:
		return serve_move(chan, &req);
	default:
		request_refuse(chan, &req, VIRTIO_DYNMEM_S_TYPE);
		return 0;
	}
}
