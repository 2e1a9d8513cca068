// SPDX-License-Identifier: GPL-2.0
/* cgroup: the control group (v2) of a VMM, and its files; see cgroup.h. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "process.h"
#include "why.h"

#define ROOT		"/sys/fs/cgroup"
#define DEPTH_MAX	16	/* levels of groups to search; libvirt has two below its scope */

static bool has_file(const char *dir, const char *file)
{
	char path[PATH_MAX];

	return snprintf(path, sizeof(path), "%s/%s", dir, file) < (int)sizeof(path) &&
	       !access(path, F_OK);
}

/* Finds the group that a thread of a process is in. */
static bool cgroup_of(pid_t pid, pid_t tid, char path[PATH_MAX], char *why)
{
	char file[64], line[PATH_MAX];
	bool found = false;
	FILE *f;

	snprintf(file, sizeof(file), "/proc/%d/task/%d/cgroup", pid, tid);
	f = fopen(file, "re");
	if (!f)
		return refuse(why, "there is no process %d any more", pid);
	while (!found && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		/* A path outside of the root of our cgroup namespace begins with "/..". */
		found = !strncmp(line, "0::/", 4) && strncmp(line, "0::/..", 6);
	}
	fclose(f);
	if (!found || !has_file(ROOT, "cgroup.controllers"))
		return refuse(why, "process %d is in no cgroup v2 below " ROOT, pid);
	if (snprintf(path, PATH_MAX, ROOT "%s", strcmp(line + 3, "/") ? line + 3 : "") >= PATH_MAX)
		return refuse(why, "the path of the cgroup of process %d is too long", pid);
	return true;
}

/* Whether all threads of a process are in the group or below. */
static bool holds_all(const char *dir, pid_t pid)
{
	char tasks[64], path[PATH_MAX], ignored[WHY_SIZE];
	size_t len = strlen(dir);
	struct dirent *entry;
	bool all = true;
	DIR *d;

	snprintf(tasks, sizeof(tasks), "/proc/%d/task", pid);
	d = opendir(tasks);
	while (d && all && (entry = readdir(d)))
		if (cgroup_of(pid, atoi(entry->d_name), path, ignored))
			all = !strncmp(path, dir, len) && (!path[len] || path[len] == '/');
	if (d)
		closedir(d);
	return all;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), part = strlen(end);

	return len >= part && !strcmp(text + len - part, end);
}

/* Whether systemd has made the group, or one above it, for one machine. */
static bool is_of_machine(const char *path)
{
	const char *scope = path, *end;

	while ((scope = strstr(scope, "/machine-"))) {
		scope++;
		end = scope + strcspn(scope, "/");
		if (!strncmp(end - strlen(".scope"), ".scope", strlen(".scope")))
			return true;
	}
	return false;
}

/* Return: a thread in the group itself that is of another process than @pid; 0: there is none. */
static pid_t other_thread(const char *dir, pid_t pid)
{
	char path[PATH_MAX];
	struct process_stat stat;
	pid_t other = 0;
	FILE *f;
	int tid;

	if (snprintf(path, sizeof(path), "%s/cgroup.threads", dir) >= (int)sizeof(path))
		return 0;
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (!other && fscanf(f, "%d", &tid) == 1)
		if (!process_has_thread(pid, tid) && process_stat(tid, tid, &stat) && !stat.kernel)
			other = tid;
	fclose(f);
	return other;
}

/* Return: a thread of another process than @pid, in the group or below it; 0: there is none. */
static pid_t other_process(const char *dir, pid_t pid, int depth)
{
	pid_t other = other_thread(dir, pid);
	struct dirent *entry;
	char path[PATH_MAX];
	DIR *d;

	if (other || !depth)
		return other;
	d = opendir(dir);
	while (d && !other && (entry = readdir(d)))
		if (entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
		    snprintf(path, sizeof(path), "%s/%s", dir, entry->d_name) < (int)sizeof(path))
			other = other_process(path, pid, depth - 1);
	if (d)
		closedir(d);
	return other;
}

static uint64_t cgroup_id(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_ino;
}

bool cgroup_own(struct cgroup *cgroup, pid_t pid, const char *file, char *why)
{
	bool below = false;
	pid_t other;
	char *slash;

	if (!cgroup_of(pid, pid, cgroup->path, why))
		return false;
	if (!strcmp(cgroup->path, ROOT))
		return refuse(why,
			      "QEMU (pid %d) is in the root cgroup: start it in one of its own (systemd-run --scope)",
			      pid);
	while (!has_file(cgroup->path, file) || !holds_all(cgroup->path, pid)) {
		slash = strrchr(cgroup->path, '/');
		*slash = '\0';
		/* A slice of systemd is for other processes, too, even if it has none yet. */
		if (!strcmp(cgroup->path, ROOT) || ends_with(cgroup->path, ".slice"))
			return refuse(why,
				      "the cgroup of QEMU (pid %d) has no %s: the controller %.*s is missing in cgroup.subtree_control of %s or below",
				      pid, file, (int)strcspn(file, "."), file, cgroup->path);
		below = true;
	}
	other = is_of_machine(cgroup->path) ? 0 : other_process(cgroup->path, pid, DEPTH_MAX);
	if (other && below)
		return refuse(why,
			      "QEMU (pid %d) shares %s with pid %d: the controller %.*s is missing in cgroup.subtree_control there",
			      pid, cgroup->path, other, (int)strcspn(file, "."), file);
	if (other)
		return refuse(why,
			      "QEMU shares its cgroup with pid %d: start it in one of its own (systemd-run --scope)",
			      other);
	cgroup->id = cgroup_id(cgroup->path);
	return cgroup->id || refuse(why, "the cgroup %s is gone", cgroup->path);
}

bool cgroup_first(struct cgroup *cgroup, pid_t pid,
		  bool (*fits)(const struct cgroup *cgroup, const void *arg), const void *arg)
{
	char ignored[WHY_SIZE];

	if (!cgroup_of(pid, pid, cgroup->path, ignored))
		return false;
	while (!fits(cgroup, arg)) {
		if (!strcmp(cgroup->path, ROOT))
			return false;
		*strrchr(cgroup->path, '/') = '\0';
	}
	cgroup->id = cgroup_id(cgroup->path);
	return true;
}

bool cgroup_again(struct cgroup *cgroup, const char *path, uint64_t id)
{
	if (snprintf(cgroup->path, sizeof(cgroup->path), "%s", path) >= (int)sizeof(cgroup->path))
		return false;
	cgroup->id = cgroup_id(path);
	return id && cgroup->id == id && !strncmp(path, ROOT "/", strlen(ROOT "/"));
}

bool cgroup_has(const struct cgroup *cgroup, const char *file)
{
	return has_file(cgroup->path, file);
}

bool cgroup_stat(const struct cgroup *cgroup, const char *key, uint64_t *value)
{
	char path[PATH_MAX + 64], name[64];
	bool found = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/memory.stat", cgroup->path);
	f = fopen(path, "re");
	if (!f)
		return false;
	while (!found && fscanf(f, "%63s %" SCNu64, name, value) == 2)
		found = !strcmp(name, key);
	fclose(f);
	return found;
}

bool cgroup_read(const struct cgroup *cgroup, const char *file, char value[CGROUP_VALUE_SIZE],
		 char *why)
{
	char path[PATH_MAX + 64];
	bool got;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", cgroup->path, file);
	f = fopen(path, "re");
	if (!f)
		return refuse(why, "cannot read %s: %s", path, strerror(errno));
	got = fgets(value, CGROUP_VALUE_SIZE, f);
	fclose(f);
	if (!got)
		value[0] = '\0';
	value[strcspn(value, "\n")] = '\0';
	return true;
}

bool cgroup_write(const struct cgroup *cgroup, const char *file, const char *value, char *why)
{
	char path[PATH_MAX + 64];
	int fd, err = 0;

	snprintf(path, sizeof(path), "%s/%s", cgroup->path, file);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return refuse(why, "cannot write %s: %s", path, strerror(errno));
	/* The kernel accepts an empty value only as an empty line. */
	if (dprintf(fd, "%s\n", value) < 0)
		err = errno;
	close(fd);
	return !err || refuse(why, "cannot write '%s' to %s: %s", value, path, strerror(err));
}
