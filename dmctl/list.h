/* SPDX-License-Identifier: GPL-2.0 */
/* list: shows answers that all have the same fields, as a table or as a JSON array. */
#ifndef DMCTL_LIST_H
#define DMCTL_LIST_H

#include <netlink/attr.h>
#include <netlink/msg.h>
#include <stddef.h>

#include "columns.h"
#include "output.h"

/**
 * struct row - an answer
 * @answer: a copy of the answer
 * @attrs: its attributes, and those that struct listing adds
 * @number: how many answers came before
 */
struct row {
	struct nlmsghdr *answer;
	struct nlattr **attrs;
	size_t number;
};

/**
 * struct listing - how answers are shown that all have the same fields
 * @fields: the fields, in the order that they have in JSON
 * @n: number of @fields; less than FIELDS_MAX
 * @columns: keys of the fields that the table has, separated by commas; NULL: all fields
 * @max: number of the highest attribute of an answer
 * @added: number of attributes above @max, which are not the kernel's
 * @add: sets those of these attributes that there are by row_add_u64(); NULL if @added is 0
 * @more: adds further members to the JSON object of an answer; or NULL
 */
struct listing {
	const struct field *fields;
	size_t n;
	const char *columns;
	int max;
	int added;
	void (*add)(struct row *row);
	void (*more)(struct json_object *json, const struct row *row);
};

/**
 * struct list - the answers to one request or to several
 * @what: how they are shown
 * @columns: what was chosen of them
 * @row: the answers; @n of them
 * @n: number of answers
 */
struct list {
	const struct listing *what;
	struct columns columns;
	struct row *row;
	size_t n;
};

/* Adds an answer to @arg, a struct list. This is an answer_fn for request_send(). */
void list_add(struct nlmsghdr *answer, void *arg);

/* Adds an attribute that is not the kernel's to @row. */
void row_add_u64(struct row *row, int attr, uint64_t value);

/* Puts the answers in the order that was chosen. An answer that lacks the field comes last. */
void list_sort(struct list *list);

/* Return: an answer as a JSON object, with the fields that were chosen, or with all members. */
struct json_object *row_json(const struct list *list, const struct row *row);

/* Return: the answers as a JSON array. */
struct json_object *list_json(const struct list *list);

/* Prints a table of the answers, with the fields that were chosen, or with @columns of @what. */
void list_print(const struct list *list);

void list_free(struct list *list);

/*
 * Sends a request for a dump. Sets @array to the answers as a JSON array, or to NULL on failure.
 * Return: the exit status, as request_send()
 */
int list_figures(struct json_object **array, struct nl_msg *msg, const struct listing *what);

/**
 * list_show() - send a request for a dump, and print the answers
 * @msg: from request_new(); freed here
 * @what: how the answers are shown
 * @columns: what was chosen of them
 *
 * Return: the exit status, as request_send()
 */
int list_show(struct nl_msg *msg, const struct listing *what, const struct columns *columns);

/* Prints the nests of type @attr in @answer as rows of a table. Without nests, prints nothing. */
void list_nests(struct nlmsghdr *answer, int attr, const struct field *fields, size_t n, int max);

/* Return: the nests of type @attr in @answer as a JSON array. */
struct json_object *list_nests_json(struct nlmsghdr *answer, int attr, const struct field *fields,
				    size_t n, int max);

/* Return: the fields of a nest as a JSON object; NULL if @nest is NULL. */
struct json_object *list_nest_json(struct nlattr *nest, const struct field *fields, size_t n,
				   int max);

#endif
