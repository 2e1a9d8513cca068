// SPDX-License-Identifier: GPL-2.0
/* Moves single pages of the stock; see migrate.h. */
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

/*
 * How long a task that moves a page waits for the host, in jiffies. There is a limit because any
 * task that allocates memory may have to move a page.
 */
#define PATIENCE	HZ

/*
 * While an answer is late, each further move first waits for that answer, up to PATIENCE. After the
 * answer has been late for SILENCE jiffies, further moves fail at once.
 */
#define SILENCE		(5UL * HZ)

/*
 * Guards the variables below, and is held while a page moves. Even a task that needs memory can
 * wait for this mutex: no memory is allocated under it, and the waits of all tasks for one answer
 * add up to SILENCE plus twice PATIENCE at most. Unless the mode is MIGRATE_ASYNC, tasks wait for
 * the mutex and do not give up. Otherwise, if two tasks compacted memory at the same time, most
 * moves of both tasks would fail.
 */
static DEFINE_MUTEX(migrate_lock);
static bool may_move = true;
static struct dynmem_balloon_channel *host;	/* NULL: moves need no message to the host */

/*
 * A move whose outcome is unknown, because the host did not answer in time or its answer is
 * malformed. The kernel was told that the page has moved. But the driver does not free either page
 * yet, since the host may count either of them as ballooned. The stock counts one of the two as
 * held. Until the outcome is known, no other page moves.
 */
static struct {
	struct balloon_dev_info *list;	/* list on which @page was; NULL: no move is unsettled */
	struct page *newpage;
	struct page *page;
	int err;			/* from migrate_outcome() */
	unsigned long since;		/* when the first wait for the answer ended, in jiffies */
} unsettled;

/*
 * Whether the page moved; @err is the result of the wait for the host's answer. Return: 0 if the
 * page moved; -EBUSY or -EAGAIN if it stays; -EINPROGRESS if there is no answer yet; another error
 * if the outcome will stay unknown.
 */
static int migrate_outcome(int err)
{
	if (err)
		return dynmem_balloon_channel_no_effect(err) ? -EAGAIN : err;
	return le32_to_cpu(dynmem_balloon_channel_results(&host->migration)->pages) ? 0 : -EBUSY;
}

static int migrate_tell_host(struct page *newpage, struct page *page)
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
	return migrate_outcome(dynmem_balloon_channel_wait_for(exchange, PATIENCE));
}

/*
 * Waits up to @patience jiffies for the answer to the unsettled move, if there is one, and ends
 * that move. Return: false if the move is still unsettled.
 */
static bool migrate_settle(unsigned long patience)
{
	struct page *newpage = unsettled.newpage, *page = unsettled.page;
	int err;

	if (!unsettled.list)
		return true;
	if (unsettled.err == -EINPROGRESS) {
		err = dynmem_balloon_channel_wait_for(&host->migration, patience);
		unsettled.err = migrate_outcome(err);
	}
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

/* Ends the move of an isolated page: @spare, not the page that the kernel offers, replaces it. */
static int migrate_elsewhere(struct balloon_dev_info *list, struct page *spare, struct page *page)
{
	dynmem_balloon_mark_moved(spare, page);
	dynmem_balloon_count_move();
	dynmem_balloon_singles_hold(list, spare);
	return dynmem_balloon_give_page_up(list, page);
}

/*
 * Tells the kernel that @page has moved, although the outcome is not known yet. The caller hands
 * over its reference to @newpage, and this function takes a reference to @page.
 */
static int migrate_leave_unsettled(struct balloon_dev_info *list, struct page *newpage,
				   struct page *page, int err)
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
 * Moves a page of the stock within its vnode. A kernel that takes memory offline may offer a
 * @newpage of another vnode. In that case @spare, a page of the right vnode, replaces @page, and
 * @newpage goes back to the kernel unused.
 */
static int migrate_move(struct balloon_dev_info *list, struct page *newpage, struct page *spare,
			struct page *page)
{
	unsigned long patience = 0;
	int err;

	/*
	 * The kernel has often isolated thousands of pages. If the host is slow once, their moves
	 * should wait and not fail. If the host stays silent they must fail at once, since the
	 * kernel tries each page ten times, and repeats all these tries when it takes memory
	 * offline.
	 */
	if (time_before(jiffies, unsettled.since + SILENCE))
		patience = PATIENCE;
	if (!may_move || !migrate_settle(patience))
		return -EBUSY;
	err = host ? migrate_tell_host(spare ?: newpage, page) : 0;
	if (err == -EAGAIN || err == -EBUSY)
		return err;
	if (err) {
		if (!spare)
			get_page(newpage);
		return migrate_leave_unsettled(list, spare ?: newpage, page, err);
	}
	if (spare)
		return migrate_elsewhere(list, spare, page);
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
		mutex_lock(&migrate_lock);
	else if (!mutex_trylock(&migrate_lock))
		goto out;
	err = migrate_move(list, newpage, spare, page);
	mutex_unlock(&migrate_lock);
out:
	if (spare && (err == -EAGAIN || err == -EBUSY))
		__free_page(spare);
	return err;
}

static void migrate_allow(bool move, struct dynmem_balloon_channel *channel)
{
	mutex_lock(&migrate_lock);
	may_move = move;
	host = channel;
	mutex_unlock(&migrate_lock);
}

void dynmem_balloon_migrate_tidy(void)
{
	mutex_lock(&migrate_lock);
	migrate_settle(0);
	mutex_unlock(&migrate_lock);
}

void dynmem_balloon_migrate_stay(void)
{
	mutex_lock(&migrate_lock);
	may_move = false;
	mutex_unlock(&migrate_lock);
	/* No lock is needed: while @may_move is false, other tasks fail before they move a page. */
	migrate_settle(MAX_SCHEDULE_TIMEOUT);
	migrate_allow(false, NULL);
}

void dynmem_balloon_migrate_roam(void)
{
	migrate_allow(true, NULL);
}

void dynmem_balloon_migrate_tell(struct dynmem_balloon_channel *channel)
{
	migrate_allow(true, channel);
}
