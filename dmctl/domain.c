// SPDX-License-Identifier: GPL-2.0
/* domain: the domains of libvirt; see domain.h. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "domain.h"
#include "why.h"

/* libvirt's file with the pid of a domain that runs. */
#define PID_FILE "/run/libvirt/qemu/%s.pid"

pid_t domain_pid(const char *name)
{
	char path[PATH_MAX];
	int pid = 0;
	FILE *f;

	snprintf(path, sizeof(path), PID_FILE, name);
	f = fopen(path, "re");
	if (!f)
		return 0;
	if (fscanf(f, "%d", &pid) != 1)
		pid = 0;
	fclose(f);
	return pid;
}

int domain_virsh(const char *const *argv, pid_t *child, char *why)
{
	posix_spawn_file_actions_t actions;
	int pipe_fds[2], err;

	if (pipe2(pipe_fds, O_CLOEXEC)) {
		why_set(why, "cannot make a pipe: %s", strerror(errno));
		return -1;
	}
	if (posix_spawn_file_actions_init(&actions) ||
	    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0) ||
	    posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], 1) ||
	    posix_spawn_file_actions_adddup2(&actions, pipe_fds[1], 2))
		die_no_memory();
	err = posix_spawnp(child, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(pipe_fds[1]);
	if (!err)
		return pipe_fds[0];
	close(pipe_fds[0]);
	why_set(why, "cannot start %s: %s", argv[0], strerror(err));
	return -1;
}

/* A line of virsh: "event 'reboot' for domain 'web'". Older ones have no quotes around the name. */
static char *domain_of(char *line)
{
	static const char before[] = " for domain ";
	char *name = strstr(line, before);

	if (strncmp(line, "event ", strlen("event ")) || !name)
		return NULL;
	name += strlen(before);
	name += *name == '\'';
	name[strcspn(name, "'\n")] = '\0';
	return name;
}

void domain_wait_resets(void (*visit)(const char *name, void *arg), void *arg, char *why)
{
	/*
	 * virsh writes to a pipe only when its buffer is full, unless stdbuf changes that. It would
	 * outlive this process, which may be killed, unless setpriv has it killed, too.
	 */
	static const char *const argv[] = {
		"setpriv", "--pdeathsig", "KILL", "stdbuf", "-oL", DOMAIN_VIRSH, "event",
		"--event", "reboot", "--loop", NULL
	};
	char *line = NULL, *name;
	size_t size = 0;
	pid_t child;
	FILE *out;
	int fd;

	fd = domain_virsh(argv, &child, why);
	if (fd < 0)
		return;
	out = fdopen(fd, "r");
	if (!out)
		die_no_memory();
	why_set(why, "virsh has ended");
	while (getline(&line, &size, out) > 0) {
		name = domain_of(line);
		if (name)
			visit(name, arg);
		else
			why_set(why, "virsh: %.*s", (int)strcspn(line, "\n"), line);
	}
	free(line);
	fclose(out);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
}
