// SPDX-License-Identifier: GPL-2.0
/* device: how parts of a device interrupt its driver and wake the task that serves its rings. */
#include <linux/bitops.h>
#include <linux/rcupdate.h>
#include <linux/sched/vhost_task.h>

#include "device/device.h"
#include "vm/types.h"

void dynmem_device_interrupt(struct dynmem_vdpa *dev, const struct vdpa_callback *cb)
{
	spin_lock(&dev->lock);
	if (dev->live && cb->callback) {
		dynmem_count(&dev->vm->counters, DYNMEM_A_COUNTER_INTERRUPTS, 1);
		cb->callback(cb->private);
	}
	spin_unlock(&dev->lock);
}

void dynmem_device_raise_config(struct dynmem_vdpa *dev)
{
	dynmem_device_interrupt(dev, &dev->config_cb);
}

void dynmem_device_wake(struct dynmem_vdpa *dev, unsigned int what)
{
	struct vhost_task *task;

	set_bit(what, &dev->pending);
	rcu_read_lock();
	task = rcu_dereference(dev->task);
	if (task)
		vhost_task_wake(task);
	rcu_read_unlock();
}
