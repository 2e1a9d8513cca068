// SPDX-License-Identifier: GPL-2.0
/* doctor_device: the checks of VMs' devices, and of what keeps libvirt's QEMU out; see doctor.h. */
#include <glob.h>
#include <grp.h>
#include <limits.h>
#include <mntent.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor.h"
#include "qemuconf.h"
#include "setting.h"

#define GROUPS_MAX	64	/* groups of a user beyond this number are ignored */
#define ACL		"cgroup_device_acl"
#define ACL_LAST	99	/* libvirt is told of the devices of so many VMs, from 0 on */
#define RESTART		"systemctl restart libvirtd"
#define ABSTRACTION	"/etc/apparmor.d/abstractions/libvirt-qemu"

#define DRIVER		"/sys/bus/vdpa/drivers/vhost_vdpa"
#define TRIGGER		"udevadm trigger --settle --subsystem-match=vdpa"

/* Whether libvirt runs the VM. */
static bool is_domain(const struct vm_facts *vm)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/etc/libvirt/qemu/%s.xml", vm->name);
	if (!access(path, F_OK))
		return true;
	snprintf(path, sizeof(path), "/run/libvirt/qemu/%s.pid", vm->name);
	return !access(path, F_OK);
}

/* ---- devices */

/* A user with all groups. */
struct user {
	char name[64];
	uid_t uid;
	gid_t groups[GROUPS_MAX];
	int nr_groups;
};

static void copy_name(const char *value, void *name)
{
	/* "+64055" is the number of a user, even if a user has it as name. */
	snprintf(name, sizeof(((struct user *)0)->name), "%s", value + (*value == '+'));
}

/* Finds the user that libvirt's QEMU runs as. Return: false if there is no libvirt. */
static bool libvirt_user(struct user *user)
{
	static const char *const names[] = { "libvirt-qemu", "qemu" };
	struct passwd *found = NULL;
	char *text = qemuconf_read();
	size_t i;

	if (!text)
		return false;
	user->name[0] = '\0';
	qemuconf_get(text, "user", copy_name, user->name);
	free(text);
	if (user->name[0])
		found = getpwnam(user->name) ?: getpwuid(strtoul(user->name, NULL, 10));
	for (i = 0; !user->name[0] && !found && i < ARRAY_SIZE(names); i++)
		found = getpwnam(names[i]);
	if (!found)
		return false;
	snprintf(user->name, sizeof(user->name), "%s", found->pw_name);
	user->uid = found->pw_uid;
	user->nr_groups = GROUPS_MAX;
	if (getgrouplist(found->pw_name, found->pw_gid, user->groups, &user->nr_groups) < 0)
		user->nr_groups = GROUPS_MAX;
	return true;
}

static bool may_open(const struct user *user, const struct stat *st)
{
	int i;

	if (!user->uid)
		return true;
	if (st->st_uid == user->uid)
		return (st->st_mode & 0600) == 0600;
	for (i = 0; i < user->nr_groups; i++)
		if (user->groups[i] == st->st_gid)
			return (st->st_mode & 0060) == 0060;
	return (st->st_mode & 0006) == 0006;
}

/* @user: the user that libvirt's QEMU runs as, or NULL */
static void check_rights(struct doctor *d, const struct vm_facts *vm, const struct user *user)
{
	struct stat st;
	char path[64];

	snprintf(path, sizeof(path), "/dev/%s", vm->device);
	if (stat(path, &st)) {
		doctor_bad(d, TRIGGER, "%s: there is no %s", vm->name, path);
		return;
	}
	if (user && is_domain(vm) && !may_open(user, &st))
		doctor_bad(d, doctor_line(d, "chown %s %s", user->name, path),
			   "%s: libvirt's QEMU runs as %s, which may not open %s", vm->name,
			   user->name, path);
	if (st.st_mode & 0002)
		doctor_bad(d, doctor_line(d, "chmod o-rw %s", path),
			   "%s: any user may open %s, and be its VMM", vm->name, path);
}

/* Whether /dev/dynmem/NAME leads to the VM's device. */
static bool link_is_right(const struct vm_facts *vm)
{
	char path[PATH_MAX], target[PATH_MAX], *slash;

	snprintf(path, sizeof(path), "/dev/dynmem/%s", vm->name);
	if (!realpath(path, target))
		return false;
	slash = strrchr(target, '/');
	return slash && !strcmp(slash + 1, vm->device);
}

static bool has_rule(void)
{
	static const char *const dirs[] = { "/etc", "/run", "/usr/local/lib", "/usr/lib", "/lib" };
	char path[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(dirs); i++) {
		snprintf(path, sizeof(path), "%s/udev/rules.d/60-dynmem.rules", dirs[i]);
		if (!access(path, F_OK))
			return true;
	}
	return false;
}

static void check_device(struct doctor *d, const struct vm_facts *vm, const struct user *user)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/sys/bus/vdpa/devices/%s", vm->name);
	if (!*vm->device && access(path, F_OK)) {
		doctor_bad(d, doctor_line(d, "vdpa dev add name %s mgmtdev dynmem", vm->name),
			   "%s: it has no device", vm->name);
		return;
	}
	if (!*vm->device) {
		doctor_bad(d, doctor_line(d, "echo %s >" DRIVER "/bind", vm->name),
			   "%s: vhost_vdpa does not drive its device", vm->name);
		return;
	}
	check_rights(d, vm, user);
	if (link_is_right(vm))
		return;
	doctor_bad(d, doctor_line(d, "%s" TRIGGER, has_rule() ? "" :
				  "apt install --reinstall dynmem-host-dkms && "),
		   "%s: /dev/dynmem/%s does not lead to /dev/%s%s", vm->name, vm->name, vm->device,
		   has_rule() ? "" : ", as udev has no rule 60-dynmem.rules");
}

void doctor_device(struct doctor *d)
{
	struct user user;
	bool libvirt = libvirt_user(&user);
	size_t i;

	if (!doctor_knows_vms(d))
		return;
	if (access(DRIVER, F_OK)) {
		doctor_skip(d, "vhost_vdpa is not loaded");
		return;
	}
	for (i = 0; i < d->nr_vms; i++)
		check_device(d, &d->vms[i], libvirt ? &user : NULL);
	doctor_ok(d, "each VM has a device that QEMU can open");
}

/* ---- libvirt */

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

/* Whether the file has a line about devices of vhost-vdpa that is no comment. */
static bool names_devices(const char *path)
{
	FILE *f = fopen(path, "re");
	bool found = false;
	char line[256];

	while (f && !found && fgets(line, sizeof(line), f))
		found = line[strspn(line, " \t")] != '#' && strstr(line, "vhost-vdpa");
	if (f)
		fclose(f);
	return found;
}

static bool apparmor_allows(void)
{
	static const char *const patterns[] = {
		ABSTRACTION, ABSTRACTION ".d/*", "/etc/apparmor.d/local/abstractions/libvirt-qemu"
	};
	bool found = false;
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(patterns) && !found; i++) {
		glob_t files = { };

		if (!glob(patterns[i], 0, NULL, &files))
			for (j = 0; j < files.gl_pathc && !found; j++)
				found = names_devices(files.gl_pathv[j]);
		globfree(&files);
	}
	return found;
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

/* Return: the lowest number of a device of libvirt's VMs that the list lacks; INT_MAX: none. */
static int find_missing(const struct doctor *d, const char *conf)
{
	int lowest = INT_MAX, number;
	char path[64];
	size_t i;

	for (i = 0; i < d->nr_vms; i++) {
		snprintf(path, sizeof(path), "/dev/%s", d->vms[i].device);
		if (is_domain(&d->vms[i]) && !qemuconf_has(conf, ACL, path) &&
		    sscanf(path, "/dev/vhost-vdpa-%d", &number) == 1 && number < lowest)
			lowest = number;
	}
	return lowest;
}

static void check_acl(struct doctor *d, const char *conf)
{
	int first = find_missing(d, conf), last;
	const char *mend;

	if (!limits_devices(conf) || first == INT_MAX)
		return;
	last = first > ACL_LAST ? first : ACL_LAST;
	/* Of several settings with the same name libvirt takes the first. */
	if (qemuconf_get(conf, ACL, NULL, NULL))
		mend = doctor_line(d,
				   "sed -i \"s|^ *%s *= *\\[|&$(printf '\"/dev/vhost-vdpa-%%d\", ' $(seq %d %d))|\" %s && %s",
				   ACL, first, last, QEMUCONF, RESTART);
	else
		/* The other devices are libvirt's defaults, which the list replaces. */
		mend = doctor_line(d,
				   "{ printf '\\n%s = ['; printf '\"/dev/%%s\", ' full zero random urandom ptmx kvm userfaultfd $(seq -f vhost-vdpa-%%g 0 %d); echo '\"/dev/null\"]'; } >>%s && %s",
				   ACL, last, QEMUCONF, RESTART);
	doctor_bad(d, mend, "libvirt's QEMU may not use /dev/vhost-vdpa-%d: %s in %s lacks it",
		   first, ACL, QEMUCONF);
}

/* libvirt gives QEMU a /dev of its own, in which it shows what is mounted. */
static void check_mount(struct doctor *d, const char *conf)
{
	static const char line[] =
		"dynmem /dev/dynmem tmpfs mode=755,nosuid,noexec,size=256k,x-mount.mkdir 0 0";

	if (!has_own_dev(conf) || is_mounted("/dev/dynmem"))
		return;
	doctor_bad(d, doctor_line(d, "echo '%s' >>/etc/fstab && mount /dev/dynmem && %s", line,
				  TRIGGER),
		   "libvirt's QEMU does not see /dev/dynmem, as it is no mount");
}

void doctor_libvirt(struct doctor *d)
{
	char *conf = qemuconf_read();
	size_t domains = 0, i;

	if (!conf) {
		doctor_skip(d, "there is no libvirt");
		return;
	}
	for (i = 0; i < d->nr_vms; i++)
		domains += is_domain(&d->vms[i]);
	if (domains) {
		check_acl(d, conf);
		check_mount(d, conf);
		check_apparmor(d, conf);
		doctor_ok(d, "libvirt's QEMU can open the devices");
	} else if (doctor_knows_vms(d)) {
		doctor_skip(d, "libvirt has no domain with the name of a VM");
	}
	free(conf);
}
