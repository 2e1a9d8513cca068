// SPDX-License-Identifier: GPL-2.0
/*
 * Keeps the stock while no session uses it; see retain.h. The stock shrinks when the guest reclaims
 * memory, and is freed after keep_seconds. Without a device the driver cannot name the freed pages
 * to the host. But the host sees these pages become resident, and the next session announces the
 * pages that are still in the stock.
 */
#include <linux/delay.h>
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/shrinker.h>
#include <linux/workqueue.h>

#include "compat.h"
#include "migrate.h"
#include "retain.h"
#include "stock.h"
#include "vnodes.h"

/* Units taken from the stock at a time. */
#define BATCH	32

static unsigned int keep_seconds = 300;
module_param(keep_seconds, uint, 0644);
MODULE_PARM_DESC(keep_seconds,
		 "How long the balloon is kept when the device is unplugged (default 300)");

/* Whether a session uses the stock. It is read without a lock. */
static bool in_use;
static struct shrinker *shrinker;

static u64 retain_drop(unsigned int vnode, enum dynmem_balloon_kind kind, u64 pages)
{
	unsigned int unit = dynmem_balloon_units_pages(kind);
	u64 pfns[BATCH], dropped = 0;
	size_t wanted, taken, i;

	while (dropped < pages) {
		wanted = min_t(u64, pages - dropped, (u64)BATCH * unit);
		taken = dynmem_balloon_stock_take(vnode, kind, pfns, DIV_ROUND_UP(wanted, unit));
		if (!taken)
			break;
		for (i = 0; i < taken; i++)
			dynmem_balloon_stock_settle(kind, pfns[i], unit, unit,
						    DYNMEM_BALLOON_FREE, DYNMEM_BALLOON_FREE);
		dropped += taken * unit;
	}
	return dropped;
}

/* Frees single pages first, since blocks are worth more to the host. */
static u64 retain_drop_any(u64 pages)
{
	unsigned int vnode, kind;
	u64 dropped = 0;

	for (kind = 0; kind < DYNMEM_BALLOON_KINDS; kind++)
		for (vnode = 0; vnode < dynmem_balloon_vnodes() && dropped < pages; vnode++)
			dropped += retain_drop(vnode, kind, pages - dropped);
	return dropped;
}

/* Frees the whole stock. Waits until pages that the kernel has isolated are back in the stock. */
static void retain_drop_all(void)
{
	while (dynmem_balloon_stock_held_all() > dynmem_balloon_stock_lacks())
		if (!retain_drop_any(U64_MAX))
			fsleep(USEC_PER_MSEC);
}

static unsigned long count_kept(struct shrinker *s, struct shrink_control *control)
{
	if (READ_ONCE(in_use))
		return 0;
	return dynmem_balloon_stock_held_all() - dynmem_balloon_stock_lacks();
}

static unsigned long scan_kept(struct shrinker *s, struct shrink_control *control)
{
	/*
	 * A session may begin to use the stock while this function frees pages. Usually the session
	 * then announces only the pages that are left. But a page may also be announced and then
	 * freed. When the guest gives such a page again, the host refuses it, and the session
	 * announces the stock once more.
	 */
	if (READ_ONCE(in_use))
		return SHRINK_STOP;
	return retain_drop_any(control->nr_to_scan);
}

static void retain_expire(struct work_struct *work)
{
	u64 dropped = retain_drop_any(U64_MAX);

	if (dropped)
		pr_info("no device came back in time, %llu MiB returned to the guest\n",
			dropped >> (20 - VIRTIO_DYNMEM_PAGE_SHIFT));
}

static DECLARE_DELAYED_WORK(expiry, retain_expire);

int dynmem_balloon_retain_init(void)
{
	shrinker = dynmem_balloon_shrinker_start(count_kept, scan_kept);
	return shrinker ? 0 : -ENOMEM;
}

void dynmem_balloon_retain_exit(void)
{
	cancel_delayed_work_sync(&expiry);
	dynmem_balloon_shrinker_stop(shrinker);
	retain_drop_all();
}

bool dynmem_balloon_retain_keeps(void)
{
	return READ_ONCE(keep_seconds);
}

void dynmem_balloon_retain_hand_over(void)
{
	WRITE_ONCE(in_use, true);
	cancel_delayed_work_sync(&expiry);
	dynmem_balloon_migrate_stay();
}

void dynmem_balloon_retain_keep(void)
{
	/* The shrinker, which reads @in_use, must see the session's last changes to the stock. */
	smp_store_release(&in_use, false);
	dynmem_balloon_migrate_roam();
	schedule_delayed_work(&expiry, min_t(u64, (u64)READ_ONCE(keep_seconds) * HZ,
					     MAX_JIFFY_OFFSET));
}
