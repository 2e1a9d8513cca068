/* SPDX-License-Identifier: GPL-2.0 */
/* list: a request with many answers that all have the same fields: a table, or an array in JSON. */
#ifndef DMCTL_LIST_H
#define DMCTL_LIST_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stddef.h>

#include "output.h"

/**
 * list_show() - send a request for a dump, and print what comes
 * @msg: from request_new(); freed
 * @fields: what each answer is shown with; the first @columns of them in the table
 * @n: how many
 * @columns: of the table
 * @max: the highest attribute
 * @more: adds to an answer's JSON object what is no field, or NULL
 *
 * Return: EXIT_OK or EXIT_REFUSED
 */
int list_show(struct nl_msg *msg, const struct field *fields, size_t n, size_t columns, int max,
	      void (*more)(struct json_object *json, struct nlattr **attrs));

/* The nests of type @attr in @answer, as the rows of a table; nothing if there are none. */
void list_nests(struct nlmsghdr *answer, int attr, const struct field *fields, size_t n, int max);

/* The same as an array in JSON. */
struct json_object *list_nests_json(struct nlmsghdr *answer, int attr, const struct field *fields,
				    size_t n, int max);

/* The fields of one nest as an object in JSON; null if it is absent. */
struct json_object *list_nest_json(struct nlattr *nest, const struct field *fields, size_t n,
				   int max);

#endif
