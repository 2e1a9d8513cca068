// SPDX-License-Identifier: GPL-2.0
/* doctor_host: the checks of the host's kernel, of its settings and of QEMU; see doctor.h. */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "../include/version.h"
#include "doctor.h"
#include "kmod.h"
#include "ksm.h"
#include "qemu.h"
#include "setting.h"
#include "thp.h"

#define MODULE		"/sys/module/" DYNMEM_FAMILY_NAME

/* The first QEMU that can do what dynmem needs. */
#define QEMU_MAJOR	8
#define QEMU_MINOR	1

static const char *release(void)
{
	static struct utsname host;

	return uname(&host) ? "?" : host.release;
}

void doctor_vdpa(struct doctor *d)
{
	if (!access(VHOST_VDPA, F_OK))
		doctor_ok(d, "the kernel has vhost_vdpa");
	else if (!kmod_found("vhost_vdpa") || !kmod_found("vdpa"))
		doctor_bad(d, "apt install linux-image-amd64",
			   "kernel %s has no vhost_vdpa: boot one that has (CONFIG_VHOST_VDPA)",
			   release());
	else if (d->loaded)
		doctor_bad(d, "modprobe vhost_vdpa",
			   "vhost_vdpa is not loaded, so VMs have no devices");
	else
		doctor_ok(d, "the kernel has vhost_vdpa, which is not loaded yet");
}

void doctor_depmod(struct doctor *d)
{
	if (kmod_found(DYNMEM_FAMILY_NAME)) {
		doctor_ok(d, "modprobe finds dynmem");
	} else if (kmod_installed(DYNMEM_FAMILY_NAME)) {
		doctor_bad(d, "depmod", "modprobe does not find dynmem.ko, which is installed");
	} else {
		doctor_bad(d, doctor_line(d, "apt install ./dynmem-host-dkms_*.deb %s%s",
					  "linux-headers-", release()),
			   "no dynmem.ko is installed for kernel %s", release());
	}
}

void doctor_module(struct doctor *d)
{
	if (!d->loaded)
		doctor_bad(d, "modprobe dynmem", "dynmem is not loaded");
	else if (!d->present)
		doctor_bad(d, "nsenter --net=/proc/1/ns/net dmctl doctor",
			   "dynmem can be reached from the host's own network namespace only");
	else
		doctor_ok(d, "dynmem is loaded");
}

/* A driver that is refused because of its version leaves the device. */
static void check_drivers(struct doctor *d)
{
	size_t i;

	for (i = 0; i < d->nr_vms; i++) {
		const struct vm_facts *vm = &d->vms[i];

		if (vm->mismatched && vm->driver != DYNMEM_DRIVER_DYNMEM &&
		    vm->driver != DYNMEM_DRIVER_STANDARD)
			doctor_bad(d,
				   "update the older of dynmem-host-dkms here and dynmem-guest-dkms in the guest",
				   "%s: its dynmem_balloon speaks another version of the protocol",
				   vm->name);
	}
}

void doctor_version(struct doctor *d)
{
	char module[SETTING_SIZE];

	check_drivers(d);

	if (!d->loaded || !setting_read(MODULE "/version", module))
		doctor_skip(d, "dynmem is not loaded");
	else if (d->present && !d->usable)
		doctor_bad(d, "rmmod dynmem && modprobe dynmem",
			   "%s; no VM must run meanwhile", d->why);
	else if (strcmp(module, DYNMEM_VERSION))
		doctor_bad(d, "dynmem-update", "the loaded module is %s, and dmctl is %s", module,
			   DYNMEM_VERSION);
	else
		doctor_ok(d, "dmctl and the loaded module are %s", module);
}

void doctor_qemu(struct doctor *d)
{
	struct qemu_version version;
	const char *path;

	if (!qemu_version(&version, &path))
		doctor_skip(d, "there is no qemu-system-x86_64");
	else if (version.major < QEMU_MAJOR ||
		 (version.major == QEMU_MAJOR && version.minor < QEMU_MINOR))
		doctor_bad(d,
			   "apt install -t $(. /etc/os-release; echo $VERSION_CODENAME)-backports qemu-system-x86",
			   "%s is %u.%u, and dynmem needs %u.%u", path, version.major,
			   version.minor, QEMU_MAJOR, QEMU_MINOR);
	else
		doctor_ok(d, "%s is %u.%u", path, version.major, version.minor);
}

static void add_warning(const char *what, const char *value, const char *harm, const char *mend,
			void *arg)
{
	doctor_bad(arg, mend, "%s is %s: %s", what, value, harm);
}

void doctor_thp(struct doctor *d)
{
	thp_check(add_warning, d);
	doctor_ok(d, "guest memory can be in huge pages");
}

void doctor_ksm(struct doctor *d)
{
	if (!doctor_knows_vms(d))
		return;
	ksm_check(add_warning, d);
	doctor_ok(d, "no VM shares memory, or KSM merges it");
}
