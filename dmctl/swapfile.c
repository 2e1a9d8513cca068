// SPDX-License-Identifier: GPL-2.0
/* swapfile: the files in which VMs are paged; see swapfile.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/swap.h>
#include <unistd.h>

#include "program.h"
#include "runfile.h"
#include "swapfile.h"
#include "why.h"

#define PRIORITY 32767	/* the highest: the kernel uses this file before other swap space */

static char *swapfile_path(char *path, const char *name)
{
	snprintf(path, PATH_MAX, SWAPFILE_DIR "/%s", name);
	return path;
}

/*
 * Whether a line of /proc/swaps is about a file in SWAPFILE_DIR. If the file was made in another
 * mount namespace, as by an earlier run of the agent's service, the line may have only the end of
 * its path.
 */
static bool line_is_ours(char *line)
{
	char *end = strpbrk(line, " \t"), *name, path[PATH_MAX];

	if (end)
		*end = '\0';
	name = strrchr(line, '/');
	if (!name || name - line < (int)strlen("/paging") ||
	    strncmp(name - strlen("/paging"), "/paging", strlen("/paging")))
		return false;
	return !access(swapfile_path(path, name + 1), F_OK);
}

bool swapfile_host_has_own(void)
{
	char line[PATH_MAX + 64];
	bool found = false;
	FILE *f = fopen("/proc/swaps", "re");

	if (!f)
		return false;
	/* The first line has the names of the columns. */
	if (fgets(line, sizeof(line), f))
		while (!found && fgets(line, sizeof(line), f))
			found = !line_is_ours(line);
	fclose(f);
	return found;
}

/* Makes a file without holes, which a file system must not copy when it is written. */
static bool make_file(const char *path, uint64_t bytes, char *why)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	int flags, err;

	if (fd < 0)
		return refuse(why, "cannot make %s: %s", path, strerror(errno));
	if (!ioctl(fd, FS_IOC_GETFLAGS, &flags)) {
		flags |= FS_NOCOW_FL;
		ioctl(fd, FS_IOC_SETFLAGS, &flags);
	}
	err = fallocate(fd, 0, 0, bytes) ? errno : 0;
	close(fd);
	return !err || refuse(why, "cannot allocate %lluM for %s: %s",
			      (unsigned long long)bytes >> 20, path, strerror(err));
}

static bool run_mkswap(const char *path, char *why)
{
	const char *const argv[] = { "mkswap", "-q", path, NULL };
	int ret = program_run(argv, true);

	if (ret < 0)
		return refuse(why, "cannot start mkswap: %s", strerror(-ret));
	return !ret || refuse(why, "mkswap %s has failed (exit status %d)", path, ret);
}

static bool begin_use(const char *path, char *why)
{
	if (!swapon(path, SWAP_FLAG_PREFER | PRIORITY))
		return true;
	if (errno == EINVAL)
		return refuse(why,
			      "the file system of %s can hold no swap file: mount another one there, such as ext4 or xfs",
			      SWAPFILE_DIR);
	return refuse(why, "cannot swap to %s: %s", path, strerror(errno));
}

/*
 * Removes a file that is not in use. Return: false if the file is in use: the kernel does not
 * remove such a file.
 */
static bool remove_unused(const char *path)
{
	return !unlink(path) || errno != EPERM ||
	       (swapon(path, SWAP_FLAG_PREFER | PRIORITY) && errno != EBUSY);
}

bool swapfile_add(const char *name, uint64_t bytes, char *why)
{
	char path[PATH_MAX];

	if (!runfile_make_dir("/var/lib/dynmem", 0755, why) ||
	    !runfile_make_dir(SWAPFILE_DIR, 0700, why))
		return false;
	if (!remove_unused(swapfile_path(path, name)))
		return true;
	if (make_file(path, bytes, why) && run_mkswap(path, why) && begin_use(path, why))
		return true;
	unlink(path);
	return false;
}

bool swapfile_remove(const char *name, char *why)
{
	char path[PATH_MAX];

	/* EINVAL: the file is not in use. */
	if (swapoff(swapfile_path(path, name)) && errno != EINVAL && errno != ENOENT)
		return refuse(why, "cannot read %s back into memory: %s", path, strerror(errno));
	if (unlink(path) && errno != ENOENT)
		return refuse(why, "cannot remove %s: %s", path, strerror(errno));
	return true;
}

void swapfile_each(void (*visit)(const char *name, void *arg), void *arg)
{
	DIR *dir = opendir(SWAPFILE_DIR);
	struct dirent *entry;

	if (!dir)
		return;
	while ((entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			visit(entry->d_name, arg);
	closedir(dir);
}
