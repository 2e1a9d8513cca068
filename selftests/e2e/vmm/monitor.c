// SPDX-License-Identifier: GPL-2.0
/*
 * monitor: plays QEMU's monitor at a Unix socket. This code does not know QMP, the monitor's
 * protocol: it sends the lines of a file that the test has written.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vmm.h"

static int listener = -1, client = -1;

int cmd_listen(const struct words *w)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", word(w, 1)) >=
	    (int)sizeof(addr.sun_path))
		return -ENAMETOOLONG;
	listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (listener < 0 || bind(listener, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(listener, 8))
		return -errno;
	return 0;
}

/* Reads one line from the client, and ignores its text. */
static int hear_line(void)
{
	char c = 0;

	while (c != '\n')
		if (recv(client, &c, 1, 0) <= 0)
			return -EPIPE;
	return 0;
}

int cmd_hangup(const struct words *w)
{
	(void)w;
	close(client);
	client = -1;
	return 0;
}

int cmd_play(const struct words *w)
{
	FILE *script = fopen(word(w, 1), "re");
	char *line = NULL;
	bool first = true;
	size_t size = 0;
	ssize_t len;
	int ret = 0;

	if (!script)
		return -errno;
	cmd_hangup(w);
	client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	if (client < 0)
		ret = -ECONNABORTED;
	while (!ret && (len = getline(&line, &size, script)) > 0) {
		if (!first)
			ret = hear_line();
		first = false;
		if (!ret && send(client, line, len, MSG_NOSIGNAL) != len)
			ret = -EPIPE;
	}
	free(line);
	fclose(script);
	return ret;
}
