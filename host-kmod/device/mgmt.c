// SPDX-License-Identifier: GPL-2.0
/*
 * mgmt: creates and deletes devices, for `dmctl vm add` and `dmctl vm del`, for `vdpa dev add` and
 * `vdpa dev del`, and when the module is unloaded.
 */
#include <linux/device.h>
#include <linux/jiffies.h>
#include <linux/kmod.h>
#include <linux/kobject.h>
#include <linux/string.h>
#include <linux/vdpa.h>
#include <linux/virtio_ids.h>

#include "compat.h"
#include "device/bind.h"
#include "device/device.h"
#include "device/mgmt.h"
#include "device/open.h"
#include "device/vdpa.h"
#include "vm/vm.h"

#define DELETE_TIME (10UL * HZ)		/* how long `dmctl vm del` waits until a device is gone */

static const struct dynmem_vm_ops *vm_ops;
static struct dynmem_vm *(*find_vm)(const char *name);
static bool exiting;

int dynmem_vdpa_delete(struct dynmem_vm *vm)
{
	struct dynmem_vdpa *dev;
	int ret = 0;

	mutex_lock(&vm->lock);
	dev = vm->dev;
	if (dev)
		get_device(&dev->vdpa.dev);
	mutex_unlock(&vm->lock);
	if (!dev)
		return 0;
	if (dynmem_open_claim_delete(dev, false))
		dynmem_open_delete(dev);
	spin_lock(&dev->lock);
	if (!dev->deleted)
		ret = -EBUSY;
	spin_unlock(&dev->lock);
	/*
	 * Do not wait for long: if a process has begun to open the device unnoticed, the device
	 * stays until that process closes it.
	 */
	if (!ret)
		wait_for_completion_killable_timeout(&dev->gone, DELETE_TIME);
	put_device(&dev->vdpa.dev);
	return ret;
}

static struct vdpa_mgmt_dev mgmtdev;

/*
 * Allocates a device. The device gets the caller's reference to @vm. If the allocation fails, the
 * reference is dropped.
 */
static struct dynmem_vdpa *mgmt_alloc_device(struct dynmem_vm *vm)
{
	struct dynmem_vdpa *dev;
	int i;

	dev = dynmem_alloc_vdpa(struct dynmem_vdpa, vdpa, mgmtdev.device, &dynmem_vdpa_config_ops,
				vm->name);
	if (IS_ERR(dev)) {
		dynmem_vm_put(vm);
		return dev;
	}
	dev->vm = vm;
	dev->ops = vm_ops;
	spin_lock_init(&dev->lock);
	mutex_init(&dev->io_lock);
	init_waitqueue_head(&dev->idle);
	dynmem_open_init_device(dev);
	dynmem_bind_init_device(dev);
	dynmem_config_init(&dev->config);
	for (i = 0; i < DYNMEM_QUEUES; i++)
		dev->ring[i].gm = &vm->gm;
	dev->vdpa.mdev = &mgmtdev;
	i = dynmem_set_driver_override(&dev->vdpa, DYNMEM_VMM_DRIVER);
	if (i) {
		put_device(&dev->vdpa.dev);
		return ERR_PTR(i);
	}
	return dev;
}

/*
 * Creates and registers a device of a VM in the set. Sets vm->dev first, since operations of the
 * device may be called while it is being registered, and so that the VM stays in the set.
 */
static int mgmt_create_device(struct dynmem_vm *vm, int (*registered)(struct vdpa_device *, u32))
{
	struct dynmem_vdpa *dev = mgmt_alloc_device(vm);
	int ret;

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	mutex_lock(&dynmem_set_lock);
	mutex_lock(&vm->lock);
	if (list_empty(&vm->link))
		ret = -ENOENT;
	else
		ret = vm->dev ? -EEXIST : 0;
	if (!ret)
		vm->dev = dev;
	mutex_unlock(&vm->lock);
	mutex_unlock(&dynmem_set_lock);
	if (!ret) {
		/* Take a reference: other threads may delete the device once it is registered. */
		get_device(&dev->vdpa.dev);
		/*
		 * Registration would send two uevents: one for the device, and one when the driver
		 * binds to it. udev takes long for each of them. So suppress both, and send a
		 * single uevent after the registration.
		 */
		dev_set_uevent_suppress(&dev->vdpa.dev, true);
		ret = registered(&dev->vdpa, DYNMEM_QUEUES);
		dev_set_uevent_suppress(&dev->vdpa.dev, false);
		if (ret) {
			dynmem_open_disown(dev);
		} else {
			kobject_uevent(&dev->vdpa.dev.kobj, KOBJ_ADD);
			dynmem_open_registered(dev);
		}
		put_device(&dev->vdpa.dev);
	}
	if (ret)
		put_device(&dev->vdpa.dev);
	return ret;
}

int dynmem_vdpa_create(struct dynmem_vm *vm)
{
	kref_get(&vm->ref);
	return mgmt_create_device(vm, vdpa_register_device);
}

/* `vdpa dev add name NAME mgmtdev dynmem`: gives a VM a device again after `vdpa dev del`. */
static int dev_add(struct vdpa_mgmt_dev *mdev, const char *name,
		   const struct vdpa_dev_set_config *config)
{
	struct dynmem_vm *vm = find_vm(name);

	if (!vm) {
		pr_warn("no VM named '%s': define it with `dmctl vm add` first\n", name);
		return -ENOENT;
	}
	return mgmt_create_device(vm, _vdpa_register_device);
}

/*
 * Must not wait, since the vDPA core's lock is held. So a work item deletes the device. If the
 * device is in use, the work item is queued when the device is closed.
 */
static void dev_del(struct vdpa_mgmt_dev *mdev, struct vdpa_device *vdev)
{
	struct dynmem_vdpa *dev = to_dynmem_vdpa(vdev);
	bool deleted;

	if (dynmem_open_claim_delete(dev, exiting)) {
		dynmem_open_delete(dev);
		return;
	}
	spin_lock(&dev->lock);
	dev->doomed = true;
	deleted = dev->deleted;
	spin_unlock(&dev->lock);
	if (!deleted)
		pr_info("%s: the device is in use, and is deleted when its VMM closes it\n",
			dev->vm->name);
}

static const struct vdpa_mgmtdev_ops mgmtdev_ops = {
	.dev_add = dev_add,
	.dev_del = dev_del,
};

static struct virtio_device_id id_table[] = {
	{ VIRTIO_ID_BALLOON, VIRTIO_DEV_ANY_ID },
	{ 0 },
};

static struct vdpa_mgmt_dev mgmtdev = {
	.ops = &mgmtdev_ops,
	.id_table = id_table,
	.supported_features = DYNMEM_FEATURES | DYNMEM_FEATURES_OPTIONAL,
	.max_supported_vqs = DYNMEM_QUEUES,
};

int dynmem_vdpa_init(const struct dynmem_vm_ops *ops, struct dynmem_vm *(*lookup)(const char *))
{
	struct device *root;
	int ret;

	vm_ops = ops;
	find_vm = lookup;
	/*
	 * This module uses no symbol of vhost_vdpa, so modprobe does not load vhost_vdpa by itself.
	 * With a softdep instead, modprobe would ignore the rules in packaging/dynmem.conf.
	 */
	request_module("vhost_vdpa");
	ret = dynmem_open_init();
	if (ret)
		return ret;
	root = root_device_register("dynmem");
	if (IS_ERR(root)) {
		ret = PTR_ERR(root);
		goto err_open;
	}
	mgmtdev.device = root;
	ret = vdpa_mgmtdev_register(&mgmtdev);
	if (ret)
		goto err_root;
	return 0;

err_root:
	root_device_unregister(root);
err_open:
	dynmem_open_exit();
	return ret;
}

void dynmem_vdpa_exit(void)
{
	/* No device is open, since an open device holds a reference to the module. */
	exiting = true;
	/* Deletes the devices that are left. */
	vdpa_mgmtdev_unregister(&mgmtdev);
	dynmem_open_exit();
	root_device_unregister(mgmtdev.device);
}

void dynmem_vdpa_notify(struct dynmem_vm *vm)
{
	if (vm->dev && dynmem_config_update(&vm->dev->config, vm))
		dynmem_device_raise_config(vm->dev);
}

static int copy_chardev(struct device *child, void *data)
{
	char **at = data;

	if (!strstarts(dev_name(child), "vhost-vdpa-"))
		return 0;
	strscpy(at[0], dev_name(child), at[1] - at[0]);
	return 1;
}

void dynmem_vdpa_chardev(struct dynmem_vm *vm, char *buf, size_t len)
{
	char *at[2] = { buf, buf + len };

	*buf = '\0';
	/* Before it is registered, a device has no list of children yet. */
	if (vm->dev && device_is_registered(&vm->dev->vdpa.dev))
		device_for_each_child(&vm->dev->vdpa.dev, at, copy_chardev);
}
