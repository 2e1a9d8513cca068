/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netlink: sends a request to dynmem.ko, reads the answers, and prints the kernel's messages.
 */
#ifndef DMCTL_NETLINK_H
#define DMCTL_NETLINK_H

#include <netlink/attr.h>
#include <netlink/msg.h>

/* A function that is called for each answer to a request, or for each event. */
typedef void (*answer_fn)(struct nlmsghdr *answer, void *arg);

/* Stores the attributes of an answer, up to number @max, in @attrs; NULL if one is absent. */
void answer_attrs(struct nlmsghdr *answer, struct nlattr **attrs, int max);

/**
 * request_new() - begin a request
 * @cmd: DYNMEM_CMD_...
 * @flags: NLM_F_DUMP or 0
 *
 * Only one request is made at a time: frees the last one if it was not sent.
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
 * EXIT_REFUSED.
 *
 * Return: EXIT_OK or EXIT_REFUSED
 */
int request_send(struct nl_msg *msg, answer_fn answer, void *arg);

/**
 * events_listen() - listen to events until dynmem is unloaded
 * @event: called for each event
 *
 * Return: EXIT_REFUSED, after a message that says why no more events come
 */
int events_listen(answer_fn event);

#endif
