// SPDX-License-Identifier: GPL-2.0
/*
 * The agent in a guest of the lab; the guest's init starts it. It reports to the host that the
 * guest is up, and runs the commands that `guest run` sends (see wire.h). Each command has a
 * process and a session of its own, so several commands can run at a time.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/vm_sockets.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "wire.h"

#define MAX_COMMAND	(1 << 20)
#define MAX_ARGS	4096

static int send_frame(int conn, uint32_t type, const void *data, uint32_t len)
{
	struct frame frame = { .type = type, .len = len };

	return write_all(conn, &frame, sizeof(frame)) || write_all(conn, data, len);
}

/*
 * Reads a command from the connection. Return: the arguments of the command, in memory that is
 * never freed; NULL on failure.
 */
static char **read_command(int conn)
{
	char **argv = calloc(MAX_ARGS + 1, sizeof(*argv));
	uint32_t len, pos;
	char *buf;
	int argc = 0;

	if (!argv || read_all(conn, &len, sizeof(len)) || !len || len > MAX_COMMAND)
		return NULL;
	buf = malloc(len);
	if (!buf || read_all(conn, buf, len) || buf[len - 1])
		return NULL;
	for (pos = 0; pos < len && argc < MAX_ARGS; pos += strlen(buf + pos) + 1)
		argv[argc++] = buf + pos;
	return argv;
}

/*
 * Sends the command's output to the host until the command has ended and the pipes are empty. If
 * the command leaves a process in the background that holds the pipes open, relay() does not wait
 * for that process. Return: 0, or -1 if the host closed the connection.
 */
static int relay(int conn, int out, int err, int pidfd)
{
	struct pollfd fds[] = {
		{ .fd = out, .events = POLLIN },
		{ .fd = err, .events = POLLIN },
		{ .fd = conn, .events = POLLRDHUP },
		{ .fd = pidfd, .events = POLLIN },
	};
	static char buf[65536];
	int ended = 0;

	for (;;) {
		int i, quiet = 1;

		if (poll(fds, 4, -1) < 0 && errno != EINTR)
			return -1;
		if (fds[2].revents)
			return -1;
		for (i = 0; i < 2; i++) {
			ssize_t n;

			if (fds[i].fd < 0 || !fds[i].revents)
				continue;
			quiet = 0;
			n = read(fds[i].fd, buf, sizeof(buf));
			if (n <= 0)
				fds[i].fd = -1;
			else if (send_frame(conn, i ? FRAME_STDERR : FRAME_STDOUT, buf, n))
				return -1;
		}
		/*
		 * poll() looks at the pipes before it looks at pidfd. In between, the command may
		 * have written its last output and ended. So stop only if the command had ended
		 * before the last poll() began, and that poll() found the pipes empty.
		 */
		if (quiet && ended)
			return 0;
		ended |= fds[3].revents;
	}
}

/*
 * Runs the command of one connection in a child, sends its output and its status to the host, and
 * ends the calling process. If the host closes the connection early, kills the command.
 */
static void serve(int conn)
{
	char **argv = read_command(conn);
	int out[2], err[2], status;
	uint32_t code;
	pid_t pid;

	if (!argv || pipe2(out, O_CLOEXEC) || pipe2(err, O_CLOEXEC))
		_exit(1);
	pid = fork();
	if (pid < 0)
		_exit(1);
	if (pid == 0) {
		setsid();
		dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
		dup2(out[1], 1);
		dup2(err[1], 2);
		signal(SIGPIPE, SIG_DFL);
		signal(SIGCHLD, SIG_DFL);
		execvp(argv[0], argv);
		dprintf(2, "%s: %s\n", argv[0], strerror(errno));
		_exit(errno == ENOENT ? 127 : 126);
	}
	close(out[1]);
	close(err[1]);
	if (relay(conn, out[0], err[0], syscall(SYS_pidfd_open, pid, 0))) {
		kill(-pid, SIGKILL);
		_exit(1);
	}
	if (waitpid(pid, &status, 0) != pid)
		_exit(1);
	code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	send_frame(conn, FRAME_STATUS, &code, sizeof(code));
	_exit(0);
}

/*
 * Reports to the host that the guest is up. Tries several times, since a connection fails if a
 * loaded host does not answer within 2 s.
 */
static void tell_host(void)
{
	struct sockaddr_vm addr = {
		.svm_family = AF_VSOCK,
		.svm_cid = VMADDR_CID_HOST,
	};
	int vsock = open("/dev/vsock", O_RDONLY), tries, failed = 1, why = 0;
	uint32_t cid;

	for (tries = 0; failed && tries < 100; tries++) {
		int conn = socket(AF_VSOCK, SOCK_STREAM, 0);

		if (tries)
			usleep(100000);
		if (conn >= 0 && !ioctl(vsock, IOCTL_VM_SOCKETS_GET_LOCAL_CID, &cid)) {
			addr.svm_port = READY_PORT + cid;
			failed = connect(conn, (struct sockaddr *)&addr, sizeof(addr));
		}
		if (failed)
			why = errno;
		close(conn);
	}
	if (failed)
		fprintf(stderr, "agent: cannot tell the host: %s\n", strerror(why));
	close(vsock);
}

int main(void)
{
	struct sockaddr_vm addr = {
		.svm_family = AF_VSOCK,
		.svm_cid = VMADDR_CID_ANY,
		.svm_port = RUN_PORT,
	};
	int sock = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);

	signal(SIGPIPE, SIG_IGN);
	if (sock < 0 || bind(sock, (struct sockaddr *)&addr, sizeof(addr)) || listen(sock, 64)) {
		perror("agent: vsock");
		return 1;
	}
	signal(SIGCHLD, SIG_IGN);
	if (fork() == 0) {
		tell_host();
		_exit(0);
	}
	for (;;) {
		int conn = accept4(sock, NULL, NULL, SOCK_CLOEXEC);

		if (conn < 0)
			continue;
		if (fork() == 0) {
			signal(SIGCHLD, SIG_DFL);
			serve(conn);
		}
		close(conn);
	}
}
