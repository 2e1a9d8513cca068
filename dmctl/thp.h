/* SPDX-License-Identifier: GPL-2.0 */
/*
 * thp: checks the host's settings of huge pages, which decide what a release costs and whether
 * released memory stays released.
 */
#ifndef DMCTL_THP_H
#define DMCTL_THP_H

struct json_object;

/* Return: the harmful settings as an array in JSON, which may be empty. */
struct json_object *thp_warnings_json(void);

/* Prints each harmful setting with the line that mends it. */
void thp_warnings_print(void);

#endif
