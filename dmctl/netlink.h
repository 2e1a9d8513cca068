/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netlink: one request to dynmem.ko and its answers, and what the kernel says to a person about it.
 */
#ifndef DMCTL_NETLINK_H
#define DMCTL_NETLINK_H

#include <netlink/attr.h>
#include <netlink/msg.h>

/* Called for each answer, or event. */
typedef void (*answer_fn)(struct nlmsghdr *answer, void *arg);

/* The attributes of an answer, up to @max, into @attrs; NULL where there is none. */
void answer_attrs(struct nlmsghdr *answer, struct nlattr **attrs, int max);

/**
 * request_new() - begin a request
 * @cmd: DYNMEM_CMD_...
 * @flags: NLM_F_DUMP or 0
 *
 * Return: a message to add attributes to and give to request_send()
 */
struct nl_msg *request_new(int cmd, int flags);

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
 * A refusal is printed: the kernel's sentence if there is one. So is a warning that came with
 * success. If dynmem is not there, it says so and exits with EXIT_REFUSED.
 *
 * Return: EXIT_OK or EXIT_REFUSED
 */
int request_send(struct nl_msg *msg, answer_fn answer, void *arg);

/**
 * events_listen() - call back for each event, until dynmem is unloaded
 * @event: called for each
 *
 * Return: EXIT_REFUSED; it has said why it ended
 */
int events_listen(answer_fn event);

#endif
