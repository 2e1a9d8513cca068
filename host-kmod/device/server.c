// SPDX-License-Identifier: GPL-2.0
/*
 * server: serves the rings of a VM's device in a vhost task. The task is a thread of the VMM: it
 * has the VMM's address space and is charged to the VMM's cgroup. So a guest that floods its rings
 * costs only its own VMM.
 *
 * A request is taken from the ring under io_lock, carried out without a lock, and answered under
 * io_lock again, unless the device was reset in between. Under io_lock guest memory is copied
 * without page faults, because the VMM can leave a fault unanswered. A reset would then wait for
 * io_lock while the vDPA core holds locks that the whole host needs.
 */
#include <linux/jiffies.h>
#include <linux/numa.h>
#include <linux/sched.h>
#include <linux/sched/signal.h>
#include <linux/virtio_balloon.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ring.h>

#include "compat.h"
#include "device/device.h"
#include "device/reporting.h"
#include "device/server.h"
#include "event.h"
#include "memory/release.h"
#include "vm/balloon.h"
#include "vm/merge.h"
#include "vm/retouch.h"
#include "vm/vm.h"
#include "vm/vnodes.h"

#define STATS_PERIOD HZ
/*
 * Once a second the task looks for RAM that was plugged in or removed, applies the setting "share",
 * and searches ballooned memory for pages in use. LOOK_BUDGET steps a second are enough to search
 * 512 GiB, or less memory if many pages are resident. The search is done in calls. Each call does
 * LOOK_STEP steps and takes a few milliseconds at most. Requests are served between the calls.
 */
#define LOOK_PERIOD HZ
#define LOOK_BUDGET 262144
#define LOOK_STEP 8192

/* The most requests of one queue that are served before other queues get their turn. */
#define BATCH 256

static bool driver_is_dynmem(const struct dynmem_vdpa *dev)
{
	return dev->features & BIT_ULL(VIRTIO_BALLOON_F_DYNMEM);
}

/* The purpose of a queue, which depends on the negotiated features. */
enum role {
	ROLE_NONE,
	ROLE_REQUEST,
	ROLE_INFLATE,
	ROLE_DEFLATE,
	ROLE_STATISTICS,
	ROLE_REPORTING,
};

static enum role queue_role(const struct dynmem_vdpa *dev, unsigned int queue)
{
	static const enum role standard[] = {
		[DYNMEM_QUEUE_INFLATE] = ROLE_INFLATE,
		[DYNMEM_QUEUE_DEFLATE] = ROLE_DEFLATE,
		[DYNMEM_QUEUE_STATISTICS] = ROLE_STATISTICS,
	};
	bool statistics = dev->features & BIT_ULL(VIRTIO_BALLOON_F_STATS_VQ);
	bool reporting = dev->features & BIT_ULL(VIRTIO_BALLOON_F_REPORTING);
	unsigned int others = DYNMEM_QUEUE_STATISTICS + statistics;

	if (driver_is_dynmem(dev)) {
		if (queue == DYNMEM_QUEUE_REQUEST)
			return ROLE_REQUEST;
		others = VIRTIO_DYNMEM_VQ_REPORTING;
	} else if (queue < others) {
		return standard[queue];
	}
	return reporting && queue == others ? ROLE_REPORTING : ROLE_NONE;
}

static void stats_timer_due(struct timer_list *timer)
{
	dynmem_device_wake(container_of(timer, struct dynmem_vdpa, stats_timer),
			   DYNMEM_PENDING_STATS);
}

static void look_timer_due(struct timer_list *timer)
{
	dynmem_device_wake(container_of(timer, struct dynmem_vdpa, look_timer),
			   DYNMEM_PENDING_LOOK);
}

int dynmem_server_init(struct dynmem_vdpa *dev)
{
	int ret;

	dev->pending = 0;
	dev->busy = false;
	dev->served = false;
	dev->to_reserve = false;
	dev->chan = (struct dynmem_channel) {
		.vm = dev->vm, .ops = dev->ops, .config = &dev->config,
		.workers = &dev->workers,
	};
	dev->standard = (struct dynmem_standard) { .vm = dev->vm };
	dev->reserved = false;
	dev->look_steps = 0;
	timer_setup(&dev->stats_timer, stats_timer_due, 0);
	timer_setup(&dev->look_timer, look_timer_due, 0);
	mod_timer(&dev->look_timer, jiffies + LOOK_PERIOD);
	ret = dynmem_channel_init(&dev->chan);
	if (ret)
		return ret;
	ret = dynmem_standard_init(&dev->standard);
	if (ret)
		dynmem_channel_free(&dev->chan);
	return ret;
}

void dynmem_server_exit(struct dynmem_vdpa *dev)
{
	if (!dev->stats_timer.function)
		return;
	timer_shutdown_sync(&dev->stats_timer);
	timer_shutdown_sync(&dev->look_timer);
	dynmem_channel_free(&dev->chan);
	dynmem_standard_free(&dev->standard);
}

/* Stops the device because a ring is malformed. The device serves no ring until it is reset. */
static void break_ring(struct dynmem_vdpa *dev, unsigned int queue, int error)
{
	dev->running = false;
	WRITE_ONCE(dev->status, dev->status | VIRTIO_CONFIG_S_NEEDS_RESET);
	dynmem_count(&dev->vm->counters, DYNMEM_A_COUNTER_RING_ERRORS, 1);
	dynmem_device_raise_config(dev);
	dynmem_event(DYNMEM_EVENT_GUEST, dev->vm->name, NUMA_NO_NODE, 0,
		     "queue %u is broken (error %d) and not served until the guest resets the device",
		     queue, error);
}

/*
 * Calls @op, which accesses guest memory. If @op returns -EAGAIN because a page is absent, faults
 * the page in and calls @op again. io_lock is held, and is dropped while a page is faulted in.
 * Return: the result of @op; -ECANCELED: the device was reset while io_lock was dropped, or the VMM
 * is being killed; -EFAULT: an absent page is no guest memory
 */
static int ring_with_memory(struct dynmem_vdpa *dev, struct dynmem_vring *ring,
			    int (*op)(struct dynmem_vring *ring, void *arg), void *arg)
{
	u32 resets = dev->resets;
	int ret;

	while ((ret = op(ring, arg)) == -EAGAIN) {
		struct dynmem_absent absent = ring->absent;

		mutex_unlock(&dev->io_lock);
		ret = dynmem_absent_fault_in(ring->gm, &absent);
		cond_resched();
		mutex_lock(&dev->io_lock);
		if (dev->resets != resets || fatal_signal_pending(current))
			return -ECANCELED;
		if (ret)
			return ret;
	}
	return ret;
}

/* The answer to a request: @len bytes of @buf for its writable segments. */
struct answer {
	const struct dynmem_elem *elem;
	const void *buf;
	u32 len;
};

static int write_answer(struct dynmem_vring *ring, void *arg)
{
	const struct answer *answer = arg;

	return dynmem_elem_write(ring, answer->elem, 0, answer->buf, answer->len);
}

static int push_answer(struct dynmem_vring *ring, void *arg)
{
	const struct answer *answer = arg;

	return dynmem_vring_push(ring, answer->elem, answer->len);
}

static int ring_ask_interrupt(struct dynmem_vring *ring, void *arg)
{
	return dynmem_vring_wants_interrupt(ring);
}

/*
 * Answers a request. io_lock is held, but is dropped while a page of guest memory is faulted in. If
 * the device is reset or the VMM is killed in that time, the request gets no answer.
 */
static void complete_elem(struct dynmem_vdpa *dev, unsigned int queue, struct answer *answer)
{
	struct dynmem_vring *ring = &dev->ring[queue];
	int ret = answer->buf ? ring_with_memory(dev, ring, write_answer, answer) : 0;

	if (!ret)
		ret = ring_with_memory(dev, ring, push_answer, answer);
	if (!ret)
		ret = ring_with_memory(dev, ring, ring_ask_interrupt, NULL);
	if (ret > 0)
		dynmem_device_interrupt(dev, &ring->cb);
	else if (ret && ret != -ECANCELED)
		break_ring(dev, queue, ret);
}

/* Carries out the request in @dev->elem. No lock is held. */
static int server_carry_out_request(struct dynmem_vdpa *dev, unsigned int queue, enum role role)
{
	struct dynmem_vring *ring = &dev->ring[queue];
	int ret = 0;

	switch (role) {
	case ROLE_REQUEST:
		return dynmem_request_serve(&dev->chan, ring, &dev->elem);
	case ROLE_INFLATE:
	case ROLE_DEFLATE:
		ret = dynmem_standard_move(&dev->standard, ring, &dev->elem, role == ROLE_INFLATE);
		if (!ret)
			dev->ops->moved(dev->vm);
		break;
	case ROLE_STATISTICS:
		ret = dynmem_standard_statistics(&dev->standard, ring, &dev->elem);
		if (ret > 0)
			dev->ops->report(dev->vm);
		break;
	case ROLE_REPORTING:
		dynmem_reporting_serve(dev->vm, &dev->elem);
		break;
	case ROLE_NONE:
		break;
	}
	return min(ret, 0);
}

/* Answers the request in @dev->elem. io_lock is held. */
static void send_answer(struct dynmem_vdpa *dev, unsigned int queue, enum role role)
{
	struct answer answer = { .elem = &dev->elem };

	if (role == ROLE_STATISTICS) {
		/*
		 * The driver sends new statistics when this buffer is returned. So keep the buffer
		 * until new statistics are due.
		 */
		dev->held = dev->elem;
		dev->holding = true;
		mod_timer(&dev->stats_timer, jiffies + STATS_PERIOD);
		return;
	}
	if (role == ROLE_REQUEST) {
		answer.buf = dev->chan.answer;
		answer.len = min_t(u64, dev->chan.answer_len, dev->elem.in_len);
	}
	complete_elem(dev, queue, &answer);
}

/*
 * Return: 1: @arg is set to the next request; 0: there is none now, and the driver will kick when
 * it adds one; -errno.
 */
static int pop_request(struct dynmem_vring *ring, void *arg)
{
	int ret;

	do {
		ret = dynmem_vring_pop(ring, arg);
		if (ret)
			return ret;
		ret = dynmem_vring_rearm(ring);
	} while (ret > 0);
	return ret;
}

/* Takes the next request into @dev->elem. Return: whether there was a request. io_lock is held. */
static bool server_take_request(struct dynmem_vdpa *dev, unsigned int queue, enum role role)
{
	struct dynmem_vring *ring = &dev->ring[queue];
	int ret;

	if (!dev->running || !ring->ready || !ring->num || role == ROLE_NONE)
		return false;
	/* Only one statistics buffer is taken at a time, since requests are answered in order. */
	if (role == ROLE_STATISTICS && dev->holding)
		return false;
	ret = ring_with_memory(dev, ring, pop_request, &dev->elem);
	if (ret < 0 && ret != -ECANCELED)
		break_ring(dev, queue, ret);
	/*
	 * If the device was suspended while io_lock was dropped, the request is not carried out
	 * now. It is taken from the ring once more when the device goes on.
	 */
	return ret > 0 && dev->running;
}

static void serve_queue(struct dynmem_vdpa *dev, unsigned int queue)
{
	unsigned int served = 0;
	enum role role;

	mutex_lock(&dev->io_lock);
	role = queue_role(dev, queue);
	while (server_take_request(dev, queue, role)) {
		u32 resets = dev->resets;
		int ret;

		mutex_unlock(&dev->io_lock);
		ret = server_carry_out_request(dev, queue, role);
		cond_resched();
		mutex_lock(&dev->io_lock);
		if (dev->resets != resets)
			break;
		if (ret)
			break_ring(dev, queue, ret);
		else
			send_answer(dev, queue, role);
		/*
		 * Serve this queue again later: a guest that never stops sending requests must not
		 * delay other queues or the freezer.
		 */
		if (++served == BATCH || signal_pending(current)) {
			set_bit(queue, &dev->pending);
			break;
		}
	}
	mutex_unlock(&dev->io_lock);
}

static int ring_read_start(struct dynmem_vring *ring, void *arg)
{
	return dynmem_vring_start(ring);
}

/*
 * Reads the positions of all rings. Sets @fresh to whether all positions are 0. A driver that has
 * just begun has zeroed its rings, and a driver that goes on after a stop has used some entries. So
 * @fresh distinguishes a new session of a standard driver from a resumed session.
 */
static int start_rings(struct dynmem_vdpa *dev, bool *fresh)
{
	int i, ret;

	*fresh = true;
	for (i = 0; i < DYNMEM_QUEUES; i++) {
		struct dynmem_vring *ring = &dev->ring[i];

		if (!ring->ready || !ring->num)
			continue;
		ring->event_idx = dev->features & BIT_ULL(VIRTIO_RING_F_EVENT_IDX);
		ring->indirect = dev->features & BIT_ULL(VIRTIO_RING_F_INDIRECT_DESC);
		ret = ring_with_memory(dev, ring, ring_read_start, NULL);
		if (ret < 0) {
			if (ret != -ECANCELED)
				break_ring(dev, i, ret);
			return ret;
		}
		if (ret)
			*fresh = false;
	}
	return 0;
}

static void server_start(struct dynmem_vdpa *dev)
{
	struct dynmem_vm *vm = dev->vm;
	bool fresh, dynmem;
	int ret;

	mutex_lock(&dev->io_lock);
	ret = -ECANCELED;
	if (dev->starting) {
		dev->starting = false;
		dev->running = true;
		dev->served = true;
		dynmem_release_stop(&dev->vm->releases, false);
		ret = start_rings(dev, &fresh);
	}
	/* While start_rings() had dropped io_lock, the device may have been suspended. */
	if (!dev->running)
		ret = -ECANCELED;
	dynmem = driver_is_dynmem(dev);
	mutex_unlock(&dev->io_lock);
	if (ret)
		return;

	if (dynmem) {
		/* The first message shows whether the session is new. */
		dev->chan.resumed = false;
	} else {
		if (fresh) {
			dynmem_vm_balloon_forget(vm);
			dev->standard.held = 0;
			if (!dynmem_vnodes_by_node(vm)) {
				mutex_lock(&vm->lock);
				dynmem_config_update(&dev->config, vm);
				mutex_unlock(&vm->lock);
			}
		}
		dev->ops->session(vm, DYNMEM_DRIVER_STANDARD, fresh);
	}
	dev->reserved = dynmem_vm_in_pool(vm);
	dev->unreserved = 0;
	/* Raise an interrupt now: targets may have changed while none could be raised. */
	dynmem_device_raise_config(dev);
}

static void ask_statistics(struct dynmem_vdpa *dev)
{
	mutex_lock(&dev->io_lock);
	if (dev->running && dev->holding) {
		struct answer answer = { .elem = &dev->held };

		dev->holding = false;
		complete_elem(dev, DYNMEM_QUEUE_STATISTICS, &answer);
	}
	mutex_unlock(&dev->io_lock);
}

/*
 * Whether the rings are served. Sets @asks to whether the driver sends a request before it uses
 * ballooned memory again.
 */
static bool server_is_running(struct dynmem_vdpa *dev, bool *asks)
{
	bool running;

	mutex_lock(&dev->io_lock);
	running = dev->running;
	*asks = driver_is_dynmem(dev) || (dev->features & BIT_ULL(VIRTIO_BALLOON_F_MUST_TELL_HOST));
	mutex_unlock(&dev->io_lock);
	return running;
}

/*
 * Looks for RAM that was plugged in or removed. VMMs do not announce such a change. @begun: the
 * driver has begun or resumed its session.
 */
static void look_at_ram(struct dynmem_vm *vm, bool begun)
{
	u64 before = vm->ram, awaited = vm->awaited.pages, after;

	if (dynmem_vnodes_renew(vm, begun && vm->plugs) <= 0)
		return;
	after = vm->ram;
	dynmem_event(DYNMEM_EVENT_GUEST, vm->name, NUMA_NO_NODE, after,
		     after < before ? "its RAM has shrunk from %lluM to %lluM" :
		     vm->awaited.pages > awaited ?
		     "its RAM has grown from %lluM to %lluM: its driver takes it into the balloon" :
		     "its RAM has grown from %lluM to %lluM: at risk until it is ballooned",
		     before >> 20, after >> 20);
}

/*
 * Does a part of the work that is due once a second. Ballooned memory in use is searched for only
 * after the driver has begun or resumed a session. Before that a new kernel, to which all memory
 * belongs, may be running.
 */
static void server_look_at_ballooned(struct dynmem_vdpa *dev)
{
	struct dynmem_vm *vm = dev->vm;
	bool asks, reclaim, done, begun;

	begun = server_is_running(dev, &asks) && (!driver_is_dynmem(dev) || dev->chan.resumed);
	if (!dev->look_steps) {
		look_at_ram(vm, begun);
		dynmem_vm_merge(vm, false);
	}
	if (begun) {
		/*
		 * First drop the reservations. Each call drops a part of them, so that requests are
		 * served between the calls.
		 */
		if (dev->reserved) {
			dev->reserved = dynmem_vm_unreserve(vm, &dev->unreserved);
			set_bit(DYNMEM_PENDING_LOOK, &dev->pending);
			return;
		}
		mutex_lock(&vm->lock);
		reclaim = asks && vm->set.enforce == DYNMEM_ENFORCE_RECLAIM;
		mutex_unlock(&vm->lock);
		if (!dev->look_steps)
			dev->look_steps = LOOK_BUDGET;
		dev->look_steps -= LOOK_STEP;
		done = dynmem_retouch_look(vm, reclaim, LOOK_STEP);
		if (!done && dev->look_steps) {
			set_bit(DYNMEM_PENDING_LOOK, &dev->pending);
			return;
		}
	}
	dev->look_steps = 0;
	mod_timer(&dev->look_timer, jiffies + LOOK_PERIOD);
}

void dynmem_server_reserve(struct dynmem_vdpa *dev)
{
	u64 lack;

	if (!dynmem_vm_in_pool(dev->vm))
		return;
	lack = dynmem_vm_reserve(dev->vm);
	if (lack)
		dynmem_event(DYNMEM_EVENT_GUEST, dev->vm->name, NUMA_NO_NODE, lack,
			     "the device was reset, and the pool lacks %lluM of the huge pages in the balloon: if the guest restarts and touches them, its VMM is killed; enlarge the pool (nr_hugepages) first",
			     lack >> 20);
}

/*
 * Begins a round of work, and reserves ballooned memory if that is due. Return: the device's number
 * of resets at the beginning of the round.
 */
static u32 server_begin_work(struct dynmem_vdpa *dev)
{
	bool reserve;
	u32 resets;

	mutex_lock(&dev->io_lock);
	dev->busy = true;
	resets = dev->resets;
	reserve = dev->to_reserve;
	mutex_unlock(&dev->io_lock);
	if (!reserve)
		return resets;

	dynmem_server_reserve(dev);
	mutex_lock(&dev->io_lock);
	if (dev->resets == resets) {
		dev->served = false;
		/* This must come after @busy was set, see dynmem_server_idle(). */
		smp_store_release(&dev->to_reserve, false);
	}
	mutex_unlock(&dev->io_lock);
	return resets;
}

static void server_end_work(struct dynmem_vdpa *dev, u32 resets)
{
	bool stale;

	mutex_lock(&dev->io_lock);
	stale = dev->resets != resets;
	WRITE_ONCE(dev->busy, false);
	mutex_unlock(&dev->io_lock);
	wake_up_all(&dev->idle);
	/*
	 * If the device was reset during this round, a request from before the reset may have been
	 * carried out after the reset. So report the reset to the higher layers once more.
	 */
	if (stale)
		dev->ops->reset(dev->vm);
}

bool dynmem_server_work(void *data)
{
	struct dynmem_vdpa *dev = data;
	unsigned long pending = xchg(&dev->pending, 0);
	u32 resets;
	int i;

	if (!pending)
		return false;
	__set_current_state(TASK_RUNNING);

	resets = server_begin_work(dev);
	if (pending & BIT(DYNMEM_PENDING_START)) {
		server_start(dev);
		/* Kicks from before the start had no effect, so look at all queues. */
		pending |= BIT(DYNMEM_QUEUES) - 1;
	}
	if (pending & BIT(DYNMEM_PENDING_STATS)) {
		ask_statistics(dev);
		/* Kicks had no effect while the buffer was kept, so look for a new buffer. */
		pending |= BIT(DYNMEM_QUEUE_STATISTICS);
	}
	for (i = 0; i < DYNMEM_QUEUES; i++)
		if (pending & BIT(i))
			serve_queue(dev, i);
	if (pending & BIT(DYNMEM_PENDING_LOOK))
		server_look_at_ballooned(dev);
	server_end_work(dev, resets);
	return true;
}

void dynmem_server_killed(void *data)
{
	struct dynmem_vdpa *dev = data;

	mutex_lock(&dev->io_lock);
	dev->starting = false;
	dev->running = false;
	dev->served = false;
	dev->to_reserve = false;
	mutex_unlock(&dev->io_lock);
	wake_up_all(&dev->idle);
}

bool dynmem_server_idle(struct dynmem_vdpa *dev)
{
	/* Read @to_reserve before @busy: the task clears @to_reserve first, and @busy last. */
	return !smp_load_acquire(&dev->to_reserve) && !READ_ONCE(dev->busy);
}
