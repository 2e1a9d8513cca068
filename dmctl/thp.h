/* SPDX-License-Identifier: GPL-2.0 */
/*
 * thp: checks the host's settings of transparent huge pages, which decide how long the release of
 * guest memory takes, and whether released memory stays released.
 */
#ifndef DMCTL_THP_H
#define DMCTL_THP_H

struct json_object;

/* Return: the harmful settings as a JSON array, which may be empty. */
struct json_object *thp_warnings_json(void);

/* Prints each harmful setting with a command that mends it. */
void thp_warnings_print(void);

#endif
