// SPDX-License-Identifier: GPL-2.0
/*
 * A session with the host; see session.h. Its states are:
 *
 *	new --HELLO, announce, REPORT--> greeted --S_EPOCH, refusal or bad answer--> new
 *	any --device is gone or speaks another version--> over
 *
 * One work item, session_serve(), sends all requests of the session, one after the other. It runs
 * every second, when config space changes, when a sample shows a jump in the guest's figures, and
 * when the guest is about to kill a process for memory. It goes on while there are pages to move.
 * Between two batches of pages it sends the other requests that are due.
 */
#include <linux/bitops.h>
#include <linux/jiffies.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/topology.h>
#include <linux/virtio.h>

#include "migrate.h"
#include "plug.h"
#include "retain.h"
#include "session.h"
#include "spare.h"
#include "stock.h"
#include "vnodes.h"

#define REPORT_PERIOD	HZ
#define SAMPLE_PERIOD	(HZ / 10)
/* The period of samples while the stock is empty: the host then has no memory to return. */
#define SAMPLE_PERIOD_EMPTY	HZ
/* The delay before HELLO is sent again to a host that does not know this session. */
#define GREET_PERIOD	(HZ / 10)
/* How long the host may take to remove memory that the guest's kernel has let go of. */
#define REMOVAL_TIME	(30UL * HZ)
/* The shortest time from one NEED to the next. */
#define NEED_PERIOD	(HZ / 5)
/*
 * Before a guest kills a process, it asks for the memory that is missing up to the floor (spare.h),
 * plus at least this number of bytes.
 */
#define NEED_EXTRA	SZ_64M
/* How long a task that is about to kill a process waits for the host. */
#define RESCUE_TIME	HZ
/*
 * If the wait of a task brought no pages, the next tasks that are about to kill a process do not
 * wait. When no such task has come for this time, the next one waits again.
 */
#define RESCUE_AGAIN	(10UL * HZ)
/* If pages came back within this time, a task does not wait before it retries its allocation. */
#define RESCUE_RECENT	(HZ / 10)

/*
 * A random id by which the host recognizes a driver that still holds a stock. No lock: it is
 * written only while no session runs.
 */
static u8 instance[sizeof_field(struct virtio_dynmem_hello, instance)];

static void heed_answer(struct dynmem_balloon_session *session)
{
	const struct virtio_dynmem_targets *targets =
		dynmem_balloon_channel_targets(&session->channel.talk);

	if (targets)
		dynmem_balloon_targets_heed(&session->targets, targets);
}

static int say_hello(struct dynmem_balloon_session *session)
{
	struct dynmem_balloon_exchange *talk = &session->channel.talk;
	struct virtio_dynmem_hello *hello = dynmem_balloon_channel_payload(talk);
	struct virtio_dynmem_range *ranges = (struct virtio_dynmem_range *)(hello + 1);
	unsigned int vnodes = dynmem_balloon_vnodes_renew();
	u32 count;
	int err;

	dynmem_balloon_migrate_stay();
	/* A batch that was sent earlier is settled before the stock is announced. */
	dynmem_balloon_inflate_collect(&session->inflate);
	count = dynmem_balloon_vnodes_ranges(ranges, DYNMEM_BALLOON_RANGES);
	/* Blocks arrive before their memory is in @ranges, so all that is named is announced. */
	dynmem_balloon_plug_settle();
	if (count > DYNMEM_BALLOON_RANGES) {
		pr_warn("the guest's memory lies in %u pieces, the host is told of the first %u\n",
			count, DYNMEM_BALLOON_RANGES);
		count = DYNMEM_BALLOON_RANGES;
	}
	*hello = (struct virtio_dynmem_hello) {
		.held = cpu_to_le64(dynmem_balloon_stock_held_all()),
		.vnodes = cpu_to_le16(vnodes),
		.block_order = cpu_to_le16(VIRTIO_DYNMEM_BLOCK_ORDER),
	};
	memcpy(hello->instance, instance, sizeof(instance));
	err = dynmem_balloon_channel_request(talk, VIRTIO_DYNMEM_HELLO,
					     session->plugs ? VIRTIO_DYNMEM_F_PLUG : 0, count,
					     sizeof(*hello) + count * sizeof(*ranges));
	if (err)
		return err;
	/* The answer has the first targets of the new session. */
	dynmem_balloon_targets_forget(&session->targets);
	heed_answer(session);
	atomic_set(&session->doorbell, 1);
	return dynmem_balloon_inflate_announce(&session->inflate);
}

static int say_report(struct dynmem_balloon_session *session)
{
	struct dynmem_balloon_exchange *talk = &session->channel.talk;
	struct virtio_dynmem_report *report = dynmem_balloon_channel_payload(talk);
	struct virtio_dynmem_vnode *figures = (struct virtio_dynmem_vnode *)(report + 1);
	unsigned int vnodes = dynmem_balloon_vnodes();
	unsigned int vnode;
	int err;

	/*
	 * The last argument says whether this call may allocate memory. It is false while a task
	 * waits in dynmem_balloon_session_rescue(): that task waits for this work, so this work
	 * must not wait for that task. It is also false while memory is short.
	 */
	dynmem_balloon_report_fill(&session->report, report,
				   !atomic_read(&session->rescues) &&
				   !dynmem_balloon_spare_lack());
	for (vnode = 0; vnode < vnodes; vnode++)
		dynmem_balloon_report_vnode(vnode,
					    dynmem_balloon_targets_unavailable(&session->targets,
									       vnode),
					    figures + vnode);
	session->reported = jiffies;
	err = dynmem_balloon_channel_request(talk, VIRTIO_DYNMEM_REPORT, 0, vnodes,
					     sizeof(*report) + vnodes * sizeof(*figures));
	if (!err)
		heed_answer(session);
	return err;
}

/*
 * The vnode whose ballooned memory helps a guest that is short of memory. The kernel does not say
 * to which nodes a task is bound, but it exhausts those nodes before it kills a process. So if any
 * vnode is exhausted, only exhausted vnodes help. Among the vnodes that help, the current CPU's
 * comes first, then the one with most ballooned memory.
 *
 * Return: VIRTIO_DYNMEM_MAX_VNODES if no vnode helps.
 */
static unsigned int needy_vnode(void)
{
	unsigned int here = dynmem_balloon_vnodes_of(numa_mem_id());
	unsigned int best = VIRTIO_DYNMEM_MAX_VNODES, vnode;
	bool any = dynmem_balloon_spare_exhausted_any();
	u64 held, most = 0;

	for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++) {
		held = dynmem_balloon_stock_held(vnode);
		if (!held || (any && !dynmem_balloon_spare_exhausted(vnode)))
			continue;
		if (vnode == here)
			return vnode;
		if (held > most) {
			most = held;
			best = vnode;
		}
	}
	return best;
}

static int say_need(struct dynmem_balloon_session *session, unsigned int vnode, u64 bytes)
{
	struct dynmem_balloon_exchange *talk = &session->channel.talk;
	struct virtio_dynmem_need *need = dynmem_balloon_channel_payload(talk);
	int err;

	if (vnode == VIRTIO_DYNMEM_MAX_VNODES)
		return 0;
	*need = (struct virtio_dynmem_need) {
		.bytes = cpu_to_le64(bytes),
		.vnode = cpu_to_le16(vnode),
	};
	session->needed = jiffies;
	err = dynmem_balloon_channel_request(talk, VIRTIO_DYNMEM_NEED, 0, 0,
					     sizeof(*need));
	if (!err)
		heed_answer(session);
	return err;
}

static bool session_may_need(const struct dynmem_balloon_session *session)
{
	return dynmem_balloon_stock_held_all() &&
	       time_after_eq(jiffies, session->needed + NEED_PERIOD);
}

static bool session_is_low(const struct dynmem_balloon_session *session)
{
	return session_may_need(session) && dynmem_balloon_spare_lack();
}

static int serve_need(struct dynmem_balloon_session *session)
{
	/* Programs grow until the host answers: add twice their growth since the last report. */
	u64 growth = 2 * dynmem_balloon_report_grown(&session->report);
	int killing = atomic_xchg(&session->killing, 0);
	u64 lack = dynmem_balloon_spare_lack();

	if (killing || lack)
		dynmem_balloon_inflate_relieve(&session->inflate);
	if (killing) {
		/* Inflation may go on, since it never takes memory below the floor. */
		WRITE_ONCE(session->inflate.pause, false);
		return say_need(session, killing - 1, lack + max_t(u64, NEED_EXTRA, growth));
	}
	if (session_may_need(session) && lack)
		return say_need(session, needy_vnode(), lack + growth);
	return 0;
}

static int session_serve_due(struct dynmem_balloon_session *session)
{
	int err = serve_need(session);

	if (!err && (time_after_eq(jiffies, session->reported + REPORT_PERIOD) ||
		     dynmem_balloon_report_jumped(&session->report)))
		err = say_report(session);
	/* Config space comes last, as an answer has often brought the same targets already. */
	if (!err && atomic_xchg(&session->doorbell, 0))
		dynmem_balloon_targets_read_config(&session->targets);
	return err;
}

static bool session_is_ending(const struct dynmem_balloon_session *session)
{
	return READ_ONCE(session->over) || READ_ONCE(session->resting);
}

/*
 * Whether the host is to be told now that memory was removed. The host removes it shortly after the
 * guest's kernel has let go of it, so this function waits a little.
 */
static bool memory_was_removed(struct dynmem_balloon_session *session)
{
	if (!dynmem_balloon_stock_lacks() || !dynmem_balloon_plug_removed()) {
		session->removing = false;
		return false;
	}
	if (!session->removing) {
		session->removing = true;
		session->removed_at = jiffies;
		session->tell_at = jiffies + GREET_PERIOD;
	}
	if (time_before(jiffies, session->tell_at))
		return false;
	/* If the host still has the memory, tell it again later. */
	session->tell_at = jiffies + REPORT_PERIOD;
	return true;
}

/*
 * Whether targets may be with or without memory that was removed. A target without this memory
 * looks as if the host wanted to return as much. If the host does not remove the memory, the wait
 * for that ends.
 */
static bool targets_are_unclear(const struct dynmem_balloon_session *session)
{
	return session->removing && time_before(jiffies, session->removed_at + REMOVAL_TIME);
}

static int session_serve_all(struct dynmem_balloon_session *session)
{
	int err = 0;

	if (xchg(&session->changed, false) || memory_was_removed(session))
		session->greeted = false;
	if (!session->greeted)
		err = say_hello(session) ?: say_report(session);
	if (err)
		return err;
	if (!session->greeted)
		dynmem_balloon_migrate_tell(&session->channel);
	session->greeted = true;
	do {
		err = session_serve_due(session);
		if (!err && !targets_are_unclear(session))
			err = dynmem_balloon_inflate_step(&session->inflate);
		cond_resched();
	} while (err > 0 && !session_is_ending(session));
	dynmem_balloon_migrate_tidy();
	return min(err, 0);
}

/*
 * Ends the session because the host will answer no more requests. The reset keeps the device from
 * acting on requests that it still has. retain.c keeps the stock.
 */
static void session_give_up(struct dynmem_balloon_session *session)
{
	WRITE_ONCE(session->over, true);
	dynmem_balloon_channel_reset(&session->channel);
	dynmem_balloon_inflate_drop(&session->inflate);
	dynmem_balloon_inflate_collect(&session->inflate);
	dynmem_balloon_migrate_stay();
	dynmem_balloon_plug_settle();
	dynmem_balloon_retain_keep();
}

static void session_serve(struct work_struct *work)
{
	struct dynmem_balloon_session *session =
		container_of(work, struct dynmem_balloon_session, serve.work);
	unsigned long delay = REPORT_PERIOD;
	unsigned long due;

	if (session_is_ending(session))
		return;
	switch (session_serve_all(session)) {
	case 0:
		due = session->reported + REPORT_PERIOD;
		delay = time_after(due, jiffies) ? due - jiffies : 0;
		if (session->removing)
			delay = min_t(unsigned long, delay, GREET_PERIOD);
		break;
	case -ESTALE:
		session->greeted = false;
		delay = GREET_PERIOD;
		break;
	case -EPROTO:
	case -EINVAL:
		session->greeted = false;
		break;
	case -EAGAIN:
		break;
	default:
		session_give_up(session);
		return;
	}
	/* This has no effect if the work is queued already, for an earlier time. */
	queue_delayed_work(session->queue, &session->serve, delay);
}

static void session_sample(struct work_struct *work)
{
	struct dynmem_balloon_session *session =
		container_of(work, struct dynmem_balloon_session, sample.work);
	bool holds = dynmem_balloon_stock_held_all();

	if (session_is_ending(session))
		return;
	if (session->greeted && holds &&
	    (dynmem_balloon_report_jumped(&session->report) || session_is_low(session)))
		mod_delayed_work(session->queue, &session->serve, 0);
	queue_delayed_work(session->queue, &session->sample,
			   holds ? SAMPLE_PERIOD : SAMPLE_PERIOD_EMPTY);
}

struct dynmem_balloon_session *dynmem_balloon_session_alloc(struct virtio_device *vdev)
{
	struct dynmem_balloon_session *session = kzalloc(sizeof(*session), GFP_KERNEL);

	if (!session)
		return NULL;
	INIT_DELAYED_WORK(&session->serve, session_serve);
	/* Samples need not wake an idle CPU: while all CPUs are idle no program takes memory. */
	INIT_DEFERRABLE_WORK(&session->sample, session_sample);
	if (dynmem_balloon_channel_init(&session->channel, vdev))
		goto err_session;
	dynmem_balloon_targets_init(&session->targets, &session->channel);
	if (dynmem_balloon_inflate_init(&session->inflate, &session->channel, &session->targets))
		goto err_channel;
	/* Tasks in reclaim wait for this work, so it must run even if no thread can be created. */
	session->queue = alloc_ordered_workqueue("dynmem_balloon",
						 WQ_FREEZABLE | WQ_MEM_RECLAIM);
	if (!session->queue)
		goto err_inflate;
	return session;

err_inflate:
	dynmem_balloon_inflate_exit(&session->inflate);
err_channel:
	dynmem_balloon_channel_exit(&session->channel);
err_session:
	kfree(session);
	return NULL;
}

void dynmem_balloon_session_free(struct dynmem_balloon_session *session)
{
	destroy_workqueue(session->queue);
	dynmem_balloon_inflate_exit(&session->inflate);
	dynmem_balloon_channel_exit(&session->channel);
	kfree(session);
}

int dynmem_balloon_session_start(struct dynmem_balloon_session *session)
{
	int err;

	dynmem_balloon_retain_hand_over();
	/* A driver with a stock keeps its id, so that the host recognizes the driver. */
	if (!dynmem_balloon_stock_held_all())
		get_random_bytes(instance, sizeof(instance));
	session->greeted = false;
	session->over = false;
	session->resting = false;
	session->changed = false;
	session->removing = false;
	session->reported = jiffies;
	session->needed = jiffies - NEED_PERIOD;
	session->patience = RESCUE_TIME;
	atomic_set(&session->killing, 0);
	session->inflate.pause = false;
	dynmem_balloon_targets_forget(&session->targets);
	dynmem_balloon_report_init(&session->report);
	err = dynmem_balloon_channel_open(&session->channel);
	if (err) {
		dynmem_balloon_retain_keep();
		return err;
	}
	queue_delayed_work(session->queue, &session->serve, 0);
	queue_delayed_work(session->queue, &session->sample, SAMPLE_PERIOD);
	dynmem_balloon_reporting_start(&session->reporting, &session->channel);
	return 0;
}

/* Stops the work and waits for its end. */
static void end_work(struct dynmem_balloon_session *session)
{
	dynmem_balloon_channel_hurry(&session->channel, true);
	WRITE_ONCE(session->inflate.pause, true);
	cancel_delayed_work_sync(&session->sample);
	cancel_delayed_work_sync(&session->serve);
}

void dynmem_balloon_session_stop(struct dynmem_balloon_session *session, bool give_back)
{
	/* Config space may change until the device is reset, but must not start the work again. */
	WRITE_ONCE(session->over, true);
	end_work(session);
	dynmem_balloon_migrate_stay();
	dynmem_balloon_inflate_drop(&session->inflate);
	dynmem_balloon_inflate_collect(&session->inflate);
	dynmem_balloon_plug_settle();
	/* Reset a lost device: its requests could still have an effect on pages freed below. */
	if (READ_ONCE(session->channel.lost))
		dynmem_balloon_channel_reset(&session->channel);
	if (give_back)
		dynmem_balloon_inflate_give_back(&session->inflate);
	dynmem_balloon_channel_reset(&session->channel);
	dynmem_balloon_reporting_stop(&session->reporting);
	dynmem_balloon_channel_close(&session->channel);
	dynmem_balloon_retain_keep();
}

void dynmem_balloon_session_rest(struct dynmem_balloon_session *session)
{
	WRITE_ONCE(session->resting, true);
	end_work(session);
}

void dynmem_balloon_session_wake(struct dynmem_balloon_session *session)
{
	WRITE_ONCE(session->resting, false);
	dynmem_balloon_channel_hurry(&session->channel, false);
	WRITE_ONCE(session->inflate.pause, false);
	queue_delayed_work(session->queue, &session->serve, 0);
	queue_delayed_work(session->queue, &session->sample, SAMPLE_PERIOD);
}

void dynmem_balloon_session_ring(struct dynmem_balloon_session *session)
{
	atomic_set(&session->doorbell, 1);
	mod_delayed_work(session->queue, &session->serve, 0);
}

void dynmem_balloon_session_changed(struct dynmem_balloon_session *session)
{
	WRITE_ONCE(session->changed, true);
	mod_delayed_work(session->queue, &session->serve, GREET_PERIOD);
}

void dynmem_balloon_session_pause(struct dynmem_balloon_session *session)
{
	end_work(session);
	dynmem_balloon_inflate_drop(&session->inflate);
	dynmem_balloon_inflate_collect(&session->inflate);
}

void dynmem_balloon_session_go_on(struct dynmem_balloon_session *session)
{
	if (!READ_ONCE(session->resting))
		dynmem_balloon_session_wake(session);
}

void dynmem_balloon_session_low(struct dynmem_balloon_session *session)
{
	if (READ_ONCE(session->greeted) && !session_is_ending(session) && session_is_low(session))
		mod_delayed_work(session->queue, &session->serve, 0);
}

/* Bit set of the vnodes whose memory helps a guest that is short of memory; see needy_vnode(). */
static unsigned long helpful_vnodes(void)
{
	bool any = dynmem_balloon_spare_exhausted_any();
	unsigned long helpful = 0;
	unsigned int vnode;

	for (vnode = 0; vnode < dynmem_balloon_vnodes(); vnode++)
		if (!any || dynmem_balloon_spare_exhausted(vnode))
			helpful |= BIT(vnode);
	return helpful;
}

/* Pages of @vnodes, a bit set, that were freed to the guest since the driver was bound. */
static u64 returned_pages(struct dynmem_balloon_inflate *inflate, unsigned long vnodes)
{
	unsigned int vnode;
	u64 pages = 0;

	for_each_set_bit(vnode, &vnodes, VIRTIO_DYNMEM_MAX_VNODES)
		pages += atomic64_read(&inflate->returned[vnode]);
	return pages;
}

/*
 * Pages of @vnodes, a bit set, that were freed to the guest since the last rescue. If @age is not
 * 0, leaves out vnodes whose last page was freed more than @age jiffies ago.
 */
static u64 returned_pages_since(struct dynmem_balloon_session *session, unsigned long vnodes,
				unsigned long age)
{
	struct dynmem_balloon_inflate *inflate = &session->inflate;
	unsigned int vnode;
	u64 pages = 0;

	for_each_set_bit(vnode, &vnodes, VIRTIO_DYNMEM_MAX_VNODES)
		if (!age || !time_after(jiffies, READ_ONCE(inflate->returned_at[vnode]) + age))
			pages += atomic64_read(&inflate->returned[vnode]) - session->rescued[vnode];
	return pages;
}

/*
 * Starts session_serve(), and waits until that work has taken pages back from the host, for
 * @patience jiffies at most. To take pages back, the work allocates no memory. The calling task may
 * be bound to some nodes, so only pages of the @helpful vnodes end the wait.
 *
 * If a wait brought no pages, @patience becomes 0 for later tasks, since further waits would only
 * prolong a storm of kills. Tasks wait again when the host has returned pages of @helpful vnodes,
 * or when no task has come here for RESCUE_AGAIN.
 */
u64 dynmem_balloon_session_rescue(struct dynmem_balloon_session *session)
{
	struct dynmem_balloon_inflate *inflate = &session->inflate;
	unsigned int vnode = needy_vnode(), i;
	unsigned long helpful;
	u64 before, recent, came = 0;

	if (session_is_ending(session) || current_work() == &session->serve.work ||
	    vnode == VIRTIO_DYNMEM_MAX_VNODES)
		return 0;
	helpful = helpful_vnodes() | BIT(vnode);
	if (returned_pages_since(session, helpful, 0) ||
	    time_after(jiffies, session->rescued_at + RESCUE_AGAIN))
		session->patience = RESCUE_TIME;
	recent = returned_pages_since(session, ~0UL, RESCUE_RECENT);
	before = returned_pages(inflate, helpful);
	atomic_inc(&session->rescues);
	WRITE_ONCE(inflate->pause, true);
	atomic_set(&session->killing, vnode + 1);
	mod_delayed_work(session->queue, &session->serve, 0);
	if (!recent)
		wait_event_timeout(inflate->waiters, returned_pages(inflate, helpful) != before,
				   session->patience);
	atomic_dec(&session->rescues);
	for (i = 0; i < VIRTIO_DYNMEM_MAX_VNODES; i++) {
		session->rescued[i] = atomic64_read(&inflate->returned[i]);
		came += helpful & BIT(i) ? session->rescued[i] : 0;
	}
	came -= before;
	session->rescued_at = jiffies;
	if (!recent)
		session->patience = came ? RESCUE_TIME : 0;
	return recent + came;
}
