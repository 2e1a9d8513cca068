// SPDX-License-Identifier: GPL-2.0
/*
 * symlink: waits for the stable path of a VM's device, /dev/dynmem/NAME. udev makes this link by
 * the rules in packaging/60-dynmem.rules.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "symlink.h"

#define WAIT_MS 5000

/* Whether the link leads to a device if @made is true, or does not exist if @made is false. */
static bool symlink_is_done(const char *path, bool made)
{
	struct stat st;

	return made ? !stat(path, &st) : lstat(path, &st) && errno == ENOENT;
}

void symlink_wait(const char *name, bool made)
{
	char path[PATH_MAX], events[4096];
	int64_t end = clock_ms() + WAIT_MS;
	struct pollfd fd = { .events = POLLIN };

	if (access("/run/udev/control", F_OK))
		return;
	fd.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (fd.fd < 0)
		return;
	snprintf(path, sizeof(path), "/dev/dynmem/%s", name);
	do {
		/* Watch first, then look, to miss no change. /dev/dynmem may not exist yet. */
		inotify_add_watch(fd.fd, "/dev", IN_CREATE);
		inotify_add_watch(fd.fd, "/dev/dynmem", IN_CREATE | IN_MOVED_TO | IN_DELETE);
		if (symlink_is_done(path, made))
			break;
	} while (clock_left(end) && poll(&fd, 1, clock_left(end)) > 0 &&
		 read(fd.fd, events, sizeof(events)) > 0);
	close(fd.fd);
}
