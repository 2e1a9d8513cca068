// SPDX-License-Identifier: GPL-2.0
/* program: runs a program, and waits until it ends; see program.h. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "command.h"
#include "program.h"

int program_run(const char *const *argv, bool quiet)
{
	posix_spawn_file_actions_t actions;
	int err, status;
	pid_t child;

	if (posix_spawn_file_actions_init(&actions))
		die_no_memory();
	if (quiet && (posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0) ||
		      posix_spawn_file_actions_adddup2(&actions, 1, 2)))
		die_no_memory();
	err = posix_spawnp(&child, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	if (err)
		return -err;
	if (waitpid(child, &status, 0) != child)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
