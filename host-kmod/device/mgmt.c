// SPDX-License-Identifier: GPL-2.0
/*
 * mgmt: how devices come and go: by `dmctl vm add` and `del`, by `vdpa dev add` and `del`, and with
 * the module; and who has one open.
 *
 * To unregister a device is to wait until nobody has it open, and vhost_vdpa cannot be told to let
 * go of a process that does. The vDPA core holds its lock meanwhile, and when it is `vdpa dev del`
 * that deletes, generic netlink's: the whole host would wait for that process. So a work item first
 * releases the driver, which waits without a lock that others need, and unregisters then. Everybody
 * else marks the device and goes on.
 */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/jiffies.h>
#include <linux/module.h>
#include <linux/vdpa.h>
#include <linux/virtio_ids.h>

#include "compat.h"
#include "device/device.h"
#include "device/vdpa.h"
#include "vm/vm.h"

#define VMM_DRIVER "vhost_vdpa"		/* the bus driver through which a VMM gets the device */

#define OPEN_TIME (10UL * HZ)		/* an open that takes longer has failed */
#define DELETE_TIME (10UL * HZ)		/* how long `vm del` waits for a device to be gone */

static const struct dynmem_vm_ops *vm_ops;
static struct dynmem_vm *(*find_vm)(const char *name);
static struct workqueue_struct *delete_wq;
static bool exiting;

void dynmem_mgmt_opening(struct dynmem_vdpa *dev)
{
	/* Another driver, virtio_vdpa, resets too, but opens nothing and so never closes it. */
	if (strcmp(dev->vdpa.dev.driver->name, VMM_DRIVER))
		return;
	spin_lock(&dev->lock);
	if (!dev->opened) {
		dev->opening = true;
		dev->opening_since = jiffies;
	}
	spin_unlock(&dev->lock);
}

void dynmem_mgmt_opened(struct dynmem_vdpa *dev)
{
	spin_lock(&dev->lock);
	dev->opening = false;
	dev->opened = true;
	/* A module that goes waits for the close. */
	dev->referenced = try_module_get(THIS_MODULE);
	spin_unlock(&dev->lock);
}

bool dynmem_mgmt_may_bind(struct dynmem_vdpa *dev)
{
	bool may;

	spin_lock(&dev->lock);
	may = dev->referenced && !dev->doomed;
	spin_unlock(&dev->lock);
	return may;
}

/*
 * Says that the device goes away for good; true for the one caller who is to begin that. Before it
 * is registered nobody but who registers it may end it. vhost_vdpa does not tell of an open that
 * has failed: such a one counts no longer after some time.
 */
static bool claim_delete(struct dynmem_vdpa *dev, bool even_open)
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

static void disown(struct dynmem_vdpa *dev)
{
	mutex_lock(&dev->vm->lock);
	if (dev->vm->dev == dev)
		dev->vm->dev = NULL;
	mutex_unlock(&dev->vm->lock);
}

static void begin_delete(struct dynmem_vdpa *dev)
{
	disown(dev);
	get_device(&dev->vdpa.dev);
	queue_work(delete_wq, &dev->delete_work);
}

static void delete_work(struct work_struct *work)
{
	struct dynmem_vdpa *dev = container_of(work, struct dynmem_vdpa, delete_work);

	device_release_driver(&dev->vdpa.dev);
	vdpa_unregister_device(&dev->vdpa);
	complete_all(&dev->gone);
	put_device(&dev->vdpa.dev);
}

/* The close goes on after the reference is dropped, but the module waits for its end. */
void dynmem_mgmt_closed(struct dynmem_vdpa *dev)
{
	bool referenced, doomed;

	spin_lock(&dev->lock);
	referenced = dev->referenced;
	doomed = dev->doomed;
	dev->opened = false;
	dev->referenced = false;
	spin_unlock(&dev->lock);
	if (doomed && claim_delete(dev, true))
		begin_delete(dev);
	if (referenced)
		module_put(THIS_MODULE);
}

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
	if (claim_delete(dev, false))
		begin_delete(dev);
	spin_lock(&dev->lock);
	if (!dev->deleted)
		ret = -EBUSY;
	spin_unlock(&dev->lock);
	/* A process that opens it at this very moment keeps it until it closes it. */
	if (!ret)
		wait_for_completion_killable_timeout(&dev->gone, DELETE_TIME);
	put_device(&dev->vdpa.dev);
	return ret;
}

static struct vdpa_mgmt_dev mgmtdev;

/* @vm's reference is the device's from here on, also when this fails. */
static struct dynmem_vdpa *alloc_device(struct dynmem_vm *vm)
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
	init_completion(&dev->gone);
	INIT_WORK(&dev->delete_work, delete_work);
	dynmem_attempts_init(dev);
	dynmem_config_init(&dev->config);
	for (i = 0; i < DYNMEM_QUEUES; i++)
		dev->ring[i].gm = &vm->gm;
	dev->vdpa.mdev = &mgmtdev;
	i = dynmem_set_driver_override(&dev->vdpa, VMM_DRIVER);
	if (i) {
		put_device(&dev->vdpa.dev);
		return ERR_PTR(i);
	}
	return dev;
}

/* @registered: how to register; the VM's device is known before, as that may call back at once. */
static int create(struct dynmem_vm *vm, int (*registered)(struct vdpa_device *, u32))
{
	struct dynmem_vdpa *dev = alloc_device(vm);
	int ret;

	if (IS_ERR(dev))
		return PTR_ERR(dev);
	mutex_lock(&vm->lock);
	ret = vm->dev ? -EEXIST : 0;
	if (!ret)
		vm->dev = dev;
	mutex_unlock(&vm->lock);
	if (!ret) {
		/* Once it is registered others may delete it. */
		get_device(&dev->vdpa.dev);
		ret = registered(&dev->vdpa, DYNMEM_QUEUES);
		if (ret) {
			disown(dev);
		} else {
			spin_lock(&dev->lock);
			dev->registered = true;
			spin_unlock(&dev->lock);
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
	return create(vm, vdpa_register_device);
}

/* `vdpa dev add name NAME mgmtdev dynmem`: gives a VM the device back that was deleted. */
static int dev_add(struct vdpa_mgmt_dev *mdev, const char *name,
		   const struct vdpa_dev_set_config *config)
{
	struct dynmem_vm *vm = find_vm(name);

	if (!vm) {
		pr_warn("no VM is named %s: define it with `dmctl vm add` first\n", name);
		return -ENOENT;
	}
	return create(vm, _vdpa_register_device);
}

/* With the vDPA core's lock held: the device goes soon after this, or when it is closed. */
static void dev_del(struct vdpa_mgmt_dev *mdev, struct vdpa_device *vdev)
{
	struct dynmem_vdpa *dev = to_dynmem_vdpa(vdev);
	bool deleted;

	if (claim_delete(dev, exiting)) {
		begin_delete(dev);
		return;
	}
	spin_lock(&dev->lock);
	dev->doomed = true;
	deleted = dev->deleted;
	spin_unlock(&dev->lock);
	if (!deleted)
		pr_info("%s: the device is in use, and is deleted when its VMM lets go\n",
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
	delete_wq = alloc_workqueue("dynmem_delete", WQ_UNBOUND, 0);
	if (!delete_wq)
		return -ENOMEM;
	root = root_device_register("dynmem");
	if (IS_ERR(root)) {
		ret = PTR_ERR(root);
		goto err_wq;
	}
	mgmtdev.device = root;
	ret = vdpa_mgmtdev_register(&mgmtdev);
	if (ret)
		goto err_root;
	return 0;

err_root:
	root_device_unregister(root);
err_wq:
	destroy_workqueue(delete_wq);
	return ret;
}

void dynmem_vdpa_exit(void)
{
	/* No device is open any more: an open one holds the module. */
	exiting = true;
	/* Deletes all that are left. */
	vdpa_mgmtdev_unregister(&mgmtdev);
	destroy_workqueue(delete_wq);
	root_device_unregister(mgmtdev.device);
}
