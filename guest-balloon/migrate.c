// SPDX-License-Identifier: GPL-2.0
/* Single pages of the stock move; see migrate.h. */
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/sched.h>

#include "channel.h"
#include "mark.h"
#include "migrate.h"
#include "singles.h"
#include "spare.h"
#include "stock.h"
#include "vnodes.h"

/* How long a task waits for the host that moves a page: it may be anyone who needs memory. */
#define PATIENCE	HZ

/* How long the next moves wait for an answer that has taken longer than PATIENCE, PATIENCE each. */
#define SILENCE		(5UL * HZ)

/*
 * Held while a page moves; guards what follows. Nobody allocates memory under it, and one answer
 * is waited for no longer than SILENCE and twice PATIENCE, by all together, so whoever moves may
 * wait for it, in need of a block or not. If they did not, two who compact would each fail with
 * nearly all pages while the other one waits.
 */
static DEFINE_MUTEX(lock);
static bool may_move = true;
static struct dynmem_balloon_channel *host;	/* NULL: there is nobody to be told */

/*
 * A move that the host has not answered in time, or so that nobody knows whether it has taken
 * place. The kernel believes that it has. Both pages are kept from it, as the host may yet take
 * either; one of them counts as held. While there is such a move, nothing else is moved.
 */
static struct {
	struct balloon_dev_info *list;	/* of @page; NULL: there is no such move */
	struct page *newpage;
	struct page *page;
	int err;			/* what became of it; -EINPROGRESS: nothing yet */
	unsigned long since;		/* jiffies: when that began to be unknown */
} unsettled;

/*
 * What an answer means. Return: 0: moved; -EBUSY, -EAGAIN: not moved; -EINPROGRESS: none yet; or
 * another error: nobody knows.
 */
static int outcome(int err)
{
	if (err)
		return dynmem_balloon_channel_no_effect(err) ? -EAGAIN : err;
	return le32_to_cpu(dynmem_balloon_channel_results(&host->migration)->pages) ? 0 : -EBUSY;
}

static int tell(struct page *newpage, struct page *page)
{
	struct dynmem_balloon_exchange *exchange = &host->migration;
	struct virtio_dynmem_range *range = dynmem_balloon_channel_payload(exchange);
	u16 vnode = dynmem_balloon_vnodes_of(page_to_nid(page));

	range[0] = (struct virtio_dynmem_range) {
		.first = cpu_to_le64(page_to_pfn(newpage)),
		.pages = cpu_to_le32(1),
		.vnode = cpu_to_le16(vnode),
	};
	range[1] = (struct virtio_dynmem_range) {
		.first = cpu_to_le64(page_to_pfn(page)),
		.pages = cpu_to_le32(1),
		.vnode = cpu_to_le16(vnode),
	};
	if (dynmem_balloon_channel_send(exchange, VIRTIO_DYNMEM_MOVE, 0, 2, 2 * sizeof(*range)))
		return -EAGAIN;
	return outcome(dynmem_balloon_channel_wait_for(exchange, PATIENCE));
}

/* Waits for an answer that is owed. Return: whether there is none any more. */
static bool settle(unsigned long patience)
{
	struct page *newpage = unsettled.newpage, *page = unsettled.page;

	if (!unsettled.list)
		return true;
	if (unsettled.err == -EINPROGRESS)
		unsettled.err = outcome(dynmem_balloon_channel_wait_for(&host->migration,
									patience));
	switch (unsettled.err) {
	case -EINPROGRESS:
		return false;
	case 0:
		dynmem_balloon_mark_moved(newpage, page);
		dynmem_balloon_singles_hold(unsettled.list, newpage);
		__free_page(page);
		break;
	case -EAGAIN:
	case -EBUSY:
		dynmem_balloon_singles_hold(unsettled.list, page);
		__free_page(newpage);
		break;
	default:
		dynmem_balloon_singles_hold(unsettled.list, page);
		dynmem_balloon_stock_add(newpage);
	}
	unsettled.list = NULL;
	return true;
}

/* Moves a page that the kernel has isolated to @spare instead of where the kernel wants it. */
static int move_elsewhere(struct balloon_dev_info *list, struct page *spare, struct page *page)
{
	dynmem_balloon_mark_moved(spare, page);
	dynmem_balloon_count_move();
	dynmem_balloon_singles_hold(list, spare);
	return dynmem_balloon_give_page_up(list, page);
}

/* Ends a move to @newpage, a reference to which is ours, of which the host may yet make either. */
static int leave_unsettled(struct balloon_dev_info *list, struct page *newpage, struct page *page,
			   int err)
{
	get_page(page);
	unsettled.list = list;
	unsettled.newpage = newpage;
	unsettled.page = page;
	unsettled.err = err;
	unsettled.since = jiffies;
	return dynmem_balloon_give_page_up(list, page);
}

/*
 * Each vnode has a stock of its own, so a page that the kernel would have elsewhere, to take memory
 * offline, moves to @spare: one that is free where it is itself. What the kernel offers stays free.
 */
static int move(struct balloon_dev_info *list, struct page *newpage, struct page *spare,
		struct page *page)
{
	int err;

	/*
	 * A host that is slow once must not fail all that the kernel has isolated, as these are
	 * thousands of pages. A host that is silent must: the kernel would try each page ten times,
	 * and again and again to take memory offline.
	 */
	if (!may_move || !settle(time_before(jiffies, unsettled.since + SILENCE) ? PATIENCE : 0))
		return -EBUSY;
	err = host ? tell(spare ?: newpage, page) : 0;
	if (err == -EAGAIN || err == -EBUSY)
		return err;
	if (err) {
		if (!spare)
			get_page(newpage);
		return leave_unsettled(list, spare ?: newpage, page, err);
	}
	if (spare)
		return move_elsewhere(list, spare, page);
	dynmem_balloon_mark_moved(newpage, page);
	return dynmem_balloon_replace_page(list, newpage, page);
}

int dynmem_balloon_migrate(struct balloon_dev_info *list, struct page *newpage, struct page *page,
			   enum migrate_mode mode)
{
	struct page *spare = NULL;
	int err = -EAGAIN;

	if (page_to_nid(newpage) != page_to_nid(page)) {
		spare = dynmem_balloon_stock_alloc_spare(page, dynmem_balloon_spare_kernel());
		if (!spare)
			return -EAGAIN;
	}
	if (mode != MIGRATE_ASYNC)
		mutex_lock(&lock);
	else if (!mutex_trylock(&lock))
		goto out;
	err = move(list, newpage, spare, page);
	mutex_unlock(&lock);
out:
	if (spare && (err == -EAGAIN || err == -EBUSY))
		__free_page(spare);
	return err;
}

static void allow(bool move, struct dynmem_balloon_channel *channel)
{
	mutex_lock(&lock);
	may_move = move;
	host = channel;
	mutex_unlock(&lock);
}

void dynmem_balloon_migrate_tidy(void)
{
	mutex_lock(&lock);
	settle(0);
	mutex_unlock(&lock);
}

void dynmem_balloon_migrate_stay(void)
{
	mutex_lock(&lock);
	may_move = false;
	mutex_unlock(&lock);
	/* Without the lock: others give up at once meanwhile. */
	settle(MAX_SCHEDULE_TIMEOUT);
	allow(false, NULL);
}

void dynmem_balloon_migrate_roam(void)
{
	allow(true, NULL);
}

void dynmem_balloon_migrate_tell(struct dynmem_balloon_channel *channel)
{
	allow(true, channel);
}
