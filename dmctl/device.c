// SPDX-License-Identifier: GPL-2.0
/*
 * device: the commands "vm detach" and "vm attach", which unplug a VM's device from its QEMU and
 * plug it in again. In between, NAME.device (see runfile.h) says where the device was plugged in.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "device.h"
#include "json.h"
#include "lookup.h"
#include "process.h"
#include "qdev.h"
#include "runfile.h"
#include "states.h"
#include "vmm.h"
#include "why.h"

#define GUEST_SECONDS	30	/* default time for a guest to give up its device or take it back */
#define KERNEL_SECONDS	10	/* time for dynmem to notice that QEMU has closed the device */
#define REPEAT_SECONDS	5	/* QEMU accepts no second request to unplug within this time */
#define LOOK_MS		200
/* The longest time from the time-out of a detach to the end of that detach. */
#define SPARE_MS	(2000LL * KERNEL_SECONDS)
#define LATE_MS		600000LL	/* how long the agent tries to plug a late device in */

/* ---- the file */

static void node_path(char path[64], const char *device)
{
	snprintf(path, 64, "/dev/%s", device);
}

/* Writes NAME.device of a VM. @late: see struct saved. */
static bool device_save(const struct vm_facts *vm, const struct qdev *qdev, int64_t late,
			char *why)
{
	struct json_object *json = json_object_new_object();
	struct stat st;
	char path[64];

	node_path(path, vm->device);
	if (!stat(path, &st)) {
		json_add_number(json, "uid", st.st_uid);
		json_add_number(json, "gid", st.st_gid);
		json_add_number(json, "mode", st.st_mode & 07777);
	}
	if (late)
		json_add_number(json, "late", late);
	json_add_number(json, "pid", vm->pid);
	json_add_number(json, "start", process_start(vm->pid));
	json_add_text(json, "device", qdev->driver);
	json_add_text(json, "id", qdev->id);
	json_add_text(json, "bus", qdev->bus);
	json_add_text(json, "addr", qdev->addr);
	json_add_text(json, "vhostdev", qdev->vhostdev);
	json_add_text(json, "driver", vm_driver_words[vm->driver]);
	return runfile_write(vm->name, "device", json, why);
}

/**
 * struct saved - content of NAME.device: a device that was detached, or that is being detached
 * @pid: process of the VMM that had the device; 0: nothing is known
 * @qdev: where the device was plugged in
 * @driver: the guest's driver before the device was detached
 * @uid: owner of the device's node in /dev
 * @gid: group of that node
 * @mode: access rights of that node; 0: unknown
 * @late: deadline for the guest to let go of the device, monotonic milliseconds. If the guest lets
 *	go later, the device is to be plugged in again. 0: the guest let go in time
 */
struct saved {
	pid_t pid;
	struct qdev qdev;
	char driver[16];
	uid_t uid;
	gid_t gid;
	mode_t mode;
	int64_t late;
};

static void copy_text(char *to, size_t size, struct json_object *json, const char *key)
{
	snprintf(to, size, "%s", json_text(json, key));
}

/*
 * Reads NAME.device of a VM. The result says that nothing is known if the process in the file has
 * ended, or is not @pid. If @pid is 0, the file may name any process.
 */
static struct saved device_saved(const char *name, pid_t pid)
{
	struct json_object *json = runfile_read(name, "device");
	struct saved saved = { };
	pid_t was = json_number(json, "pid");

	if (was && (!pid || was == pid) &&
	    (int64_t)process_start(was) == json_number(json, "start")) {
		saved.pid = was;
		copy_text(saved.qdev.driver, sizeof(saved.qdev.driver), json, "device");
		copy_text(saved.qdev.id, sizeof(saved.qdev.id), json, "id");
		copy_text(saved.qdev.bus, sizeof(saved.qdev.bus), json, "bus");
		copy_text(saved.qdev.addr, sizeof(saved.qdev.addr), json, "addr");
		copy_text(saved.qdev.vhostdev, sizeof(saved.qdev.vhostdev), json, "vhostdev");
		copy_text(saved.driver, sizeof(saved.driver), json, "driver");
		saved.uid = json_number(json, "uid");
		saved.gid = json_number(json, "gid");
		saved.mode = json_number(json, "mode");
		saved.late = json_number(json, "late");
	}
	json_object_put(json);
	return saved;
}

/* ---- detach */

/* Waits until dynmem has noticed that the VMM has closed the device. */
static bool wait_away(struct vm_facts *vm, char *why)
{
	int64_t end = clock_end(KERNEL_SECONDS);

	do {
		if (!lookup_vm(vm->name, vm, why))
			return false;
		if (vm->state == DYNMEM_VM_STATE_AWAY)
			return true;
		if (vm->state == DYNMEM_VM_STATE_DEFINED)
			return refuse(why, "the VMM of %s has ended meanwhile", vm->name);
		clock_sleep(LOOK_MS);
	} while (clock_left(end));
	return refuse(why,
		      "QEMU says that the device of %s is gone, but its process %d still has it open",
		      vm->name, vm->pid);
}

static bool unplug(struct vmm *vmm, const struct qdev *qdev, const struct vm_facts *vm,
		   uint32_t seconds, char *why)
{
	int64_t end = clock_end(seconds), repeat = 0;
	char said[WHY_SIZE];
	int there;

	for (;;) {
		/* A failed request is an error only if the device is still there. */
		bool asked = clock_ms() < repeat || qdev_unplug(vmm, qdev, said);

		there = qdev_is_there(vmm, qdev, why);
		if (there <= 0)
			return !there;
		if (!asked)
			return refuse(why, "%s can't be detached: %s", vm->name, said);
		if (!clock_left(end))
			break;
		if (clock_ms() >= repeat)
			repeat = clock_end(REPEAT_SECONDS);
		/* This loop has its own time limit, so QMP_WAIT_SECONDS need not limit it. */
		vmm_forget_waits(vmm);
		clock_sleep(LOOK_MS);
	}
	return refuse(why,
		      "the guest of %s has not let go of its device within %u s, and nothing has changed%s; it may still do so: then 'dmctl vm attach %s' brings the device back",
		      vm->name, seconds,
		      vm->state == DYNMEM_VM_STATE_PAUSED ? " (it is paused)" : "", vm->name);
}

static bool device_detach(struct vm_facts *vm, uint32_t seconds, char *why)
{
	struct vm_facts now = *vm;
	struct qdev qdev;
	struct vmm vmm;
	bool done;

	if (!vm_is_attached(vm) || vm->state == DYNMEM_VM_STATE_AWAY ||
	    vm->state == DYNMEM_VM_STATE_STARTING)
		return refuse(why, "%s has no device to detach: it is %s", vm->name,
			      vm_state_words[vm->state]);
	if (!vmm_open(&vmm, vm->name, vm->pid, why))
		return false;
	/* Save first: if this command is killed, the guest may still do what QEMU has requested. */
	done = qdev_find(&vmm, &qdev, vm->device, why) &&
	       device_save(vm, &qdev, clock_end(seconds) + SPARE_MS, why) &&
	       unplug(&vmm, &qdev, vm, seconds, why);
	vmm_close(&vmm);
	return done && wait_away(&now, why) && device_save(vm, &qdev, 0, why);
}

/* ---- attach */

/*
 * Waits until dynmem says that the VMM @pid is attached, and until the guest has a driver. @before:
 * the guest's driver before the device was detached. If that is "none", does not wait for a driver.
 */
static bool wait_driver(struct vm_facts *vm, pid_t pid, const char *before, uint32_t seconds,
			char *why)
{
	int64_t end = clock_end(seconds);

	do {
		if (!lookup_vm(vm->name, vm, why))
			return false;
		if (vm->pid == pid && vm->state != DYNMEM_VM_STATE_AWAY &&
		    (vm->driver == DYNMEM_DRIVER_STANDARD || vm->driver == DYNMEM_DRIVER_DYNMEM ||
		     !strcmp(before, vm_driver_words[DYNMEM_DRIVER_NONE])))
			return true;
		clock_sleep(LOOK_MS);
	} while (clock_left(end));
	if (vm->pid != pid || vm->state == DYNMEM_VM_STATE_AWAY)
		return refuse(why,
			      "QEMU has the device of %s, but has not attached to it; 'dmesg' says why",
			      vm->name);
	return refuse(why,
		      "%s has its device again, but the guest's driver has not come back within %u s",
		      vm->name, seconds);
}

/*
 * Gives the device's node in /dev the owner and access rights that it had before. After an update
 * of the module the node is a new one, which belongs to root. Otherwise the node is unchanged, and
 * this function does nothing.
 */
static bool node_give(const struct saved *saved, const char *device, char *why)
{
	struct stat st;
	char path[64];

	node_path(path, device);
	if (!saved->pid || !saved->mode)
		return true;
	if (!stat(path, &st) && st.st_uid == saved->uid && st.st_gid == saved->gid &&
	    (st.st_mode & 07777) == saved->mode)
		return true;
	if (!chown(path, saved->uid, saved->gid) && !chmod(path, saved->mode))
		return true;
	return refuse(why, "cannot give %s to user %u and group %u, which had it before: %s", path,
		      saved->uid, saved->gid, strerror(errno));
}

static bool plug(struct vmm *vmm, struct saved *saved, const char *device, char *why)
{
	if (!saved->pid && !qdev_find_port(vmm, &saved->qdev, why))
		return false;
	return node_give(saved, device, why) && qdev_plug(vmm, &saved->qdev, device, why);
}

/*
 * Plugs in the device of a VM. @saved: set to the content of NAME.device. @pid: set to the process
 * of the VMM.
 */
static bool device_plug(struct vm_facts *vm, struct saved *saved, pid_t *pid, char *why)
{
	struct vmm vmm;
	bool done;

	if (!*vm->device)
		return refuse(why, "%s has no vhost-vdpa device: is vhost_vdpa loaded?", vm->name);
	/*
	 * After an update of the module the kernel does not know the VMM any more. In this case the
	 * VMM is the process from which the device was detached. If that is unknown, too, the VMM
	 * is the process that has the QMP socket or runs the libvirt domain.
	 */
	*saved = device_saved(vm->name, vm->pid);
	if (!vmm_open(&vmm, vm->name, vm->pid ?: saved->pid, why))
		return false;
	*pid = vmm.pid;
	done = plug(&vmm, saved, vm->device, why);
	vmm_close(&vmm);
	if (done)
		runfile_remove(vm->name, "device");
	return done;
}

static bool device_attach(struct vm_facts *vm, uint32_t seconds, char *why)
{
	struct saved saved;
	pid_t pid;

	if (vm_is_attached(vm) && vm->state != DYNMEM_VM_STATE_AWAY)
		return refuse(why, "%s has its device: process %d is attached", vm->name, vm->pid);
	return device_plug(vm, &saved, &pid, why) &&
	       wait_driver(vm, pid, saved.driver, seconds, why);
}

bool device_is_late(const struct vm_facts *vm)
{
	int64_t late, now = clock_ms();

	if (vm->state != DYNMEM_VM_STATE_AWAY)
		return false;
	late = device_saved(vm->name, vm->pid).late;
	return late && now >= late && now - late <= LATE_MS;
}

void device_bring_back(const struct vm_facts *vm, char *why)
{
	struct vm_facts copy = *vm;
	struct saved saved;
	pid_t pid;

	device_plug(&copy, &saved, &pid, why);
}

/* ---- the commands */

/* Carries out a command on the VM that @argv names. */
static int device_command(const char *command, char **argv,
			  bool (*fn)(struct vm_facts *vm, uint32_t seconds, char *why))
{
	static const char *const words[] = { "timeout", NULL };
	uint32_t seconds = GUEST_SECONDS;
	char why[WHY_SIZE];
	struct vm_facts vm;
	int ret;

	if (!*argv)
		die_usage("vm %s: the VM's name is missing", command);
	if (argv[1]) {
		find_word("option", argv[1], words);
		seconds = need_number("timeout", argv[2]);
		if (argv[3])
			die_usage("vm %s %s: unexpected argument '%s'", command, *argv, argv[3]);
	}
	ret = lookup_need(*argv, &vm);
	if (ret != EXIT_OK)
		return ret;
	if (runfile_dir(why) && fn(&vm, seconds, why))
		return EXIT_OK;
	complain("%s", why);
	return EXIT_REFUSED;
}

int vm_detach(char **argv)
{
	return device_command("detach", argv, device_detach);
}

int vm_attach(char **argv)
{
	return device_command("attach", argv, device_attach);
}
