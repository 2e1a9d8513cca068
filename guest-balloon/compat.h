/* SPDX-License-Identifier: GPL-2.0 */
/* All differences between the kernels that this module supports: 6.1, 6.12 and 7.3. */
#ifndef _DYNMEM_BALLOON_COMPAT_H
#define _DYNMEM_BALLOON_COMPAT_H

#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/shrinker.h>
#include <linux/version.h>
#include <linux/virtio.h>
#include <linux/virtio_config.h>
#include <linux/vmstat.h>

#if LINUX_VERSION_CODE >= KERNEL_VERSION(7, 0, 0)
#include <linux/balloon.h>

/* Whether the kernel moves single pages of a balloon. */
#define DYNMEM_BALLOON_MOVES	IS_ENABLED(CONFIG_BALLOON_MIGRATION)

/**
 * dynmem_balloon_replace_page - put the page that the kernel offers in place of an isolated page
 * @list: list on which @page was
 * @newpage: the page that the kernel offers
 * @page: the isolated page; a reference to it is dropped
 *
 * Return: the value that the driver's migration callback shall return to the kernel.
 */
static inline int dynmem_balloon_replace_page(struct balloon_dev_info *list, struct page *newpage,
					      struct page *page)
{
	/* The kernel itself replaces the page. */
	return 0;
}

/**
 * dynmem_balloon_give_page_up - let an isolated page leave the balloon
 * @list: list on which the page was
 * @page: the page; a reference to it is dropped
 *
 * This function puts no other page in the place of @page.
 *
 * Return: the value that the driver's migration callback shall return to the kernel. With this
 * value the kernel considers @page moved.
 */
static inline int dynmem_balloon_give_page_up(struct balloon_dev_info *list, struct page *page)
{
	/* The kernel itself does everything else that is needed to give the page up. */
	mod_node_page_state(page_pgdat(page), NR_BALLOON_PAGES, -1);
	return -ENOENT;
}

#else
#include <linux/balloon_compaction.h>

#define DYNMEM_BALLOON_MOVES	IS_ENABLED(CONFIG_BALLOON_COMPACTION)

static inline int dynmem_balloon_give_page_up(struct balloon_dev_info *list, struct page *page)
{
	unsigned long flags;

	spin_lock_irqsave(&list->pages_lock, flags);
	list->isolated_pages--;
	spin_unlock_irqrestore(&list->pages_lock, flags);
	balloon_page_finalize(page);
	put_page(page);
	return 0;
}

static inline int dynmem_balloon_replace_page(struct balloon_dev_info *list, struct page *newpage,
					      struct page *page)
{
#ifdef CONFIG_BALLOON_COMPACTION
	unsigned long flags;

	get_page(newpage);
	spin_lock_irqsave(&list->pages_lock, flags);
	balloon_page_insert(list, newpage);
	__count_vm_event(BALLOON_MIGRATE);
	spin_unlock_irqrestore(&list->pages_lock, flags);
#endif
	return dynmem_balloon_give_page_up(list, page);
}

#endif

/**
 * dynmem_balloon_count_move - count a move to a page that the kernel did not offer
 *
 * A move to the page that the kernel offered is counted in dynmem_balloon_replace_page() or, from
 * Linux 7.0 on, by the kernel itself.
 */
static inline void dynmem_balloon_count_move(void)
{
#if defined(CONFIG_BALLOON_MIGRATION) || defined(CONFIG_BALLOON_COMPACTION)
	count_vm_event(BALLOON_MIGRATE);
#endif
}

/**
 * dynmem_balloon_count_pages - count ballooned pages in /proc/meminfo, if the kernel can show them
 * @page: the first page; all pages are in its node
 * @pages: the number of pages; negative if they leave the balloon
 *
 * Pages on the kernel's lists of ballooned pages are counted by the kernel itself.
 */
static inline void dynmem_balloon_count_pages(struct page *page, long pages)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 16, 0)
	mod_node_page_state(page_pgdat(page), NR_BALLOON_PAGES, pages);
#endif
}

/*
 * Before Linux 6.11 hot-added pages were reserved, and memory that went offline was no longer
 * managed, even if its pages were marked offline. Now hot-added pages are marked offline, and pages
 * with that mark stay managed.
 */
#define DYNMEM_BALLOON_OFFLINE_UNMANAGES (LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0))

/**
 * dynmem_balloon_mark_hot_added - mark a page offline that was hot-added and comes online
 * @page: the page
 */
static inline void dynmem_balloon_mark_hot_added(struct page *page)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 11, 0)
	ClearPageReserved(page);
	__SetPageOffline(page);
#endif
}

/**
 * dynmem_balloon_find_vqs - find a device's queues
 * @vdev: the device
 * @count: number of queues, two at most
 * @vqs: filled with the queues
 * @callbacks: one for each queue
 * @names: one for each queue
 *
 * Return: 0 or an error of the transport.
 */
static inline int dynmem_balloon_find_vqs(struct virtio_device *vdev, unsigned int count,
					  struct virtqueue **vqs, vq_callback_t **callbacks,
					  const char * const *names)
{
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 11, 0)
	struct virtqueue_info info[] = {
		{ .name = names[0], .callback = callbacks[0] },
		{ .name = names[1], .callback = callbacks[1] },
	};

	return virtio_find_vqs(vdev, count, vqs, info, NULL);
#else
	return virtio_find_vqs(vdev, count, vqs, callbacks, names, NULL);
#endif
}

#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 7, 0)

/**
 * dynmem_balloon_shrinker_start - allocate and register a shrinker
 * @count: callback that returns the number of pages that can be freed
 * @scan: callback that frees some of these pages
 *
 * Return: the shrinker, or NULL if there is no memory for it.
 */
static inline struct shrinker *
dynmem_balloon_shrinker_start(unsigned long (*count)(struct shrinker *, struct shrink_control *),
			      unsigned long (*scan)(struct shrinker *, struct shrink_control *))
{
	struct shrinker *shrinker = shrinker_alloc(0, "dynmem-balloon");

	if (!shrinker)
		return NULL;
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	shrinker_register(shrinker);
	return shrinker;
}

/**
 * dynmem_balloon_shrinker_stop - unregister and free a shrinker
 * @shrinker: from dynmem_balloon_shrinker_start()
 */
static inline void dynmem_balloon_shrinker_stop(struct shrinker *shrinker)
{
	shrinker_free(shrinker);
}

#else

static inline struct shrinker *
dynmem_balloon_shrinker_start(unsigned long (*count)(struct shrinker *, struct shrink_control *),
			      unsigned long (*scan)(struct shrinker *, struct shrink_control *))
{
	struct shrinker *shrinker = kzalloc(sizeof(*shrinker), GFP_KERNEL);

	if (!shrinker)
		return NULL;
	shrinker->seeks = DEFAULT_SEEKS;
	shrinker->count_objects = count;
	shrinker->scan_objects = scan;
	if (register_shrinker(shrinker, "dynmem-balloon")) {
		kfree(shrinker);
		return NULL;
	}
	return shrinker;
}

static inline void dynmem_balloon_shrinker_stop(struct shrinker *shrinker)
{
	unregister_shrinker(shrinker);
	kfree(shrinker);
}

#endif

#endif
