// SPDX-License-Identifier: GPL-2.0
/*
 * symlink: waits for the stable paths of devices of VMs, /dev/dynmem/NAME. udev makes these links
 * by the rules in packaging/60-dynmem.rules.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../include/uapi/dynmem.h"
#include "command.h"
#include "symlink.h"

#define WAIT_MS 5000

/* The links that udev has not made or removed yet. */
static struct link {
	char name[DYNMEM_NAME_MAX + 1];
	bool made;
} *links;
static size_t nr_links;

static struct link *link_find(const char *name)
{
	size_t i;

	for (i = 0; i < nr_links; i++)
		if (!strcmp(links[i].name, name))
			return &links[i];
	return NULL;
}

void symlink_expect(const char *name, bool made)
{
	struct link *link = link_find(name);

	if (link && link->made == made)
		return;
	if (link)
		symlink_wait();
	links = reallocarray(links, nr_links + 1, sizeof(*links));
	if (!links)
		die_no_memory();
	link = &links[nr_links++];
	snprintf(link->name, sizeof(link->name), "%s", name);
	link->made = made;
}

/* Whether the wait for a link is over; true also if `vdpa dev del` has deleted the device. */
static bool link_is_done(const struct link *link)
{
	char path[64 + DYNMEM_NAME_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "/dev/dynmem/%s", link->name);
	if (!link->made)
		return lstat(path, &st) && errno == ENOENT;
	if (!stat(path, &st))
		return true;
	snprintf(path, sizeof(path), "/sys/bus/vdpa/devices/%s", link->name);
	return access(path, F_OK);
}

/*
 * Waits for one link after the other, from the last to the first. udev usually makes the last link
 * after most of the others, so the wait for the last link is nearly the whole wait. During this
 * wait each event costs a look at one link only.
 */
static void wait_for_links(int notify)
{
	struct pollfd fd = { .fd = notify, .events = POLLIN };
	char events[4096];

	do {
		/* Watch first, then look, to miss no change. /dev/dynmem may not exist yet. */
		inotify_add_watch(notify, "/dev", IN_CREATE);
		inotify_add_watch(notify, "/dev/dynmem", IN_CREATE | IN_MOVED_TO | IN_DELETE);
		while (nr_links && link_is_done(&links[nr_links - 1]))
			nr_links--;
	} while (nr_links && poll(&fd, 1, WAIT_MS) > 0 && read(notify, events, sizeof(events)) > 0);
}

void symlink_wait(void)
{
	int notify;

	if (!nr_links || access("/run/udev/control", F_OK))
		return;
	notify = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (notify < 0)
		return;
	wait_for_links(notify);
	close(notify);
	if (nr_links)
		complain("warning: udev has not %s /dev/dynmem/%s",
			 links[nr_links - 1].made ? "made" : "removed", links[nr_links - 1].name);
	nr_links = 0;
}
