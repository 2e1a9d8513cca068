/* SPDX-License-Identifier: GPL-2.0 */
/* debt: shows the causes of a debt of a node or of the host. */
#ifndef DMCTL_DEBT_H
#define DMCTL_DEBT_H

#include <netlink/attr.h>

struct json_object;

/* Return: the causes in @nest (DYNMEM_A_DEBT_*) as a JSON object; NULL if @nest is NULL. */
struct json_object *debt_json(struct nlattr *nest);

/* Prints a line for each cause in @nest that is not 0. */
void debt_print(struct nlattr *nest);

#endif
