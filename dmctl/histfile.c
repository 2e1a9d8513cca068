// SPDX-License-Identifier: GPL-2.0
/* histfile: the files with the samples of VMs; see histfile.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "histfile.h"
#include "runfile.h"
#include "why.h"

#define FILE_SIZE	(64 << 10)	/* a larger file is replaced by one without old samples */
#define GROUP		"/sys/module/dynmem/parameters/group"

uint64_t histfile_device(const char *device)
{
	char path[PATH_MAX];
	struct stat st;

	snprintf(path, sizeof(path), "/dev/%s", device);
	return !stat(path, &st) && S_ISCHR(st.st_mode) ? st.st_ino : 0;
}

/* The group that may see VMs; -1: only root may. */
static int group_that_may_see(void)
{
	FILE *f = fopen(GROUP, "re");
	int group;

	if (!f)
		return -1;
	if (fscanf(f, "%d", &group) != 1 || group < 0)
		group = -1;
	fclose(f);
	return group;
}

/* Lets those read the file that may see VMs, and no others. */
static bool set_readers(int fd)
{
	int group = group_that_may_see();
	gid_t gid = group < 0 ? 0 : group;
	mode_t mode = group < 0 ? 0600 : 0640;
	struct stat st;

	if (fstat(fd, &st))
		return false;
	if (st.st_gid == gid && (st.st_mode & 07777) == mode)
		return true;
	return !fchmod(fd, 0600) && !fchown(fd, -1, gid) && !fchmod(fd, mode);
}

/* Adds the samples from an open file. */
static bool read_samples(int fd, uint64_t device, struct history *history)
{
	/* A file may become larger by a line than FILE_SIZE. */
	static char text[FILE_SIZE + HISTORY_LINE];
	size_t len = 0;
	ssize_t got;

	while (len < sizeof(text)) {
		got = pread(fd, text + len, sizeof(text) - len, len);
		if (got < 0)
			return false;
		if (!got)
			break;
		len += got;
	}
	history_parse(history, text, len, device);
	return true;
}

/* Writes a new file. Return: false with errno set if it failed. */
static bool write_samples(const char *path, uint64_t device, const struct history *history)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	char line[HISTORY_LINE];
	bool done;
	size_t i;

	if (!out) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	history_format_head(line, device);
	fputs(line, out);
	for (i = 0; i < HISTORY_SLOTS; i++)
		if (history->slot[i].time && history_format(line, &history->slot[i]))
			fputs(line, out);
	done = !fflush(out) && set_readers(fd);
	return !fclose(out) && done;
}

/* Replaces a file by one with its samples of the last hour and a new one. @fd: the file, or -1 */
static bool file_replace(int fd, const char *name, uint64_t device, const struct sample *sample)
{
	char path[PATH_MAX], next[PATH_MAX], dotted[NAME_MAX];
	struct history history;
	int err;

	history_begin(&history, sample->time);
	if (fd >= 0 && !read_samples(fd, device, &history))
		return false;
	history_put(&history, sample);
	/* The temporary file begins with a dot, as no VM's name does: runfile_each() skips it. */
	snprintf(dotted, sizeof(dotted), ".%s", name);
	runfile_path(next, dotted, HISTFILE_KIND);
	if (write_samples(next, device, &history) &&
	    !rename(next, runfile_path(path, name, HISTFILE_KIND)))
		return true;
	err = errno;
	unlink(next);
	errno = err;
	return false;
}

/* Whether a sample can be added to a file by a line. @size: set to the size of the file */
static bool may_append(int fd, uint64_t device, off_t *size)
{
	char head[HISTORY_LINE], last;
	ssize_t len = pread(fd, head, sizeof(head), 0);
	struct stat st;

	if (len <= 0 || !history_is_about(head, len, device) || fstat(fd, &st))
		return false;
	*size = st.st_size;
	return *size < FILE_SIZE && pread(fd, &last, 1, *size - 1) == 1 && last == '\n';
}

/* Adds a sample by a line, whole or not at all. */
static bool append(int fd, off_t size, const struct sample *sample)
{
	char line[HISTORY_LINE];
	ssize_t len = history_format(line, sample), written;

	if (!set_readers(fd))
		return false;
	written = write(fd, line, len);
	if (written == len)
		return true;
	if (written >= 0)
		errno = ftruncate(fd, size) ? errno : ENOSPC;
	return false;
}

bool histfile_add(const char *name, uint64_t device, const struct sample *sample, char *why)
{
	char path[PATH_MAX];
	bool done = false;
	off_t size;
	int fd, err;

	if (!runfile_dir(why))
		return false;
	fd = open(runfile_path(path, name, HISTFILE_KIND),
		  O_RDWR | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd >= 0 && may_append(fd, device, &size))
		done = append(fd, size, sample);
	else if (fd >= 0 || errno == ENOENT)
		done = file_replace(fd, name, device, sample);
	err = errno;
	if (fd >= 0)
		close(fd);
	return done || refuse(why, "cannot write %s: %s", path, strerror(err));
}

bool histfile_read(const char *name, uint64_t device, int64_t now, struct history *history,
		   char *why)
{
	char path[PATH_MAX];
	bool done;
	int fd;

	history_begin(history, now);
	fd = open(runfile_path(path, name, HISTFILE_KIND),
		  O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 && errno == ENOENT)
		return true;
	if (fd < 0)
		return refuse(why, "cannot read %s: %s", path, strerror(errno));
	done = runfile_dir(why);
	if (done && !read_samples(fd, device, history))
		done = refuse(why, "cannot read %s: %s", path, strerror(errno));
	close(fd);
	return done;
}
