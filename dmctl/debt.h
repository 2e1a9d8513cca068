/* SPDX-License-Identifier: GPL-2.0 */
/* debt: why a node, or the host, is in debt. */
#ifndef DMCTL_DEBT_H
#define DMCTL_DEBT_H

#include <netlink/attr.h>

struct json_object;

/* The causes as an object in JSON. */
struct json_object *debt_json(struct nlattr *nest);

/* A line for each cause that there is. */
void debt_print(struct nlattr *nest);

#endif
