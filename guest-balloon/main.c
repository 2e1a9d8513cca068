// SPDX-License-Identifier: GPL-2.0
/*
 * dynmem_balloon: the guest's side of dynmem. Probe, remove, freeze, restore.
 *
 * The device is a virtio balloon that also offers DYNMEM. Both this driver and virtio_balloon can
 * drive it, and the kernel probes the one that was loaded first; packaging/dynmem-balloon.conf
 * makes modprobe load this one first. If a balloon does not offer DYNMEM, this driver refuses it
 * and restores the state of the device, so that the kernel can probe virtio_balloon.
 *
 * What happens to the balloon when the driver stops depends on the reason:
 *
 *	module unloaded		The driver asks the host for all pages and frees them.
 *	suspend, hibernation	The same. The balloon fills again after resume.
 *	device unplugged	retain.c keeps the pages for keep_seconds. Unbinding the driver in
 *				sysfs has the same effect.
 *	kernel ends		Nothing. The kernel resets the device, and the host touches no
 *				memory until a driver sends HELLO. The host treats that driver as
 *				a new one, even if it runs in the next kernel after kexec.
 */
#include <linux/device.h>
#include <linux/memory.h>
#include <linux/memory_hotplug.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/oom.h>
#include <linux/shrinker.h>
#include <linux/string.h>
#include <linux/suspend.h>
#include <linux/sysfs.h>
#include <linux/virtio.h>
#include <linux/virtio_balloon.h>
#include <linux/virtio_config.h>
#include <linux/virtio_ids.h>
#include <linux/virtio_ring.h>

#include "../include/uapi/virtio_dynmem.h"
#include "../include/version.h"
#include "compat.h"
#include "mark.h"
#include "migrate.h"
#include "plug.h"
#include "reporting.h"
#include "retain.h"
#include "session.h"
#include "stalls.h"
#include "stock.h"

static char *memtotal = "maximum";
module_param(memtotal, charp, 0444);
MODULE_PARM_DESC(memtotal,
		 "What MemTotal shows: \"maximum\" (default), or \"assigned\", without the balloon");

/* Set on module exit; tells dynmem_balloon_remove() that the device was not unplugged. */
static bool leaving;

/* Bit 0 is set while a device is bound to the driver. It is changed by atomic operations only. */
static unsigned long bound;

/* Guards @current_session, @low_shrinker and @sleepy; held while a session starts and stops. */
static DEFINE_MUTEX(session_lock);
/*
 * The running session or NULL. The OOM notifier and the shrinker read this pointer without the
 * lock, since they are registered only while a session runs.
 */
static struct dynmem_balloon_session *current_session;
/* True from the start of a suspend until its end, while tasks may be frozen. */
static bool sleepy;

/*
 * Guards @plug_session, and its work while memory comes and goes. The kernel holds the lock for CPU
 * hotplug when it calls functions that take this lock. The start of a session needs that lock, so
 * session_lock cannot be used. Taken after session_lock.
 */
static DEFINE_MUTEX(plug_lock);
/* The same as @current_session while the session runs. */
static struct dynmem_balloon_session *plug_session;

static int dynmem_balloon_oom_notify(struct notifier_block *block, unsigned long unused, void *data)
{
	unsigned long *freed = data;

	*freed += dynmem_balloon_session_rescue(current_session);
	return NOTIFY_OK;
}

/* The priority is high: this notifier runs before those that free memory which the guest uses. */
static struct notifier_block oom_notifier = {
	.notifier_call = dynmem_balloon_oom_notify,
	.priority = 80,
};

/*
 * The kernel calls this count function when it begins to reclaim memory. There is nothing to free
 * at once, since only the host can return memory of the balloon.
 */
static unsigned long shrinker_notice_low(struct shrinker *shrinker, struct shrink_control *control)
{
	dynmem_balloon_session_low(current_session);
	return 0;
}

static unsigned long shrinker_free_nothing(struct shrinker *shrinker,
					   struct shrink_control *control)
{
	return SHRINK_STOP;
}

static struct shrinker *low_shrinker;

/* A refused device must look to the next driver as if no driver had been probed. */
static void forget_device(void *data)
{
	struct virtio_device *vdev = data;

	virtio_reset_device(vdev);
	virtio_add_status(vdev, VIRTIO_CONFIG_S_ACKNOWLEDGE);
}

static int dynmem_balloon_validate(struct virtio_device *vdev)
{
	if (!virtio_has_feature(vdev, VIRTIO_BALLOON_F_DYNMEM)) {
		/* The action runs after the virtio core has set the device status FAILED. */
		if (devm_add_action(&vdev->dev, forget_device, vdev))
			dev_warn(&vdev->dev, "no memory to hand the device on cleanly\n");
		return -ENODEV;
	}
	/* Requests name guest-physical addresses, which must not be translated. */
	__virtio_clear_bit(vdev, VIRTIO_F_ACCESS_PLATFORM);
	if (!dynmem_balloon_reporting_possible())
		__virtio_clear_bit(vdev, VIRTIO_BALLOON_F_REPORTING);
	/* Use no indirect descriptors: with them each request, even a DEFLATE, allocates memory. */
	__virtio_clear_bit(vdev, VIRTIO_RING_F_INDIRECT_DESC);
	return 0;
}

/*
 * Stops the session's work before the kernel freezes tasks. The freezer waits for the work, and
 * would time out if the work waited for a host that does not answer.
 */
static int dynmem_balloon_pm_notify(struct notifier_block *block, unsigned long action,
				    void *unused)
{
	mutex_lock(&session_lock);
	switch (action) {
	case PM_SUSPEND_PREPARE:
	case PM_HIBERNATION_PREPARE:
	case PM_RESTORE_PREPARE:
		sleepy = true;
		mutex_lock(&plug_lock);
		if (current_session)
			dynmem_balloon_session_rest(current_session);
		mutex_unlock(&plug_lock);
		break;
	case PM_POST_SUSPEND:
	case PM_POST_HIBERNATION:
	case PM_POST_RESTORE:
		sleepy = false;
		mutex_lock(&plug_lock);
		if (current_session)
			dynmem_balloon_session_wake(current_session);
		mutex_unlock(&plug_lock);
		break;
	}
	mutex_unlock(&session_lock);
	return NOTIFY_OK;
}

static struct notifier_block pm_notifier = {
	.notifier_call = dynmem_balloon_pm_notify,
};

/* Whether blocks can go to the balloon. A session that has lost its device takes none. */
static bool blocks_are_taken(void)
{
	return plug_session && !READ_ONCE(plug_session->over);
}

/*
 * The kernel brings pages online. While a session runs, whole blocks of them come into the balloon.
 * So do blocks that went offline with the balloon.
 */
static void dynmem_balloon_online_page(struct page *page, unsigned int order)
{
	unsigned long i;

	if (order < VIRTIO_DYNMEM_BLOCK_ORDER) {
		generic_online_page(page, order);
		return;
	}
	mutex_lock(&plug_lock);
	for (i = 0; i < 1UL << order; i += DYNMEM_BALLOON_BLOCK_PAGES)
		if (blocks_are_taken() || dynmem_balloon_plug_is_absent(page_to_pfn(page + i)))
			dynmem_balloon_plug_arrive(page + i);
		else
			generic_online_page(page + i, VIRTIO_DYNMEM_BLOCK_ORDER);
	mutex_unlock(&plug_lock);
}

/* Lets the balloon's part of a range go offline. */
static int withdraw_range(const struct memory_notify *memory)
{
	int err;

	if (plug_session)
		dynmem_balloon_session_pause(plug_session);
	err = dynmem_balloon_plug_withdraw(memory->start_pfn, memory->nr_pages);
	if (plug_session)
		dynmem_balloon_session_go_on(plug_session);
	return err;
}

static int dynmem_balloon_memory_notify(struct notifier_block *block, unsigned long action,
					void *data)
{
	const struct memory_notify *memory = data;
	int err = 0;

	mutex_lock(&plug_lock);
	switch (action) {
	case MEM_GOING_OFFLINE:
		err = withdraw_range(memory);
		break;
	case MEM_CANCEL_OFFLINE:
		dynmem_balloon_plug_restore(memory->start_pfn, memory->nr_pages);
		break;
	case MEM_OFFLINE:
		dynmem_balloon_plug_went(memory->start_pfn, memory->nr_pages);
		break;
	case MEM_ONLINE:
		if (blocks_are_taken())
			dynmem_balloon_session_changed(plug_session);
		else
			dynmem_balloon_plug_settle();
		break;
	}
	mutex_unlock(&plug_lock);
	return notifier_from_errno(err);
}

static struct notifier_block memory_notifier = {
	.notifier_call = dynmem_balloon_memory_notify,
};

static int start_session(struct dynmem_balloon_session *session)
{
	int err;

	err = dynmem_balloon_session_start(session);
	if (err)
		return err;
	current_session = session;
	err = -ENOMEM;
	low_shrinker = dynmem_balloon_shrinker_start(shrinker_notice_low, shrinker_free_nothing);
	if (low_shrinker) {
		err = register_oom_notifier(&oom_notifier);
		if (!err)
			return 0;
		dynmem_balloon_shrinker_stop(low_shrinker);
	}
	current_session = NULL;
	dynmem_balloon_session_stop(session, false);
	return err;
}

static void set_plug_session(struct dynmem_balloon_session *session)
{
	mutex_lock(&plug_lock);
	plug_session = session;
	mutex_unlock(&plug_lock);
}

static int dynmem_balloon_start(struct dynmem_balloon_session *session)
{
	int err;

	mutex_lock(&session_lock);
	err = start_session(session);
	/* While tasks are still frozen, the session rests; PM_POST_* notifications wake it. */
	if (!err && sleepy)
		dynmem_balloon_session_rest(session);
	if (!err)
		set_plug_session(session);
	mutex_unlock(&session_lock);
	return err;
}

/* Does nothing if no session runs: the start of the session on restore may have failed. */
static void dynmem_balloon_stop(struct dynmem_balloon_session *session, bool give_back)
{
	mutex_lock(&session_lock);
	if (current_session) {
		set_plug_session(NULL);
		unregister_oom_notifier(&oom_notifier);
		dynmem_balloon_shrinker_stop(low_shrinker);
		current_session = NULL;
		dynmem_balloon_session_stop(session, give_back);
	}
	mutex_unlock(&session_lock);
}

static int dynmem_balloon_probe(struct virtio_device *vdev)
{
	struct dynmem_balloon_session *session;
	int err;

	if (!vdev->config->get) {
		dev_err(&vdev->dev, "config space cannot be read\n");
		return -EINVAL;
	}
	if (test_and_set_bit(0, &bound)) {
		dev_err(&vdev->dev, "there is a dynmem balloon already, one is the most\n");
		return -EBUSY;
	}
	session = dynmem_balloon_session_alloc(vdev);
	if (!session) {
		err = -ENOMEM;
		goto err_bound;
	}
	/*
	 * Another driver may have the callback. It is set without plug_lock, since the kernel holds
	 * the lock that this needs when it calls the callback.
	 */
	session->plugs = !set_online_page_callback(dynmem_balloon_online_page);
	err = dynmem_balloon_start(session);
	if (err)
		goto err_callback;
	return 0;

err_callback:
	if (session->plugs)
		restore_online_page_callback(dynmem_balloon_online_page);
	dynmem_balloon_session_free(session);
err_bound:
	clear_bit(0, &bound);
	return err;
}

static void dynmem_balloon_remove(struct virtio_device *vdev)
{
	struct dynmem_balloon_session *session = dynmem_balloon_session_of(vdev);

	if (session->plugs)
		restore_online_page_callback(dynmem_balloon_online_page);
	dynmem_balloon_stop(session, leaving || !dynmem_balloon_retain_keeps());
	dynmem_balloon_session_free(session);
	clear_bit(0, &bound);
}

#ifdef CONFIG_PM_SLEEP
static int dynmem_balloon_freeze(struct virtio_device *vdev)
{
	dynmem_balloon_stop(dynmem_balloon_session_of(vdev), true);
	return 0;
}

static int dynmem_balloon_restore(struct virtio_device *vdev)
{
	return dynmem_balloon_start(dynmem_balloon_session_of(vdev));
}
#endif

static void dynmem_balloon_config_changed(struct virtio_device *vdev)
{
	dynmem_balloon_session_ring(dynmem_balloon_session_of(vdev));
}

static ssize_t ballooned_show(struct device *dev, struct device_attribute *attr, char *text)
{
	return sysfs_emit(text, "%llu\n", dynmem_balloon_stock_held_all() << PAGE_SHIFT);
}
static DEVICE_ATTR_RO(ballooned);

static ssize_t ballooned_single_show(struct device *dev, struct device_attribute *attr, char *text)
{
	return sysfs_emit(text, "%llu\n", dynmem_balloon_stock_single() << PAGE_SHIFT);
}
static DEVICE_ATTR_RO(ballooned_single);

static ssize_t target_show(struct device *dev, struct device_attribute *attr, char *text)
{
	struct virtio_device *vdev = dev_to_virtio(dev);
	struct dynmem_balloon_session *session = dynmem_balloon_session_of(vdev);

	return sysfs_emit(text, "%llu\n",
			  dynmem_balloon_targets_total(&session->targets) << PAGE_SHIFT);
}
static DEVICE_ATTR_RO(target);

static struct attribute *dynmem_balloon_attrs[] = {
	&dev_attr_ballooned.attr,
	&dev_attr_ballooned_single.attr,
	&dev_attr_target.attr,
	NULL,
};
ATTRIBUTE_GROUPS(dynmem_balloon);

static const unsigned int dynmem_balloon_features[] = {
	VIRTIO_BALLOON_F_MUST_TELL_HOST,
	VIRTIO_BALLOON_F_REPORTING,
	VIRTIO_BALLOON_F_DYNMEM,
};

static const struct virtio_device_id dynmem_balloon_ids[] = {
	{ VIRTIO_ID_BALLOON, VIRTIO_DEV_ANY_ID },
	{ 0 },
};
MODULE_DEVICE_TABLE(virtio, dynmem_balloon_ids);

static struct virtio_driver dynmem_balloon_driver = {
	.driver.name = KBUILD_MODNAME,
	.driver.owner = THIS_MODULE,
	.driver.dev_groups = dynmem_balloon_groups,
	.feature_table = dynmem_balloon_features,
	.feature_table_size = ARRAY_SIZE(dynmem_balloon_features),
	.id_table = dynmem_balloon_ids,
	.validate = dynmem_balloon_validate,
	.probe = dynmem_balloon_probe,
	.remove = dynmem_balloon_remove,
	.config_changed = dynmem_balloon_config_changed,
#ifdef CONFIG_PM_SLEEP
	.freeze = dynmem_balloon_freeze,
	.restore = dynmem_balloon_restore,
#endif
};

static int __init dynmem_balloon_init(void)
{
	int err;

	if (strcmp(memtotal, "maximum") && strcmp(memtotal, "assigned")) {
		pr_err("memtotal=%s: it can be \"maximum\" or \"assigned\"\n", memtotal);
		return -EINVAL;
	}
	dynmem_balloon_mark_init(!strcmp(memtotal, "assigned"));
	dynmem_balloon_stock_init(dynmem_balloon_migrate);
	err = dynmem_balloon_retain_init();
	if (err)
		return err;
	err = register_pm_notifier(&pm_notifier);
	if (err)
		goto err_retain;
	err = register_memory_notifier(&memory_notifier);
	if (err)
		goto err_pm;
	dynmem_balloon_stalls_init();
	err = register_virtio_driver(&dynmem_balloon_driver);
	if (err)
		goto err_stalls;
	return 0;

err_stalls:
	dynmem_balloon_stalls_exit();
	unregister_memory_notifier(&memory_notifier);
err_pm:
	unregister_pm_notifier(&pm_notifier);
err_retain:
	dynmem_balloon_retain_exit();
	return err;
}
module_init(dynmem_balloon_init);

static void __exit dynmem_balloon_exit(void)
{
	leaving = true;
	unregister_virtio_driver(&dynmem_balloon_driver);
	dynmem_balloon_stalls_exit();
	unregister_memory_notifier(&memory_notifier);
	/* Fails, but waits until the kernel takes no memory offline that was withdrawn. */
	restore_online_page_callback(dynmem_balloon_online_page);
	dynmem_balloon_plug_exit();
	unregister_pm_notifier(&pm_notifier);
	dynmem_balloon_retain_exit();
}
module_exit(dynmem_balloon_exit);

MODULE_DESCRIPTION("dynmem: dynamic memory for KVM guests, guest side");
MODULE_LICENSE("GPL");
MODULE_VERSION(DYNMEM_VERSION);
