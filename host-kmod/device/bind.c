// SPDX-License-Identifier: GPL-2.0
/* bind: how a VMM attaches to a device and detaches from it. */
#include <linux/numa.h>
#include <linux/ratelimit.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/vhost_task.h>

#include "device/bind.h"
#include "device/device.h"
#include "device/open.h"
#include "device/server.h"
#include "event.h"
#include "vm/attach.h"
#include "vm/vm.h"

/* A VMM may try to attach to a device ATTEMPTS times in ATTEMPTS_PERIOD jiffies. */
#define ATTEMPTS	20
#define ATTEMPTS_PERIOD	(10 * HZ)

static void bind_update_config(struct dynmem_vdpa *dev)
{
	mutex_lock(&dev->vm->lock);
	dynmem_config_update(&dev->config, dev->vm);
	mutex_unlock(&dev->vm->lock);
}

/*
 * Attaches guest memory and prepares the server. The caller undoes this by bind_let_go(), even
 * after a failure.
 */
static int bind_attach_memory(struct dynmem_vdpa *dev, struct mm_struct *mm)
{
	struct dynmem_vm *vm = dev->vm;
	const char *why = "out of memory";
	int ret = dynmem_vm_attach(vm, mm, &why);

	if (ret == -ESTALE) {
		dev->ops->unbind(vm, "runs another guest now");
		dynmem_vm_detach(vm);
		ret = dynmem_vm_attach(vm, mm, &why);
	}
	if (ret) {
		dynmem_event(DYNMEM_EVENT_REFUSED, vm->name, NUMA_NO_NODE, 0,
			     "cannot attach process %d: %s", task_tgid_nr(current), why);
		return ret;
	}
	dynmem_counters_reset(&vm->counters);
	bind_update_config(dev);
	return dynmem_server_init(dev);
}

/*
 * Takes the device from the VMM. If the guest lives on and the VM was admitted, the VM becomes AWAY
 * and keeps its memory. Otherwise the VM is detached from guest memory. @how is a phrase for an
 * event, or NULL; see @unbind of struct dynmem_vm_ops.
 */
static void bind_let_go(struct dynmem_vdpa *dev, const char *how)
{
	struct dynmem_vm *vm = dev->vm;

	dynmem_server_exit(dev);
	if (dynmem_vm_guest_lives(vm) && dev->ops->away(vm)) {
		dynmem_vm_leave(vm);
	} else {
		dev->ops->unbind(vm, how);
		dynmem_vm_detach(vm);
	}
	bind_update_config(dev);
}

/* Starts one worker for each file behind the guest's RAM, except the first file. */
static void bind_start_workers(struct dynmem_vdpa *dev)
{
	unsigned int files = dynmem_guestmem_files(&dev->vm->gm);

	dynmem_workers_start(&dev->workers, clamp(files, 1U, DYNMEM_WORKERS_MAX + 1U) - 1,
			     dev->vm->name);
}

void dynmem_bind_init_device(struct dynmem_vdpa *dev)
{
	ratelimit_state_init(&dev->attempts, ATTEMPTS_PERIOD, ATTEMPTS);
	ratelimit_state_init(&dev->complaints, ATTEMPTS_PERIOD, 1);
	ratelimit_set_flags(&dev->attempts, RATELIMIT_MSG_ON_RELEASE);
	ratelimit_set_flags(&dev->complaints, RATELIMIT_MSG_ON_RELEASE);
}

/*
 * Whether a VMM tries to attach too often. Each attempt costs a decision of the balancer, so
 * attempts are limited. To refuse an attempt for this reason costs an event and a line in the log,
 * so only one such event is sent in ATTEMPTS_PERIOD.
 */
static bool bind_is_too_often(struct dynmem_vdpa *dev)
{
	if (__ratelimit(&dev->attempts))
		return false;
	if (__ratelimit(&dev->complaints))
		dynmem_event(DYNMEM_EVENT_REFUSED, dev->vm->name, NUMA_NO_NODE, 0,
			     "process %d has tried to attach more than %u times in %u s: refused (EAGAIN); try again later",
			     task_tgid_nr(current), ATTEMPTS, ATTEMPTS_PERIOD / HZ);
	return true;
}

/* Attaches the VMM. The VM's bind_lock is held. */
static int bind_mm_locked(struct dynmem_vdpa *dev, struct mm_struct *mm)
{
	struct vhost_task *task;
	int ret;

	ret = bind_attach_memory(dev, mm);
	if (!ret)
		ret = dev->ops->bind(dev->vm);
	if (ret) {
		bind_let_go(dev, NULL);
		return ret;
	}

	task = vhost_task_create(dynmem_server_work, dynmem_server_killed, dev, dev->vm->name);
	if (IS_ERR(task)) {
		bind_let_go(dev, "cannot be served");
		return PTR_ERR(task);
	}
	bind_start_workers(dev);
	dev->bound = true;
	rcu_assign_pointer(dev->task, task);
	vhost_task_start(task);
	return 0;
}

int dynmem_bind_mm(struct vdpa_device *vdev, struct mm_struct *mm)
{
	struct dynmem_vdpa *dev = to_dynmem_vdpa(vdev);
	int ret;

	if (!dynmem_open_may_bind(dev))
		return -ENODEV;
	if (bind_is_too_often(dev))
		return -EAGAIN;
	ret = dev->ops->begin(dev->vm, mm);
	if (ret)
		return ret;
	mutex_lock(&dev->vm->bind_lock);
	ret = bind_mm_locked(dev, mm);
	mutex_unlock(&dev->vm->bind_lock);
	return ret;
}

void dynmem_bind_end(struct vdpa_device *vdev)
{
	struct dynmem_vdpa *dev = to_dynmem_vdpa(vdev);
	struct vhost_task *task;
	char how[96];

	if (dev->bound) {
		task = rcu_replace_pointer(dev->task, NULL, true);
		synchronize_rcu();
		vhost_task_stop(task);
		dynmem_workers_stop(&dev->workers);
		if (dev->served)
			dynmem_server_reserve(dev);
		dev->bound = false;
		dynmem_guestmem_let_go_text(dev->vm->pid, how, sizeof(how));
		mutex_lock(&dev->vm->bind_lock);
		bind_let_go(dev, how);
		mutex_unlock(&dev->vm->bind_lock);
	}
	dynmem_open_closed(dev);
}
