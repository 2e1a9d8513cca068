// SPDX-License-Identifier: GPL-2.0
/*
 * vdpa: the vDPA operations of the virtio balloon device. vhost-vdpa calls them on behalf of the
 * VMM.
 *
 * A device reset does not show what the guest does: stop, continue, power-off, removal of the
 * driver and reboot look alike. So reset keeps the balloon's state. Reset does not wait for the
 * request that is being carried out, and the answer to that request is dropped. But reset stops the
 * releases of that request, since after a reboot all memory belongs to the next kernel. Suspend
 * waits until a request that is being carried out is answered, because the guest expects the
 * answer. Suspend also waits until ballooned hugetlb memory is reserved for the guest again.
 *
 * The vDPA core calls reset, set_status, set_driver_features, get_config and set_config while it
 * holds locks that every user of vDPA on the host needs, and for which netlink waits. So these
 * operations wait for nothing that a VMM can delay, except for up to a second in
 * dynmem_release_stop().
 */
#include <linux/numa.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/sched/vhost_task.h>
#include <linux/vdpa.h>
#include <linux/virtio_ids.h>

#include "device/bind.h"
#include "device/device.h"
#include "device/open.h"
#include "device/server.h"
#include "device/vdpa.h"
#include "event.h"
#include "memory/release.h"
#include "vm/vm.h"

#define DYNMEM_VENDOR_ID 0x1af4		/* the vendor of virtio devices */

/* The longest time that suspend waits for the task. The guest stands still during the wait. */
#define SUSPEND_WAIT	(20L * HZ)

/*
 * Stops the rings: until the next start no request is taken from the rings and no interrupt is
 * raised. When this function returns, no callback runs. io_lock is held.
 */
static void stop_rings(struct dynmem_vdpa *dev)
{
	dev->starting = false;
	dev->running = false;
	dev->holding = false;
	spin_lock(&dev->lock);
	dev->live = false;
	spin_unlock(&dev->lock);
}

/* Removes the callbacks, since their owners may be gone when the rings start again. */
static void forget_callbacks(struct dynmem_vdpa *dev)
{
	unsigned int i;

	spin_lock(&dev->lock);
	dev->config_cb = (struct vdpa_callback) {};
	for (i = 0; i < DYNMEM_QUEUES; i++)
		dev->ring[i].cb = (struct vdpa_callback) {};
	spin_unlock(&dev->lock);
}

/* Whether the rings may be in use. If so, they must not be changed. io_lock is held. */
static bool rings_in_use(const struct dynmem_vdpa *dev)
{
	return dev->starting || dev->running;
}

static int set_vq_address(struct vdpa_device *vdev, u16 idx, u64 desc, u64 avail, u64 used)
{
	struct dynmem_vdpa *dev = to_dynmem_vdpa(vdev);
	int ret = -EBUSY;

	mutex_lock(&dev->io_lock);
	if (!rings_in_use(dev)) {
		dev->ring[idx].desc = desc;
		dev->ring[idx].avail = avail;
		dev->ring[idx].used = used;
		ret = 0;
	}
	mutex_unlock(&dev->io_lock);
	return ret;
}

static void set_vq_num(struct vdpa_device *vdev, u16 idx, u32 num)
{
	struct dynmem_vdpa *dev = to_dynmem_vdpa(vdev);

	mutex_lock(&dev->io_lock);
	/*
	 * A queue of size 0 is not served. QEMU enables even queues that the driver does not use,
	 * but leaves their size at 0.
	 */
	if (!rings_in_use(dev))
		dev->ring[idx].num = num <= DYNMEM_VRING_MAX && is_power_of_2(num) ? num : 0;
	mutex_unlock(&dev->io_lock);
}

/*
 * Context: atomic, in the wake-up of the eventfd for kicks. The VMM may use the same eventfd for
 * interrupts of this device or of another device. In that case the callback that raises the
 * interrupt calls this function, under the lock of the interrupting device. So a kick must take no
 * lock and raise no interrupt.
 */
static void kick_vq(struct vdpa_device *vdev, u16 idx)
{
	struct dynmem_vdpa *dev = to_dynmem_vdpa(vdev);

	dynmem_count(&dev->vm->counters, DYNMEM_A_COUNTER_KICKS, 1);
	dynmem_device_wake(dev, idx);
}

static void set_vq_cb(struct vdpa_device *vdev, u16 idx, struct vdpa_callback *cb)
{
	struct dynmem_vdpa *dev = to_dynmem_vdpa(vdev);

	spin_lock(&dev->lock);
	dev->ring[idx].cb = *cb;
	spin_unlock(&dev->lock);
}

static void set_vq_ready(struct vdpa_device *vdev, u16 idx, bool ready)
{
	struct dynmem_vdpa *dev = to_dynmem_vdpa(vdev);

	mutex_lock(&dev->io_lock);
	dev->ring[idx].ready = ready;
	mutex_unlock(&dev->io_lock);
}

static bool get_vq_ready(struct vdpa_device *vdev, u16 idx)
{
	return to_dynmem_vdpa(vdev)->ring[idx].ready;
}

/*
 * Ignores the position in @state, since some VMMs pass 0 after a stop. Instead, when the rings
 * start, each position is read from the used index in guest memory. This is enough because requests
 * are answered in order.
 */
static int set_vq_state(struct vdpa_device *vdev, u16 idx, const struct vdpa_vq_state *state)
{
	return 0;
}

static int get_vq_state(struct vdpa_device *vdev, u16 idx, struct vdpa_vq_state *state)
{
	struct dynmem_vdpa *dev = to_dynmem_vdpa(vdev);

	mutex_lock(&dev->io_lock);
	state->split.avail_index = dev->ring[idx].next_used;
	mutex_unlock(&dev->io_lock);
	return 0;
}

static u32 get_vq_align(struct vdpa_device *vdev)
{
	return PAGE_SIZE;
}

static u64 get_device_features(struct vdpa_device *vdev)
{
	struct dynmem_vm *vm = to_dynmem_vdpa(vdev)->vm;
	bool reporting;

	mutex_lock(&vm->lock);
	reporting = vm->set.reporting;
	mutex_unlock(&vm->lock);
	return DYNMEM_FEATURES | (reporting ? BIT_ULL(VIRTIO_BALLOON_F_REPORTING) : 0);
}

static int set_driver_features(struct vdpa_device *vdev, u64 features)
{
	struct dynmem_vdpa *dev = to_dynmem_vdpa(vdev);

	/*
	 * QEMU always sets ACCESS_PLATFORM: ignore it. If config space is read before the driver
	 * has set features, the vDPA core calls this operation with 0, so accept 0.
	 */
	features &= ~BIT_ULL(VIRTIO_F_ACCESS_PLATFORM);
	if (features) {
		if (!dev->bound) {
			dev_warn_ratelimited(&vdev->dev,
					     "only a VMM with a KVM guest can use this device\n");
			return -EPERM;
		}
		if (!(features & BIT_ULL(VIRTIO_F_VERSION_1)) ||
		    (features & ~get_device_features(vdev)))
			return -EINVAL;
	}
	mutex_lock(&dev->io_lock);
	dev->features = features;
	mutex_unlock(&dev->io_lock);
	return 0;
}

static u64 get_driver_features(struct vdpa_device *vdev)
{
	return to_dynmem_vdpa(vdev)->features;
}

static void set_config_cb(struct vdpa_device *vdev, struct vdpa_callback *cb)
{
	struct dynmem_vdpa *dev = to_dynmem_vdpa(vdev);

	spin_lock(&dev->lock);
	dev->config_cb = *cb;
	spin_unlock(&dev->lock);
}

/* QEMU gives each queue 1024 entries, and newer kernels refuse larger queues than this maximum. */
static u16 get_vq_num_max(struct vdpa_device *vdev)
{
	return DYNMEM_VRING_MAX;
}

static u32 get_device_id(struct vdpa_device *vdev)
{
	return VIRTIO_ID_BALLOON;
}

static u32 get_vendor_id(struct vdpa_device *vdev)
{
	return DYNMEM_VENDOR_ID;
}

static u8 get_status(struct vdpa_device *vdev)
{
	return READ_ONCE(to_dynmem_vdpa(vdev)->status);
}

static void set_status(struct vdpa_device *vdev, u8 status)
{
	struct dynmem_vdpa *dev = to_dynmem_vdpa(vdev);
	bool start;

	mutex_lock(&dev->io_lock);
	start = dev->bound && !(dev->status & VIRTIO_CONFIG_S_DRIVER_OK) &&
		(status & VIRTIO_CONFIG_S_DRIVER_OK) &&
		(dev->features & BIT_ULL(VIRTIO_F_VERSION_1));
	WRITE_ONCE(dev->status, status);
	if (start) {
		dev->starting = true;
		spin_lock(&dev->lock);
		dev->live = true;
		spin_unlock(&dev->lock);
	}
	mutex_unlock(&dev->io_lock);
	if (start)
		dynmem_device_wake(dev, DYNMEM_PENDING_START);
}

static int dev_reset(struct vdpa_device *vdev)
{
	struct dynmem_vdpa *dev = to_dynmem_vdpa(vdev);
	bool bound;
	int i;

	dynmem_open_begins(dev);
	mutex_lock(&dev->io_lock);
	bound = dev->bound && dev->status;
	stop_rings(dev);
	dev->resets++;
	dev->to_reserve |= dev->bound && dev->served;
	WRITE_ONCE(dev->status, 0);
	dev->features = 0;
	for (i = 0; i < DYNMEM_QUEUES; i++) {
		dev->ring[i].ready = false;
		dev->ring[i].num = 0;
	}
	forget_callbacks(dev);
	mutex_unlock(&dev->io_lock);

	/* Stop releases: if this is a reboot, all memory belongs to the next kernel from now on. */
	dynmem_release_stop(&dev->vm->releases, true);
	if (bound) {
		dynmem_count(&dev->vm->counters, DYNMEM_A_COUNTER_RESETS, 1);
		dev->ops->reset(dev->vm);
		dynmem_device_wake(dev, DYNMEM_PENDING_RESERVE);
	}
	return 0;
}

static int dev_suspend(struct vdpa_device *vdev)
{
	struct dynmem_vdpa *dev = to_dynmem_vdpa(vdev);
	long left;

	mutex_lock(&dev->io_lock);
	dev->starting = false;
	dev->running = false;
	dev->to_reserve |= dev->bound && dev->served;
	mutex_unlock(&dev->io_lock);
	dynmem_device_wake(dev, DYNMEM_PENDING_RESERVE);

	/*
	 * The request that is being carried out is answered first. Otherwise a guest that is
	 * continued would never get the answer, and its repeated request would be refused. If
	 * suspend fails, the VMM resets the device, and a reset does not wait.
	 */
	left = wait_event_killable_timeout(dev->idle, dynmem_server_idle(dev), SUSPEND_WAIT);
	if (left < 0)
		return -EINTR;
	if (!left) {
		dynmem_event(DYNMEM_EVENT_GUEST, dev->vm->name, NUMA_NO_NODE, 0,
			     "the VMM cannot stop the device: the thread in process %d that serves it has not finished in %ld s; the VMM resets the device instead; /proc/%d/task/*/stack shows what the thread waits for",
			     task_tgid_nr(current), SUSPEND_WAIT / HZ, task_tgid_nr(current));
		return -ETIMEDOUT;
	}

	mutex_lock(&dev->io_lock);
	stop_rings(dev);
	mutex_unlock(&dev->io_lock);
	return 0;
}

static size_t get_config_size(struct vdpa_device *vdev)
{
	return sizeof(struct virtio_dynmem_config);
}

static void get_config(struct vdpa_device *vdev, unsigned int offset, void *buf, unsigned int len)
{
	dynmem_config_read(&to_dynmem_vdpa(vdev)->config, offset, buf, len);
}

static void set_config(struct vdpa_device *vdev, unsigned int offset, const void *buf,
		       unsigned int len)
{
	dynmem_config_write(&to_dynmem_vdpa(vdev)->config, offset, buf, len);
}

/*
 * Does nothing, since guest memory is accessed through KVM's memslots. Without this operation
 * vhost-vdpa would pin all of the guest's RAM.
 */
static int set_map(struct vdpa_device *vdev, unsigned int asid, struct vhost_iotlb *iotlb)
{
	return 0;
}

static void free_device(struct vdpa_device *vdev)
{
	struct dynmem_vdpa *dev = to_dynmem_vdpa(vdev);

	/* A device whose creation failed early has no VM. */
	if (dev->vm)
		dynmem_vm_put(dev->vm);
}

/* When a process opens the device, vhost-vdpa calls this last: the open cannot fail any more. */
static struct vdpa_iova_range get_iova_range(struct vdpa_device *vdev)
{
	dynmem_open_done(to_dynmem_vdpa(vdev));
	return (struct vdpa_iova_range) { .last = U64_MAX };
}

const struct vdpa_config_ops dynmem_vdpa_config_ops = {
	.set_vq_address = set_vq_address,
	.set_vq_num = set_vq_num,
	.kick_vq = kick_vq,
	.set_vq_cb = set_vq_cb,
	.set_vq_ready = set_vq_ready,
	.get_vq_ready = get_vq_ready,
	.set_vq_state = set_vq_state,
	.get_vq_state = get_vq_state,
	.get_vq_align = get_vq_align,
	.get_device_features = get_device_features,
	.set_driver_features = set_driver_features,
	.get_driver_features = get_driver_features,
	.set_config_cb = set_config_cb,
	.get_vq_num_max = get_vq_num_max,
	.get_device_id = get_device_id,
	.get_vendor_id = get_vendor_id,
	.get_status = get_status,
	.set_status = set_status,
	.reset = dev_reset,
	.suspend = dev_suspend,
	.get_config_size = get_config_size,
	.get_config = get_config,
	.set_config = set_config,
	.get_iova_range = get_iova_range,
	.set_map = set_map,
	.bind_mm = dynmem_bind_mm,
	.unbind_mm = dynmem_bind_end,
	.free = free_device,
};
