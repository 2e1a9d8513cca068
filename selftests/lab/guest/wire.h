/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The protocol between vmexec (in the host) and agent (in the guest) over vsock.
 *
 * When the guest is up, its agent connects to the host once, at port READY_PORT + the guest's CID,
 * and closes the connection. `guest start` waits for this connection. The agent already listens on
 * RUN_PORT when it connects. For each command the host connects to RUN_PORT, and sends a u32 length
 * and the arguments, each with its NUL. The agent answers with frames. The last frame has the exit
 * status. If the host closes the connection before that, the agent kills the command.
 */
#ifndef LAB_WIRE_H
#define LAB_WIRE_H

#include <errno.h>
#include <stdint.h>
#include <unistd.h>

#define READY_PORT	0x10000
#define RUN_PORT	1024

enum frame_type {
	FRAME_STDOUT = 1,	/* bytes that the command wrote */
	FRAME_STDERR = 2,
	FRAME_STATUS = 3,	/* one u32: the exit status, or 128 + the signal */
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
