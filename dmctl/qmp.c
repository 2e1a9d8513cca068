// SPDX-License-Identifier: GPL-2.0
/* qmp: a connection to QEMU's monitor by a unix socket; see qmp.h. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "clock.h"
#include "json.h"
#include "qmp.h"
#include "why.h"

#define DEPTH_MAX 32	/* how deep arrays and objects in a message may be nested */

struct qmp {
	int fd;
	char *path;
	struct json_tokener *tok;
	int64_t end;		/* deadline of the present command, monotonic ms; 0: none */
	int64_t begun;		/* when the present command began, monotonic milliseconds */
	int64_t waited;		/* milliseconds that the earlier commands have taken */
	size_t bytes;		/* received for the present command */
	char buf[4096];
	size_t from, len;	/* bytes @from to @len of @buf have not been parsed */
};

/* Waits until the socket can be read or written. */
static bool qmp_wait(struct qmp *qmp, short events, char *why)
{
	struct pollfd fd = { .fd = qmp->fd, .events = events };
	int ret;

	do {
		ret = poll(&fd, 1, qmp->end ? clock_left(qmp->end) : -1);
	} while (ret < 0 && errno == EINTR);
	if (ret > 0)
		return true;
	if (ret < 0)
		return refuse(why, "cannot wait for %s: %s", qmp->path, strerror(errno));
	return refuse(why,
		      "the VMM does not answer on %s within %d s; a QMP socket serves one client at a time: is another one connected?",
		      qmp->path, QMP_SECONDS);
}

/* Reads from the socket into the buffer, which must be empty. */
static bool qmp_read(struct qmp *qmp, char *why)
{
	ssize_t got;

	if (!qmp_wait(qmp, POLLIN, why))
		return false;
	got = recv(qmp->fd, qmp->buf, sizeof(qmp->buf), 0);
	if (got < 0 && (errno == EAGAIN || errno == EINTR))
		got = 0;
	else if (got < 0)
		return refuse(why, "cannot read from %s: %s", qmp->path, strerror(errno));
	else if (!got)
		return refuse(why, "the VMM has closed %s", qmp->path);
	qmp->bytes += got;
	if (qmp->bytes > QMP_MESSAGE_MAX)
		return refuse(why, "the VMM sends more than %d KiB on %s for one command",
			      QMP_MESSAGE_MAX >> 10, qmp->path);
	qmp->from = 0;
	qmp->len = got;
	return true;
}

/* Return: the next message, which is an object, or NULL. */
static struct json_object *qmp_receive(struct qmp *qmp, char *why)
{
	struct json_object *message;

	while (qmp->from < qmp->len || qmp_read(qmp, why)) {
		message = json_tokener_parse_ex(qmp->tok, qmp->buf + qmp->from,
						qmp->len - qmp->from);
		switch (json_tokener_get_error(qmp->tok)) {
		case json_tokener_continue:
			qmp->from = qmp->len;
			continue;
		case json_tokener_success:
			qmp->from += json_tokener_get_parse_end(qmp->tok);
			if (json_object_is_type(message, json_type_object))
				return message;
			json_object_put(message);
			break;
		default:
			break;
		}
		why_set(why, "what the VMM sends on %s is not QMP", qmp->path);
		return NULL;
	}
	return NULL;
}

static bool qmp_send(struct qmp *qmp, const char *text, char *why)
{
	size_t len = strlen(text);
	ssize_t sent;

	while (len) {
		sent = send(qmp->fd, text, len, MSG_NOSIGNAL);
		if (sent < 0 && errno == EAGAIN) {
			if (!qmp_wait(qmp, POLLOUT, why))
				return false;
			continue;
		}
		if (sent < 0 && errno == EINTR)
			continue;
		if (sent < 0)
			return refuse(why, "cannot write to %s: %s", qmp->path, strerror(errno));
		text += sent;
		len -= sent;
	}
	return true;
}

/*
 * Sets the deadline of a command: QMP_SECONDS from now, or earlier if less time is left of
 * QMP_WAIT_SECONDS. Only a hostile VMM uses up QMP_WAIT_SECONDS.
 */
static void qmp_begin(struct qmp *qmp)
{
	int64_t left = QMP_WAIT_SECONDS * 1000LL - qmp->waited;

	qmp->begun = clock_ms();
	qmp->end = left < QMP_SECONDS * 1000LL ? qmp->begun + left : clock_end(QMP_SECONDS);
	qmp->bytes = 0;
}

void qmp_forget_waits(struct qmp *qmp)
{
	qmp->waited = 0;
}

struct json_object *qmp_answer(struct json_object *answer, char *why)
{
	struct json_object *part;

	if (json_object_object_get_ex(answer, "error", &part)) {
		struct json_object *desc = NULL;

		json_object_object_get_ex(part, "desc", &desc);
		why_set(why, "QEMU says: %s", desc ? json_object_get_string(desc) : "error");
		return NULL;
	}
	if (!json_object_object_get_ex(answer, "return", &part) || !part) {
		why_set(why, "the VMM's answer is not QMP: neither \"return\" nor \"error\"");
		return NULL;
	}
	return json_object_get(part);
}

/* Sends a command and waits for its answer. Return: the answer, or NULL. */
static struct json_object *qmp_ask(struct qmp *qmp, const char *command, char *why)
{
	struct json_object *answer;

	if (!qmp_send(qmp, command, why) || !qmp_send(qmp, "\n", why))
		return NULL;
	/* Events may come before the answer, which alone has the id of the command. */
	while ((answer = qmp_receive(qmp, why))) {
		if (json_object_object_get_ex(answer, "id", NULL))
			return answer;
		json_object_put(answer);
	}
	return NULL;
}

struct json_object *qmp_execute(struct qmp *qmp, const char *command, char *why)
{
	struct json_object *answer, *result = NULL;

	qmp_begin(qmp);
	answer = qmp_ask(qmp, command, why);
	if (answer)
		result = qmp_answer(answer, why);
	json_object_put(answer);
	qmp->waited += clock_ms() - qmp->begun;
	return result;
}

bool qmp_wait_event(struct qmp *qmp, const char *event, char *why)
{
	struct json_object *message;
	bool found = false;

	qmp->end = 0;
	while (!found) {
		qmp->bytes = 0;
		message = qmp_receive(qmp, why);
		if (!message)
			return false;
		found = !strcmp(json_text(message, "event"), event);
		json_object_put(message);
	}
	return true;
}

static bool qmp_connect(struct qmp *qmp, char *why)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };

	if (snprintf(addr.sun_path, sizeof(addr.sun_path), "%s", qmp->path) >=
	    (int)sizeof(addr.sun_path))
		return refuse(why, "the path of the socket %s is too long", qmp->path);
	qmp->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (qmp->fd < 0)
		return refuse(why, "cannot make a socket: %s", strerror(errno));
	while (connect(qmp->fd, (struct sockaddr *)&addr, sizeof(addr))) {
		/* EAGAIN: the queue of clients is full. poll() can't wait for that, so retry. */
		if (errno != EAGAIN && errno != EINTR)
			return refuse(why, "cannot connect to %s: %s", qmp->path, strerror(errno));
		if (!clock_left(qmp->end))
			return refuse(why, "too many clients wait at %s", qmp->path);
		clock_sleep(100);
	}
	return true;
}

/* The owner of a socket is the process that listens on it. */
static bool qmp_check_owner(struct qmp *qmp, const char *name, pid_t *pid, char *why)
{
	struct ucred owner;
	socklen_t len = sizeof(owner);

	if (getsockopt(qmp->fd, SOL_SOCKET, SO_PEERCRED, &owner, &len))
		return refuse(why, "cannot find the owner of %s: %s", qmp->path, strerror(errno));
	if (*pid && owner.pid != *pid)
		return refuse(why,
			      "the QMP socket %s belongs to pid %d, not to %s's VMM (pid %d)",
			      qmp->path, owner.pid, name, *pid);
	*pid = owner.pid;
	return true;
}

static bool qmp_greet(struct qmp *qmp, char *why)
{
	struct json_object *message = qmp_receive(qmp, why);
	bool greeting;

	if (!message)
		return false;
	greeting = json_object_object_get_ex(message, "QMP", NULL);
	json_object_put(message);
	if (!greeting)
		return refuse(why, "what the VMM sends on %s is not QMP", qmp->path);
	message = qmp_execute(qmp, "{\"execute\":\"qmp_capabilities\",\"id\":1}", why);
	json_object_put(message);
	return message;
}

struct qmp *qmp_open(const char *path, const char *name, pid_t *pid, char *why)
{
	struct qmp *qmp = calloc(1, sizeof(*qmp));

	if (!qmp)
		die_no_memory();
	qmp->fd = -1;
	qmp->path = strdup(path);
	qmp->tok = json_tokener_new_ex(DEPTH_MAX);
	if (!qmp->path || !qmp->tok)
		die_no_memory();
	qmp_begin(qmp);
	if (qmp_connect(qmp, why) && qmp_check_owner(qmp, name, pid, why) && qmp_greet(qmp, why))
		return qmp;
	qmp_close(qmp);
	return NULL;
}

void qmp_close(struct qmp *qmp)
{
	if (!qmp)
		return;
	if (qmp->fd >= 0)
		close(qmp->fd);
	json_tokener_free(qmp->tok);
	free(qmp->path);
	free(qmp);
}
