// SPDX-License-Identifier: GPL-2.0
/*
 * thp: checks the host's settings of transparent huge pages in sysfs, and the mount option of
 * /dev/shm. A setting that the kernel does not have is not harmful.
 */
#include <mntent.h>
#include <stdio.h>
#include <string.h>

#include "output.h"
#include "thp.h"

#define THP		"/sys/kernel/mm/transparent_hugepage/"
#define SHM		"/dev/shm"

/* A setting, its harmful values, a good value, and what a harmful value does. */
static const struct setting {
	const char *path;
	const char *bad[3];	/* harmful values; none: every value but @good is harmful */
	const char *good;
	const char *harm;
} settings[] = {
	{ THP "enabled", { "never" }, "madvise",
	  "anonymous guest memory comes in 4 KiB pages, which take far longer to release" },
	{ THP "hugepages-2048kB/enabled", { "never" }, "inherit",
	  "anonymous guest memory comes in small pages, which take far longer to release" },
	{ THP "shmem_enabled", { "never", "deny" }, "advise",
	  "memory of a memfd comes in 4 KiB pages, which take far longer to release" },
	{ THP "hugepages-2048kB/shmem_enabled", { "never" }, "inherit",
	  "shared guest memory comes in small pages, which take far longer to release" },
	{ THP "defrag", { "never" }, "madvise",
	  "guest memory comes back in 4 KiB pages when the host's memory is fragmented" },
	{ THP "khugepaged/max_ptes_none", { NULL }, "0",
	  "khugepaged fills holes again that guests have made by giving memory" },
};

static bool setting_is_bad(const struct setting *setting, const char *value)
{
	size_t i;

	if (!setting->bad[0])
		return strcmp(value, setting->good) != 0;
	for (i = 0; i < ARRAY_SIZE(setting->bad) && setting->bad[i]; i++)
		if (!strcmp(value, setting->bad[i]))
			return true;
	return false;
}

/* Files in a mounted tmpfs follow its mount option; memfds follow shmem_enabled instead. */
static void check_shm(setting_warn_fn warn, void *arg)
{
	FILE *mounts = setmntent("/proc/self/mounts", "r");
	char value[SETTING_SIZE] = "";
	struct mntent *mount;

	if (!mounts)
		return;
	/* The last mount on a directory hides the earlier ones. */
	while ((mount = getmntent(mounts))) {
		const char *huge;

		if (strcmp(mount->mnt_dir, SHM))
			continue;
		if (strcmp(mount->mnt_type, "tmpfs")) {
			value[0] = '\0';
			continue;
		}
		huge = hasmntopt(mount, "huge");
		huge = huge && huge[4] == '=' ? huge + 5 : "never";
		snprintf(value, sizeof(value), "%.*s", (int)strcspn(huge, ","), huge);
	}
	endmntent(mounts);
	if (!strcmp(value, "never"))
		warn(SHM " huge", value,
		     "guest memory in files there comes in 4 KiB pages, which take far longer to release",
		     "mount -o remount,huge=advise " SHM, arg);
}

void thp_check(setting_warn_fn warn, void *arg)
{
	char value[SETTING_SIZE], mend[256];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(settings); i++) {
		const struct setting *setting = &settings[i];

		if (!setting_read(setting->path, value) || !setting_is_bad(setting, value))
			continue;
		snprintf(mend, sizeof(mend), "echo %s >%s", setting->good, setting->path);
		warn(setting->path + strlen(THP), value, setting->harm, mend, arg);
	}
	check_shm(warn, arg);
}
