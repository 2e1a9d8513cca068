// SPDX-License-Identifier: GPL-2.0
/* doctor_libvirt: the check of what keeps libvirt's QEMU from VMs' devices; see doctor.h. */
#include <errno.h>
#include <glob.h>
#include <limits.h>
#include <mntent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deviceacl.h"
#include "doctor.h"
#include "qemuconf.h"
#include "setting.h"

#define ABSTRACTION	"/etc/apparmor.d/abstractions/libvirt-qemu"
#define DOMAINS		"/etc/libvirt/qemu/*.xml"
#define HOOK		"/etc/libvirt/hooks/qemu.d/dynmem"
#define NAMESPACE	"https://dynmem.example/libvirt/1"	/* of settings in a domain's XML */

/* Whether libvirt limits QEMU to some devices. The default is that it does. */
static bool limits_devices(const char *conf)
{
	return !qemuconf_get(conf, "cgroup_controllers", NULL, NULL) ||
	       qemuconf_has(conf, "cgroup_controllers", "devices");
}

/* Whether QEMU gets a /dev of its own. The default is that it does. */
static bool has_own_dev(const char *conf)
{
	return !qemuconf_get(conf, "namespaces", NULL, NULL) ||
	       qemuconf_has(conf, "namespaces", "mount");
}

static bool is_mounted(const char *dir)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *mount;
	bool found = false;

	while (mounts && !found && (mount = getmntent(mounts)))
		found = !strcmp(mount->mnt_dir, dir);
	if (mounts)
		endmntent(mounts);
	return found;
}

/* Whether one of the files has a line with @text that is no comment. */
static bool has_line(const char *pattern, const char *text)
{
	bool found = false;
	glob_t files = { };
	char *line = NULL;
	size_t size = 0, i;

	glob(pattern, 0, NULL, &files);
	for (i = 0; i < files.gl_pathc && !found; i++) {
		FILE *f = fopen(files.gl_pathv[i], "re");

		while (f && !found && getline(&line, &size, f) > 0)
			found = line[strspn(line, " \t")] != '#' && strstr(line, text);
		if (f)
			fclose(f);
	}
	free(line);
	globfree(&files);
	return found;
}

static bool apparmor_allows(void)
{
	return has_line(ABSTRACTION, "vhost-vdpa") || has_line(ABSTRACTION ".d/*", "vhost-vdpa") ||
	       has_line("/etc/apparmor.d/local/abstractions/libvirt-qemu", "vhost-vdpa");
}

static void check_apparmor(struct doctor *d, const char *conf)
{
	char enabled[SETTING_SIZE];

	if (!setting_read("/sys/module/apparmor/parameters/enabled", enabled) ||
	    strcmp(enabled, "Y") || access(ABSTRACTION, F_OK) ||
	    qemuconf_has(conf, "security_driver", "none") || apparmor_allows())
		return;
	doctor_bad(d, doctor_line(d, "mkdir -p %s.d && echo '/dev/vhost-vdpa-* rw,' >%s.d/dynmem",
				  ABSTRACTION, ABSTRACTION),
		   "AppArmor keeps libvirt's QEMU from /dev/vhost-vdpa-*");
}

/* Return: the highest number of a device of libvirt's VMs that the list lacks; -1: it has all. */
static int find_missing(const struct doctor *d, const char *conf)
{
	int highest = -1, number;
	char path[64];
	size_t i;

	/* If no VM is there yet, the next one gets the first device. */
	if (!qemuconf_has(conf, DEVICEACL, DEVICEACL_PATH "0"))
		highest = 0;
	for (i = 0; i < d->nr_vms; i++) {
		snprintf(path, sizeof(path), "/dev/%s", d->vms[i].device);
		if (doctor_is_domain(&d->vms[i]) && !qemuconf_has(conf, DEVICEACL, path) &&
		    sscanf(path, DEVICEACL_PATH "%d", &number) == 1 && number > highest)
			highest = number;
	}
	return highest;
}

static void check_acl(struct doctor *d, const char *conf)
{
	int missing = find_missing(d, conf);
	const char *mend = "dmctl libvirt enable";

	if (!limits_devices(conf) || missing < 0)
		return;
	if (qemuconf_has(conf, DEVICEACL, DEVICEACL_PATH "0"))
		mend = doctor_line(d, "dmctl libvirt enable devices %d", 2 * missing);
	doctor_bad(d, mend, "libvirt's QEMU may not use " DEVICEACL_PATH "%d: %s in %s lacks it",
		   missing, DEVICEACL, QEMUCONF);
}

/* libvirt gives QEMU a /dev of its own, in which it shows what is mounted. */
static void check_mount(struct doctor *d, const char *conf)
{
	if (has_own_dev(conf) && !is_mounted("/dev/dynmem"))
		doctor_bad(d, "systemctl restart dynmem",
			   "libvirt's QEMU does not see /dev/dynmem, as it is no mount");
}

static void check_hook(struct doctor *d)
{
	if (has_line(DOMAINS, NAMESPACE) && access(HOOK, X_OK))
		doctor_bad(d,
			   "apt install --reinstall -o Dpkg::Options::=--force-confmiss dynmem-host-dkms && dmctl libvirt enable",
			   "domains have settings, for which libvirt lacks the hook %s", HOOK);
}

static bool has_domains(const struct doctor *d)
{
	size_t i;

	for (i = 0; i < d->nr_vms; i++)
		if (doctor_is_domain(&d->vms[i]))
			return true;
	return has_line(DOMAINS, "/dev/dynmem/");
}

void doctor_libvirt(struct doctor *d)
{
	char *conf = qemuconf_read();

	if (!conf) {
		doctor_skip(d, errno == ENOENT ? "there is no libvirt" :
			    QEMUCONF " cannot be read: ask as root");
		return;
	}
	if (d->asked || has_domains(d)) {
		check_acl(d, conf);
		check_mount(d, conf);
		check_apparmor(d, conf);
		check_hook(d);
		doctor_ok(d, "libvirt's QEMU can open the devices");
	} else {
		doctor_skip(d, "no domain of libvirt has a device of dynmem");
	}
	free(conf);
}
