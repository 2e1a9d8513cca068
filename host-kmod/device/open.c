// SPDX-License-Identifier: GPL-2.0
/*
 * open: who has a device open, and how it ends.
 *
 * To unregister a device is to wait until nobody has it open, and vhost_vdpa cannot be told to let
 * go of a process that does. The vDPA core holds its lock meanwhile, and when it is `vdpa dev del`
 * that deletes, generic netlink's: the whole host would wait for that process. So a work item first
 * releases the driver, which waits without a lock that others need, and unregisters then. Everybody
 * else marks the device and goes on.
 */
#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/string.h>
#include <linux/vdpa.h>

#include "device/open.h"
#include "vm/types.h"

#define OPEN_TIME (10UL * HZ)		/* an open that takes longer has failed */

static struct workqueue_struct *delete_wq;

void dynmem_open_begins(struct dynmem_vdpa *dev)
{
	/* Another driver, virtio_vdpa, resets too, but opens nothing and so never closes it. */
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
	/* A module that goes waits for the close. */
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
 * Before it is registered nobody but who registers it may end it. vhost_vdpa does not tell of an
 * open that has failed: such a one counts no longer after some time.
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

/* The close goes on after the reference is dropped, but the module waits for its end. */
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
