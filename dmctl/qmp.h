/* SPDX-License-Identifier: GPL-2.0 */
/*
 * qmp: a connection to QEMU's monitor by a unix socket. The process at the other end may be
 * hostile. So the size of its messages and the time for them are limited, and values that do not
 * have the expected JSON type are not used.
 */
#ifndef DMCTL_QMP_H
#define DMCTL_QMP_H

#include <json-c/json.h>
#include <stdbool.h>
#include <sys/types.h>

#define QMP_SECONDS	30	/* the most that a connection or an answer may take */
#define QMP_WAIT_SECONDS 60	/* the most that all answers on a connection may take together */
/*
 * The most bytes that a VMM may send for one command, including events before the answer. An answer
 * with a thousand devices fits, at 70 bytes each. json-c needs at most 34 MiB for a text of this
 * size.
 */
#define QMP_MESSAGE_MAX	(128 << 10)

struct qmp;

/**
 * qmp_open() - connect to a monitor
 * @path: path of the socket
 * @name: name of the VM, for @why
 * @pid: pid of the VM's VMM, to which the socket has to belong. If 0, the socket may belong to any
 *	process, whose pid is stored here
 * @why: set to a sentence on failure
 *
 * Return: a connection that is ready for commands, or NULL
 */
struct qmp *qmp_open(const char *path, const char *name, pid_t *pid, char *why);

/**
 * qmp_execute() - let QEMU carry out a command
 * @qmp: the connection; after a time-out it can't be used any more
 * @command: the command as a JSON text, with "execute", and with "id": 1
 * @why: set to a sentence on failure
 *
 * Return: the value that the command returns, for json_object_put(), or NULL
 */
struct json_object *qmp_execute(struct qmp *qmp, const char *command, char *why);

/**
 * qmp_wait_event() - wait for an event of QEMU, without limit
 * @qmp: the connection
 * @event: name of the event; others are ignored
 * @why: set to a sentence if the connection has ended
 */
bool qmp_wait_event(struct qmp *qmp, const char *event, char *why);

void qmp_close(struct qmp *qmp);

/* Resets the time that commands have taken so far, which QMP_WAIT_SECONDS limits. */
void qmp_forget_waits(struct qmp *qmp);

/**
 * qmp_answer() - take the result out of QEMU's answer to a command
 * @answer: the answer
 * @why: set to QEMU's description if the answer is an error
 *
 * Return: the value that the command returns, for json_object_put(), or NULL
 */
struct json_object *qmp_answer(struct json_object *answer, char *why);

#endif
