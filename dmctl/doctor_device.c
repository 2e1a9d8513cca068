// SPDX-License-Identifier: GPL-2.0
/* doctor_device: the check of VMs' devices; see doctor.h. */
#include <grp.h>
#include <limits.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "doctor.h"
#include "domain.h"
#include "qemuconf.h"

#define GROUPS_MAX	64	/* groups of a user beyond this number are ignored */
#define TRIGGER		"udevadm trigger --settle --subsystem-match=vdpa"

bool doctor_is_domain(const struct vm_facts *vm)
{
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "/etc/libvirt/qemu/%s.xml", vm->name);
	return !access(path, F_OK) || domain_pid(vm->name);
}

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
	if (user && doctor_is_domain(vm) && !may_open(user, &st))
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
		doctor_bad(d, doctor_line(d, "echo %s >" VHOST_VDPA "/bind", vm->name),
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
	if (access(VHOST_VDPA, F_OK)) {
		doctor_skip(d, "vhost_vdpa is not loaded");
		return;
	}
	for (i = 0; i < d->nr_vms; i++)
		check_device(d, &d->vms[i], libvirt ? &user : NULL);
	doctor_ok(d, "each VM has a device that QEMU can open");
}
