// SPDX-License-Identifier: GPL-2.0
/* mapping: the files that VMMs map; see mapping.h. */
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "command.h"
#include "mapping.h"

/*
 * Smaller mappings of files are data of programs and libraries. A VMM maps each piece of its
 * guest's RAM as a whole.
 */
#define LEAST (16ULL << 20)

/* RAM comes in whole MiB. A kernel that QEMU boots by itself, and so maps as a file, does not. */
#define RAM_UNIT (1ULL << 20)

/* A file system that is mounted. */
struct mount {
	unsigned int major;
	unsigned int minor;
	char type[32];
};

/* Return: the file systems in @in, for free(), @nr of them. */
static struct mount *mounts_read(FILE *in, size_t *nr)
{
	struct mount *mounts = NULL, mount;
	char *line = NULL, *type;
	size_t size = 0;

	*nr = 0;
	while (getline(&line, &size, in) > 0) {
		/* Optional fields come before the dash; paths have no blanks. */
		type = strstr(line, " - ");
		if (!type || sscanf(line, "%*u %*u %u:%u", &mount.major, &mount.minor) != 2 ||
		    sscanf(type, " - %31s", mount.type) != 1)
			continue;
		mounts = reallocarray(mounts, *nr + 1, sizeof(*mounts));
		if (!mounts)
			die_no_memory();
		mounts[(*nr)++] = mount;
	}
	free(line);
	return mounts;
}

/* Files of these file systems can be RAM for dynmem; /dev is a tmpfs, too. */
static bool is_memory(const char *type)
{
	return !strcmp(type, "tmpfs") || !strcmp(type, "devtmpfs") || !strcmp(type, "hugetlbfs");
}

bool mapping_count(FILE *maps, FILE *mounts, struct mapping_files *files)
{
	uint64_t start, end;
	struct mount *mount;
	unsigned int major, minor;
	char *line = NULL, access[8];
	size_t size = 0, nr, i;
	bool any = false;

	mount = mounts_read(mounts, &nr);
	*files = (struct mapping_files){ };
	while (getline(&line, &size, maps) > 0) {
		any = true;
		if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*x %x:%x", &start, &end, access,
			   &major, &minor) != 5 || access[1] != 'w' || end - start < LEAST ||
		    (end - start) % RAM_UNIT)
			continue;
		for (i = 0; i < nr && (mount[i].major != major || mount[i].minor != minor); i++)
			;
		if (i == nr || is_memory(mount[i].type))
			continue;
		files->bytes += end - start;
		memcpy(files->type, mount[i].type, sizeof(files->type));
	}
	free(line);
	free(mount);
	return any;
}

/* What a child writes to a pipe, in one piece. */
struct answer {
	size_t look;
	struct mapping_files files;
};

static FILE *proc_open(pid_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	return fopen(path, "re");
}

/* Looks at one process, and writes an answer to @out if that succeeds. */
static void look_at(const struct mapping_look *looks, size_t look, int out)
{
	FILE *maps = proc_open(looks[look].pid, "maps");
	FILE *mounts = proc_open(looks[look].pid, "mountinfo");
	struct answer answer = { .look = look };

	/* Without an answer the parent knows nothing of the process. */
	if (maps && mounts && mapping_count(maps, mounts, &answer.files) &&
	    write(out, &answer, sizeof(answer)) != sizeof(answer))
		_exit(1);
	if (maps)
		fclose(maps);
	if (mounts)
		fclose(mounts);
}

static bool is_due(const struct mapping_look *look)
{
	return look->pid && !look->known;
}

/*
 * Starts children for the processes that are not known: one for each of them, or a single one for
 * all, which is the first that has a @child.
 */
static void children_start(struct mapping_look *looks, size_t nr, bool each, int out)
{
	bool started = false;
	size_t i;

	for (i = 0; i < nr; i++) {
		looks[i].child = 0;
		if (!is_due(&looks[i]) || (started && !each))
			continue;
		looks[i].child = fork();
		started = true;
		if (looks[i].child)
			continue;
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		for (nr = each ? i + 1 : nr; i < nr; i++)
			if (is_due(&looks[i]))
				look_at(looks, i, out);
		_exit(0);
	}
}

/* Looks at the processes that are not known until the moment @end. */
static void look_until(struct mapping_look *looks, size_t nr, bool each, int64_t end)
{
	struct answer answer;
	struct pollfd fd;
	int ends[2];
	size_t i;

	if (pipe2(ends, O_CLOEXEC))
		return;
	children_start(looks, nr, each, ends[1]);
	close(ends[1]);
	fd = (struct pollfd){ .fd = ends[0], .events = POLLIN };
	/* The pipe ends when all children have. */
	while (poll(&fd, 1, clock_left(end)) > 0 &&
	       read(ends[0], &answer, sizeof(answer)) == sizeof(answer) && answer.look < nr) {
		looks[answer.look].known = true;
		looks[answer.look].files = answer.files;
	}
	close(ends[0]);
	for (i = 0; i < nr; i++) {
		if (looks[i].child <= 0)
			continue;
		/* The kernel lets a process be killed that waits for the lock of a VMM's memory. */
		kill(looks[i].child, SIGKILL);
		waitpid(looks[i].child, NULL, 0);
	}
}

void mapping_look(struct mapping_look *looks, size_t nr, int64_t ms)
{
	int64_t begun = clock_ms();

	fflush(NULL);
	/* One child is enough, unless a process delays it. */
	look_until(looks, nr, false, begun + ms / 2);
	look_until(looks, nr, true, begun + ms);
}
