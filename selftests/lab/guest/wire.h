/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What vmexec (in the host) and agent (in the guest) say to each other over vsock.
 *
 * The guest's agent connects once to the host, port READY_PORT + its CID, when the guest is up and
 * closes at once: that is the event `guest start` waits for. It then listens on RUN_PORT. For each
 * command the host connects there, sends a u32 length and that many bytes, the arguments each with
 * its NUL; the agent answers with frames until the one with the exit status. A connection that
 * ends early kills the command.
 */
#ifndef LAB_WIRE_H
#define LAB_WIRE_H

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#define READY_PORT	0x10000
#define RUN_PORT	1024

enum frame_type {
	FRAME_STDOUT = 1,	/* bytes the command wrote */
	FRAME_STDERR = 2,
	FRAME_STATUS = 3,	/* one u32, the exit status as a shell counts it */
};

struct frame {
	uint32_t type;
	uint32_t len;
};

static inline int read_all(int fd, void *buf, size_t len)
{
	while (len) {
		ssize_t n = read(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		buf = (char *)buf + n;
		len -= n;
	}
	return 0;
}

static inline int write_all(int fd, const void *buf, size_t len)
{
	while (len) {
		ssize_t n = write(fd, buf, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -1;
		buf = (const char *)buf + n;
		len -= n;
	}
	return 0;
}

#endif
