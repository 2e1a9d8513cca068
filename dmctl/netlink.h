/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netlink: sends a request to dynmem.ko, reads the answers, and prints the kernel's messages.
 */
#ifndef DMCTL_NETLINK_H
#define DMCTL_NETLINK_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stdbool.h>

/* A function that is called for each answer to a request, or for each event. */
typedef void (*answer_fn)(struct nlmsghdr *answer, void *arg);

/* Stores the attributes of an answer, up to number @max, in @attrs; NULL for absent ones. */
void answer_attrs(struct nlmsghdr *answer, struct nlattr **attrs, int max);

/**
 * request_new() - begin a request
 * @cmd: DYNMEM_CMD_...
 * @flags: NLM_F_DUMP or 0
 *
 * Only one request is made at a time: this function frees the last request if it was not sent.
 *
 * Return: a message without attributes, for request_send()
 */
struct nl_msg *request_new(int cmd, int flags);

/* These add an attribute to a request, and exit with EXIT_REFUSED if that fails. */
void request_put_string(struct nl_msg *msg, int attr, const char *value);
void request_put_u64(struct nl_msg *msg, int attr, uint64_t value);
void request_put_u32(struct nl_msg *msg, int attr, uint32_t value);
void request_put_u8(struct nl_msg *msg, int attr, uint8_t value);

/**
 * request_send() - send a request, and wait until it has been answered
 * @msg: from request_new(); freed here
 * @answer: called for each answer, or NULL
 * @arg: for @answer
 *
 * If the kernel refuses, prints its sentence or the error. If the kernel sends a warning with its
 * success, prints the warning. If dynmem cannot be reached, prints a message and exits with
 * EXIT_UNREACHED.
 *
 * Return: EXIT_OK; EXIT_NOT_FOUND: there is no such VM or node; EXIT_DENIED: the caller may not do
 * that; EXIT_UNREACHED: dynmem was unloaded just now; EXIT_REFUSED: any other error
 */
int request_send(struct nl_msg *msg, answer_fn answer, void *arg);

/**
 * request_try() - like request_send(), but prints nothing
 * @msg: from request_new(); freed here
 * @answer: called for each answer, or NULL
 * @arg: for @answer
 * @why: set to the kernel's sentence: the reason for an error, or a warning; or to ""
 *
 * If dynmem cannot be reached, prints a message and exits with EXIT_UNREACHED.
 *
 * Return: 0 or -errno; -ENOTCONN: dynmem was unloaded just now
 */
int request_try(struct nl_msg *msg, answer_fn answer, void *arg, char *why);

/* Whether dynmem is loaded. Must be called again when dynmem may have been reloaded. */
bool netlink_present(void);

/*
 * Whether dynmem is loaded and speaks dmctl's version of the protocol. @why: set to a sentence if
 * not, else to "".
 */
bool netlink_usable(char *why);

/*
 * To be called in a child after fork(). Closes the child's copies of the connections, which the
 * parent goes on using. If the child needs a connection, it gets a new one.
 */
void netlink_leave(void);

/* Begins to listen to events. dynmem must be loaded. Return: a file descriptor, for poll(). */
int events_open(void);

/* Ends listening to events. */
void events_close(void);

/**
 * events_read() - read events
 * @event: called for each event
 * @arg: for @event
 *
 * Waits for further events until dynmem is unloaded. If the file descriptor of events_open() is
 * non-blocking, returns when no event is there.
 *
 * Return: false if dynmem was unloaded, so that there are no events until the next events_open()
 */
bool events_read(answer_fn event, void *arg);

#endif
