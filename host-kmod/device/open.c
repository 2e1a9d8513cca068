// SPDX-License-Identifier: GPL-2.0
/*
 * open: tracks whether a process has a device open, and deletes devices.
 *
 * Unregistering a device waits until no process has the device open, and a process may keep it open
 * for any time. The vDPA core holds its lock during that wait, and `vdpa dev del` also holds the
 * lock of generic netlink. So the whole host would wait for that process. Therefore a work item
 * deletes a device. It first releases the driver, which waits for the process without a lock that
 * other threads need. Then it unregisters the device. All other code only marks the device as to be
 * deleted, and queues the work item.
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/vdpa.h>

#include "device/open.h"
#include "vm/types.h"

#define OPEN_TIME (10UL * HZ)		/* an open that takes longer is taken to have failed */

static struct workqueue_struct *delete_wq;

void dynmem_open_begins(struct dynmem_vdpa *dev)
{
	/* virtio_vdpa also resets the device, but has no character device to be opened. */
	if (strcmp(dev->vdpa.dev.driver->name, DYNMEM_VMM_DRIVER))
		return;
	spin_lock(&dev->lock);
	if (!dev->opened) {
		dev->opening = true;
		dev->opening_since = jiffies;
	}
	spin_unlock(&dev->lock);
}

void dynmem_open_done(struct dynmem_vdpa *dev)
{
	spin_lock(&dev->lock);
	dev->opening = false;
	dev->opened = true;
	/* The module must not be unloaded before the device is closed. */
	dev->referenced = try_module_get(THIS_MODULE);
	spin_unlock(&dev->lock);
}

bool dynmem_open_may_bind(struct dynmem_vdpa *dev)
{
	bool may;

	spin_lock(&dev->lock);
	may = dev->referenced && !dev->doomed;
	spin_unlock(&dev->lock);
	return may;
}

/*
 * Does not claim a device that is still being registered. vhost_vdpa does not report that an open
 * has failed. So @opening is ignored when OPEN_TIME has passed since the open began.
 */
bool dynmem_open_claim_delete(struct dynmem_vdpa *dev, bool even_open)
{
	bool claimed, in_use;

	spin_lock(&dev->lock);
	in_use = dev->opened ||
		 (dev->opening && time_before(jiffies, dev->opening_since + OPEN_TIME));
	claimed = dev->registered && !dev->deleted && (even_open || !in_use);
	if (claimed) {
		dev->doomed = true;
		dev->deleted = true;
	}
	spin_unlock(&dev->lock);
	return claimed;
}

void dynmem_open_disown(struct dynmem_vdpa *dev)
{
	mutex_lock(&dev->vm->lock);
	if (dev->vm->dev == dev)
		dev->vm->dev = NULL;
	mutex_unlock(&dev->vm->lock);
}

void dynmem_open_delete(struct dynmem_vdpa *dev)
{
	dynmem_open_disown(dev);
	get_device(&dev->vdpa.dev);
	queue_work(delete_wq, &dev->delete_work);
}

static void open_delete_work(struct work_struct *work)
{
	struct dynmem_vdpa *dev = container_of(work, struct dynmem_vdpa, delete_work);

	device_release_driver(&dev->vdpa.dev);
	vdpa_unregister_device(&dev->vdpa);
	complete_all(&dev->gone);
	put_device(&dev->vdpa.dev);
}

/*
 * After module_put() this function still runs code of the module. That is safe, since
 * dynmem_vdpa_exit() waits until the close is complete.
 */
void dynmem_open_closed(struct dynmem_vdpa *dev)
{
	bool referenced, doomed;

	spin_lock(&dev->lock);
	referenced = dev->referenced;
	doomed = dev->doomed;
	dev->opened = false;
	dev->referenced = false;
	spin_unlock(&dev->lock);
	if (doomed && dynmem_open_claim_delete(dev, true))
		dynmem_open_delete(dev);
	if (referenced)
		module_put(THIS_MODULE);
}

void dynmem_open_registered(struct dynmem_vdpa *dev)
{
	bool doomed;

	spin_lock(&dev->lock);
	dev->registered = true;
	doomed = dev->doomed;
	spin_unlock(&dev->lock);
	/*
	 * If the device is open already, dynmem_open_closed() deletes it. If a process has only
	 * begun to open it and then fails, the device stays until somebody deletes it again.
	 */
	if (doomed && dynmem_open_claim_delete(dev, false))
		dynmem_open_delete(dev);
}

void dynmem_open_init_device(struct dynmem_vdpa *dev)
{
	init_completion(&dev->gone);
	INIT_WORK(&dev->delete_work, open_delete_work);
}

int dynmem_open_init(void)
{
	delete_wq = alloc_workqueue("dynmem_delete", WQ_UNBOUND, 0);
	return delete_wq ? 0 : -ENOMEM;
}

void dynmem_open_exit(void)
{
	destroy_workqueue(delete_wq);
}
