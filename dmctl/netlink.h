/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netlink: sends a request to dynmem.ko, reads the answers, and prints the kernel's messages.
 */
#ifndef DMCTL_NETLINK_H
#define DMCTL_NETLINK_H

#include <netlink/attr.h>
#include <netlink/msg.h>

/* Called for each answer, or event. */
typedef void (*answer_fn)(struct nlmsghdr *answer, void *arg);

/* Copies the attributes of an answer, up to @max, to @attrs; absent ones are NULL. */
void answer_attrs(struct nlmsghdr *answer, struct nlattr **attrs, int max);

/**
 * request_new() - begin a request
 * @cmd: DYNMEM_CMD_...
 * @flags: NLM_F_DUMP or 0
 *
 * Return: a message to add attributes to and give to request_send()
 */
struct nl_msg *request_new(int cmd, int flags);

/* Add an attribute to a request. They exit with EXIT_REFUSED if it cannot be added. */
void request_put_string(struct nl_msg *msg, int attr, const char *value);
void request_put_u64(struct nl_msg *msg, int attr, uint64_t value);
void request_put_u32(struct nl_msg *msg, int attr, uint32_t value);
void request_put_u8(struct nl_msg *msg, int attr, uint8_t value);

/**
 * request_send() - send a request, and wait until it has been answered
 * @msg: from request_new(); freed
 * @answer: called for each answer, or NULL
 * @arg: for @answer
 *
 * Prints a refusal, with the kernel's sentence if there is one, and a warning that came with
 * success. Exits with EXIT_REFUSED, after a message, if dynmem cannot be reached.
 *
 * Return: EXIT_OK or EXIT_REFUSED
 */
int request_send(struct nl_msg *msg, answer_fn answer, void *arg);

/**
 * events_listen() - listen to events until dynmem is unloaded
 * @event: called for each event
 *
 * Return: EXIT_REFUSED, after a message why it ended
 */
int events_listen(answer_fn event);

#endif
