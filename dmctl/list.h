/* SPDX-License-Identifier: GPL-2.0 */
/* list: shows answers that all have the same fields, as a table or as a JSON array. */
#ifndef DMCTL_LIST_H
#define DMCTL_LIST_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stddef.h>

#include "output.h"

/*
 * Sends a request for a dump. The other arguments are those of list_show(). Sets @array to the
 * answers as a JSON array, or to NULL on failure. Return: the exit status, as request_send()
 */
int list_json(struct json_object **array, struct nl_msg *msg, const struct field *fields, size_t n,
	      int max, void (*more)(struct json_object *json, struct nlattr **attrs));

/**
 * list_show() - send a request for a dump, and print the answers
 * @msg: from request_new(); freed here
 * @fields: the fields of an answer; the table shows the first @columns
 * @n: number of @fields
 * @columns: columns of the table
 * @max: number of the highest attribute of an answer
 * @more: called to add further members to the JSON object of an answer; or NULL
 *
 * Return: the exit status, as request_send()
 */
int list_show(struct nl_msg *msg, const struct field *fields, size_t n, size_t columns, int max,
	      void (*more)(struct json_object *json, struct nlattr **attrs));

/* Prints the nests of type @attr in @answer as rows of a table. Without nests, prints nothing. */
void list_nests(struct nlmsghdr *answer, int attr, const struct field *fields, size_t n, int max);

/* Return: the nests of type @attr in @answer as a JSON array. */
struct json_object *list_nests_json(struct nlmsghdr *answer, int attr, const struct field *fields,
				    size_t n, int max);

/* Return: the fields of a nest as a JSON object; NULL if @nest is NULL. */
struct json_object *list_nest_json(struct nlattr *nest, const struct field *fields, size_t n,
				   int max);

#endif
