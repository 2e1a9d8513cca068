// SPDX-License-Identifier: GPL-2.0
/*
 * Talks to the agents in guests (guest/wire.h). Runs in the host, called by `guest`:
 *
 *	vmexec run CID SECONDS COMMAND...  run a command in a guest and pass on its output. Exits
 *					   with the command's status; with 124 after SECONDS (0: no
 *					   limit), with 255 when the guest does not answer
 *	vmexec ready CID PID SECONDS	   wait until the agent reports that the guest is up.
 *					   Prints "listening" as soon as the agent can connect.
 *					   Exits with 0; with 1 when process PID (QEMU) ended first,
 *					   with 124 after SECONDS
 *	vmexec ended PID SECONDS	   wait until a process has ended. Exits with 0; with 124
 *					   after SECONDS
 */
#define _GNU_SOURCE
#include <linux/vm_sockets.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>

#include "../guest/wire.h"

#define EXIT_TIMEOUT	124
#define EXIT_NO_ANSWER	255

static struct timespec deadline;
static int has_deadline;

static void set_deadline(const char *seconds)
{
	clock_gettime(CLOCK_MONOTONIC, &deadline);
	deadline.tv_sec += atol(seconds);
	has_deadline = atol(seconds) > 0;
}

static int ms_left(void)
{
	struct timespec now;
	long ms;

	if (!has_deadline)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &now);
	ms = (deadline.tv_sec - now.tv_sec) * 1000 + (deadline.tv_nsec - now.tv_nsec) / 1000000;
	return ms > 0 ? ms : 0;
}

/* Waits until one of the descriptors is ready; exits with EXIT_TIMEOUT at the deadline. */
static void wait_for(struct pollfd *fds, int n)
{
	int ready;

	do {
		ready = poll(fds, n, ms_left());
	} while (ready < 0 && errno == EINTR);
	if (!ready)
		exit(EXIT_TIMEOUT);
	if (ready < 0) {
		perror("vmexec: poll");
		exit(EXIT_NO_ANSWER);
	}
}

static void read_frame(int conn, void *buf, size_t len)
{
	while (len) {
		struct pollfd fd = { .fd = conn, .events = POLLIN };
		ssize_t n;

		wait_for(&fd, 1);
		n = read(conn, buf, len);
		if (n <= 0) {
			fprintf(stderr, "vmexec: the guest went away\n");
			exit(EXIT_NO_ANSWER);
		}
		buf = (char *)buf + n;
		len -= n;
	}
}

static int connect_guest(const char *cid)
{
	struct sockaddr_vm addr = {
		.svm_family = AF_VSOCK,
		.svm_cid = strtoul(cid, NULL, 10),
		.svm_port = RUN_PORT,
	};
	int conn = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct timespec limit = { .tv_sec = 30 };
	int ms = ms_left();
	int ours = ms >= 0 && ms < 30000;

	if (ours) {
		limit.tv_sec = ms / 1000;
		limit.tv_nsec = ms % 1000 * 1000000L;
	}
	setsockopt(conn, AF_VSOCK, SO_VM_SOCKETS_CONNECT_TIMEOUT_NEW, &limit, sizeof(limit));
	if (conn < 0 || connect(conn, (struct sockaddr *)&addr, sizeof(addr))) {
		/*
		 * The socket's time-out is in ticks, and may expire some milliseconds before our
		 * deadline. Treat this time-out as the deadline, too.
		 */
		int timed_out = errno == ETIMEDOUT && ours;

		fprintf(stderr, "vmexec: the guest does not answer: %s\n", strerror(errno));
		exit(timed_out ? EXIT_TIMEOUT : EXIT_NO_ANSWER);
	}
	return conn;
}

static int run(const char *cid, char **argv)
{
	int conn = connect_guest(cid);
	static char buf[65536];
	struct frame frame;
	uint32_t len = 0, code;
	int i;

	for (i = 0; argv[i]; i++)
		len += strlen(argv[i]) + 1;
	if (write_all(conn, &len, sizeof(len)))
		return EXIT_NO_ANSWER;
	for (i = 0; argv[i]; i++)
		if (write_all(conn, argv[i], strlen(argv[i]) + 1))
			return EXIT_NO_ANSWER;
	for (;;) {
		read_frame(conn, &frame, sizeof(frame));
		if (frame.type == FRAME_STATUS) {
			read_frame(conn, &code, sizeof(code));
			return code;
		}
		while (frame.len) {
			len = frame.len < sizeof(buf) ? frame.len : sizeof(buf);
			read_frame(conn, buf, len);
			/*
			 * If this fails, nobody reads our output any more. End this program, which
			 * closes the connection. Then the agent kills the command.
			 */
			if (write_all(frame.type == FRAME_STDOUT ? 1 : 2, buf, len))
				return 128 + SIGPIPE;
			frame.len -= len;
		}
	}
}

static int open_pid(const char *pid)
{
	return syscall(SYS_pidfd_open, atoi(pid), 0);
}

static int ready(const char *cid, const char *pid)
{
	struct sockaddr_vm addr = {
		.svm_family = AF_VSOCK,
		.svm_cid = VMADDR_CID_ANY,
		.svm_port = READY_PORT + strtoul(cid, NULL, 10),
	};
	struct pollfd fds[] = {
		{ .fd = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0), .events = POLLIN },
		{ .fd = open_pid(pid), .events = POLLIN },
	};

	if (fds[0].fd < 0 || bind(fds[0].fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(fds[0].fd, 4)) {
		perror("vmexec: vsock");
		return EXIT_NO_ANSWER;
	}
	if (fds[1].fd < 0)
		return 1;
	printf("listening\n");
	fflush(stdout);
	wait_for(fds, 2);
	return fds[0].revents ? 0 : 1;
}

static int ended(const char *pid)
{
	struct pollfd fd = { .fd = open_pid(pid), .events = POLLIN };

	if (fd.fd >= 0)
		wait_for(&fd, 1);
	return 0;
}

int main(int argc, char **argv)
{
	signal(SIGPIPE, SIG_IGN);
	if (argc >= 5 && !strcmp(argv[1], "run")) {
		set_deadline(argv[3]);
		return run(argv[2], argv + 4);
	}
	if (argc == 5 && !strcmp(argv[1], "ready")) {
		set_deadline(argv[4]);
		return ready(argv[2], argv[3]);
	}
	if (argc == 4 && !strcmp(argv[1], "ended")) {
		set_deadline(argv[3]);
		return ended(argv[2]);
	}
	fputs("usage: vmexec run CID SECONDS COMMAND...\n", stderr);
	fputs("       vmexec ready CID PID SECONDS\n", stderr);
	fputs("       vmexec ended PID SECONDS\n", stderr);
	return 2;
}
